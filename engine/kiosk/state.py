"""State: what a kiosk is and does at a moment, in plain frozen values that any wire can carry.

Nothing of a visitor is in it: no rate, no interval, no address.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

from engine.version import VERSION


class Doing(Enum):
    """What a kiosk does."""

    STARTING = "starting"
    CLOSED = "closed"
    READY = "ready"
    """Open, nobody there, silent or inviting."""
    PROGRAMME = "programme"
    """Music that no heart leads."""
    VISIT = "visit"
    ENDING = "ending"
    """A visit's last fade, and the rest after it."""
    MUTED = "muted"
    CALIBRATING = "calibrating"


SOUNDING = frozenset({Doing.VISIT, Doing.PROGRAMME})
"""While it does one of these, the meter must not be silent."""

DOING_WORDS: dict[Doing, str] = {
    Doing.STARTING: "starting",
    Doing.CLOSED: "closed",
    Doing.READY: "ready for a visitor",
    Doing.PROGRAMME: "playing by itself",
    Doing.VISIT: "playing for a visitor",
    Doing.ENDING: "coming to an end",
    Doing.MUTED: "muted",
    Doing.CALIBRATING: "being calibrated",
}


@dataclass(frozen=True, slots=True)
class State:
    """A kiosk at one moment.

    doing        in a word
    sound_ok     whether the sound card takes sound
    sound_words  where it plays, or why not, in a sentence
    strap_seen   whether a strap is heard now
    strap_words  how the link stands, without a strap's name
    battery      of the strap, per cent; None where it is not known
    visits, minutes, faults   counted since the counters were made: visits that began, minutes of them,
                 replacements of the engine
    safe         safe mode: five starts in a row did not last a minute
    quiet        in quiet hours
    trim_db      asked from afar, 0 or below
    muted_until  seconds since 1970, or None
    frame        rendered by the sound card since the kiosk started; it never goes back
    lufs         short-term loudness; None for silence
    since_s      seconds since the supervisor started
    """

    doing: Doing = Doing.STARTING
    sound_ok: bool = False
    sound_words: str = ""
    strap_seen: bool = False
    strap_words: str = ""
    battery: int | None = None
    visits: int = 0
    minutes: float = 0.0
    faults: int = 0
    safe: bool = False
    quiet: bool = False
    trim_db: float = 0.0
    muted_until: float | None = None
    frame: int = 0
    lufs: float | None = None
    since_s: float = 0.0
    version: str = VERSION

    @property
    def words(self) -> str:
        """What it does, for people."""
        return DOING_WORDS[self.doing] + (", in safe mode" if self.safe else "")

    def as_json(self) -> dict[str, Any]:
        """The same in plain values that JSON can write, figures rounded to what they mean."""
        values = {name: getattr(self, name) for name in _NAMES}
        values["doing"] = self.doing.value
        return {
            name: round(value, 2) if isinstance(value, float) else value for name, value in values.items()
        }


_NAMES = tuple(each.name for each in fields(State))
"""Made once: `fields`, and so `asdict`, leaves a freed tuple behind in CPython each time, up to 2,000 of a
length (Objects/tupleobject.c, PyTuple_MAXFREELIST). Once a second that is .3 MB within half an hour."""
