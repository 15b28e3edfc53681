// Theirs: what the engine says to the listener, said to the therapist about the listener.

const SAID = [
  [/\byou(?= (?:came|come|like|breathe|are|grow)\b)/g, "they"],
  [/\byou\b/g, "them"],
  [/\byour\b/g, "their"],
  [/\bYour\b/g, "Their"],
];

export function theirs(words) {
  return SAID.reduce((said, [yours, about]) => said.replace(yours, about), words);
}
