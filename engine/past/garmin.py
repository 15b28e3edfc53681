"""Garmin: the account's export, DI_CONNECT, and the watch's own FIT files.

Layouts: `DI-Connect-Aggregator/UDSFile_*.json`, a day an object with calendarDate and restingHeartRate;
`DI-Connect-Wellness/*_healthStatusData.json`, a day an object with calendarDate and metrics, of which the one
of type HRV is the night's RMSSD in ms; FIT's messages monitoring_hr_data and hrv_status_summary (Garmin, FIT
SDK, Profile). A watch's lowest rate of the day is not its resting rate and is not read.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from engine.past.parts import Part
from engine.past.reading import NIGHT, Figure, PastError, Reading
from engine.past.tables import Column, daily, json_objects
from engine.past.values import device_name, inner, number, objects

_COLUMNS = {
    "restingHeartRate": Column(Figure.RESTING),
    "lastNightAvg": Column(Figure.RMSSD, NIGHT),
    "HRV": Column(Figure.RMSSD, NIGHT),
}
_FIELDS = {
    "monitoring_hr_data": (("current_day_resting_heart_rate", "resting_heart_rate"), Figure.RESTING, ""),
    "hrv_status_summary": (("last_night_average",), Figure.RMSSD, NIGHT),
}
"""By FIT's message the fields that may hold a figure, the best first."""


def read_json(part: Part) -> Iterator[Reading]:
    for found in json_objects(part):
        if "calendarDate" not in found:
            continue
        row = dict(found)
        row["older"] = inner(found["calendarDate"]).get("date")  # {"date": "Mar 1, 2024 12:00:00 AM"}
        for metric in objects(found.get("metrics")):
            # 0 stands for a night without a measurement.
            if metric.get("type") == "HRV" and number(metric.get("value")) != 0.0:
                row["HRV"] = metric.get("value")
        if number(row.get("restingHeartRate")) == 0.0:
            del row["restingHeartRate"]
        yield from daily(row, ("calendarDate", "older"), _COLUMNS)


def read_fit(part: Part) -> Iterator[Reading]:
    """Raises PastError where the library is missing or the file damaged."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fitdecode = importlib.import_module("fitdecode")
    except ImportError:
        raise PastError("FIT needs the library fitdecode; pip install 'calando[files]'.") from None
    found: list[Reading] = []
    device = ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with fitdecode.FitReader(part.whole()) as reader:
                for frame in reader:
                    if isinstance(frame, fitdecode.FitDataMessage):
                        device = device or _device(frame)
                        found += _readings(frame, device)
    except PastError:
        raise
    except Exception:  # the library lets through whatever a damaged file does to it
        raise PastError("a FIT file in it is cut short or damaged; copy it from the watch again.") from None
    yield from found


def _device(frame: Any) -> str:
    if frame.name != "file_id":
        return ""
    told = (frame.get_value(name, fallback=None) for name in ("product_name", "garmin_product"))
    return next((device_name(name) for name in told if isinstance(name, str)), "")


def _readings(frame: Any, device: str) -> Iterator[Reading]:
    names, figure, when = _FIELDS.get(frame.name, ((), Figure.RESTING, ""))
    moment = frame.get_value("timestamp", fallback=None) if names else None
    values = (frame.get_value(name, fallback=None) for name in names)
    value = next((value for value in values if value is not None), None)
    if isinstance(moment, datetime) and value is not None:
        yield Reading(figure, moment.date(), number(value), when, device)
