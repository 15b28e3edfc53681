"""The schedule gives notes back in the order of their moments, whatever the order they came in."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from dsp.schedule import SCHEDULE, SCHEDULE_SLOTS, count_due, prepare_schedule, put, take


@njit(error_model="numpy", _nrt=False)
def put_marked(schedules, moment, mark):
    place = put(schedules[0], moment)
    if place >= 0:
        schedules[0].note[place].beats = mark
    return place


@njit(error_model="numpy", _nrt=False)
def take_marked(schedules):
    return schedules[0].note[take(schedules[0])].beats


@njit(error_model="numpy", _nrt=False)
def put_for(schedules, moment, instrument):
    schedules[0].note[put(schedules[0], moment)].instrument = instrument


@njit(error_model="numpy", _nrt=False)
def due_before(schedules, end, due):
    count_due(schedules[0], end, due)


def empty() -> np.ndarray:
    schedules = np.zeros(1, SCHEDULE)
    prepare_schedule(schedules[0])
    return schedules


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.floats(0, 1e6), st.none()), max_size=120))
def test_earliest_first(steps: list[float | None]) -> None:
    schedules = empty()
    waiting: list[float] = []
    for moment in steps:
        if moment is not None:
            put_marked(schedules, moment, moment)
            waiting.append(moment)
        elif waiting:
            waiting.sort()
            assert take_marked(schedules) == waiting.pop(0)
    assert [take_marked(schedules) for _ in sorted(waiting)] == sorted(waiting)


def test_a_full_schedule_refuses_and_recovers() -> None:
    schedules = empty()
    for k in range(SCHEDULE_SLOTS):
        assert put_marked(schedules, float(k), float(k)) >= 0
    assert put_marked(schedules, 0.5, 0.5) == -1
    assert take_marked(schedules) == 0.0
    assert put_marked(schedules, 0.5, 0.5) >= 0
    assert take_marked(schedules) == 0.5


def test_what_is_due_is_counted_by_instrument_and_stays() -> None:
    schedules = empty()
    draw = np.random.default_rng(1)
    written = [(float(draw.uniform(0, 10)), int(draw.integers(0, 4))) for _ in range(60)]
    for moment, instrument in written:
        put_for(schedules, moment, instrument)
    for end in (0.0, 2.5, 7.0, 11.0, written[0][0]):
        due = np.zeros(4, np.int64)
        due_before(schedules, end, due)
        wanted = [sum(moment < end and instrument == k for moment, instrument in written) for k in range(4)]
        assert list(due) == wanted
    assert schedules[0]["size"] == len(written)
