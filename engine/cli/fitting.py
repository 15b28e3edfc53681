"""A picture that fits a terminal of few rows: what matters least goes first, and goes whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import RenderableType
from rich.text import Text

BLANK = 100
"""Weight of an empty line, which goes before all else."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some lines of a picture, shown whole or not at all; a greater `weight` goes sooner."""

    shown: RenderableType
    height: int
    weight: int


def blank(weight: int = BLANK) -> Part:
    return Part(Text(), 1, weight)


def fitted(parts: Sequence[Part], rows: int) -> list[RenderableType]:
    """The parts, in their order, that `rows` lines have room for; of equal weights the last goes first."""
    left = list(parts)
    while sum(part.height for part in left) > rows and len(left) > 1:
        heaviest = max(range(len(left)), key=lambda n: (left[n].weight, n))
        del left[heaviest]
    return [part.shown for part in left]
