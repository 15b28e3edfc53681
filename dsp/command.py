"""Commands: what the control side may say to the sound, each in one fixed-size record.

Constructors are plain functions of their inputs; nothing here knows how a command travels.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from dsp.record import record_dtype
from dsp.score import (
    CHANNEL_PARAMETERS,
    GUEST_PARAMETERS,
    INSTRUMENTS,
    MASTER_PARAMETERS,
    Note,
    Ramp,
)

NOTE_AT_BEAT, NOTE_AT_FRAME, RAMP, TEMPO, FADE, RELEASE, ALIVE, FORGET, SCALE = range(1, 10)
"""Kinds of command."""

MASTER_OFFSET = len(INSTRUMENTS) * len(CHANNEL_PARAMETERS)
"""Where the master's parameters begin in the parameter table, behind those of every instrument."""

GUEST_OFFSET = MASTER_OFFSET + len(MASTER_PARAMETERS)
"""Where the guest's begin, behind the master's."""

COMMAND = record_dtype(
    [
        ("kind", np.int32),
        ("target", np.int32),
        ("sequence", np.int64),
        ("frame", np.int64),
        ("beat", np.float64),
        ("beats", np.float64),
        ("a", np.float32),
        ("b", np.float32),
        ("c", np.float32),
        ("d", np.float32),
    ],
)
"""One command in the ring.

kind       one of the kinds above
target     instrument (notes, what is forgotten), index in the parameter table (ramps), pitch classes (scale)
sequence   number by which the telemetry names it
frame      it takes effect in the first quantum that starts at or after this frame
beat       when on the transport: notes and tempo changes; for NOTE_AT_FRAME the frame itself
beats      length of a note in beats; seconds of a ramp, tempo change or fade
a b c d    pitch, velocity, brightness, pan of a note; a: value of a ramp, tempo or fade; a, b: strength and
           pull of a scale
"""


@dataclass(frozen=True, slots=True)
class Command:
    """A command before it is written into the ring; fields as in COMMAND."""

    kind: int
    target: int = 0
    frame: int = 0
    beat: float = 0.0
    beats: float = 0.0
    a: float = 0.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0

    def at_frame(self, frame: int) -> Command:
        """The same command, to take effect no earlier than this frame."""
        return replace(self, frame=frame)

    def to_row(self, sequence: int) -> tuple[int | float, ...]:
        """Values in the order of COMMAND."""
        return (
            self.kind, self.target, sequence, self.frame, self.beat, self.beats,
            self.a, self.b, self.c, self.d,
        )


def parameter_index(channel: str, parameter: str) -> int:
    """Place of a parameter in the table; ValueError names an unknown channel or parameter."""
    if channel in ("master", "guest"):
        master = channel == "master"
        at = MASTER_OFFSET if master else GUEST_OFFSET
        names = MASTER_PARAMETERS if master else GUEST_PARAMETERS
        if parameter not in names:
            raise ValueError(f"the {channel} has no parameter '{parameter}'; it has {', '.join(names)}.")
        return at + names.index(parameter)
    if parameter not in CHANNEL_PARAMETERS:
        raise ValueError(
            f"a channel has no parameter '{parameter}'; it has {', '.join(CHANNEL_PARAMETERS)}."
        )
    return instrument_index(channel) * len(CHANNEL_PARAMETERS) + CHANNEL_PARAMETERS.index(parameter)


def instrument_index(name: str) -> int:
    """Place of an instrument in INSTRUMENTS; ValueError names an unknown one."""
    if name not in INSTRUMENTS:
        raise ValueError(f"there is no instrument '{name}'; there are {', '.join(INSTRUMENTS)}.")
    return INSTRUMENTS.index(name)


def _finite(*numbers: float) -> None:
    if not all(math.isfinite(number) for number in numbers):
        raise ValueError("a command takes finite numbers only.")


def note(written: Note) -> Command:
    """A note that sounds when the transport reaches its beat."""
    _finite(written.beat, written.beats, written.pitch, written.velocity, written.brightness, written.pan)
    return Command(
        NOTE_AT_BEAT, instrument_index(written.instrument), 0, written.beat, written.beats,
        written.pitch, written.velocity, written.brightness, written.pan,
    )


def note_at_frame(written: Note, frame: int) -> Command:
    """A note that sounds at a moment of engine time (a heart beat); its own beat is not looked at."""
    return replace(note(written), kind=NOTE_AT_FRAME, beat=float(frame))


def ramp(asked: Ramp) -> Command:
    """Move a parameter; at least 30 ms, so that no change can click."""
    _finite(asked.value, asked.seconds)
    return Command(
        RAMP, parameter_index(asked.channel, asked.parameter), beats=asked.seconds, a=asked.value
    )


def tempo(bpm: float, seconds: float = 0.0, beat: float = 0.0) -> Command:
    """Move the tempo over some seconds, from the moment the transport reaches `beat` on."""
    _finite(bpm, seconds, beat)
    return Command(TEMPO, beat=beat, beats=seconds, a=bpm)


def fade(level: float, seconds: float) -> Command:
    """Fade everything to `level` (0 silence, 1 full)."""
    _finite(level, seconds)
    return Command(FADE, beats=seconds, a=level)


PANIC_S = 0.15
"""Length of the panic fade: quick, and without a click."""


def panic() -> Command:
    """Silence within 150 ms."""
    return fade(0.0, PANIC_S)


def release_all() -> Command:
    """Let every sounding note go and forget the ones not yet sounded."""
    return Command(RELEASE)


def forget(instrument: str) -> Command:
    """Leave out the notes of an instrument that have not begun; what sounds rings on."""
    return Command(FORGET, instrument_index(instrument))


def scale(classes: Iterable[int], strength: float = 1.0, pull: float = 0.0) -> Command:
    """Draw what is played along to these pitch classes (0 is C), and its beginnings to the pulse; 0 to 1."""
    _finite(strength, pull)
    return Command(SCALE, sum(1 << pitch_class for pitch_class in set(classes)), a=strength, b=pull)


def alive() -> Command:
    """Says only that the control side is there; without any command the music coasts and fades."""
    return Command(ALIVE)
