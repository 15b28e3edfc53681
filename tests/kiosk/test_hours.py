"""Opening hours as a pure function: nights, single days, holidays, both ways through summer time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.kiosk.hours import Opening, opening, read_hours
from engine.kiosk.reading import Wrong

BERLIN = ZoneInfo("Europe/Berlin")


def hours(**table: object):
    wrong: list[Wrong] = []
    read = read_hours(table, wrong)
    assert not wrong
    return read


def at(*numbers: int, fold: int = 0) -> datetime:
    return datetime(*numbers, tzinfo=BERLIN, fold=fold)  # type: ignore[misc]


def test_a_night_belongs_to_the_day_on_which_it_begins():
    week = hours(saturday="22:00-02:00")
    assert not opening(week, at(2026, 11, 28, 21, 59)).open
    assert opening(week, at(2026, 11, 28, 22, 0)).open
    assert opening(week, at(2026, 11, 29, 1, 59)).open
    assert not opening(week, at(2026, 11, 29, 2, 0)).open


def test_single_days_count_before_holidays_and_a_word_from_afar_before_both():
    week = hours(every_day="10:00-18:00", holiday="12:00-14:00", special={"2026-12-25": "09:00-10:00"})
    christmas, boxing_day = date(2026, 12, 25), date(2026, 12, 26)
    free = frozenset({christmas, boxing_day})
    assert opening(week, at(2026, 12, 25, 9, 30), free).open
    assert not opening(week, at(2026, 12, 25, 13, 0), free).open
    assert opening(week, at(2026, 12, 26, 13, 0), free).open
    assert not opening(week, at(2026, 12, 26, 15, 0), free).open
    assert opening(week, at(2026, 12, 26, 15, 0), free, {boxing_day: True}).open
    assert not opening(week, at(2026, 12, 26, 13, 0), free, {boxing_day: False}).open


def test_quiet_hours_are_apart_from_open_ones():
    week = hours(every_day="all day", quiet="22:00-07:00")
    assert opening(week, at(2026, 6, 1, 6, 59)) == Opening(True, True)
    assert opening(week, at(2026, 6, 1, 7, 0)) == Opening(True, False)


@pytest.mark.parametrize(("day", "open_h"), [((2026, 3, 29), 3), ((2026, 10, 25), 5), ((2028, 2, 29), 4)])
def test_minutes_open_in_a_night_of_summer_time_and_on_a_leap_day(day: tuple[int, int, int], open_h: int):
    week = hours(every_day="01:00-05:00")
    start = datetime(*day, tzinfo=BERLIN).astimezone(UTC)
    minutes = [(start + timedelta(minutes=k)).astimezone(BERLIN) for k in range(60 * 8)]
    assert sum(opening(week, minute).open for minute in minutes) == 60 * open_h


def test_a_datetime_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="aware"):
        opening(hours(), datetime(2026, 1, 1))


def test_no_overlap_and_no_empty_interval():
    for written in ("10:00-12:00, 11:00-13:00", "10:00-10:00", "25:00-26:00", "noon", 5):
        wrong: list[Wrong] = []
        read_hours({"monday": written}, wrong)
        assert [each.where for each in wrong] == ["hours.monday"], written
