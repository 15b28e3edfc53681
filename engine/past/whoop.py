"""Whoop: physiological_cycles.csv of the data export, a cycle from sleep to sleep a row.

Layout: "Cycle start time", "Wake onset", "Resting heart rate (bpm)" and "Heart rate variability (ms)", which
is RMSSD in sleep (Whoop, data export). The recovery score is a score and is never read.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.past.parts import Part
from engine.past.reading import NIGHT, Figure, Reading
from engine.past.tables import Column, daily, rows

_DAYS = ("wake onset", "cycle end time", "cycle start time")
_COLUMNS = {
    "resting heart rate (bpm)": Column(Figure.RESTING, NIGHT),
    "heart rate variability (ms)": Column(Figure.RMSSD, NIGHT),
}


def read(part: Part) -> Iterator[Reading]:
    for row in rows(part):
        yield from daily(row, _DAYS, _COLUMNS)
