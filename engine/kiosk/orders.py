"""Orders: what the supervisor wants of the process that plays, and what that tells it, as lines of JSON.

The standard library alone, for both sides read it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from engine.kiosk.state import Doing

LONGEST_LINE = 4096
"""Bytes; a pipe takes so many at once or none of them (POSIX: PIPE_BUF on Linux)."""


LOWEST_LUFS = -119.0
"""What the meter says of digital silence, or less."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the kiosk is to be from now on; the whole of it each time.

    open, muted, programme   what may sound: nothing, nothing for now, music that no heart leads
    safe                     no strap is listened to, and the programme plays in the default profile
    trim_db                  of everything that plays, 0 or below
    cap_lufs                 short-term loudness never above this
    first                    which of the profiles comes next, counted from 0
    others                   as in engine.kiosk.config.Visit
    """

    open: bool = True
    muted: bool = False
    safe: bool = False
    programme: bool = False
    trim_db: float = 0.0
    cap_lufs: float = -18.0
    earcons: bool = True
    straps: tuple[str, ...] = ("ble",)
    profiles: tuple[str, ...] = ("relax",)
    programme_profile: str = "relax"
    length_s: float = 720.0
    off_s: float = 10.0
    rest_s: float = 5.0
    invitation_s: float = 600.0
    first: int = 0

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Wanted:
        known = {each.name for each in fields(cls)}
        given: dict[str, Any] = {name: value for name, value in values.items() if name in known}
        for name in ("straps", "profiles"):
            given[name] = tuple(given[name])
        return cls(**given)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a screen in the room shows of a visit or programme.

    heart_bpm       the visitor's, beats a minute; None where none is known, or where it is invented
    breath_phase    of the swell that is heard, 0 to 1 from the inhale on
    breath_per_min  of the swell
    """

    heart_bpm: int | None
    breath_phase: float
    breath_per_min: float


WAITS = "Waiting for the word to open the sound card."
"""A process that is ready says so until it is told to sound."""


@dataclass(frozen=True, slots=True)
class Status:
    """What the process that plays tells four times a second.

    frame     rendered by the sound card since it was opened
    sequence  commands sent to the sound so far
    lufs      momentary loudness; None for silence
    sounding  whether the meter should not be silent now
    visits    begun in this process, and `visit_s` the seconds of them
    mixing    whether others may play on the device at once; None before it is known
    shown     for a screen in the room; None where nothing is led
    """

    doing: Doing = Doing.STARTING
    frame: int = 0
    sequence: int = 0
    lufs: float | None = None
    sounding: bool = False
    sound_ok: bool = False
    sound_words: str = ""
    strap: bool = False
    strap_words: str = ""
    battery: int | None = None
    visits: int = 0
    visit_s: float = 0.0
    mixing: bool | None = None
    warm: bool = False
    shown: Shown | None = None

    def line(self) -> bytes:
        """As it goes through the pipe; words are cut where they would make it too long."""
        values = asdict(self) | {"doing": self.doing.value}
        if self.lufs is not None and self.lufs < LOWEST_LUFS:  # JSON knows no infinities
            values["lufs"] = None
        values |= {"sound_words": self.sound_words[:300], "strap_words": self.strap_words[:300]}
        return json.dumps(values).encode() + b"\n"

    @classmethod
    def of(cls, line: bytes) -> Status | None:
        """The status in a line; None where it is none."""
        try:
            values = json.loads(line)
            shown = values["shown"]
            return cls(**values | {
                "doing": Doing(values["doing"]), "shown": None if shown is None else Shown(**shown),
            })  # fmt: skip
        except (ValueError, TypeError, KeyError):
            return None


def order(deed: str, **more: Any) -> bytes:
    """A line for the process that plays: `want`, `sound`, `strap`, `identify`, `leave`."""
    return json.dumps({"do": deed, **more}).encode() + b"\n"


def wanted_line(wanted: Wanted) -> bytes:
    return order("want", wanted=asdict(wanted))
