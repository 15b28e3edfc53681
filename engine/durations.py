"""Durations and moments as people write them, in seconds: `90s`, `20m`, `1h`; `2d`; `12:30`."""

from __future__ import annotations

import re

_UNITS_S = {"s": 1.0, "m": 60.0, "h": 3600.0}


class DurationTextError(ValueError):
    """Words that are no duration or no moment; the message says how to write one."""


def duration_s(text: str) -> float:
    """Seconds of `90s`, `20m` or `1h`. Raises DurationTextError."""
    read = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)([smh])", text.strip())
    if read is None:
        raise DurationTextError(f"{text!r} is not a duration; write 90s, 20m or 1h.")
    return float(read[1]) * _UNITS_S[read[2]]


def age_s(text: str) -> float:
    """Seconds of `90d`, `12w` or `10y`, a year having 365 days. Raises DurationTextError."""
    read = re.fullmatch(r"([1-9]\d{0,3})([dwy])", text.strip())
    if read is None:
        raise DurationTextError(f"{text!r} is not how long sittings are kept; write 90d, 12w or 10y.")
    return int(read[1]) * {"d": 1, "w": 7, "y": 365}[read[2]] * 86_400.0


def span_s(text: str) -> float:
    """Seconds of `90m`, `20h` or `2d`: between two sittings. Raises DurationTextError."""
    read = re.fullmatch(r"(\d{1,4}(?:\.\d{1,2})?)([mhd])", text.strip())
    if read is None:
        raise DurationTextError(f"{text!r} is no time between two sittings; write 20h, 2d or 0h.")
    return float(read[1]) * {"m": 60.0, "h": 3600.0, "d": 86_400.0}[read[2]]


def moment_s(text: str) -> float:
    """Seconds of `12:30` or `1:02:30` from the start. Raises DurationTextError."""
    read = re.fullmatch(r"(?:(\d{1,2}):)?(\d{1,4}):([0-5]\d)", text.strip())
    if read is None:
        raise DurationTextError(f"{text!r} is not a moment; write 12:30 or 1:02:30.")
    return 3600.0 * int(read[1] or 0) + 60.0 * int(read[2]) + int(read[3])


def clock_time(seconds: float) -> str:
    """Minutes and seconds, `3:07`, with hours where there are any."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
