"""From a sentence about how one feels to a point on valence and arousal, and to a profile.

A small grammar over our own lexicon: an idiom is read as the word it means, negation turns a word, intensity
scales it, and a pleasant word after a wish says where somebody wants to go rather than where they are. What
was understood is said back, and where nothing was, that is said. Words of trouble go before all of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.feel.alarm import Alarm, Kind, alarm
from engine.feel.idioms import idioms, leanings
from engine.feel.languages import languages
from engine.feel.lexicon import LEXICON, NEGATIONS, REACH, STRONGER, TURNED, UNRELATED, WISHES, Sense
from engine.feel.normalise import corrected, says_something, words

NOTHING_UNDERSTOOD = "relax"
"""The profile that plays where no word of feeling was found."""

AFTER_A_SUICIDE = "grief"
"""The profile that plays to somebody who lost another to suicide and says no more."""

TOO_LIVELY = {"energise": "relax", "release": "relax"}
"""What plays instead to somebody in bodily trouble."""

_TURN = -0.8
"""A negated word means less than its opposite: not happy is milder than unhappy (own choice)."""

_WISH = 2.0
"""A wish says plainly which profile is wanted and counts double (own choice)."""

_SITUATION = 1.6
"""An idiom tells more than a word that may stand by chance (own choice)."""

_IDIOM = "0"
"""Stands before a word that an idiom was read as; no word begins with it."""

_TURNS_AN_IDIOM = frozenset(("not", "no", "never", "isnt", "arent", "wasnt", "longer", "hardly"))
"""A situation is undone only by what stands right before it: "cannot" and its like belong to it."""

_DOWN_AFTER = frozenset(
    ("calm", "wind", "winding", "slow", "settle", "lie", "lying", "sit", "sitting", "come", "coming", "write",
     "sing", "sat", "set", "put", "lay", "bring", "talk", "stand", "head", "heads", "knuckle", "look")
)


class NothingSaidError(ValueError):
    """There are no words to understand; the message is one sentence."""


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


def feel(text: str, help_line: str | None = None, wanted: str | None = None) -> Feeling:
    """Understand a sentence. Pure: nothing is kept and nothing leaves the machine.

    help_line  what the site answers in trouble; without one, the language of the words does
    wanted     a profile that was named: the words choose none then, but in bodily trouble still a quiet one

    Words of crisis are answered with the help line and nothing else; other trouble has it first, then music.
    Raises NothingSaidError where there are no words.
    """
    if not says_something(text):
        raise NothingSaidError('There are no words in it; say how you feel, as in "tense and tired".')
    trouble = alarm(text)
    if trouble is not None and trouble.kind is Kind.CRISIS:
        return Feeling(0.0, 0.0, None, (), trouble.answer(help_line))
    reading = _reading(text)
    found = _found(reading.split())
    if not any(f.sense.hint for f in found):
        found += [_placed(word, word, 1.0, False, False, 1.0) for word in leanings().found(reading)]
    states = [f for f in found if not f.wish] or found
    understood = tuple(dict.fromkeys(f.said for f in found))
    valence = sum(f.sense.valence for f in states) / len(states) if states else 0.0
    arousal = sum(f.sense.arousal for f in states) / len(states) if states else 0.0
    profile = wanted or (_profile(found, valence, arousal) if found else NOTHING_UNDERSTOOD)
    if trouble is not None:
        feeling = Feeling(valence, arousal, profile, understood, "")
        return _in_trouble(trouble, help_line, feeling, chosen=wanted is not None)
    playing = languages()["en"].playing.format(profile=profile)
    if not found:
        return Feeling(0.0, 0.0, profile, (), f"I did not understand how you feel. {playing}")
    return Feeling(valence, arousal, profile, understood, f"I understood: {', '.join(understood)}. {playing}")


def _in_trouble(trouble: Alarm, help_line: str | None, feeling: Feeling, chosen: bool) -> Feeling:
    """The line first, then the music that was asked for, if it is quiet; `chosen` where it was by name."""
    language, profile = trouble.language, feeling.profile or NOTHING_UNDERSTOOD
    if trouble.kind is Kind.BODILY:
        profile = TOO_LIVELY.get(profile, profile)
    else:
        profile = profile if feeling.understood or chosen else AFTER_A_SUICIDE
    said = f"{trouble.answer(help_line)} {language.playing.format(profile=profile)}"
    return Feeling(feeling.valence, feeling.arousal, profile, feeling.understood, said)


@dataclass(frozen=True, slots=True)
class _Found:
    said: str
    sense: Sense
    wish: bool
    weight: float = 1.0


def _reading(text: str) -> str:
    """The plain reading, its long words spelt right, its idioms as the words they mean."""
    plain = " ".join(words(text))
    return idioms().replaced(corrected(plain, _SPELLING, LEXICON), _IDIOM)


_SPELLING = frozenset(word for word in LEXICON if len(word) >= 8)
"""Words of feeling that are known with one letter wrong. Shorter ones have too many neighbours."""


def _found(reading: list[str]) -> list[_Found]:
    """Every word of feeling in order, with what the words before it do to it."""
    found: list[_Found] = []
    negated = wished = 0
    strength = 1.0
    for i, token in enumerate(reading):
        word, idiom = token.removeprefix(_IDIOM), token.startswith(_IDIOM)
        if word in NEGATIONS:
            negated = REACH + 1
        elif word in WISHES:
            wished = REACH + 1
        elif word in STRONGER:
            strength *= STRONGER[word]
        elif word in ("but", "yet", "although", "though"):
            negated, wished, strength = 0, 0, 1.0
        elif word == "now" and i > 0 and reading[i - 1] == "but":
            found.clear()  # what was before is over
        elif not (word == "down" and i > 0 and reading[i - 1] in _DOWN_AFTER):
            stem = _stem(word)
            if stem is not None:
                weight = _SITUATION if idiom else 1.0
                turned = reading[i - 1] in _TURNS_AN_IDIOM if idiom and i > 0 else negated > 0
                found.append(_placed(word, stem, strength, turned, wished > 0, weight))
                negated, strength = 0, 1.0
        negated, wished = max(0, negated - 1), max(0, wished - 1)
    return found


def _placed(word: str, stem: str, strength: float, negated: bool, wished: bool, weight: float) -> _Found:
    if negated and stem in TURNED:
        said, sense = TURNED[stem]
        return _Found(said, sense, False, weight)
    valence, arousal, hint = LEXICON[stem]
    if negated:
        turned = Sense(_clip(_TURN * valence * strength), _clip(_TURN * arousal * strength))
        return _Found(f"not {word}", turned, False)
    sense = Sense(_clip(valence * strength), _clip(arousal * strength), hint)
    return _Found(word, sense, wished and valence >= 0.0, weight)


def _clip(value: float) -> float:
    return min(max(value, -1.0), 1.0)


def _stem(word: str) -> str | None:
    """The lexicon's form of `word`, or None where the lexicon does not know it."""
    if word in LEXICON:
        return word
    if word in UNRELATED:
        return None
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
            votes[f.sense.hint] = votes.get(f.sense.hint, 0.0) + weight * f.weight
    if votes:
        return max(votes, key=lambda name: votes[name])
    if valence < -0.3 and arousal < -0.1:
        return "grief"
    if valence < -0.3 and arousal > 0.7:
        return "release"
    if valence >= 0.0 and arousal > 0.7:
        return "energise"
    return NOTHING_UNDERSTOOD
