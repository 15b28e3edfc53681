"""Instruments: which there are, a row each, for all who speak of them.

A new instrument is a row at the end of this table and a file in dsp with its kernels. dsp finds them by
`sound`, the composer casts by `part`, MIDI sounds like `program`; a profile's palette and the journal
know an instrument by its name. Plain values: reading them loads nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Part = Literal["chords", "drone", "lead", "stroke", "pulse", "air", "drums", "hand"]
"""What the composer gives an instrument to play.

chords   the harmony, voice by voice
drone    the home note under everything
lead     melodies and figures, the first of the table being the fittest to sing
stroke   single notes at the ends of phrases
pulse    the heart's beats
air      one long tone of noise under everything
drums    the pitches of dsp.score.DRUM_PITCHES
hand     nothing: what somebody plays along is heard on these, and nothing else is
"""


@dataclass(frozen=True, slots=True)
class Instrument:
    """One row of the table."""

    name: str
    sound: str
    """Where dsp holds its kernels, `module:NAME` of a dsp.playable.Playable."""
    part: Part
    program: int | None
    """General MIDI program, counted from 0, that stands in for it; None for the drum channel."""
    ties: bool = False
    """Whether a note whose pitch is held already prolongs that note instead of beginning beside it."""


TABLE = (
    Instrument("pad", "sustained:PAD", "chords", program=89, ties=True),     # warm pad
    Instrument("drone", "sustained:DRONE", "drone", program=95, ties=True),   # sweep pad
    Instrument("piano", "piano:PIANO", "lead", program=0),           # piano
    Instrument("bowl", "bowl:BOWL", "stroke", program=14),           # tubular bells
    Instrument("pluck", "plucked:PLUCK", "lead", program=46),        # harp
    Instrument("heart", "pulse:HEART", "pulse", program=117),        # melodic tom
    Instrument("wind", "texture:WIND", "air", program=121),           # breath noise
    Instrument("water", "texture:WATER", "air", program=122),         # seashore
    Instrument("kit", "kit:KIT", "drums", program=None),
    Instrument("choir", "choir:CHOIR", "chords", program=52, ties=True),      # choir aahs
    Instrument("kalimba", "kalimba:KALIMBA", "lead", program=108),   # kalimba
    Instrument("hand_piano", "piano:PIANO", "hand", program=0),
    Instrument("hand_kalimba", "kalimba:KALIMBA", "hand", program=108),
    Instrument("hand_pad", "sustained:PAD", "hand", program=89),
)  # fmt: skip
"""Rows are added at the end: the place of a row seeds its noise."""

NAMES = tuple(row.name for row in TABLE)


COMPOSED = tuple(row.name for row in TABLE if row.part != "hand")
"""Names of the instruments that the composer plays."""


def playing(*parts: Part) -> tuple[str, ...]:
    """Names of the instruments that play these parts, part by part in the order asked."""
    return tuple(row.name for part in parts for row in TABLE if row.part == part)
