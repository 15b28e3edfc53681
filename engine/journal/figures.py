"""Figures: what a sitting says of a heart at rest, and what is usual for a person over many sittings.

Every figure is a median, so that a few bad minutes, or one bad sitting, do not move it.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from engine.guide.pacer import PACED, SEARCH
from engine.guide.target import Usual
from engine.journal.record import Figures, Head, State

REST_S = 120.0
"""Length of the calmest stretch, whose median rate is the resting rate. Own choice: long enough that one
deep breath does not make it."""

GOOD_QUALITY = 0.8
"""Least quality of a state that counts, share of normal beats in the minute before. Own choice."""

SURE_BREATH = 0.5
"""Least confidence of a breathing rate that counts (sensors.heart_state)."""

LEAST_SHARE = 0.75
"""Share of good seconds that a stretch of REST_S must have. Own choice."""

LEAST_SITTINGS = 3
"""Sittings that must have earned a figure before it is called usual. Own choice."""

MOST_SITTINGS = 20
"""How far back usual looks: people change over the year. Own choice."""


def figures(states: Sequence[State]) -> Figures:
    """The figures of a sitting from its states, one a second or so."""
    if not states:
        return Figures()
    good = [state for state in states if state.heart.quality >= GOOD_QUALITY and not state.heart.irregular]
    breaths = [
        state.heart.breath_per_min
        for state in good
        if state.heart.breath_per_min is not None and state.heart.breath_confidence >= SURE_BREATH
    ]
    variabilities = [state.heart.rmssd_ms for state in good if state.heart.rmssd_ms is not None]
    return Figures(
        resting_bpm=_resting_bpm(good),
        breath_per_min=median(breaths) if len(breaths) >= REST_S / 2 else None,
        rmssd_ms=median(variabilities) if len(variabilities) >= REST_S / 2 else None,
        quality=sum(state.heart.quality for state in states) / len(states),
        beats=states[-1].heart.beats,
    )


def _resting_bpm(good: Sequence[State]) -> float | None:
    """The lowest median rate of any stretch of REST_S with enough good seconds."""
    rates = [(state.t_s, state.heart.hr_bpm) for state in good if state.heart.hr_bpm is not None]
    lowest = None
    first = 0
    for last, (t_s, _) in enumerate(rates):
        while t_s - rates[first][0] > REST_S:
            first += 1
        stretch = [bpm for _, bpm in rates[first : last + 1]]
        if len(stretch) >= LEAST_SHARE * REST_S:
            middle = median(stretch)
            lowest = middle if lowest is None else min(lowest, middle)
    return lowest


def usual(heads: Sequence[Head]) -> Usual:
    """What is usual for the one person whose sittings at rest these are (`Store.at_rest`).

    A breath that went with a pacer is nobody's usual one.
    """
    earned = [head.figures for head in heads]
    own = [head.figures for head in heads if not head.arm.startswith((PACED, SEARCH))]
    return Usual(
        resting_bpm=_usual([each.resting_bpm for each in earned]),
        breath_per_min=_usual([each.breath_per_min for each in own]),
        rmssd_ms=_usual([each.rmssd_ms for each in earned]),
        sittings=len(earned),
    )


def _usual(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if len(known) >= LEAST_SITTINGS else None
