"""Schedule: what the kiosk wants of its music at a moment, from its file, the clock on the wall and commands.

Pure: every moment is handed in. The wall clock decides opening and quiet hours and nothing else, so one that
is set back a year, or runs wild, can close a kiosk or open it, and never break it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from engine.kiosk.command import LOWEST_TRIM_DB, Command
from engine.kiosk.config import Kiosk
from engine.kiosk.hours import Opening, opening
from engine.kiosk.orders import Wanted

SOFTER_DB = 3.0
"""What `softer` takes away."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What commands have asked for, on top of the file.

    trim_db        softer than the file says
    muted_until_s  of the monotonic clock; None where it is not muted
    programme      "play", "stop" or "file"
    day, day_open  a day that was opened or closed as a whole
    """

    trim_db: float = 0.0
    muted_until_s: float | None = None
    programme: str = "file"
    day: date | None = None
    day_open: bool = True


def asked_after(asked: Asked, command: Command, now: datetime, now_s: float) -> tuple[Asked, str]:
    """What is asked once this command is taken, and a sentence that says so. Others change nothing."""
    deed = _DEEDS.get(command.name)
    return (asked, "Nothing changes.") if deed is None else deed(asked, command, now, now_s)


def _volume(asked: Asked, command: Command, _now: datetime, _now_s: float) -> tuple[Asked, str]:
    return _trimmed(asked, float(command.value))


def _softer(asked: Asked, _command: Command, _now: datetime, _now_s: float) -> tuple[Asked, str]:
    return _trimmed(asked, max(asked.trim_db - SOFTER_DB, LOWEST_TRIM_DB))


def _trimmed(asked: Asked, trim_db: float) -> tuple[Asked, str]:
    changed = Asked(trim_db, asked.muted_until_s, asked.programme, asked.day, asked.day_open)
    return changed, f"It plays {0.0 - trim_db:g} dB softer than its file says."


def _mute(asked: Asked, command: Command, _now: datetime, now_s: float) -> tuple[Asked, str]:
    minutes = float(command.value)
    until_s = now_s + 60.0 * minutes if minutes else None
    words = f"It is silent for {minutes:g} min." if minutes else "It may sound again."
    return Asked(asked.trim_db, until_s, asked.programme, asked.day, asked.day_open), words


def _programme(asked: Asked, command: Command, _now: datetime, _now_s: float) -> tuple[Asked, str]:
    changed = Asked(asked.trim_db, asked.muted_until_s, str(command.value), asked.day, asked.day_open)
    return changed, f"The programme: {command.value}."


def _today(asked: Asked, command: Command, now: datetime, _now_s: float) -> tuple[Asked, str]:
    day = None if command.value == "file" else now.date()
    changed = Asked(asked.trim_db, asked.muted_until_s, asked.programme, day, command.value == "open")
    return changed, f"Today: {command.value}."


_DEEDS: dict[str, Callable[[Asked, Command, datetime, float], tuple[Asked, str]]] = {
    "volume": _volume, "softer": _softer, "mute": _mute, "programme": _programme, "today": _today,
}  # fmt: skip


def opening_now(kiosk: Kiosk, asked: Asked, now: datetime, holidays: frozenset[date]) -> Opening:
    """Whether it is open, and quiet."""
    today = {} if asked.day is None else {asked.day: asked.day_open}
    return opening(kiosk.hours, now, holidays, today)


def wanted(
    kiosk: Kiosk, asked: Asked, now: datetime, now_s: float, holidays: frozenset[date], cap_lufs: float,
    *, safe: bool, first: int,
) -> Wanted:  # fmt: skip
    """How the music is to be. `cap_lufs` is the calibration's; `first` of the profiles comes next."""
    stands = opening_now(kiosk, asked, now, holidays)
    sound, visit = kiosk.sound, kiosk.visit
    trim_db = sound.trim_db + asked.trim_db - (sound.quiet_db if stands.quiet else 0.0)
    by_file = visit.without_strap == "programme"
    return Wanted(
        open=stands.open,
        muted=asked.muted_until_s is not None and now_s < asked.muted_until_s,
        safe=safe,
        programme={"play": True, "stop": False}.get(asked.programme, by_file),
        trim_db=max(trim_db, LOWEST_TRIM_DB),
        cap_lufs=cap_lufs,
        earcons=sound.earcons,
        straps=visit.straps,
        profiles=visit.profiles,
        programme_profile=visit.programme,
        length_s=visit.length_s,
        off_s=visit.off_s,
        rest_s=visit.rest_s,
        invitation_s=0.0 if stands.quiet else visit.invitation_s,
        first=first,
    )
