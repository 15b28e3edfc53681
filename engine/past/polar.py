"""Polar: Nightly Recharge, from the account's export or from AccessLink.

Layouts: `nightly_recovery_*.json`, a night an object with night (or sleepResultDate) and, in ms,
meanNightlyRecoveryRmssd and meanNightlyRecoveryRri; AccessLink's recharges with date, heart_rate_avg and
heart_rate_variability_avg (Polar, AccessLink API, Nightly Recharge). Both are of the night's first hours.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.past.parts import Part
from engine.past.reading import NIGHT, Figure, Reading
from engine.past.tables import Column, daily, json_objects
from engine.past.values import has, number

_DAYS = ("night", "sleepresultdate", "date")
_COLUMNS = {
    "bpm": Column(Figure.RESTING, NIGHT),
    "heart_rate_avg": Column(Figure.RESTING, NIGHT),
    "meannightlyrecoveryrmssd": Column(Figure.RMSSD, NIGHT),
    "heart_rate_variability_avg": Column(Figure.RMSSD, NIGHT),
}


def read(part: Part) -> Iterator[Reading]:
    for found in json_objects(part):
        row = {name.lower(): value for name, value in found.items()}
        rri_ms = row.get("meannightlyrecoveryrri")
        if has(rri_ms):
            interval_ms = number(rri_ms)
            row["bpm"] = 60_000.0 / interval_ms if interval_ms > 0.0 else rri_ms
        yield from daily(row, _DAYS, _COLUMNS)
