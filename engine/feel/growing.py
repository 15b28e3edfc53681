"""Growing: a text that is looked at for trouble again and again while it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest

from engine.feel.alarm import Alarm, Kind, alarm

PASSAGE_WORDS = 60
"""Of a sentence without an end at most so many words are looked at together (own choice)."""

_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*")


class Growing:
    """One text; only what has changed since the last look is looked at, since a look costs milliseconds."""

    def __init__(self) -> None:
        self._known: dict[str, Alarm | None] = {}

    def look(self, text: str) -> Alarm | None:
        """The gravest kind that stands in any passage of `text`."""
        self._known = {
            passage: self._known[passage] if passage in self._known else alarm(passage)
            for passage in passages(text)
        }
        found = [each for each in self._known.values() if each is not None]
        return min(found, key=lambda each: list(Kind).index(each.kind), default=None)


def passages(text: str) -> Iterator[str]:
    """`text` in pieces that overlap: each sentence with the next, and long ones by halves of a passage."""
    pieces: list[str] = []
    for sentence in _SENTENCE.findall(text):
        words = sentence.split()
        half = PASSAGE_WORDS // 2
        pieces += [" ".join(words[at : at + half]) for at in range(0, len(words), half)]
    for first, second in zip_longest(pieces, pieces[1:], fillvalue=""):
        yield f"{first} {second}".strip()
