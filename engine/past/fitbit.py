"""Fitbit: Google Takeout's daily files of resting rate and of the night's variation.

Layouts: `Global Export Data/resting_heart_rate-DATE.json` with `[{"dateTime": "03/01/24 00:00:00", "value":
{"date": "03/01/24", "value": 53.0, "error": 6.8}}]`, 0 where nothing was measured; `Heart Rate Variability/
Daily Heart Rate Variability Summary - DATE.csv` with timestamp, rmssd, nremhr and entropy, in sleep; the
newer `Physical Activity_GoogleData/daily_resting_heart_rate.csv` and `daily_heart_rate_variability.csv`.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.past.parts import Part
from engine.past.reading import NIGHT, Figure, Reading
from engine.past.tables import Column, daily, json_objects, rows
from engine.past.values import inner, number

_COLUMNS = {
    "rmssd": Column(Figure.RMSSD, NIGHT),
    "beats per minute": Column(Figure.RESTING),
    "average heart rate variability milliseconds": Column(Figure.RMSSD, NIGHT),
}


def read_json(part: Part) -> Iterator[Reading]:
    for found in json_objects(part):
        told = inner(found.get("value"))
        if "date" in told and number(told.get("value")) != 0.0:
            row = {"date": told["date"], "dateTime": found.get("dateTime"), "value": told.get("value")}
            yield from daily(row, ("date", "dateTime"), {"value": Column(Figure.RESTING)})


def read_csv(part: Part) -> Iterator[Reading]:
    for row in rows(part):
        yield from daily(row, ("timestamp",), _COLUMNS, row.get("data source", ""))
