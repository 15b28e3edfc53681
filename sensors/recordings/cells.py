"""Cells: what one cell of a table says, as a number, a moment or several intervals."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

NUMBER = re.compile(
    r"^([+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:e[+-]?\d+)?) ?(?:ms|s|bpm|hz|mv|uv|µv)?$", re.IGNORECASE
)
"""A number with a point or a comma for its decimals, if it likes with a unit behind it."""
BETWEEN = re.compile(r"[;|,\s/]+")
DATE = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$|^(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4}|\d{2})$")
"""Year first, or day or month first."""
CLOCK = re.compile(
    r"^(?:(\d{1,4}):)?(\d{1,3}):(\d{1,2})(?:[.,:](\d{1,9}))?\s*([ap]\.?m\.?)?\s*(z|utc|gmt|[+-]\d{2}:?\d{2})?$",
    re.IGNORECASE,
)
"""Hours, minutes, seconds and their parts, half of the day and the zone; minutes and seconds alone too."""


def number(text: str) -> float:
    """The number in a cell; NaN where there is none."""
    try:
        value = float(text)
    except ValueError:
        found = NUMBER.match(text.strip().replace("\u2212", "-"))
        if found is None:
            return math.nan
        value = float(found[1].replace(",", "."))
    return value if math.isfinite(value) else math.nan


def moment(text: str) -> tuple[float, bool]:
    """The moment a cell tells, seconds, and whether it has a date; (NaN, False) where it tells none.

    With a date, seconds from 1970; without, from midnight.
    """
    date, _, clock = text.strip().replace("T", " ").replace("t", " ").partition(" ")
    if ":" in date:
        date, clock = "", text.strip()
    found = CLOCK.match(clock.strip())
    if found is None:
        return math.nan, False
    hours, minutes, seconds, parts, half, _ = found.groups()
    hour = int(hours or 0)
    if half:
        hour = hour % 12 + (12 if half.lower().startswith("p") else 0)
    seconds_s = 3600.0 * hour + 60.0 * int(minutes) + int(seconds)
    if parts:
        seconds_s += int(parts) / 10.0 ** len(parts)
    if not date:
        return seconds_s, False
    day_s = _day_s(date)
    return (math.nan, False) if day_s is None else (day_s + seconds_s, True)


def _day_s(text: str) -> float | None:
    found = DATE.match(text)
    if found is None:
        return None
    if found[1]:
        year, month, day = int(found[1]), int(found[2]), int(found[3])
    else:
        first, second, year = int(found[4]), int(found[6]), int(found[7])
        # Slashes are American unless the month says no; a wrong guess moves whole days only.
        month, day = (first, second) if found[5] == "/" and first <= 12 else (second, first)
        year += 2000 if year < 100 else 0
    try:
        return datetime(year, month, day, tzinfo=UTC).timestamp()
    except ValueError:
        return None


def intervals(cell: str, decimal_comma: bool) -> list[float]:
    """The numbers in a cell of RR: none where it is empty, [NaN] where it holds something else."""
    bare = cell.strip().strip("[](){}\"'").strip()
    if not bare:
        return []
    whole = number(bare) if decimal_comma or "," not in bare else math.nan
    if whole == whole:
        return [whole]
    several = [number(part) for part in BETWEEN.split(bare) if part]
    return several if all(value == value for value in several) else [math.nan]
