"""Breathing rate out of the swing it gives to RR intervals, with a confidence that means something."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

WINDOW_S = 64.0
LOWEST_HZ, HIGHEST_HZ = 0.04, 0.4


@dataclass(frozen=True, slots=True)
class Breathing:
    """Breaths a minute and how far to believe it, 0 to 1; below 0.5 it is a guess."""

    per_min: float | None
    confidence: float


def breathing(t_s: npt.NDArray[np.float64], rr_ms: npt.NDArray[np.float64]) -> Breathing:
    """Breathing rate behind good intervals `rr_ms` (n,) ending at `t_s` (n,), ascending."""
    if t_s.size < 16 or t_s[-1] - t_s[0] < 25.0:
        return Breathing(None, 0.0)
    grid = np.arange(t_s[0], t_s[-1], 0.25)
    x = np.interp(grid, t_s, rr_ms)
    x = x - np.polyval(np.polyfit(grid - grid[0], x, 1), grid - grid[0])
    x = x * np.hanning(x.size)
    power = np.abs(np.fft.rfft(x, 2048)) ** 2
    f = np.fft.rfftfreq(2048, 0.25)
    band = (f >= LOWEST_HZ) & (f <= HIGHEST_HZ)
    peak = int(np.argmax(np.where(band, power, 0.0)))
    near = np.abs(f - f[peak]) < 1.5 / (grid[-1] - grid[0])
    share = power[near].sum() / power[band | near].sum()
    return Breathing(float(60.0 * f[peak]), float(np.clip(share, 0.0, 1.0)))
