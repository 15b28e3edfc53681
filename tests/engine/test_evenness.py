"""Evenness: the share of a swing that goes with the guide, and that only becoming even counts."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from engine.guide.evenness import Evenness, breath_shares
from engine.guide.events import FOUND

GUIDE = 10.0


def beats(seconds: float, per_min: float, swing_ms: float = 40.0, seed: int = 1) -> list[tuple[float, float]]:
    """A heart of 70 that swings with a breath of `per_min`, and with waves of the vessels."""
    rng, t, found = random.Random(seed), 0.0, list[tuple[float, float]]()
    while t < seconds:
        rr = 857.0 + swing_ms * math.sin(math.tau * per_min / 60.0 * t + 1.0)
        rr += 12.0 * math.sin(math.tau * 0.1 * t) + rng.gauss(0.0, 8.0)
        t += rr / 1000.0
        found.append((t, rr))
    return found


def share(given: list[tuple[float, float]], per_min: float = GUIDE, waves: bool = True) -> float | None:
    t, rr = np.array(given).T
    shares = breath_shares(t, rr, per_min / 60.0 * t[np.newaxis], waves)
    return None if shares is None else float(shares[0])


def test_a_breath_that_goes_with_the_guide_is_most_of_the_swing_and_another_is_not() -> None:
    with_guide, beside = share(beats(36.0, GUIDE)), share(beats(36.0, 14.0))
    assert with_guide is not None
    assert beside is not None
    assert with_guide > 0.85
    assert beside < 0.35


def test_where_the_guides_breath_begins_plays_no_part() -> None:
    t, rr = np.array(beats(36.0, GUIDE)).T
    shares = breath_shares(t, rr, GUIDE / 60.0 * t + np.array([[0.0], [0.25], [0.5], [7.1]]), True)
    assert shares is not None
    assert shares == pytest.approx([shares[0]] * 4)


def test_drift_is_not_the_breaths() -> None:
    given = [(t, rr + 4.0 * (t - 18.0) + 0.1 * (t - 18.0) ** 2) for t, rr in beats(36.0, GUIDE)]
    assert share(given) == pytest.approx(share(beats(36.0, GUIDE)), abs=0.02)


def test_of_chance_alone_the_breath_explains_nothing() -> None:
    shares = [share(beats(36.0, GUIDE, swing_ms=0.0, seed=seed)) for seed in range(40)]
    assert np.mean([each for each in shares if each is not None]) == pytest.approx(0.0, abs=0.03)


@pytest.mark.parametrize(
    "given",
    [[(1.0, 800.0)], [(float(n), 800.0) for n in range(12)], [(float(n), 850.0) for n in range(60)]],
)
def test_too_few_beats_or_none_that_swing_say_nothing(given: list[tuple[float, float]]) -> None:
    assert share(given) is None


@pytest.mark.parametrize("nonsense", [math.nan, math.inf])
def test_what_is_no_number_says_nothing(nonsense: float) -> None:
    given = beats(36.0, GUIDE)
    assert share([*given[:-1], (given[-1][0], nonsense)]) is None


def listened(given: list[tuple[float, float]], guide_of: dict[float, float], until_s: float) -> list[float]:
    """How even the breath had become, second by second; `guide_of` is the guide's rate from a second on."""
    evenness, found = Evenness(), list[float]()
    for second in range(round(until_s)):
        per_min = guide_of[max(at for at in guide_of if at <= second)]
        near = [(t, rr) for t, rr in given if second - 60.0 <= t <= second]
        found.append(evenness.step(float(second), per_min, near))
    return found


def uneven(seconds: float) -> list[tuple[float, float]]:
    """The same heart with breaths of very different lengths."""
    rng, t, phase, length, found = random.Random(4), 0.0, 0.0, 1.0, list[tuple[float, float]]()
    while t < seconds:
        rr = 857.0 + 40.0 * math.sin(phase) + rng.gauss(0.0, 8.0)
        t += rr / 1000.0
        before, phase = phase, phase + math.tau * GUIDE / 60.0 / length * rr / 1000.0
        if phase // math.tau > before // math.tau:
            length = rng.choice((0.5, 0.7, 1.3, 1.7))
        found.append((t, rr))
    return found


def test_a_breath_that_falls_in_with_the_guide_counts_within_a_minute_and_becomes_usual() -> None:
    at_s = 200.0
    given = uneven(at_s) + [(t, rr) for t, rr in beats(900.0, GUIDE) if t > at_s]
    even = listened(given, {0.0: GUIDE}, 900.0)
    assert max(even[60:200]) < 0.5
    first = next(second for second, value in enumerate(even) if value > 0.5 and second > at_s)
    assert first - at_s <= 45.0
    assert even[-1] < 0.1


def test_a_breath_that_was_even_all_along_is_not_answered_wherever_the_guide_goes() -> None:
    guide_of = {0.0: 12.0, 120.0: GUIDE, 300.0: 8.5, 400.0: GUIDE, 500.0: 11.5, 600.0: GUIDE}
    even = listened(beats(700.0, GUIDE), guide_of, 700.0)
    assert max(even[90:]) < 0.3


def test_without_beats_nothing_is_even() -> None:
    evenness = Evenness()
    for second in range(200):
        assert evenness.step(float(second), GUIDE, ()) == 0.0
    assert evenness.share is None


@pytest.mark.parametrize(("away", "together"), [(1.0, True), (1.16, False), (0.84, False)])
def test_where_a_chest_is_heard_it_tells_whether_the_breath_goes_with_the_guide(
    away: float, together: bool
) -> None:
    """The heart's swing says nothing here, and in takes longer than out."""
    evenness, half_s = Evenness(), 30.0 / (GUIDE * away)
    halves = [half_s * n + (0.2 if n % 2 else 0.0) for n in range(60)]
    shares = list[float]()
    for second in range(100):
        heard = [at for at in halves if second - 32.0 < at <= second]
        evenness.step(float(second), GUIDE, (), heard)
        if second > 40 and evenness.share is not None:
            shares.append(evenness.share)
    assert len(shares) > 50
    assert min(shares) > 0.95 if together else max(shares) < FOUND
