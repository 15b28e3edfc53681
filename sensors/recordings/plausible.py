"""Plausibility: what no heart does from the first line to the last is refused, with the reason."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

FASTEST_MS, SLOWEST_MS = 260.0, 2800.0
"""Bounds of the median of a whole recording: 230 beats a minute throughout, and 21. Own choice: a minute at
220 happens, an adult asleep comes down to 27 (FIELD.md 7)."""
FROM_VALUES = 8
"""Intervals before their order tells anything."""
ONE_WAY = 0.98
"""Share of steps in one direction that makes a column of numbers or times: a breath turns RR."""
ERRATIC = 0.35
"""Median step from beat to beat, relative to RR, beyond which there is no rhythm. Own choice: 0.1 to 0.25 in
atrial fibrillation; random numbers from 300 to 1500 make 0.4."""
LAGS = 4
"""Beats after which a rhythm of ectopic beats repeats: such a rhythm is none of random numbers."""


def why_no_heart(rr_ms: Array) -> str | None:
    """What is wrong with the intervals `rr_ms` (n,) of a whole recording, as the end of a sentence; None if
    a heart may have made them."""
    if rr_ms.size == 0:
        return None
    steps = np.diff(rr_ms)
    far = rr_ms.size >= 20 or (rr_ms.size >= FROM_VALUES and float(rr_ms.max()) > 2.0 * float(rr_ms.min()))
    if far and _one_way(steps):
        return "its numbers go one way from line to line: they are times or row numbers, not intervals"
    typical = float(np.median(rr_ms))
    if rr_ms.size > 1 and not FASTEST_MS <= typical <= SLOWEST_MS:
        return (
            f"no heart beats {60_000.0 / max(typical, 1.0):.0f} times a minute throughout; if these are "
            "counts of samples or heart rates, export intervals in ms"
        )
    if rr_ms.size < 20:
        return None
    lags = range(1, min(LAGS, rr_ms.size - 1) + 1)
    erratic = min(float(np.median(np.abs(rr_ms[lag:] - rr_ms[:-lag]))) for lag in lags) / typical
    if erratic > ERRATIC:
        return "its intervals have no rhythm at all: they are noise, or another column"
    return None


def why_no_signal(samples: Array) -> str | None:
    """What is wrong with a whole recording of samples (n,), as the end of a sentence; None if nothing is."""
    known = samples[np.isfinite(samples)]
    if known.size < FROM_VALUES:
        return "it holds hardly any samples"
    steps = np.diff(known)
    if not steps.any():
        return "its signal is flat: was the strap worn"
    if _one_way(steps):
        return "its numbers go one way from line to line: they are times or row numbers, not a signal"
    return None


def counts(values: Array) -> bool:
    """Whether a column never falls and gets somewhere, as times and row numbers do."""
    steps = np.diff(values[np.isfinite(values)])
    return steps.size > 1 and float(steps.sum()) > 0.0 and float(np.mean(steps >= 0.0)) > ONE_WAY


def _one_way(steps: Array) -> bool:
    moved = steps[steps != 0.0]
    if 2 * moved.size < steps.size:
        return False
    return max(float(np.mean(moved > 0.0)), float(np.mean(moved < 0.0))) > ONE_WAY
