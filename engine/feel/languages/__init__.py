"""Languages: what each of them says in trouble, one table a language (en.toml and its siblings).

Phrases are regular expressions over the plain reading (engine.feel.normalise): lower-case ASCII words
between single spaces, without accents and apostrophes. To add a language, add its table and its code here.
All of it was written for this project; no published list went into it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CODES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl")
"""ISO 639-1. Where a sentence fits several, the earlier one is meant."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language's table."""

    help_line: str
    """Said to words of crisis, where the site has no line of its own."""
    bodily_line: str
    """Said first to words of acute bodily trouble. No advice but to call."""
    playing: str
    """Said of the profile that plays; holds `{profile}`."""
    small: frozenset[str]
    """Words by which a sentence of this language is told from its neighbours'."""
    long: frozenset[str]
    """Words of the phrases below that are long enough to be known with one letter wrong."""
    real: frozenset[str]
    """Words of this language that are one letter from a long word of any, and mean themselves."""
    together: tuple[str, ...]
    """Words of crisis as they are found where a sentence is written without spaces, or with too many."""
    harmless: tuple[str, ...]
    """Idioms that only sound like trouble; taken out before anything is looked for."""
    denied: str
    """What stands right before a phrase and denies it."""
    denied_after: str
    """What stands right after a phrase and denies it."""
    crisis: tuple[str, ...]
    """No music answers these. They err toward the help line."""
    bereaved: tuple[str, ...]
    """Somebody else's suicide: a loss, and music may answer it after the help line."""
    bodily: tuple[str, ...]
    """Acute trouble of the body: music is not the first thing. Nothing judges what is wrong."""


@cache
def languages() -> dict[str, Language]:
    """Every language's table by its code."""
    return {code: _read(Path(__file__).with_name(f"{code}.toml")) for code in CODES}


def _read(file: Path) -> Language:
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    return Language(
        help_line=table["help_line"],
        bodily_line=table["bodily_line"],
        playing=table["playing"],
        small=frozenset(table["small"].split()),
        long=frozenset(table["long"].split()),
        real=frozenset(table["real"].split()),
        together=tuple(table["together"].split()),
        harmless=tuple(table["harmless"]),
        denied=table["denied"],
        denied_after=table["denied_after"],
        crisis=tuple(table["crisis"]),
        bereaved=tuple(table["bereaved"]),
        bodily=tuple(table["bodily"]),
    )
