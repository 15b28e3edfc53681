"""Oura: a night an object or a row, as JSON of the account or CSV of Trends.

Layouts: JSON with day, type, lowest_heart_rate and average_hrv (API 2, and the account's export), or with
summary_date, hr_lowest and rmssd (API 1); CSV with date, "Lowest Resting Heart Rate" and "Average HRV", or
with API 2's names. Oura's resting rate is the lowest of the night, and its HRV is RMSSD (Oura, API). Naps
are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.past.parts import Part
from engine.past.reading import NIGHT, Figure, Reading
from engine.past.tables import Column, daily, json_objects, named, rows
from engine.past.values import has

_DAYS = ("day", "summary date", "date")
_COLUMNS = {
    "lowest heart rate": Column(Figure.RESTING, NIGHT),
    "hr lowest": Column(Figure.RESTING, NIGHT),
    "lowest resting heart rate": Column(Figure.RESTING, NIGHT),
    "average hrv": Column(Figure.RMSSD, NIGHT),
    "rmssd": Column(Figure.RMSSD, NIGHT),
}
_NIGHTS = ("long_sleep", "sleep")
"""Types of sleep that are a night's: others are naps, rest and what was deleted."""


def read_json(part: Part) -> Iterator[Reading]:
    for found in json_objects(part):
        yield from _night({named(name): value for name, value in found.items()})


def read_csv(part: Part) -> Iterator[Reading]:
    for row in rows(part):
        yield from _night(row)


def _night(row: Mapping[str, object]) -> Iterator[Reading]:
    kind = row.get("type")
    if not has(kind) or kind in _NIGHTS:
        yield from daily(row, _DAYS, _COLUMNS)
