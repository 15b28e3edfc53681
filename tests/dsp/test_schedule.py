"""The schedule gives notes back in the order of their moments, whatever the order they came in."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from dsp.schedule import SCHEDULE, SCHEDULE_SLOTS, prepare_schedule, put, take


@njit(error_model="numpy", _nrt=False)
def put_marked(schedules, moment, mark):
    place = put(schedules[0], moment)
    if place >= 0:
        schedules[0].note[place].beats = mark
    return place


@njit(error_model="numpy", _nrt=False)
def take_marked(schedules):
    return schedules[0].note[take(schedules[0])].beats


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
