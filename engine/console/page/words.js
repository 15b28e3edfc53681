// Words: what a guide says now and next, and what the therapist may do with it.

import { html } from "/page/vendor/preact-htm.js";
import { Held } from "/page/held.js";

const ACTS = [
  { name: "next", words: "Next line" },
  { name: "repeat", words: "Again" },
  { name: "skip", words: "Skip this part" },
];

/** The line that was said last, beside what the music has answered. */
export function Line({ snapshot }) {
  return !snapshot?.line ? null : html`<p class="line" aria-live="off" title=${snapshot.line}>“${snapshot.line}”</p>`;
}

export function WordsPanel({ snapshot, limits, touch }) {
  const hushed = snapshot.held.words === 0;
  const hush = () => touch(hushed
    ? { kind: "touch", parameter: "words", value: snapshot.holders.words === "therapist" ? null : 1 }
    : { kind: "act", name: "hush_words" });
  return html`<div class="words">
    <p class="now">${snapshot.line || "Nothing is being said."}${snapshot.line_group && html` <small>${snapshot.line_group}</small>`}</p>
    <p class="coming">${snapshot.line_coming && html`<small>next:</small> ${snapshot.line_coming}`}
      <small> ${snapshot.lines_left === 0 ? "no line is left" : `${snapshot.lines_left} to come`}</small></p>
    <div class="acts">
      ${ACTS.map(({ name, words }) => html`<button disabled=${name === "skip" && !snapshot.line_group}
        onClick=${() => touch({ kind: "act", name })}>${words}</button>`)}
      <button class=${hushed ? "on" : ""} aria-pressed=${hushed} onClick=${hush}>${hushed ? "Words go on" : "Hush the words"}</button>
    </div>
    <${Held} name="Pauses" parameter="pauses" unit="times" digits=${2} now=${1} ...${{ snapshot, limits, touch }} />
    <${Held} name="Voice" parameter="voice_db" unit="dB" digits=${1} now=${0} note="over the music" ...${{ snapshot, limits, touch }} />
  </div>`;
}
