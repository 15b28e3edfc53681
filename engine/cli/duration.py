"""Durations and moments as options of a command (engine.durations)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import click

from engine.durations import DurationTextError, age_s, duration_s, moment_s, span_s


class _Time(click.ParamType[float]):
    """A click parameter that becomes seconds (float)."""

    def __init__(self, name: str, read: Callable[[str], float]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        try:
            return self._read(str(value))
        except DurationTextError as wrong:
            self.fail(str(wrong), param, ctx)


class Duration(_Time):
    """A length: 90s, 20m or 1h."""

    def __init__(self) -> None:
        super().__init__("duration", duration_s)


class Age(_Time):
    """How long something is kept: 90d, 12w or 10y."""

    def __init__(self) -> None:
        super().__init__("age", age_s)


class Span(_Time):
    """How long between two sittings: 20h, 2d or 0h."""

    def __init__(self) -> None:
        super().__init__("span", span_s)


class ClockTime(_Time):
    """A moment of a sitting, as a clock would say it: 12:30."""

    def __init__(self) -> None:
        super().__init__("moment", moment_s)


class Seconds(click.FloatRange):
    """A click parameter: seconds (float) within a range, and a number."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        seconds = float(super().convert(value, param, ctx))
        if math.isnan(seconds):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return seconds
