"""Spectrogram: power in bands of equal pitch distance, column by column, of sound as it is rendered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import log2

import numpy as np
from numpy.typing import NDArray

from dsp.command import Command
from dsp.native import Engine

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


def replayed(
    ticks: Sequence[tuple[int, Sequence[Command]]], rate_hz: int, seed: int
) -> Iterator[NDArray[np.float32]]:
    """The sound between each two ticks of a sitting, rendered again from what was sent at each.

    `ticks` are frames and the commands sent there. The samples are those that the sitting gave, as
    long as no tick of it came too late.
    """
    engine = Engine(rate_hz, seed)
    unsent: list[Command] = []
    for (frame, commands), (until, _) in pairwise(ticks):
        unsent.extend(commands)
        del unsent[: engine.push(unsent)]
        sound = np.empty((until - frame, 2), np.float32)
        engine.render(sound)
        engine.poll()
        yield sound
