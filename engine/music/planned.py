"""Planned: a bar decided but for its foreground, and the newest that was sung, to sing it anew."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from engine.music.expression import Expression
from engine.music.foreground import Foreground
from engine.music.form import Phrase
from engine.music.harmony import Stretch
from engine.music.scale import Scale


@dataclass(frozen=True, slots=True)
class Planned:
    """A bar that is decided but for its foreground; `place` bars into its phrase."""

    index: int
    beat: float
    beats: int
    phrase: Phrase
    place: int
    stretches: tuple[Stretch, ...]
    scale: Scale

    @property
    def stretch(self) -> Stretch:
        return next(s for s in reversed(self.stretches) if s.bar <= self.place)

    @property
    def fresh(self) -> bool:
        """Whether a chord begins with this bar."""
        return self.place == self.stretch.bar and self.stretch.fresh

    @property
    def last(self) -> bool:
        return self.place == self.phrase.bars - 1


class Before(NamedTuple):
    """How things stood before a bar: what a hand's step is counted from."""

    density: float
    tempo_bpm: float


@dataclass(frozen=True, slots=True)
class Sung:
    """The newest bar that was sung, and everything that singing it has changed, as it was before."""

    planned: Planned
    density: float
    before: Before
    players: tuple[Foreground, Expression, Random]
