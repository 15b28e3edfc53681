"""Telemetry: what the sound reports of itself, each report with the frame at which it happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dsp.score import INSTRUMENTS
from dsp.touch import Touch

APPLIED, METER, DROPPED, MISSED, LATE, STOPPED, RESUMED, GUEST_ON, GUEST_OFF, PLAYED = range(1, 11)
"""As in dsp.ring, which only the compiler imports; a test holds them equal."""


@dataclass(frozen=True, slots=True)
class Applied:
    """Command `sequence` took effect at `frame`, when the transport stood at `beat`."""

    sequence: int
    frame: int
    beat: float


@dataclass(frozen=True, slots=True)
class Dropped:
    """Command `sequence` found the queue of notes or tempo changes full and was not kept."""

    sequence: int
    frame: int


@dataclass(frozen=True, slots=True)
class Missed:
    """The note of command `sequence` was not played at `frame`: all voices of its instrument were younger."""

    sequence: int
    frame: int
    instrument: str
    pitch: float


@dataclass(frozen=True, slots=True)
class Late:
    """The note of command `sequence` began at `frame`, `seconds` after its moment."""

    sequence: int
    frame: int
    instrument: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Meter:
    """The output at `frame`: loudness in LUFS, true peak since the last meter in dBTP, voices sounding.

    gain_db    what governor and limiter took away, 0 or below
    """

    frame: int
    beat: float
    lufs_momentary: float
    lufs_short_term: float
    true_peak_dbtp: float
    gain_db: float
    voices: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """The stop word was found set in the quantum at `frame`: the panic fade began there.

    by   what the word said
    """

    frame: int
    beat: float
    by: int


@dataclass(frozen=True, slots=True)
class Resumed:
    """The stop word was found cleared in the quantum at `frame`: there the music began to fade in again."""

    frame: int
    beat: float


@dataclass(frozen=True, slots=True)
class GuestOn:
    """From `frame` on the guest is heard."""

    frame: int


@dataclass(frozen=True, slots=True)
class GuestOff:
    """From `frame` on the guest is not heard any more."""

    frame: int


@dataclass(frozen=True, slots=True)
class Played:
    """A player's touch as it was felt: what a replay hands in again, and what was heard of it.

    touch      as it came; its frame is the quantum's in which it was felt
    beat       at which its note begins
    pitch      of the note as it sounds, a MIDI number
    producer   of dsp.touch
    """

    touch: Touch
    beat: float
    pitch: float
    producer: int


Telemetry = Applied | Dropped | Missed | Late | Meter | Stopped | Resumed | GuestOn | GuestOff | Played


def read(row: Any) -> Telemetry:
    """The report that stands in a row of the ring (dsp.ring)."""
    kind, code, frame, sequence, beat, a, b, c, d = row.item()
    if kind == APPLIED:
        return Applied(sequence, frame, beat)
    if kind == METER:
        return Meter(frame, beat, a, b, c, d, code)
    if kind == MISSED:
        return Missed(sequence, frame, INSTRUMENTS[int(code)], a)
    if kind == LATE:
        return Late(sequence, frame, INSTRUMENTS[int(code)], a)
    if kind == STOPPED:
        return Stopped(frame, beat, sequence)
    if kind == RESUMED:
        return Resumed(frame, beat)
    if kind == GUEST_ON:
        return GuestOn(frame)
    if kind == GUEST_OFF:
        return GuestOff(frame)
    if kind == PLAYED:
        return Played(Touch(code, int(d), sequence, b, frame), beat, a, int(c))
    return Dropped(sequence, frame)
