"""Alarm: whether a text holds words that music does not come first for, and in which language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cache

from engine.feel.languages import Language, languages
from engine.feel.normalise import corrected, readings, words

LONGEST_CODE_WORD = 7
"""Letters up to which a word written together is looked for as a whole word only: the letters of "kms" stand
in many places (own choice)."""

SHORT_WORDS = frozenset({
    "kill", "killing", "die", "dead", "dying", "life", "end", "hang", "cut", "live", "chest", "pain", "pills",
})  # fmt: skip
"""Known where a letter is hidden ("k*ll") or two changed places, besides every language's long words."""


class Kind(Enum):
    """What a text may hold, the gravest first."""

    CRISIS = "crisis"
    """No music answers it."""
    BEREAVED = "bereaved"
    """Somebody else's suicide: the help line, then music for a loss."""
    BODILY = "bodily"
    """Acute trouble of the body: a call first, then music."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """What was found, and the language to answer in."""

    kind: Kind
    language: Language

    def answer(self, help_line: str | None) -> str:
        """What is said to it first: the site's own line, or the language's."""
        if self.kind is Kind.BODILY:
            return f"{help_line} {self.language.bodily_line}" if help_line else self.language.bodily_line
        return help_line or self.language.help_line


def alarm(text: str) -> Alarm | None:
    """The gravest kind that any reading of `text` holds, in the language whose words surround it."""
    tables = _tables()
    said = set(words(text))
    found: dict[Kind, Language] = {}
    for reading in readings(text, tables.spelling):
        for spelt in dict.fromkeys((reading, corrected(reading, tables.spelling, tables.real))):
            here = _found(tables, spelt)
            for kind, fitting in here.items():
                # The plainest reading names the language; max keeps the first of equals.
                found.setdefault(kind, max(fitting, key=lambda language: len(said & language.small)))
    return next((Alarm(kind, found[kind]) for kind in Kind if kind in found), None)


@dataclass(frozen=True, slots=True)
class _Tables:
    """The tables of all languages, compiled."""

    harmless: re.Pattern[str]
    denied: re.Pattern[str]
    denied_after: re.Pattern[str]
    phrases: tuple[tuple[Kind, Language, re.Pattern[str]], ...]
    spelling: frozenset[str]
    real: frozenset[str]


def _found(tables: _Tables, reading: str) -> dict[Kind, list[Language]]:
    """Every kind that stands in `reading`, with the languages it does so in."""
    left = tables.harmless.sub(" # ", reading)
    found: dict[Kind, list[Language]] = {}
    for kind, language, pattern in tables.phrases:
        if kind is Kind.BEREAVED:
            others = pattern.sub(" # ", left)
            if others != left and not any(
                _meant(tables, own, others) for each, _, own in tables.phrases if each is Kind.CRISIS
            ):
                found.pop(Kind.CRISIS, None)
                found.setdefault(kind, []).append(language)
        elif _meant(tables, pattern, left):
            found.setdefault(kind, []).append(language)
    return found


def _meant(tables: _Tables, pattern: re.Pattern[str], text: str) -> bool:
    """Whether a phrase stands there that nothing denies."""
    match = pattern.search(text)
    while match is not None:
        denied = tables.denied.search(text[: match.start()])
        if not denied and not tables.denied_after.search(text[match.end() :]):
            return True
        match = pattern.search(text, match.start() + 1)
    return False


@cache
def _tables() -> _Tables:
    all_ = languages().values()
    phrases = [
        *((Kind.CRISIS, each, _any((*each.crisis, *map(_together, each.together)))) for each in all_),
        *((Kind.BEREAVED, each, _any(each.bereaved)) for each in all_),
        *((Kind.BODILY, each, _any(each.bodily)) for each in all_),
    ]
    return _Tables(
        _any(phrase for each in all_ for phrase in each.harmless),
        re.compile("|".join(each.denied for each in all_)),
        re.compile("|".join(each.denied_after for each in all_)),
        tuple(phrases),
        SHORT_WORDS.union(*(each.long for each in all_)),
        frozenset[str]().union(*(each.real for each in all_)),
    )


def _together(word: str) -> str:
    """Where a word of crisis is found if a sentence is written without spaces, or with too many."""
    spaced = " ?".join(word)
    return spaced if len(word) <= LONGEST_CODE_WORD else rf"{spaced}|[a-z]*{word}[a-z]*"


def _any(phrases: Iterable[str]) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(phrases) + r")(?![a-z0-9])")
