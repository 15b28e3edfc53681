"""Durations and moments as people write them: `90s`, `20m`, `1h`; `12:30`."""

from __future__ import annotations

import math
import re
from typing import Any

import click

_UNITS_S = {"s": 1.0, "m": 60.0, "h": 3600.0}


class Duration(click.ParamType[float]):
    """A click parameter that becomes seconds (float)."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        read = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)([smh])", str(value).strip())
        if read is None:
            self.fail(f"{value!r} is not a duration; write 90s, 20m or 1h.", param, ctx)
        return float(read[1]) * _UNITS_S[read[2]]


class Seconds(click.FloatRange):
    """A click parameter: seconds (float) within a range, and a number."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        seconds = float(super().convert(value, param, ctx))
        if math.isnan(seconds):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return seconds


class ClockTime(click.ParamType[float]):
    """A click parameter that says a moment of a sitting as a clock would, and becomes seconds (float)."""

    name = "moment"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        read = re.fullmatch(r"(?:(\d{1,2}):)?(\d{1,4}):([0-5]\d)", str(value).strip())
        if read is None:
            self.fail(f"{value!r} is not a moment; write 12:30 or 1:02:30.", param, ctx)
        return 3600.0 * int(read[1] or 0) + 60.0 * int(read[2]) + int(read[3])


def clock_time(seconds: float) -> str:
    """Minutes and seconds, `3:07`, with hours where there are any."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
