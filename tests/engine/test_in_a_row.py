"""In a row: breaths that keep to the guide are counted, and how little of it is chance."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from engine.guide.in_a_row import KNOWN_S, InARow, kept_share, row, surprise, unevenness

GUIDE_S = 5.0


def test_breaths_that_keep_to_the_guide_are_counted_and_one_that_does_not_ends_the_row() -> None:
    kept = np.arange(0.0, 5.1, 0.5)
    assert row(kept, 5.0) == pytest.approx(5.0)
    strayed = kept + np.where(kept < 2.0, 0.3, 0.0)
    assert row(strayed, 5.0) == pytest.approx(3.0)


def test_in_may_take_longer_than_out() -> None:
    kept = np.arange(0.0, 5.1, 0.5)
    assert row(kept + np.where(np.arange(kept.size) % 2, 0.12, 0.0), 5.0) == pytest.approx(5.0)


def test_a_breath_that_is_overdue_has_left_the_row() -> None:
    kept = np.arange(0.0, 5.1, 0.5)
    assert row(kept, 5.4) == pytest.approx(5.4)
    assert row(kept, 5.7) == 0.0


def test_what_keeps_to_the_guide_is_told_apart_from_what_drifts_past_it() -> None:
    kept = np.arange(0.0, 6.1, 0.5)
    assert kept_share(kept + np.where(np.arange(kept.size) % 2, 0.12, 0.0)) == pytest.approx(1.0)
    assert kept_share(1.16 * kept) < 0.1
    strayed = kept_share(kept + np.random.default_rng(2).normal(0.0, 0.05, kept.size))
    assert 0.8 < strayed < 1.0


def test_unevenness_is_that_of_the_lengths_and_not_of_in_against_out() -> None:
    rng = np.random.default_rng(3)
    lengths = 5.0 * np.exp(rng.normal(0.0, 0.2, 400))
    begun = np.cumsum(lengths)
    halves = np.sort(np.concatenate([begun, begun[:-1] + 0.4 * lengths[1:]]))
    # A length from the middle of one breath to that of the next is half of each.
    assert np.sqrt(unevenness(halves)) == pytest.approx(0.2 * np.sqrt(0.75), abs=0.03)
    even = np.arange(0.0, 40.0, 2.5) + np.tile([0.0, 0.4], 8)
    assert unevenness(even) == pytest.approx(0.0, abs=1e-12)


def test_the_same_row_surprises_the_more_the_more_uneven_a_breath_is() -> None:
    told = [surprise(3.0, uneven) for uneven in (0.04, 0.1, 0.2, 0.35)]
    assert told == sorted(told)
    assert told[0] < 0.4
    rng = np.random.default_rng(5)
    chance = float(np.mean(np.abs(rng.normal(0.0, 0.2, 100_000)) < 0.07))
    assert surprise(1.0, 0.2) == pytest.approx(-log(chance), abs=0.02)


def follow(even_at_s: float, until_s: float, scatter: float, own_s: float = 5.0) -> list[float]:
    """How far the breath had become even, second by second; its lengths scatter until `even_at_s`."""
    rng, at, halves = np.random.default_rng(7), 0.0, [0.0]
    while at < until_s + 10.0:
        length_s = own_s * np.exp(rng.normal(0.0, scatter)) if at < even_at_s else GUIDE_S
        at += length_s
        halves += [at - 0.5 * length_s, at]
    heard, in_a_row, told = np.array(halves), InARow(), list[float]()
    for second in range(round(until_s)):
        near = heard[(heard <= second) & (heard > second - 32.0)]
        told.append(in_a_row.even(1.0, near, near / GUIDE_S, second / GUIDE_S) or 0.0)
    return told


def test_a_breath_that_becomes_even_counts_within_half_a_minute_and_becomes_usual() -> None:
    told = follow(200.0, 900.0, 0.35)
    assert max(told[: round(KNOWN_S)]) == 0.0
    assert max(told[60:200]) < 0.75
    first = next(second for second, value in enumerate(told) if value >= 0.75 and second > 200)
    assert first - 200 <= 30
    assert told[-1] < 0.3


def test_an_even_breath_never_counts_at_the_guides_rate_or_beside_it() -> None:
    assert max(follow(0.0, 600.0, 0.35)[60:]) == 0.0
    assert max(follow(600.0, 600.0, 0.05, own_s=4.6)[60:]) == 0.0


def test_the_same_row_counts_for_more_the_slower_the_guide_but_none_never_counts() -> None:
    def even(per_min: float, since: float) -> float:
        rng, in_a_row = np.random.default_rng(7), InARow()
        halves = np.cumsum(0.5 * GUIDE_S * np.exp(rng.normal(0.0, 0.35, 12)))
        for _ in range(round(KNOWN_S)):
            in_a_row.even(1.0, halves, halves / GUIDE_S, halves[-1] / GUIDE_S)
        kept = np.arange(0.0, 2.6, 0.5)
        return in_a_row.even(1.0, GUIDE_S * kept, kept, 2.5 + since, 0.0, per_min) or 0.0

    told = [even(per_min, 0.0) for per_min in (15.0, 10.0, 5.0)]
    assert told == sorted(told)
    assert told[-1] > told[0] + 0.2
    assert even(2.0, 0.7) == 0.0


def test_too_few_half_breaths_say_nothing() -> None:
    assert InARow().even(1.0, np.array([1.0, 2.0]), np.array([0.1, 0.6]), 0.7) is None
    assert InARow().even(1.0, np.array([]), np.array([]), 0.7) is None
