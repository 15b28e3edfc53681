"""From a sentence about how one feels to a point on valence and arousal, and to a profile.

A small grammar over our own lexicon: negation turns a word, intensity scales it, and a pleasant word
after a wish says where somebody wants to go rather than where they are. Nothing is guessed: what was
understood is said back, and where nothing was, that is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.feel.lexicon import (
    CRISIS,
    LEXICON,
    NEGATIONS,
    PHRASES,
    REACH,
    STRONGER,
    TURNED,
    WISHES,
    Sense,
)

HELP_LINE = (
    "Please talk to somebody now: call your local emergency number, or someone you trust. "
    "You do not have to be alone."
)
"""Answered to words of crisis where the site has set no text of its own (CALANDO_HELP_LINE)."""

NOTHING_UNDERSTOOD = "relax"
"""The profile that plays where no word of feeling was found."""

MOOD_PULL = 0.3
"""How far the valence of the words draws the music's mood toward itself (own choice)."""

_TURN = -0.8
"""A negated word means less than its opposite: not happy is milder than unhappy (own choice)."""

_WISH = 2.0
"""A wish says plainly which profile is wanted and counts double (own choice)."""

_CRISIS = re.compile(r"\b(?:" + "|".join(re.escape(phrase) for phrase in CRISIS) + r")\b")
_PHRASES = re.compile(r"\b(?:" + "|".join(sorted(PHRASES, key=len, reverse=True)) + r")\b")
_DOWN_AFTER = frozenset(
    ("calm", "wind", "winding", "slow", "settle", "lie", "lying", "sit", "sitting", "come", "coming", "write")
)


@dataclass(frozen=True, slots=True)
class Feeling:
    """What was understood. `valence` and `arousal` are -1 to 1."""

    valence: float
    arousal: float
    profile: str | None
    """The profile to play; None after words of crisis, when nothing shall be played."""
    understood: tuple[str, ...]
    """The words that counted, as they are said back."""
    said: str
    """The answer, a sentence or two."""

    def mood(self, home: float) -> float:
        """The mood for a profile whose home valence is `home`, -1 to 1, drawn toward these words."""
        if not self.understood:
            return home
        return min(max(home + MOOD_PULL * (self.valence - home), -1.0), 1.0)


def feel(text: str, help_line: str = HELP_LINE) -> Feeling:
    """Understand a sentence. Pure: nothing is kept and nothing leaves the machine.

    Words of crisis are answered with `help_line` and nothing else.
    """
    words = _words(text)
    if _CRISIS.search(" ".join(words)):
        return Feeling(0.0, 0.0, None, (), help_line)
    found = _found(_PHRASES.sub(lambda phrase: PHRASES[phrase[0]], " ".join(words)).split())
    if not found:
        said = f"I did not understand how you feel. Playing {NOTHING_UNDERSTOOD}, starting where you are."
        return Feeling(0.0, 0.0, NOTHING_UNDERSTOOD, (), said)
    states = [f for f in found if not f.wish] or found
    valence = sum(f.sense.valence for f in states) / len(states)
    arousal = sum(f.sense.arousal for f in states) / len(states)
    profile = _profile(found, valence, arousal)
    understood = tuple(dict.fromkeys(f.said for f in found))
    said = f"I understood: {', '.join(understood)}. Playing {profile}, starting where you are."
    return Feeling(valence, arousal, profile, understood, said)


@dataclass(frozen=True, slots=True)
class _Found:
    said: str
    sense: Sense
    wish: bool


def _words(text: str) -> list[str]:
    plain = re.sub(r"['’`´]", "", text.lower())
    return re.findall(r"[a-zà-öø-ÿ]+", plain)


def _found(words: list[str]) -> list[_Found]:
    """Every word of feeling in order, with what the words before it do to it."""
    found: list[_Found] = []
    negated = wished = 0
    strength = 1.0
    for i, word in enumerate(words):
        if word in NEGATIONS:
            negated = REACH + 1
        elif word in WISHES:
            wished = REACH + 1
        elif word in STRONGER:
            strength *= STRONGER[word]
        elif word in ("but", "yet", "although", "though"):
            negated, wished, strength = 0, 0, 1.0
        elif word == "now" and i > 0 and words[i - 1] == "but":
            found.clear()  # what was before is over
        elif not (word == "down" and i > 0 and words[i - 1] in _DOWN_AFTER):
            stem = _stem(word)
            if stem is not None:
                found.append(_placed(word, stem, strength, negated > 0, wished > 0))
                negated, strength = 0, 1.0
        negated, wished = max(0, negated - 1), max(0, wished - 1)
    return found


def _placed(word: str, stem: str, strength: float, negated: bool, wished: bool) -> _Found:
    if negated and stem in TURNED:
        said, sense = TURNED[stem]
        return _Found(said, sense, False)
    valence, arousal, hint = LEXICON[stem]
    if negated:
        turned = Sense(_clip(_TURN * valence * strength), _clip(_TURN * arousal * strength))
        return _Found(f"not {word}", turned, False)
    sense = Sense(_clip(valence * strength), _clip(arousal * strength), hint)
    return _Found(word, sense, wished and valence >= 0.0)


def _clip(value: float) -> float:
    return min(max(value, -1.0), 1.0)


def _stem(word: str) -> str | None:
    """The lexicon's form of `word`, or None where the lexicon does not know it."""
    if word in LEXICON:
        return word
    for ending, instead in (
        ("ies", "y"), ("ied", "y"), ("es", ""), ("s", ""), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"),
        ("ly", ""), ("ily", "y"), ("ness", ""), ("iness", "y"), ("er", ""), ("ier", "y"), ("est", ""),
        ("d", ""), ("ful", ""), ("y", ""),
    ):  # fmt: skip
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            stem = word[: -len(ending)] + instead
            if stem in LEXICON:
                return stem
            if len(stem) > 3 and stem[-1] == stem[-2] and stem[:-1] in LEXICON:
                return stem[:-1]
    return None


def _profile(found: list[_Found], valence: float, arousal: float) -> str:
    """The profile most hinted at; without a hint, the one for this corner of the plane."""
    votes: dict[str, float] = {}
    for f in found:
        if f.sense.hint:
            # Sleep is what somebody came for even when other words describe what keeps it away.
            weight = _WISH if f.wish else 1.5 if f.sense.hint == "sleep" else 1.0
            votes[f.sense.hint] = votes.get(f.sense.hint, 0.0) + weight
    if votes:
        return max(votes, key=lambda name: votes[name])
    if valence < -0.3 and arousal < -0.1:
        return "grief"
    if valence < -0.3 and arousal > 0.7:
        return "release"
    if valence >= 0.0 and arousal > 0.7:
        return "energise"
    return NOTHING_UNDERSTOOD
