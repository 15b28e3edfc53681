"""Month: the last thirty days that an export has of each figure, gathered in constant memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from engine.past.reading import BOUNDS, NIGHT, Figure, PastError, Reading

DAYS = 30
"""Length of the month, counted back from the newest day that the file has."""

FRESH_DAYS = 365
"""Age of a month's end after which nothing begins by it: people change over the year. Own choice."""

LEAST_DAYS = 3
"""Days that must have a figure before its middle is told; as with sittings (engine.journal.figures)."""

EARLIEST = date(1990, 1, 1)
"""No watch told a heart's variation before. Own choice."""

AHEAD = timedelta(days=1)
"""How far a day may lie ahead: elsewhere it is tomorrow already."""

MOST_HELD = 200_000
"""Readings of one month that are held at a time; a watch that measures every five minutes makes 9,000."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A figure's middle over the days of one device: what is kept of an export, and nothing else."""

    value: float
    """Beats a minute, or ms."""
    days: int
    first: str
    """First and last day that count, ISO 8601."""
    last: str
    source: str
    """Whose export it was: Apple Health, Oura."""
    device: str
    """What measured; empty where the file does not say."""
    when: str
    """When it was measured (engine.past.reading); empty where the source does not say."""


def guess_bpm(figures: Mapping[Figure, Kept], today: date) -> float | None:
    """The resting rate that a guide may begin by where no sitting told one yet; None where it is too old."""
    kept = figures.get(Figure.RESTING)
    if kept is None or (today - date.fromisoformat(kept.last)).days > FRESH_DAYS:
        return None
    return kept.value


@dataclass(frozen=True, slots=True)
class Found:
    """What an export came to. SDNN is told and never kept."""

    figures: Mapping[Figure, Kept]
    few: Mapping[Figure, int]
    """Of figures on fewer days than LEAST_DAYS, on how many."""
    absurd: int
    """Readings that no heart at rest makes, or of a day that no watch saw; they were left out."""
    future: int
    """Readings of days that have not come; they were left out."""
    devices: Mapping[Figure, int]
    """How many devices had each figure in its month; the one with the most days was taken."""


class Month:
    """Takes readings of one source in any order; `today` is the day on which they are read."""

    def __init__(self, source: str, today: date) -> None:
        self._source, self._today = source, today
        self._newest: dict[Figure, date] = {}
        self._held: dict[tuple[Figure, str, str], dict[date, dict[str, float]]] = {}
        self._count = self._absurd = self._future = 0

    def add(self, reading: Reading) -> None:
        """Raises PastError where there are more readings a day than a watch makes."""
        low, high = BOUNDS[reading.figure]
        if not (low <= reading.value <= high and reading.day >= EARLIEST):  # NaN is neither
            self._absurd += 1
            return
        if reading.day > self._today + AHEAD:
            self._future += 1
            return
        newest = self._newest.get(reading.figure)
        if newest is None or reading.day > newest:
            self._newest[reading.figure] = newest = reading.day
            self._forget(reading.figure, newest)
        elif reading.day <= newest - timedelta(days=DAYS):
            return
        key = (reading.figure, reading.when, reading.device)
        day = self._held.setdefault(key, {}).setdefault(reading.day, {})
        self._count += reading.at not in day
        day[reading.at] = reading.value
        if self._count > MOST_HELD:
            raise PastError("it has more readings a day than any watch makes; export it again.")

    def _forget(self, figure: Figure, newest: date) -> None:
        """What lies before the month that ends with `newest`."""
        for key in [key for key in self._held if key[0] is figure]:
            days = self._held[key]
            for day in [day for day in days if day <= newest - timedelta(days=DAYS)]:
                self._count -= len(days.pop(day))
            if not days:
                del self._held[key]

    def found(self) -> Found:
        """What it came to; the device with the most days speaks, and nights before days."""
        figures: dict[Figure, Kept] = {}
        few: dict[Figure, int] = {}
        devices: dict[Figure, int] = {}
        for figure in Figure:
            keys = [key for key in self._held if key[0] is figure]
            if not keys:
                continue
            devices[figure] = len({device for _, _, device in keys})
            best = max(keys, key=self._rank)
            days = self._held[best]
            if len(days) < LEAST_DAYS:
                few[figure] = len(days)
                continue
            middle = median(median(each.values()) for each in days.values())
            first, last = min(days).isoformat(), max(days).isoformat()
            device, when = best[2], best[1]
            figures[figure] = Kept(round(middle, 1), len(days), first, last, self._source, device, when)
        return Found(figures, few, self._absurd, self._future, devices)

    def _rank(self, key: tuple[Figure, str, str]) -> tuple[bool, int, date, str, str]:
        _, when, device = key
        days = self._held[key]
        return (when == NIGHT and len(days) >= LEAST_DAYS, len(days), max(days), when, device)
