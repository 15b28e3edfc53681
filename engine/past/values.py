"""Values: numbers, days and names out of what stands in an export, whatever stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from math import isfinite, nan

from sensors.plain_text import plain

LONGEST_NAME = 40
"""Letters of a device's name. Own choice."""

_DAYS = ("%Y-%m-%d", "%m/%d/%y", "%m/%d/%Y", "%Y/%m/%d", "%b %d, %Y", "%d.%m.%Y")
"""How days are written: ISO 8601, Fitbit's two, Garmin's older exports, German spreadsheets."""

_DAY = re.compile(
    r"\d{4}[-/]\d\d[-/]\d\d|\d\d/\d\d/(?:\d{4}|\d\d)|[A-Z][a-z]{2} \d{1,2}, \d{4}|\d\d\.\d\d\.\d{4}"
)

DEEPEST = 8
"""Lists and objects within one another that are looked into; no export has more than five."""


def number(value: object) -> float:
    """The number that a cell or a JSON value holds; NaN where it holds none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return nan
    try:
        text = value.strip() if isinstance(value, str) else value
        if isinstance(text, str) and re.fullmatch(r"-?\d+,\d+", text):
            text = text.replace(",", ".")
        found = float(text)
    except (ValueError, OverflowError):
        return nan
    return found if isfinite(found) else nan


def has(value: object) -> bool:
    """Whether anything is told: an empty cell, a dash and null are no reading, and no mistake either."""
    return value is not None and value != "" and not (isinstance(value, str) and value.strip(" -–") == "")


def day_of(value: object) -> date | None:
    """The day that a date or a time begins with, as it is written there; None where that is none."""
    if not isinstance(value, str):
        return None
    found = _DAY.match(value.strip())
    if found is None:
        return None
    for form in _DAYS:
        try:
            return datetime.strptime(found[0], form).date()
        except ValueError:
            continue
    return None


def local_time(epoch_ms: object, offset_s: object) -> datetime | None:
    """A moment on the clock of where it was measured, without its zone; None for what is no moment."""
    moment, offset = number(epoch_ms), number(offset_s)
    try:
        found = datetime.fromtimestamp(moment / 1000.0, UTC).replace(tzinfo=None)
        return found + timedelta(seconds=offset if abs(offset) <= 86_400 else 0.0)
    except (ValueError, OverflowError, OSError):
        return None


def device_name(text: str) -> str:
    """A device's name without its owner's: "Anna's Apple Watch" is an Apple Watch."""
    known = re.search(r"Apple\s?Watch(?: Ultra| SE)?|iPhone|iPad", text)
    if known is not None:
        return plain(known[0], LONGEST_NAME)
    return plain(re.sub(r"^.*?['’]s?\s+", "", text), LONGEST_NAME)


def inner(value: object) -> dict[str, object]:
    """A JSON object, or an empty one where there is another value."""
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType] — JSON


def objects(found: object) -> Iterator[dict[str, object]]:
    """Every JSON object in a document, the outer ones first."""
    waiting = [(found, 0)]
    while waiting:
        value, depth = waiting.pop()
        within: list[object] = []
        if isinstance(value, dict):
            yield inner(value)  # pyright: ignore[reportUnknownArgumentType] — JSON
            within = list(inner(value).values())  # pyright: ignore[reportUnknownArgumentType] — JSON
        elif isinstance(value, list):
            within = list(value)  # pyright: ignore[reportUnknownArgumentType] — JSON
        if depth < DEEPEST:
            waiting += [(each, depth + 1) for each in reversed(within) if isinstance(each, dict | list)]
