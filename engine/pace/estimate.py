"""Estimate: which of the paces that were tried is the listener's own, and which may be as well.

The swing, as a function of the pace, has one peak, of unknown place, width and height: a bell over the
logarithm of the pace, which is nobody's model of a heart and fits many. What fits what was measured is
weighed by Bayes' rule on a grid. The answer is a set of tried paces that holds the one with the widest swing
with 90 % probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.pace.swing import Swing

Array = NDArray[np.float64]

HOLDS = 0.9
"""Probability with which the paces that are named hold the one of the widest swing."""

LEAST_PACES = 3
"""Fewer have no peak that can be told from a slope."""

LEAST_RATIO = 3.0
"""The widest swing must be so many times its error; less is no swing that anything can be told by (own
choice)."""

LEAST_BPM = 1.5
"""And so wide, beats a minute from trough to peak: where a breath moves a heart by less, none of it is worth
being led by (own choice)."""

NEAR_PER_MIN, NEAR_ENOUGH = 0.5, 0.8
"""An answer is one where the own pace lies within so many breaths a minute of it with that probability; less
is none (own choice: half a breath is the step between two paces)."""

AS_SURE = 0.02
"""Of paces whose nearness is as probable as that, or nearly, the likeliest by itself is the best (own
choice)."""

PLACES: Array = np.geomspace(4.25, 6.75, 61)
"""Where the peak may be, breaths a minute, all alike: no further from the outermost of the usual paces than
it could be from any. A peak beyond shows as one at the end."""

WIDTHS: Array = np.geomspace(0.12, 0.9, 9)
"""Standard deviation of the bell, in the pace's logarithm: from a swing that is halved at 0.8 a minute beside
its peak to one that hardly has any (own choice)."""

UNLIKE = 0.05
"""How far the swing of one pace may differ from the bell by, of its size, beyond its error: nobody breathes
as deeply in every two minutes as in the last (own choice)."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What came of a search."""

    best_per_min: float | None
    """The tried pace that is the likeliest to be within half a breath of it; None where it cannot be told."""
    as_well: tuple[float, ...]
    """Others that may be it; with the best they hold it with HOLDS."""
    share: tuple[tuple[float, float], ...]
    """Every pace that counts, with the probability that it is the one."""
    why: str = ""
    """Why it cannot be told, in words that follow "cannot be told:"."""

    @property
    def told(self) -> bool:
        return self.best_per_min is not None


def estimate(swings: Sequence[Swing]) -> Estimate:
    """The listener's own pace, by the swings that count."""
    counting = sorted((each for each in swings if each.counts), key=lambda each: each.per_min)
    if len(counting) < LEAST_PACES:
        measured = ("none", "only one", "only two")[len(counting)]
        return Estimate(None, (), (), f"{measured} of the paces could be measured, and it takes three")
    paces = np.array([each.per_min for each in counting])
    width = np.array([each.width_bpm for each in counting])
    widest = counting[int(np.argmax(width))]
    if widest.width_bpm < max(LEAST_BPM, LEAST_RATIO * widest.error_bpm):
        return Estimate(None, (), (), "at none of them did the heart swing far enough with the breath")
    shares = probabilities(paces, width, np.array([each.error_bpm for each in counting]))
    told = tuple((float(pace), float(share)) for pace, share in zip(paces, shares, strict=True))
    near = (np.abs(paces[:, None] - paces) <= NEAR_PER_MIN + 1e-9) @ shares
    best = int(np.argmax(np.where(near >= near.max() - AS_SURE, shares, 0.0)))
    if float(near[best]) < NEAR_ENOUGH:
        return Estimate(None, (), told, "the heart swings about as far at all of them")
    order = np.argsort(-shares)
    named = order[: int(np.searchsorted(np.cumsum(shares[order]), HOLDS)) + 1]
    as_well = tuple(sorted(float(paces[each]) for each in named if each != best))
    return Estimate(float(paces[best]), as_well, told)


def probabilities(paces: Array, width: Array, error: Array) -> Array:
    """(n,) probability of each pace that its swing is the widest.

    paces  (n,) breaths a minute, ascending
    width  (n,) the swings, beats a minute
    error  (n,) their standard errors
    """
    # The error of eight breaths is itself known by a quarter: half of it is what all have in common.
    variance = 0.5 * error**2 + 0.5 * np.mean(error**2) + (UNLIKE * width.max()) ** 2
    apart = np.log(paces)[None, None, :] - np.log(PLACES)[:, None, None]
    bell = np.exp(-0.5 * (apart / WIDTHS[None, :, None]) ** 2)
    size = (bell**2 / variance).sum(axis=2)
    height = np.maximum((bell * width / variance).sum(axis=2) / size, 0.0)
    off = ((width - height[:, :, None] * bell) ** 2 / variance).sum(axis=2)
    weight = np.exp(-0.5 * (off - off.min())) / np.sqrt(size)
    places = weight.sum(axis=1)
    nearest = np.argmin(np.abs(np.log(paces)[None, :] - np.log(PLACES)[:, None]), axis=1)
    shares = np.bincount(nearest, places, minlength=paces.size)
    return shares / shares.sum()
