"""Rhythm regularity: how far the RR spectrum is one single peak, as slow even breathing makes it.

The published description behind it (SCIENCE.md A5): intervals resampled every 500 ms over 64 s, the
highest peak between 0.04 and 0.26 Hz, its power over 0.030 Hz (in a window of 64 s: the bin and its two
neighbours) against the power of all the rest.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

WINDOW_S = 64.0
STEP_S = 0.5
SAMPLES = 128
PEAK_BINS = 1
"""Neighbours on each side that belong to the peak: 3 bins of 1/64 Hz, the nearest to 0.030 Hz."""
LOWEST_HZ, HIGHEST_HZ = 0.04, 0.26
TOTAL_HZ = 0.45
"""Upper end of "all the rest". Own choice, near the customary 0.4 Hz (Task Force 1996): with it the four
reference values of SCIENCE.md A5 are met."""

_HZ = np.fft.rfftfreq(SAMPLES, STEP_S)
_BAND = (_HZ >= LOWEST_HZ) & (_HZ <= HIGHEST_HZ)
_TOTAL = (_HZ > 0.0) & (_HZ <= TOTAL_HZ)


def regularity(t_s: npt.NDArray[np.float64], rr_ms: npt.NDArray[np.float64]) -> float | None:
    """Power in the highest peak over the power elsewhere, 0 to some tens.

    `rr_ms` (n,) are good intervals that end at `t_s` (n,), seconds, ascending. None unless they span
    the 64 s before the last of them.
    """
    if t_s.size < 16 or t_s[-1] - t_s[0] < WINDOW_S - 2.0:
        return None
    grid = t_s[-1] - STEP_S * np.arange(SAMPLES - 1, -1, -1)
    x = np.asarray(np.interp(grid, t_s, rr_ms), dtype=np.float64)
    power = np.where(_TOTAL, np.abs(np.fft.rfft(x - x.mean())) ** 2, 0.0)
    peak = int(np.argmax(np.where(_BAND, power, 0.0)))
    peak_power = float(power[peak - PEAK_BINS : peak + PEAK_BINS + 1].sum())
    rest = float(power.sum()) - peak_power
    return peak_power / rest if rest > 0.0 else None
