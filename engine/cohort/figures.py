"""Figures: what many sittings of one arm come to, each with its confidence interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.cohort.sitting import Outcome
from engine.guide.music_state import Stage

Z_95 = 1.959964
"""Normal quantile of a two-sided 95 % interval."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the ends of its 95 % confidence interval; NaN where nothing was observed."""

    value: float
    low: float
    high: float


def mean_interval(values: Sequence[float]) -> Interval:
    """Mean with its normal-approximation interval."""
    n = len(values)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan)
    mean = sum(values) / n
    if n == 1:
        return Interval(mean, math.nan, math.nan)
    half = Z_95 * math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1) / n)
    return Interval(mean, mean - half, mean + half)


def share_interval(count: int, n: int) -> Interval:
    """Share with its Wilson (1927) score interval."""
    if n == 0:
        return Interval(math.nan, math.nan, math.nan)
    share, z2 = count / n, Z_95 * Z_95
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def _reached(outcomes: Sequence[Outcome]) -> Interval:
    return share_interval(sum(o.to_target_s is not None for o in outcomes), len(outcomes))


def _most(values: Sequence[float]) -> Interval:
    """The largest value seen, which has no interval."""
    return Interval(max(values), math.nan, math.nan)


def figures(outcomes: Sequence[Outcome], beside: Sequence[Outcome] = ()) -> dict[str, Interval]:
    """The cohort's figures for the sittings of one arm, each with its confidence interval.

    `beside` are the same people's sittings by another arm: followers are compared person by person.
    """
    n = len(outcomes)
    reached = [o.to_target_s for o in outcomes if o.to_target_s is not None]
    followers, others = [o for o in outcomes if o.follows], [o for o in outcomes if not o.follows]
    theirs = {o.seed: o.heart_change_bpm for o in beside}
    table = {
        "reached": share_interval(len(reached), n),
        "reached_followers": _reached(followers),
        "reached_others": _reached(others),
        "to_target_s": mean_interval(reached),
        "overshoot_bpm": mean_interval([o.overshoot_bpm for o in outcomes]),
        "heart_change_bpm": mean_interval([o.heart_change_bpm for o in outcomes]),
        "heart_change_followers_bpm": mean_interval([o.heart_change_bpm for o in followers]),
        "heart_change_against_bpm": mean_interval(
            [o.heart_change_bpm - theirs[o.seed] for o in followers if o.seed in theirs]
        ),
        "breath_change_per_min": mean_interval([o.breath_change_per_min for o in outcomes]),
        "reversals": mean_interval([o.reversals for o in outcomes]),
        "reversals_most": _most([o.reversals for o in outcomes]),
        "tempo_change_per_min_most": _most([o.tempo_change_per_min for o in outcomes]),
        "false_back_offs": mean_interval([o.false_back_offs for o in outcomes]),
    }
    for i, stage in enumerate(Stage):
        table[f"share_{stage.value}"] = mean_interval([o.stages[i] for o in outcomes])
    return table
