"""Sources: a row for each layout of an export, with what it is known by and who reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.past import (
    apple,
    fitbit,
    garmin,
    health_connect,
    hrv4training,
    intervals,
    oura,
    polar,
    whoop,
)
from engine.past.parts import Part
from engine.past.reading import Reading


@dataclass(frozen=True, slots=True)
class Layout:
    """A kind of file in an export of `source`. In a zip its path must fit too; one alone may be renamed."""

    source: str
    path: re.Pattern[str]
    """In a zip, its path."""
    begins: re.Pattern[str]
    """Somewhere in its first 64 kB (engine.past.parts)."""
    read: Callable[[Part], Iterator[Reading]]


def _layout(source: str, path: str, begins: str, read: Callable[[Part], Iterator[Reading]]) -> Layout:
    return Layout(source, re.compile(path, re.IGNORECASE), re.compile(begins, re.IGNORECASE), read)


LAYOUTS = (
    _layout("Apple Health", r"\.xml$", r"\A\W*<[\s\S]*?\bHealthData\b", apple.read),
    _layout("Health Connect", r"\.(db|sqlite)$", r"\ASQLite format 3\0", health_connect.read),
    _layout("Fitbit", r"resting_heart_rate-[^/]*\.json$", r'"dateTime"[^}]*"value"\s*:\s*\{\s*"date"',
            fitbit.read_json),
    _layout("Fitbit", r"Daily Heart Rate Variability Summary[^/]*\.csv$", r"\A\W*timestamp,rmssd",
            fitbit.read_csv),
    _layout("Fitbit", r"daily_(resting_heart_rate|heart_rate_variability)\.csv$",
            r"\A\W*timestamp,(beats per minute|average heart rate variability milliseconds)",
            fitbit.read_csv),
    _layout("Garmin", r"(UDSFile|healthStatusData|hrv)[^/]*\.json$", r'"calendarDate"', garmin.read_json),
    _layout("Garmin", r"\.fit$", r"\A[\s\S]{8}\.FIT", garmin.read_fit),
    _layout("Polar", r"(nightly_recovery_(?!blob)|recharge)[^/]*\.json$",
            r'"meanNightlyRecoveryR|"heart_rate_variability_avg"', polar.read),
    _layout("Oura", r"\.json$", r'"(lowest_heart_rate|average_hrv|hr_lowest)"', oura.read_json),
    _layout("Oura", r"\.csv$", r"\A[^\n]*(lowest[_ ]heart[_ ]rate|average[_ ]hrv|lowest resting heart rate)",
            oura.read_csv),
    _layout("Whoop", r"physiological_cycles[^/]*\.csv$",
            r"\A[^\n]*Cycle start time[^\n]*(resting heart rate|heart rate variability)", whoop.read),
    _layout("HRV4Training", r"\.csv$", r"\A[^\n]*(HRV4T_|timestamp_measurement)[^\n]*", hrv4training.read),
    _layout("Elite HRV", r"\d{4}-\d\d-\d\d[^/]*\.(txt|csv)$", r"\A\W*\d{3,4}(\.\d+)?\s*[\r\n]+\s*\d{3,4}",
            intervals.read),
)  # fmt: skip
"""In the order in which they are tried; a part is of the first that fits."""

NAMES = tuple(dict.fromkeys(layout.source for layout in LAYOUTS))
"""All sources that can be read."""


def layout_of(part: Part, *, zipped: bool) -> Layout | None:
    """Of which layout a part is; in a zip only parts whose path fits one are opened."""
    fits = [layout for layout in LAYOUTS if not zipped or layout.path.search(part.name)]
    if not fits:
        return None
    head = part.head()
    return next((layout for layout in fits if layout.begins.search(head)), None)
