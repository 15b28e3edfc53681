"""Spectrogram: power in bands of equal pitch distance, column by column, of sound as it is rendered."""

from __future__ import annotations

from math import log2

import numpy as np
from numpy.typing import NDArray

LOWEST_HZ, HIGHEST_HZ = 40.0, 10_240.0
"""Eight octaves: the lowest drone to the air of the wind (own choice)."""

OCTAVES = log2(HIGHEST_HZ / LOWEST_HZ)
BANDS_PER_OCTAVE = 24
WINDOW_FRAMES = 16_384
"""A third of a second: narrow enough in pitch to part two neighbouring notes of the middle register."""


class Spectrogram:
    """Takes sound block after block and gives a column of power for each, over the last window."""

    def __init__(self, rate_hz: int) -> None:
        edges_hz = np.geomspace(LOWEST_HZ, HIGHEST_HZ, round(OCTAVES * BANDS_PER_OCTAVE) + 1)
        edges = np.round(edges_hz * (WINDOW_FRAMES / rate_hz)).astype(np.int64)
        self._from = edges[:-1]
        self._until = np.maximum(edges[1:], edges[:-1] + 1)
        self._window = np.hanning(WINDOW_FRAMES).astype(np.float32)
        # Parseval: the bins of a sine, wherever it falls among them, add up to its power.
        self._scale = 4.0 / (WINDOW_FRAMES * float(np.sum(self._window**2)))
        self._heard = np.zeros(WINDOW_FRAMES, np.float32)

    def column(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """Power in dB of each band, lowest first, a full-scale sine giving 0 dB.

        `sound` is the next (frames, 2) after the last block; silence is -200 dB.
        """
        mono = sound.mean(axis=1)[-WINDOW_FRAMES:]
        self._heard = np.concatenate([self._heard[len(mono) :], mono])
        power = np.abs(np.fft.rfft(self._heard * self._window)) ** 2 * self._scale
        total = np.concatenate([[0.0], np.cumsum(power)])
        bands = total[self._until] - total[self._from]
        return (10.0 * np.log10(np.maximum(bands, 1e-20))).astype(np.float32)
