"""The trial's estimate: against formulas that are known, and whether its intervals hold what they promise."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from engine.trial import estimate as model
from engine.trial.estimate import Estimate, Point, estimate, pairs_needed
from engine.trial.plan import Plan


def trial(sittings: int, difference: float, seed: int, noise: float = 2.8, drift: float = 0.0) -> list[Point]:
    rng, order = random.Random(seed), Plan("x", sittings=sittings).order(seed)
    days, found = 0.0, list[Point]()
    for n, arm in enumerate(order):
        first = arm == "governed"
        value = 5.0 + (0.5 if first else -0.5) * difference + drift * n / sittings + rng.gauss(0.0, noise)
        before = 0.0 if n == 0 else 0.5 if order[n - 1] == "governed" else -0.5
        gap = math.inf if n == 0 else rng.uniform(0.9, 3.0)
        days += 0.0 if n == 0 else gap
        found.append(Point(days, first, value, before, gap))
    return found


def known(points: Sequence[Point], spread: float = 2.8) -> Estimate:
    found = estimate(points, spread)
    assert found is not None
    return found


def test_without_walk_and_carry_over_it_is_the_t_interval_of_least_squares(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(model, "WALK_SHARES", (0.0,))
    monkeypatch.setattr(model, "SPREAD_WORTH", 0.0)
    points = [
        Point(p.days, p.first, p.value) for p in trial(16, 2.0, seed=5, drift=4.0)
    ]  # nothing before any
    x = np.array([[1.0, 0.5 if p.first else -0.5, p.days] for p in points])
    y = np.array([p.value for p in points])
    fitted, squares, *_ = np.linalg.lstsq(x, y, rcond=None)
    freedom = len(y) - 3
    error = math.sqrt(float(squares[0]) / freedom * np.linalg.inv(x.T @ x)[1, 1])
    low, high = stats.t.interval(0.95, freedom, loc=fitted[1], scale=error)
    found = known(points)
    assert found.middle == pytest.approx(float(fitted[1]), abs=0.01)
    assert (found.low, found.high) == (pytest.approx(low, abs=0.02), pytest.approx(high, abs=0.02))
    assert found.positive == pytest.approx(float(stats.t.sf(0.0, freedom, fitted[1], error)), abs=0.002)


@pytest.mark.parametrize(("sittings", "difference", "noise"), [(8, 0.0, 5.0), (20, 3.0, 2.8), (40, 1.0, 1.5)])
def test_intervals_hold_the_true_difference_in_about_95_of_100(
    sittings: int, difference: float, noise: float
) -> None:
    trials = 400
    held = 0
    for seed in range(trials):
        found = known(trial(sittings, difference, seed, noise, drift=3.0))
        held += found.low <= difference <= found.high
    # Three standard errors of a share of 0.95 among 400; benchmarks/trial.py prints it for thousands.
    assert held / trials >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / trials)


def test_the_other_way_round_it_is_the_same_with_the_other_sign() -> None:
    points = trial(12, 2.0, seed=3)
    mirrored = [Point(p.days, not p.first, p.value, -p.before, p.gap) for p in points]
    one, other = known(points), known(mirrored)
    assert one.middle == pytest.approx(-other.middle, abs=0.01)
    assert one.low == pytest.approx(-other.high, abs=0.02)
    assert one.positive == pytest.approx(1.0 - other.positive, abs=0.002)


def test_a_drift_over_the_weeks_is_not_taken_for_a_difference() -> None:
    """The first way by chance comes early, while everything falls anyway."""
    early = [True, True, False, True, True, False, False, True, False, False, True, False]
    rng = random.Random(1)
    points = [Point(2.0 * n, first, 9.0 - 0.6 * n + rng.gauss(0.0, 1.0)) for n, first in enumerate(early)]
    means = [np.mean([p.value for p in points if p.first is first]) for first in (True, False)]
    assert means[0] - means[1] > 1.0
    found = known(points)
    assert abs(found.middle) < 1.0
    assert not found.told


def test_nothing_is_told_of_too_few_sittings_or_of_one_way_alone() -> None:
    points = trial(8, 20.0, seed=1)
    assert estimate(points[:3], 2.8) is None
    assert estimate([p for p in points if p.first], 2.8) is None
    four = known(points[:4])
    assert four.high - four.low > 10.0
    assert not known(trial(4, 0.0, seed=2)).alike(1.0)


def test_many_sittings_tell_a_difference_and_many_more_that_there_is_none() -> None:
    assert known(trial(120, 3.0, seed=1)).told
    alike = known(trial(400, 0.0, seed=1))
    assert alike.alike(1.0)
    assert not alike.told


def test_the_pairs_that_are_needed_are_those_of_the_normal_approximation() -> None:
    assert pairs_needed(4.0 / math.sqrt(2.0), 1.0) == 126  # LOOP.md section 8: about 125
    power = stats.norm.sf(1.96 - 1.0 / (4.0 / math.sqrt(126)))
    assert power == pytest.approx(0.80, abs=0.01)


def test_sittings_of_one_moment_have_no_drift_and_are_judged_without_it() -> None:
    values = (2.0, 3.0, 1.0, 2.5)
    found = known([Point(0.0, n % 2 == 0, value) for n, value in enumerate(values)])
    assert found.middle == pytest.approx(-1.25, abs=0.01)
    assert not found.told


def test_a_way_that_lies_in_time_as_a_drift_does_tells_nothing() -> None:
    days = ((0.0, True), (0.0, True), (1.0, False), (1.0, False))
    apart = [Point(day, first, 4.0 * first) for day, first in days]
    assert estimate(apart, 2.8) is None
