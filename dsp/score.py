"""The score's alphabet: instruments, parameters and the notes the composer writes.

Plain Python without numpy or numba, so that composing needs nothing that makes sound.
"""

from __future__ import annotations

from dataclasses import dataclass

from dsp.palette.instruments import NAMES
from dsp.palette.parameters import CHANNEL, GUEST, MASTER

INSTRUMENTS = NAMES
"""Names of the instruments; a note's `instrument` is one of them."""

CHANNEL_PARAMETERS = tuple(CHANNEL)
"""What each instrument's channel can be asked to be, always as a ramp."""

MASTER_PARAMETERS = tuple(MASTER)
"""What everything together can be asked to be."""

GUEST_PARAMETERS = tuple(GUEST)
"""What the guest channel can be asked to be."""

DRUM_PITCHES = {"kick": 36, "rim": 37, "brush": 38, "hat": 42}
"""Pitches the `kit` understands (General MIDI numbers, soft synthesised sounds)."""


@dataclass(frozen=True, slots=True)
class Note:
    """One note: when in beats, for how long in beats, on what, how.

    beat         start on the transport, in beats from the start of the sitting
    beats        length in beats until release; struck and plucked sounds ring on by themselves
    instrument   one of INSTRUMENTS
    pitch        MIDI note number, fractions allowed (60 is middle C, 261.63 Hz)
    velocity     0 to 1
    brightness   -1 to 1, added to the channel's
    pan          -1 (left) to 1 (right)
    """

    beat: float
    beats: float
    instrument: str
    pitch: float
    velocity: float = 0.6
    brightness: float = 0.0
    pan: float = 0.0


@dataclass(frozen=True, slots=True)
class Ramp:
    """Move one parameter to a value over some seconds. `channel` is an instrument, `master` or `guest`."""

    channel: str
    parameter: str
    value: float
    seconds: float
