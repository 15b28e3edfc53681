"""Legible: which letters people's own words may hold, wherever they are kept."""

from __future__ import annotations

from unicodedata import category

JOINERS = "\u200c\u200d"
"""Zero width non-joiner and joiner: Persian is written with the one, families of emoji with the other."""


def legible(letter: str) -> bool:
    """Whether a letter can be shown: no control, no direction turned in secret, no half of a letter.

    Every space and end of a line counts, for text that is pasted is full of those that do not break.
    """
    return letter.isprintable() or letter in "\n\r\t" or letter in JOINERS or category(letter)[0] == "Z"
