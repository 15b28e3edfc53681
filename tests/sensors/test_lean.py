"""The lean: nothing while a heart stays, a size and a sign when it moves, nothing of holes and nonsense."""

from __future__ import annotations

import math
import random

import pytest

from sensors.beat import Link, LinkChange, TimedBeat
from sensors.lean import Lean
from sensors.monitor import INTERVALS_S, HeartMonitor


def beats(
    bpm: float, seconds: float, start_s: float = 0.0, noise_ms: float = 8.0
) -> list[tuple[float, float]]:
    """With a respiratory swing of 3 % at 14 a minute."""
    rng, t, found = random.Random(3), start_s, list[tuple[float, float]]()
    while t < start_s + seconds:
        rr = 60_000 / bpm * (1 + 0.03 * math.sin(2 * math.pi * 14 / 60 * t)) + rng.gauss(0, noise_ms)
        t += rr / 1000
        found.append((t, rr))
    return found


def fed(*stretches: list[tuple[float, float]]) -> Lean:
    lean = Lean()
    for stretch in stretches:
        for t, rr in stretch:
            lean.observe(t, rr)
    return lean


def test_nothing_is_said_in_the_first_minute() -> None:
    lean = Lean()
    for t, rr in beats(70, 70):
        lean.observe(t, rr)
        assert (lean.bpm(t) is None) == (t < beats(70, 70)[0][0] + 60.0)


@pytest.mark.parametrize("bpm", [52.0, 70.0, 104.0])
def test_a_heart_that_stays_leans_by_less_than_an_answer_begins_with(bpm: float) -> None:
    lean = Lean()
    leans: list[float] = []
    for t, rr in beats(bpm, 600):
        lean.observe(t, rr)
        if (found := lean.bpm(t)) is not None:
            leans.append(found)
    assert max(map(abs, leans)) < 1.4


@pytest.mark.parametrize("step", [6.0, -6.0])
def test_a_step_is_seen_within_a_phrase_with_its_sign_and_is_usual_after_minutes(step: float) -> None:
    before, after = beats(70, 200), beats(70 + step, 300, 200.0)
    soon = fed(before, [beat for beat in after if beat[0] < 212.0]).bpm(212.0)
    assert soon is not None
    assert math.copysign(1.0, step) * soon > 2.5
    late = fed(before, after).bpm(500.0)
    assert late == pytest.approx(0.0, abs=0.7)


def test_silence_says_nothing_and_after_a_hole_the_lean_begins_at_none() -> None:
    lean = fed(beats(70, 200))
    assert lean.bpm(200.0) is not None
    assert lean.bpm(211.0) is None
    first_t, first_rr = 230.0, 60_000 / 90
    lean.observe(first_t, first_rr)
    assert lean.bpm(first_t) == 0.0
    lean.observe(400.0, first_rr)  # after so long everything begins anew
    assert lean.bpm(400.0) is None


@pytest.mark.parametrize("nonsense", [math.nan, math.inf, -math.inf, 0.0, -800.0])
def test_what_is_no_interval_changes_nothing(nonsense: float) -> None:
    plain, spoilt = fed(beats(70, 100)), fed(beats(70, 100))
    spoilt.observe(100.5, nonsense)
    spoilt.observe(math.nan, 800.0)
    assert spoilt.bpm(101.0) == plain.bpm(101.0)


def test_the_monitor_gives_the_lean_and_the_last_minute_of_what_passed() -> None:
    monitor = HeartMonitor()
    monitor.feed(LinkChange(0.0, Link.LIVE, "Live."))
    given = beats(70, 200)
    for number, (t, rr) in enumerate(given):
        odd = 0.5 if number == len(given) - 20 else 1.0
        monitor.feed(TimedBeat(t, t, rr * odd))
    end_s = given[-1][0]
    state = monitor.state(end_s)
    passed = [beat for number, beat in enumerate(given) if number != len(given) - 20]
    assert state.lean_bpm == fed(passed).bpm(end_s)
    assert state.intervals == tuple(beat for beat in passed if beat[0] >= end_s - INTERVALS_S)
    silent = monitor.state(end_s + 11.0)
    assert (silent.lean_bpm, silent.intervals) == (None, ())


def test_an_irregular_heart_leans_nowhere() -> None:
    rng, t, monitor = random.Random(5), 0.0, HeartMonitor()
    monitor.feed(LinkChange(0.0, Link.LIVE, "Live."))
    for _ in range(300):
        rr = rng.uniform(450.0, 1150.0)
        t += rr / 1000
        monitor.feed(TimedBeat(t, t, rr))
    state = monitor.state(t)
    assert state.irregular
    assert (state.lean_bpm, state.intervals) == (None, ())
