"""Intervals: RR recordings, one a reading, as Elite HRV and others export them, read by our own reader.

Layout: text files that are named by their time, "2026-11-26 07-32-11.txt", with an interval in ms a line
(Elite HRV, Export). The rate and RMSSD of each are reckoned as `calando heart` reckons them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import nan

from engine.past.parts import Part
from engine.past.reading import MORNING, Figure, PastError, Reading, part_of_day
from engine.past.tables import text
from engine.past.values import day_of
from sensors.monitor import HeartMonitor
from sensors.recordings.recording import RecordingError, merged
from sensors.recordings.tables import Wanted, read_table

_NAMED = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T_](\d\d))?")

MORNING_FROM_H, MORNING_UNTIL_H = 4, 12
"""Hours between which a reading is one of the morning, after the night. Own choice."""


def read(part: Part) -> Iterator[Reading]:
    """Raises PastError where the name tells no day."""
    name = part.name.rsplit("/", 1)[-1]
    told = _NAMED.search(name)
    day = day_of(told[1]) if told else None
    if told is None or day is None:
        raise PastError("its name tells no day; name it by its date, as 2026-11-26 07-32-11.txt.")
    hour = int(told[2]) if told[2] else MORNING_UNTIL_H - 1
    try:
        recording = read_table(text(part), "", Wanted())
    except RecordingError:
        yield Reading(Figure.RMSSD, day, nan)  # a reading that broke off is counted among what was left out
        return
    monitor = HeartMonitor()
    for event in merged(recording):
        monitor.feed(event)
    monitor.finish()
    whole = monitor.whole()
    when = MORNING if MORNING_FROM_H <= hour < MORNING_UNTIL_H else part_of_day(hour)
    if whole.trusted and whole.mean_rr_ms and whole.rmssd_ms:
        yield Reading(Figure.RESTING, day, 60_000.0 / whole.mean_rr_ms, when, "", name)
        yield Reading(Figure.RMSSD, day, whole.rmssd_ms, when, "", name)
