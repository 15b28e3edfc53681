"""Score: what one call of the composer hands over, decided once and never revised."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from dsp.score import Note, Ramp
from engine.guide.music_state import Decision


@dataclass(frozen=True, slots=True)
class Landmark:
    """A place in the piece for reports and MIDI: a chord's name, a phrase's part, a section's scale
    and scene."""

    beat: float
    kind: Literal["chord", "phrase", "section", "scene"]
    text: str


@dataclass(frozen=True, slots=True)
class Score:
    """`notes` in order of their beats; `ramps` start at once; `tempo` is (bar line in beats, BPM).

    forget     instruments whose notes that have not begun are to be left out
    decisions  what the form has turned to, told when it is heard
    """

    notes: list[Note] = field(default_factory=list[Note])
    ramps: list[Ramp] = field(default_factory=list[Ramp])
    tempo: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    landmarks: list[Landmark] = field(default_factory=list[Landmark])
    forget: list[str] = field(default_factory=list[str])
    decisions: list[Decision] = field(default_factory=list[Decision])
