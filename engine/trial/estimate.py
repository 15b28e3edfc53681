"""Estimate: how far two ways of leading differ for one person, and how sure that is after so few sittings.

A sitting's outcome is taken to be

    y = mean + d x + drift t + carry-over c + a slow walk + noise

with x = 1/2 for the first way and -1/2 for the second, t the day, c the x of the sitting before, fading with
the time between, and the walk a stationary Gaussian process over days (Ornstein-Uhlenbeck). `d` is asked for.

The posterior is exact but for one number, the share of the walk, which is summed over a grid: given that
share it is normal-inverse-gamma (Gelman et al., Bayesian Data Analysis, 3rd ed., 14.2 and 14.8), so that `d`
has Student's t distribution. Mean, `d` and drift have flat priors, so the interval leans to no side; what is
carried over has a normal one in units of the noise; the noise has a prior worth half a sitting (SPREAD).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SPREAD = {"heart": 2.8, "calm": 1.5}
"""Standard deviation of one sitting's outcome from the next, as far as anything is known beforehand: the
difference of two has 4 beats a minute (LOOP.md section 8); of calm our own choice."""

SPREAD_WORTH = 0.5
"""For how many sittings that counts: little, since people differ (own choice)."""

CARRY_OVER = 0.5
"""Prior standard deviation, in units of the noise, of what an immediate next sitting keeps of the one before
(own choice)."""

LEAST_POINTS = 4
"""Sittings that must count: mean, difference and drift take three."""

FLAT = 1e-6
"""Singular value of the design, with columns of about 1, under which two columns say the same."""

FADES_DAYS = 1.0
"""What is carried over fades by e in this time (own choice)."""

WALK_DAYS = 7.0
"""Days over which the slow walk forgets where it was (own choice: a week has its own mood)."""

WALK_SHARES = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""Variance of the walk over that of the noise, each as likely beforehand (own choice)."""

PROBABILITY = 0.95
"""Of the interval that is told."""

SHOWN_BESIDE = 0.25
"""How much of its width a drawing shows on either side of the interval (own choice)."""

CELLS = 1000
"""Of the grid over which the distribution of `d` is summed."""


@dataclass(frozen=True, slots=True)
class Point:
    """One sitting that counts.

    days    since the first sitting
    first   whether it was led in the first way
    before  the way of the sitting before it, whether that counts or not: 1/2, -1/2, or 0 where there was none
    gap     days since that
    """

    days: float
    first: bool
    value: float
    before: float = 0.0
    gap: float = math.inf


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is known of the difference, first way less second."""

    middle: float
    """Half of the probability lies below."""
    low: float
    high: float
    """Ends of the interval that holds it with PROBABILITY, as much on either side."""
    positive: float
    """Probability that it is over 0."""
    spread: float
    """Standard deviation of one sitting from the next, all else alike."""
    grid: tuple[tuple[float, float], ...]
    """The distribution, for a drawing: (difference, probability density)."""

    @property
    def told(self) -> bool:
        """Whether the two can be told apart."""
        return not self.low <= 0.0 <= self.high

    def alike(self, within: float) -> bool:
        """Whether the two can be told to be alike, but for less than `within`."""
        return -within < self.low and self.high < within


def estimate(points: Sequence[Point], spread: float) -> Estimate | None:
    """The posterior of the difference; None while either way has no sitting that counts, or too few count.

    None too where the ways lie in time as a drift does, all of one before all of the other on two days: then
    nothing tells the two apart. Sittings of one moment have no drift. `spread` is what is known beforehand
    of a sitting's standard deviation (SPREAD).
    """
    if len({point.first for point in points}) < 2 or len(points) < LEAST_POINTS:
        return None
    design = _design(points)
    flat = design.shape[1] - 1
    if np.linalg.matrix_rank(design[:, :flat], FLAT) < flat:
        return None
    y = np.array([point.value for point in points])
    days = np.array([point.days for point in points])
    walk = np.exp(-np.abs(days[:, None] - days[None, :]) / WALK_DAYS)
    freedom = SPREAD_WORTH + len(points) - flat  # each flat prior takes one
    given = [_given(share, design, y, walk, freedom, spread) for share in WALK_SHARES]
    middles, widths, spreads, evidence = (np.array(column) for column in zip(*given, strict=True))
    weights = np.exp(evidence - evidence.max())
    return _summed(middles, widths, weights / weights.sum(), freedom, spreads)


def _design(points: Sequence[Point]) -> Floats:
    """Columns: mean, difference, drift over one standard deviation of the days (if any), carry-over."""
    days = np.array([point.days for point in points])
    drift = days - days.mean()
    drifts = [drift / drift.std()] if drift.std() > 0.0 else []
    way = np.array([0.5 if point.first else -0.5 for point in points])
    carried = np.array([point.before * math.exp(-point.gap / FADES_DAYS) for point in points])
    return np.stack((np.ones(len(points)), way, *drifts, carried), axis=1)


def _given(
    share: float, design: Floats, y: Floats, walk: Floats, freedom: float, spread: float
) -> tuple[float, float, float, float]:
    """For one share of the walk: middle and width of t, spread of a sitting, and the log evidence."""
    root = np.linalg.cholesky(np.eye(len(y)) + share * walk)
    x, z = np.linalg.solve(root, design), np.linalg.solve(root, y)
    precision = x.T @ x + np.diag([0.0] * (design.shape[1] - 1) + [CARRY_OVER**-2])
    inverse = np.linalg.inv(precision)
    middle = inverse @ (x.T @ z)
    squares = SPREAD_WORTH * spread**2 + float(z @ z - middle @ (x.T @ z))
    evidence = -np.log(np.diag(root)).sum() - 0.5 * np.linalg.slogdet(precision)[1]
    evidence -= 0.5 * freedom * math.log(squares)
    variance = squares / freedom
    return float(middle[1]), math.sqrt(variance * inverse[1, 1]), math.sqrt(variance), float(evidence)


def _summed(middles: Floats, widths: Floats, weights: Floats, freedom: float, spreads: Floats) -> Estimate:
    """The mixture of t distributions, on a grid whose ends lie as far out as t reaches."""
    centre, scale = float(weights @ middles), float(widths.max())
    angle = math.pi * ((np.arange(CELLS) + 0.5) / CELLS - 0.5)
    at = centre + scale * np.tan(angle)
    density = _density(at, middles, widths, weights, freedom)
    mass = density * scale / np.cos(angle) ** 2
    mass /= mass.sum()
    below = np.cumsum(mass) - 0.5 * mass
    tail = 0.5 * (1.0 - PROBABILITY)
    low, middle, high = np.interp([tail, 0.5, 1.0 - tail], below, at)
    air = SHOWN_BESIDE * (high - low)
    shown = np.linspace(low - air, high + air, 161)
    drawn = _density(shown, middles, widths, weights, freedom)
    return Estimate(
        float(middle), float(low), float(high), float(mass[at > 0.0].sum()), float(weights @ spreads),
        tuple(zip(shown.tolist(), drawn.tolist(), strict=True)),
    )  # fmt: skip


def _density(at: Floats, middles: Floats, widths: Floats, weights: Floats, freedom: float) -> Floats:
    """Density of the mixture at each place."""
    constant = math.lgamma((freedom + 1.0) / 2.0) - math.lgamma(freedom / 2.0)
    constant -= 0.5 * math.log(freedom * math.pi)
    away = (at[:, None] - middles) / widths
    logs = constant - np.log(widths) - 0.5 * (freedom + 1.0) * np.log1p(away**2 / freedom)
    return np.exp(logs) @ weights


def pairs_needed(spread: float, difference: float) -> int:
    """Pairs of sittings after which a true `difference` would be told four times in five.

    Normal approximation, two-sided 95 %, power 80 %: (1.96 + 0.84)^2 times the variance of a pair, over the
    square of the difference.
    """
    return math.ceil((1.96 + 0.8416) ** 2 * 2.0 * spread**2 / difference**2)
