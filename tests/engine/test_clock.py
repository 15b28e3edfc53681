"""The control side's transport against direct integration of the tempo."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import TICK_S, BeatClock, Clock, tick_s

STEPS = st.lists(
    st.tuples(st.floats(0.01, 30.0), st.floats(40.0, 132.0)), min_size=1, max_size=12
)  # seconds since the step before, beats a minute


Steps = list[tuple[float, float]]


def built(first_bpm: float, steps: Steps) -> tuple[BeatClock, list[float]]:
    transport, at_s, edges = BeatClock(first_bpm), 0.0, [0.0]
    for wait_s, bpm in steps:
        at_s += wait_s
        edges.append(at_s)
        transport.step(at_s, bpm)
    return transport, edges


@given(st.floats(40.0, 132.0), STEPS, st.floats(0.0, 400.0))
def test_beats_are_the_integral_of_the_tempo(first_bpm: float, steps: Steps, t_s: float) -> None:
    transport, edges = built(first_bpm, steps)
    bpms = [first_bpm, *(bpm for _, bpm in steps)]
    ends = [*edges[1:], np.inf]
    expected = sum(
        max(0.0, min(t_s, end) - start) * bpm / 60.0
        for start, end, bpm in zip(edges, ends, bpms, strict=True)
    )
    assert transport.beat(t_s) == pytest.approx(expected, abs=1e-9)


@given(st.floats(40.0, 132.0), STEPS, st.floats(0.0, 400.0))
def test_second_undoes_beat(first_bpm: float, steps: Steps, t_s: float) -> None:
    transport, _ = built(first_bpm, steps)
    assert transport.second(transport.beat(t_s)) == pytest.approx(t_s, abs=1e-6)


def test_ticks_do_not_drift_over_a_night() -> None:
    eight_hours = round(8 * 3600 / TICK_S)
    assert tick_s(eight_hours) == 8 * 3600
    assert Clock(44_100).frame(tick_s(eight_hours)) == 8 * 3600 * 44_100
