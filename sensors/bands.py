"""A stretch of a signal cut to a band of frequencies, or smoothed, without moving anything in time."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Signal = npt.NDArray[np.float64]


def band(x: Signal, rate_hz: float, low_hz: float, high_hz: float) -> Signal:
    """Zero-phase band-pass with edges of a raised cosine, half an octave wide, in the spectrum."""
    pad = int(rate_hz)
    padded = np.concatenate([2 * x[0] - x[pad:0:-1], x, 2 * x[-1] - x[-2 : -pad - 2 : -1]])
    size = 1 << int(np.ceil(np.log2(padded.size)))
    hz = np.fft.rfftfreq(size, 1.0 / rate_hz)
    octaves = np.log2(np.maximum(hz, 1e-6))
    rise = np.clip((octaves - np.log2(low_hz)) / 0.5 + 0.5, 0.0, 1.0)
    fall = np.clip((np.log2(high_hz) - octaves) / 0.5 + 0.5, 0.0, 1.0)
    gain = 0.25 * (1.0 - np.cos(np.pi * rise)) * (1.0 - np.cos(np.pi * fall))
    passed: Any = np.fft.irfft(np.fft.rfft(padded - padded.mean(), size) * gain, size)
    return passed[pad : pad + x.size]


def bell(samples: float) -> Signal:
    """Weights of a mean under a raised cosine about so many samples long, at least three; their sum is 1."""
    window = np.hanning(max(3, round(samples)) + 2)[1:-1]
    weights: Signal = window / window.sum()
    return weights
