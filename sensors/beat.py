"""Beats and the other events a sensor delivers: what travels from a sensor to the heart monitor.

Every time is engine time in seconds (frames rendered / sample rate), never the wall clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

RR_TICKS_PER_S = 1024
"""Resolution of RR intervals on the air (Bluetooth Heart Rate Service 1.0, section 3.1)."""
CHEST_STEP_S = 0.2
"""Between two samples of the chest: breaths of 36 a minute have eight; a heart's knocks are averaged away."""


class Link(StrEnum):
    """Where a sensor stands between being looked for and being heard."""

    SEARCHING = "searching"
    CONNECTING = "connecting"
    WAITING = "waiting for beats"
    LIVE = "live"
    NO_CONTACT = "no contact"
    RECONNECTING = "reconnecting"
    UNAVAILABLE = "unavailable"
    ENDED = "ended"
    """A recording that has been read to its end; straps and simulated hearts never end."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One notification of a strap (characteristic 0x2A37), decoded, with the bytes it came from.

    `rr_ticks` are RR intervals in 1/1024 s as received, oldest first; `contact` is None where the
    strap does not say.
    """

    arrival_s: float
    bpm: int
    rr_ticks: tuple[int, ...]
    contact: bool | None = None
    energy_kj: int | None = None
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class TimedBeat:
    """A beat whose moment is known (ECG, PPG, a recording with times) rather than rebuilt.

    `rr_ms` is None for the first beat and after a hole.
    """

    arrival_s: float
    t_s: float
    rr_ms: float | None
    strap_s: float | None = None
    """The same moment by the strap's own clock, which starts anywhere; None where it stamps nothing."""


@dataclass(frozen=True, slots=True)
class ChestMotion:
    """Acceleration of the chest in thousandths of g along three axes, `CHEST_STEP_S` apart, oldest first.

    `t_s` is the moment of the last sample.
    """

    arrival_s: float
    t_s: float
    milli_g: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True)
class LinkChange:
    """The link took a new state; `words` say it to the listener in one plain sentence."""

    arrival_s: float
    link: Link
    words: str


@dataclass(frozen=True, slots=True)
class BadPacket:
    """Bytes or text that could not be read: counted and journalled, never fatal."""

    arrival_s: float
    raw: bytes
    why: str


SensorEvent = Measurement | TimedBeat | ChestMotion | LinkChange | BadPacket


def later(event: SensorEvent, by_s: float) -> SensorEvent:
    """The same event on a clock that is ahead by so many seconds."""
    arrival_s = event.arrival_s + by_s
    if isinstance(event, TimedBeat | ChestMotion):
        return replace(event, arrival_s=arrival_s, t_s=event.t_s + by_s)
    return replace(event, arrival_s=arrival_s)
