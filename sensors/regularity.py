"""Rhythm regularity: how far the RR spectrum is one single peak, as slow even breathing makes it.

The published description behind it (SCIENCE.md A5): intervals resampled every 500 ms over 64 s, the
highest peak between 0.04 and 0.26 Hz, its power over 0.030 Hz against the power of all the rest.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

WINDOW_S = 64.0
STEP_S = 0.5
SAMPLES = 128
PEAK_WIDTH_HZ = 0.030
LOWEST_HZ, HIGHEST_HZ = 0.04, 0.26


def regularity(t_s: npt.NDArray[np.float64], rr_ms: npt.NDArray[np.float64]) -> float | None:
    """Power in the highest peak over the power elsewhere, 0 to some tens.

    `rr_ms` (n,) are good intervals that end at `t_s` (n,), seconds, ascending. None unless they span
    the 64 s before the last of them.
    """
    if t_s.size < 16 or t_s[-1] - t_s[0] < WINDOW_S - 2.0:
        return None
    grid = t_s[-1] - STEP_S * np.arange(SAMPLES - 1, -1, -1)
    x = np.interp(grid, t_s, rr_ms)
    x -= x.mean()
    power = np.abs(np.fft.rfft(x * np.hanning(SAMPLES))) ** 2
    hz = np.fft.rfftfreq(SAMPLES, STEP_S)
    band = (hz >= LOWEST_HZ) & (hz <= HIGHEST_HZ)
    peak = int(np.argmax(np.where(band, power, 0.0)))
    near = np.abs(hz - hz[peak]) <= PEAK_WIDTH_HZ / 2.0
    peak_power = float(power[near].sum())
    rest = float(power[1:].sum()) - peak_power
    return peak_power / rest if rest > 0.0 else None
