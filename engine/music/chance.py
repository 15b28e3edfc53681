"""Chance: a stream of it that is copied in one step, with what it will say next.

What the standard library's `deepcopy` makes of a Random takes it number by number, 625 of them, and was the
most of what composing costs.
"""

from __future__ import annotations

from random import Random
from typing import Self


class Chance(Random):
    """As Random; a deep copy of it goes on as it would have."""

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        twin = type(self)()
        twin.setstate(self.getstate())
        return twin
