"""The chest's motion in a stream of acceleration frames: means over a fifth of a second, on our clock."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sensors.beat import CHEST_STEP_S, BadPacket, ChestMotion
from sensors.pmd import AccFrame
from sensors.strap_clock import FrameTimes, StrapClock

DIGITS = 1
"""Tenths of a thousandth of g: a mean of five samples is no finer."""


class AccChest:
    """Take the frames in order of arrival. `rate_hz` is the nominal rate that the stream was started with."""

    def __init__(self, clock: StrapClock, rate_hz: float) -> None:
        self._clock = clock
        self._times = FrameTimes(rate_hz)
        self._waiting = np.empty((0, 3))
        self._bins = np.empty(0, dtype=np.int64)

    def take(self, frame: AccFrame, arrival_s: float) -> list[ChestMotion | BadPacket]:
        """The motion that this frame makes whole; a hole before it is told, and bridged by nothing."""
        end_s = frame.timestamp_ns / 1e9
        times_s, hole_s = self._times.of(end_s, len(frame.milli_g))
        to_ours_s = self._clock.ours_s(end_s, arrival_s)
        events: list[ChestMotion | BadPacket] = []
        if hole_s is None or hole_s > 0.0:
            self._waiting, self._bins = np.empty((0, 3)), np.empty(0, dtype=np.int64)
            if hole_s:
                events.append(BadPacket(arrival_s, b"", f"{hole_s:.2f} s of the acceleration did not come"))
        self._waiting = np.concatenate([self._waiting, frame.milli_g.astype(np.float64)])
        bins = np.floor(times_s / CHEST_STEP_S).astype(np.int64)
        self._bins = np.concatenate([self._bins, bins])
        whole = self._bins < self._bins[-1]
        if whole.any():
            means, last = _means(self._waiting[whole], self._bins[whole])
            events.append(ChestMotion(arrival_s, (last + 0.5) * CHEST_STEP_S + to_ours_s, means))
            self._waiting, self._bins = self._waiting[~whole], self._bins[~whole]
        return events


def _means(
    samples: NDArray[np.float64], bins: NDArray[np.int64]
) -> tuple[tuple[tuple[float, float, float], ...], int]:
    """The mean of each bin, in order, and the number of the last one."""
    edges = np.flatnonzero(np.diff(bins, prepend=bins[0] - 1, append=bins[-1] + 1))
    means = [samples[first:end].mean(axis=0).round(DIGITS).tolist() for first, end in pairwise(edges)]
    return tuple((x, y, z) for x, y, z in means), int(bins[-1])
