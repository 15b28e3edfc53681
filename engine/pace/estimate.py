"""Estimate: which pace is the listener's own, between those that were tried too, and which of them may be it.

The swing, as a function of the pace, has one peak, of unknown place, width and height: that of a resonance,
which is nobody's model of a heart and fits many. Where something resonates, what answers falls behind what
drives it the more the quicker that is, by an eighth of a turn from peak to flank: the heart is in step with
the chest at resonance, quicker before it in a slower breath and after it in a quicker one (Vaschillo 2002,
Appl Psychophysiol Biofeedback 27:1). So the moment tells as well as the width, unless in this listener it
tells nothing. What fits what was measured is weighed by Bayes' rule on a grid.
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

PLACES: Array = np.geomspace(4.25, 6.75, 61)
"""Where the peak may be, breaths a minute, all alike: no further from the outermost of the usual paces than
it could be from any. A peak beyond shows as one at the end."""

SHARP: Array = np.geomspace(0.7, 9.0, 10)
"""How sharp the peak may be (quality factor): from one that hardly is any, the swing an eighth less at 0.5 a
minute beside it, to one that is halved there (own choice)."""

UNLIKE = 0.05
"""How far the swing of one pace may differ from the resonance by, of its size, beyond its error: nobody
breathes as deeply in every two minutes as in the last (own choice)."""

LATE: Array = np.linspace(-0.5, 0.5, 40, endpoint=False)
"""By how much of a breath the heart may be later than the chest at resonance."""

LATE_OWN = 0.1
"""The same by the listener's own chest: standard deviation about none. By the pacer alone it may be anything,
for nobody knows how late the listener is."""

FULL_AT = 0.4
"""Where in a breath the chest is fullest (sensors.simulated_chest; the pacer's sound too)."""

MOMENT_OWN, MOMENT_LED = 0.04, 0.1
"""How far the moment of one pace may differ from the resonance's beyond its error, of a breath: by the
listener's own chest, and by the pacer, whom nobody follows alike at every pace (own choice)."""

MOMENT_TELLS = 0.5
"""Probability, before anything is known, that the moments go with the pace as at a resonance at all."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What came of a search."""

    best_per_min: float | None
    """The tried pace that is nearest to the own one; None where that cannot be told."""
    as_well: tuple[float, ...]
    """Others at which the swing may be the widest; with the best they hold that one with HOLDS."""
    share: tuple[tuple[float, float], ...]
    """Every pace that counts, with the probability that the swing is widest there."""
    why: str = ""
    """Why it cannot be told, in words that follow "cannot be told:"."""
    own_per_min: float | None = None
    """The own pace, between the tried ones too, to a tenth."""

    @property
    def told(self) -> bool:
        return self.best_per_min is not None


def estimate(swings: Sequence[Swing]) -> Estimate:
    """The listener's own pace, by the swings that count."""
    counting = sorted((each for each in swings if each.counts), key=lambda each: each.per_min)
    if len(counting) < LEAST_PACES:
        measured = ("none", "only one", "only two")[len(counting)]
        return Estimate(None, (), (), f"{measured} of the paces could be measured, and it takes three")
    widest = max(counting, key=lambda each: each.width_bpm)
    if widest.width_bpm < max(LEAST_BPM, LEAST_RATIO * widest.error_bpm):
        return Estimate(None, (), (), "at none of them did the heart swing far enough with the breath")
    paces = np.array([each.per_min for each in counting])
    places = probabilities(counting)
    nearest = np.argmin(np.abs(np.log(paces)[None, :] - np.log(PLACES)[:, None]), axis=1)
    shares = np.bincount(nearest, places, minlength=paces.size)
    told = tuple((float(pace), float(share)) for pace, share in zip(paces, shares, strict=True))
    middle = float(PLACES[np.searchsorted(np.cumsum(places), 0.5)])
    own = float(np.clip(middle, paces[0], paces[-1]))
    if float(places[np.abs(PLACES - own) <= NEAR_PER_MIN].sum()) < NEAR_ENOUGH:
        return Estimate(None, (), told, "the heart swings about as far at all of them")
    best = int(np.argmin(np.abs(np.log(paces / own))))
    order = np.argsort(-shares)
    named = order[: int(np.searchsorted(np.cumsum(shares[order]), HOLDS)) + 1]
    as_well = tuple(sorted(float(paces[each]) for each in named if each != best))
    return Estimate(float(paces[best]), as_well, told, own_per_min=round(own, 1))


def probabilities(swings: Sequence[Swing]) -> Array:
    """(PLACES.size,) probability of each place that the peak lies there, by swings that count."""
    paces = np.array([each.per_min for each in swings])
    # Of a resonance: (places, sharpness, paces) how far off the peak, in half widths of it.
    off = SHARP[None, :, None] * (paces / PLACES[:, None, None] - PLACES[:, None, None] / paces)
    log = _by_width(swings, 1.0 / np.sqrt(1.0 + off**2)) + _by_moment(swings, np.arctan(off) / (2.0 * np.pi))
    weight = np.exp(log - log.max()).sum(axis=1)
    return np.asarray(weight / weight.sum())


def _by_width(swings: Sequence[Swing], size: Array) -> Array:
    """(places, sharpness) log likelihood of the widths, whatever the peak's own; `size` is relative to it."""
    width, variance = np.array([each.width_bpm for each in swings]), _variance(swings)
    variance = variance + (UNLIKE * width.max()) ** 2
    squares = (size**2 / variance).sum(axis=2)
    height = np.maximum((size * width / variance).sum(axis=2) / squares, 0.0)
    off = ((width - height[:, :, None] * size) ** 2 / variance).sum(axis=2)
    return -0.5 * off - 0.5 * np.log(squares)


def _by_moment(swings: Sequence[Swing], later: Array) -> Array:
    """(places, sharpness) log likelihood of when the heart is quickest, against moments that tell nothing:
    the same at every pace, or any; `later` is by how much of a breath it is later than at the peak."""
    own = np.array([each.in_step is not None for each in swings])
    width = np.array([each.width_bpm for each in swings])
    error = np.sqrt(_variance(swings)) / np.maximum(width, 1e-9) / (2.0 * np.pi)
    variance = np.minimum(error, 0.25) ** 2 + np.where(own, MOMENT_OWN, MOMENT_LED) ** 2
    at = np.array([each.peak_at for each in swings]) - FULL_AT
    prior = np.exp(-0.5 * (LATE / LATE_OWN) ** 2) if own.all() else np.ones(LATE.size)

    def likelihood(later: Array) -> Array:
        apart = (at - later)[..., None, :] - LATE[:, None]
        apart -= np.round(apart)
        log = (-0.5 * apart**2 / variance - 0.5 * np.log(2.0 * np.pi * variance)).sum(axis=-1)
        return np.asarray(np.exp(np.maximum(log, -600.0)) @ (prior / prior.sum()))

    # In whole turns, so that a moment that may be any has a density of one.
    nothing = 0.5 * (likelihood(np.zeros(at.size)) + 1.0)
    return np.asarray(np.log(MOMENT_TELLS * likelihood(later) + (1.0 - MOMENT_TELLS) * nothing))


def _variance(swings: Sequence[Swing]) -> Array:
    """Of the widths: the error of eight breaths is itself known by a quarter, so half is what all share."""
    error = np.array([each.error_bpm for each in swings])
    return 0.5 * error**2 + 0.5 * np.mean(error**2)
