"""The guide's hard limits, over random hearts, drop-outs, nonsense, call intervals and hands."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.guide.arms import Arm
from engine.guide.course import course_of
from engine.guide.guide import Guide
from engine.guide.hands import ACTIONS, parameter_ranges
from engine.guide.music_state import Hand, Intent
from profiles.load import load, names
from sensors.heart_state import HeartState
from tests.program import program

LIMITS = program("guide_limits")

rates = st.one_of(st.none(), st.floats(30, 200), st.floats(allow_nan=True, allow_infinity=True))
segments = st.tuples(
    st.integers(1, 200),  # steps
    rates,
    st.floats(-0.2, 0.2),  # drift, bpm a step
    st.one_of(st.none(), st.floats(allow_nan=True)),  # breath
    st.booleans(),  # irregular
    st.sampled_from([0.1, 0.5, 1.0, 2.0, 2.0, 25.0]),  # seconds between calls
)
everything = [*ACTIONS, *parameter_ranges(load("relax")), "nonsense"]
intents = st.tuples(
    st.sampled_from([Hand.THERAPIST, Hand.LISTENER, Hand.PROFILE]),
    st.sampled_from(everything),
    st.one_of(st.none(), st.floats(-100, 200), st.floats(allow_nan=True)),
)


def _script(pieces: list[Any], wishes: dict[int, list[Any]]) -> Any:
    t, step, script = 0.0, 0, []
    for steps, rate, drift, breath, irregular, dt in pieces:
        for i in range(steps):
            hr = None if rate is None else rate + drift * i
            heart = HeartState(
                t_s=t,
                hr_bpm=hr,
                breath_per_min=breath,
                breath_confidence=0.9,
                irregular=irregular,
                last_beat_s=None if hr is None else t - 1.0,
            )
            hands = [Intent(t, hand, name, value) for hand, name, value in wishes.get(step, [])]
            script.append((t, heart, hands))
            t, step = t + dt, step + 1
    return script


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(names()),
    st.sampled_from([Arm.GOVERNED, Arm.OPEN_LOOP, Arm.PACED, Arm.FOLLOW]),
    st.sampled_from([30.0, 90.0, 300.0, 1200.0]),
    st.lists(segments, min_size=1, max_size=8),
    st.dictionaries(st.integers(0, 600), st.lists(intents, min_size=1, max_size=2), max_size=6),
)
def test_limits_hold_whatever_comes(
    name: str, arm: Arm, duration: float, pieces: list[Any], wishes: dict[int, list[Any]]
) -> None:
    profile = load(name)
    guide = Guide(profile, arm, duration_s=duration)
    governed = arm not in LIMITS.UNGOVERNED
    worst = LIMITS.Worst(profile, governed, course_of(profile, duration).fade_in_s)
    LIMITS.play_script(guide, worst, _script(pieces, wishes))
    assert LIMITS.over(worst) == {}


def test_random_sittings_of_the_benchmark_hold_too() -> None:
    for seed in range(12):  # the benchmark itself plays thousands
        _, past, what = LIMITS.random_sitting(10_000 + seed)
        assert past == {}, what


@settings(max_examples=15, deadline=None)
@given(
    st.lists(segments, min_size=1, max_size=5),
    st.dictionaries(st.integers(0, 300), st.lists(intents), max_size=3),
)
def test_the_same_sitting_is_the_same(pieces: list[Any], wishes: dict[int, list[Any]]) -> None:
    script = _script(pieces, wishes)
    first, second = Guide(load("relax")), Guide(load("relax"))
    assert repr([first.step(*call) for call in script]) == repr([second.step(*call) for call in script])


@settings(max_examples=10, deadline=None)
@given(st.floats(55, 110), st.floats(-0.006, 0.006), st.sampled_from(["relax", "energise", "release"]))
def test_the_path_does_not_depend_on_how_often_it_is_called(start: float, slope: float, name: str) -> None:
    """Two paces of call end within what one stage change, later by a call, can make of it."""

    def run(dt: float) -> dict[int, Any]:
        guide, seen = Guide(load(name), duration_s=600.0), {}
        for i in range(int(540.0 / dt) + 1):
            t = i * dt
            heart = HeartState(t_s=t, hr_bpm=start + slope * t, last_beat_s=t)
            state = guide.step(t, heart)
            if math.isclose(t % 60.0, 0.0, abs_tol=1e-9):
                seen[round(t)] = state
        return seen

    often, seldom = run(0.25), run(2.0)
    for t, one in often.items():
        other = seldom[t]
        assert math.isclose(one.tempo_bpm, other.tempo_bpm, rel_tol=0.005)
        assert math.isclose(one.density, other.density, abs_tol=0.05)
        assert math.isclose(one.breath_guide_per_min, other.breath_guide_per_min, abs_tol=0.1)
        assert math.isclose(one.loudness_db, other.loudness_db, abs_tol=1.0)
