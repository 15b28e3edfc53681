"""Bar: the stretch of beats that is written at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar being written: from beat `beat`, `beats` long, `beat_s` seconds a beat, heard at `now_s`."""

    index: int
    beat: float
    beats: int
    beat_s: float
    now_s: float

    @property
    def bpm(self) -> float:
        return 60.0 / self.beat_s

    @property
    def seconds(self) -> float:
        return self.beats * self.beat_s

    @property
    def end(self) -> float:
        return self.beat + self.beats
