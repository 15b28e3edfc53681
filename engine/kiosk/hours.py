"""Opening hours: whether a kiosk is open and how loud it may be, as a pure function of an aware datetime.

Hours are what the clock on the wall says, so a day of summer time needs no rule of its own: an hour that
comes twice is open twice, and one that is left out is never there.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast

from engine.kiosk.reading import Wrong, WrongValueError, shown

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Spans = tuple[tuple[int, int], ...]
"""Intervals in minutes since midnight, the end left out; one that passes midnight ends beyond 1440."""

ALL_DAY: Spans = ((0, 1440),)

CLOSED: Spans = ()

_SPAN = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s*-\s*([01]?\d|2[0-4]):([0-5]\d)")


def spans(value: Any) -> Spans:
    """`"10:00-18:00"`, `"10:00-12:30, 14:00-18:00"`, `"22:00-02:00"`, `"closed"` or `"all day"`."""
    if value == "closed":
        return CLOSED
    if value == "all day":
        return ALL_DAY
    read: list[tuple[int, int]] = []
    for part in value.split(",") if isinstance(value, str) else [""]:
        found = _SPAN.fullmatch(part.strip())
        if found is None:
            raise WrongValueError(
                f'must be like "10:00-18:00", "10:00-12:30, 14:00-18:00", "closed" or "all day"; '
                f"it is {shown(value)}"
            )
        begin, end = 60 * int(found[1]) + int(found[2]), 60 * int(found[3]) + int(found[4])
        if max(begin, end) > 1440 or begin in (end, 1440):
            raise WrongValueError(f"has no time between {part.strip()}; it is {shown(value)}")
        read.append((begin, end if end > begin else end + 1440))
    read.sort()
    if any(later[0] < earlier[1] for earlier, later in itertools.pairwise(read)):
        raise WrongValueError(f"has intervals that overlap; it is {shown(value)}")
    return tuple(read)


_REGION = re.compile(r"([A-Z]{2}(-[A-Z0-9]{1,4})?)?")


@dataclass(frozen=True, slots=True)
class Hours:
    """When a kiosk is open.

    week       for each weekday, Monday first
    holiday    at public holidays
    region     whose holidays: a country, or country and part, `DE-BY`; empty for none
    special    single days, which count before holidays
    quiet      when it plays more softly, any day
    """

    week: tuple[Spans, ...] = (ALL_DAY,) * 7
    holiday: Spans = CLOSED
    region: str = ""
    special: Mapping[date, Spans] = field(default_factory=dict[date, Spans])
    quiet: Spans = CLOSED

    def on(self, day: date, holidays: frozenset[date]) -> Spans:
        """The hours of one day."""
        if day in self.special:
            return self.special[day]
        return self.holiday if day in holidays else self.week[day.weekday()]


@dataclass(frozen=True, slots=True)
class Opening:
    """How things stand at a moment.

    open     whether it may play
    quiet    whether more softly
    """

    open: bool
    quiet: bool


def opening(
    hours: Hours,
    now: datetime,
    holidays: frozenset[date] = frozenset(),
    today: Mapping[date, bool] | None = None,
) -> Opening:
    """How things stand at `now`, an aware datetime in the kiosk's time zone.

    today   days that somebody has opened or closed as a whole from afar
    """
    if now.tzinfo is None:
        raise ValueError("opening hours need an aware datetime.")
    day, minute = now.date(), 60 * now.hour + now.minute
    asked = (today or {}).get(day)
    if asked is None:
        before = hours.on(day - timedelta(days=1), holidays)
        is_open = _within(hours.on(day, holidays), minute) or _within(before, minute + 1440)
    else:
        is_open = asked
    quiet = _within(hours.quiet, minute) or _within(hours.quiet, minute + 1440)
    return Opening(is_open, quiet)


def _within(intervals: Spans, minute: int) -> bool:
    return any(begin <= minute < end for begin, end in intervals)


def read_hours(table: Any, wrong: list[Wrong]) -> Hours:
    """`[hours]` of the file; what cannot be meant goes to `wrong`."""
    if not isinstance(table, Mapping):
        wrong.append(Wrong("hours", f"must be a table of its own; it is {shown(table)}"))
        return Hours()
    given = dict(cast("Mapping[str, Any]", table))
    # A day that is not named is closed as soon as any is named.
    otherwise = CLOSED if any(day in given for day in WEEKDAYS) or "every_day" in given else ALL_DAY
    every_day = _taken(given, "every_day", otherwise, wrong)
    week = tuple(_taken(given, day, every_day, wrong) for day in WEEKDAYS)
    holiday = _taken(given, "holiday", CLOSED, wrong)
    quiet = _taken(given, "quiet", CLOSED, wrong)
    region = given.pop("holidays", "")
    if not isinstance(region, str) or _REGION.fullmatch(region) is None:
        words = f"must be a country or a part of one, like DE-BY; it is {shown(region)}"
        wrong.append(Wrong("hours.holidays", words))
        region = ""
    special = _special(given.pop("special", {}), wrong)
    for key in given:
        known = ", ".join((*WEEKDAYS, "every_day", "holiday", "holidays", "quiet", "special"))
        wrong.append(Wrong(f"hours.{key}", f"is not known here; there are {known}"))
    return Hours(week, holiday, region, special, quiet)


def _taken(given: dict[str, Any], key: str, otherwise: Spans, wrong: list[Wrong]) -> Spans:
    if key not in given:
        return otherwise
    try:
        return spans(given.pop(key))
    except WrongValueError as refused:
        wrong.append(Wrong(f"hours.{key}", str(refused)))
        return otherwise


def _special(table: Any, wrong: list[Wrong]) -> dict[date, Spans]:
    """Single days: `2026-12-24 = "10:00-14:00"`."""
    if not isinstance(table, Mapping):
        wrong.append(Wrong("hours.special", f"must be a table of days; it is {shown(table)}"))
        return {}
    days: dict[date, Spans] = {}
    for key, value in cast("Mapping[str, Any]", table).items():
        try:
            days[date.fromisoformat(key)] = spans(value)
        except WrongValueError as refused:
            wrong.append(Wrong(f"hours.special.{key}", str(refused)))
        except ValueError:
            wrong.append(Wrong(f"hours.special.{key}", "is no day; write it like 2026-12-24"))
    return days
