"""HRV4Training: its CSV of morning measurements.

Layout: date or timestamp_measurement, HR, rMSSD and SDNN among many columns, "-" where nothing was told
(HRV4Training, Data export).
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.past.parts import Part
from engine.past.reading import MORNING, Figure, Reading
from engine.past.tables import Column, daily, rows

_DAYS = ("date", "timestamp measurement")
_COLUMNS = {
    "hr": Column(Figure.RESTING, MORNING),
    "rmssd": Column(Figure.RMSSD, MORNING),
    "sdnn": Column(Figure.SDNN, MORNING),
}


def read(part: Part) -> Iterator[Reading]:
    for row in rows(part):
        yield from daily(row, _DAYS, _COLUMNS)
