"""Idioms: situations and turns of phrase (idioms.toml), and the words of feeling that they mean."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

_GAP = r" (?:\w+ ){0,4}"
"""What two dots stand for."""


class Idioms:
    """Finds idioms in a reading and puts in their place the word that they mean."""

    def __init__(self, table: dict[str, list[str]], sets: dict[str, str]) -> None:
        self.said = list(table)
        self._pattern = re.compile(
            "|".join(
                rf"(?P<w{number}>\b(?:{'|'.join(_whole(phrase, sets) for phrase in phrases)})\b)"
                for number, phrases in enumerate(table.values())
            )
        )

    def found(self, reading: str) -> list[str]:
        """The words that the idioms in `reading` mean, in order."""
        return [self._meant(match) for match in self._pattern.finditer(reading)]

    def replaced(self, reading: str, mark: str) -> str:
        """`reading` with each idiom as its word, `mark` before it; nothing where it means nothing."""

        def word(match: re.Match[str]) -> str:
            said = self._meant(match)
            return mark + said if said else ""

        return self._pattern.sub(word, reading)

    def _meant(self, match: re.Match[str]) -> str:
        return self.said[int((match.lastgroup or "w0")[1:])]


@cache
def idioms() -> Idioms:
    """Turns of phrase, read once."""
    return _read("idioms")


@cache
def leanings() -> Idioms:
    """Words that only lean toward a feeling, read once."""
    return _read("leanings")


def _read(part: str) -> Idioms:
    table = tomllib.loads(Path(__file__).with_name("idioms.toml").read_text(encoding="utf-8"))
    sets = {name: f"(?:{_one_line(words)})" for name, words in table["sets"].items()}
    return Idioms(table[part], sets)


def _one_line(words: str) -> str:
    return "|".join(" ".join(word.split()) for word in words.split("|"))


def _whole(phrase: str, sets: dict[str, str]) -> str:
    for name, words in sets.items():
        phrase = phrase.replace(f"<{name}>", words)
    return phrase.replace(" .. ", _GAP).replace("(", "(?:").replace("(?:?", "(?")
