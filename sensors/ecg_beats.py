"""Beats in a stream of ECG frames: the strap's clock brought to ours, R peaks found in a sliding window."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sensors.beat import BadPacket, TimedBeat
from sensors.pmd import H10_ECG_RATE_HZ, EcgFrame
from sensors.strap_clock import FrameTimes, StrapClock

# Times in seconds, our own choice.
WINDOW_S = 10.0
"""Enough beats for a peak finder that works with averages, few enough to be quick."""
LEAST_S = 5.0
"""Shorter stretches give wrong rates (HeartPy: 131 for 60 bpm from 2 s)."""
EDGE_S = 0.4
"""Peaks nearer to the end than this wait for the next frame: the beat may not be whole yet."""
REFRACTORY_S = 0.25
"""Two beats cannot be nearer (240 bpm)."""
LOOK_S = 0.4
"""Least time between two looks for peaks: some straps send eight frames a second."""
PeakFinder = Callable[[NDArray[np.float64], float], NDArray[np.floating] | NDArray[np.integer]]
"""(signal, rate in Hz) to the indices of the R peaks; raises ValueError where the signal holds none."""


class EcgBeats:
    """Take the frames in order of arrival; all times given out are on the clock of `arrival_s`."""

    def __init__(
        self, find_peaks: PeakFinder, clock: StrapClock | None = None, rate_hz: float = H10_ECG_RATE_HZ
    ) -> None:
        self._find_peaks = find_peaks
        self._clock = clock or StrapClock()
        self._frame_times = FrameTimes(rate_hz)
        self._looked_s = float("-inf")
        self._signal = np.empty(0)
        self._times_s = np.empty(0)  # by the strap's clock
        self._last_beat_s: float | None = None
        self._emitted_s = float("-inf")

    def take(self, frame: EcgFrame, arrival_s: float) -> list[TimedBeat | BadPacket]:
        """The beats that this frame makes certain; a hole before it is told."""
        end_s = frame.timestamp_ns / 1e9
        new_times_s, hole_s = self._frame_times.of(end_s, len(frame.microvolts))
        told: list[TimedBeat | BadPacket] = []
        if hole_s is None or hole_s > 0.0:
            self._signal, self._times_s = np.empty(0), np.empty(0)
            self._last_beat_s, self._emitted_s = None, float("-inf")
            if hole_s:
                told.append(BadPacket(arrival_s, b"", f"{hole_s:.2f} s of the ECG did not come"))
        keep = np.searchsorted(self._times_s, end_s - WINDOW_S)
        self._times_s = np.concatenate([self._times_s[keep:], new_times_s])
        self._signal = np.concatenate([self._signal[keep:], frame.microvolts.astype(np.float64)])
        to_ours_s = self._clock.ours_s(end_s, arrival_s)
        if 0.0 <= end_s - self._looked_s < LOOK_S:
            return told
        self._looked_s = end_s
        certain = self._new_beats(end_s - EDGE_S)
        return told + [
            TimedBeat(arrival_s, beat_s + to_ours_s, rr_ms, beat_s) for beat_s, rr_ms in certain
        ]

    def _new_beats(self, until_s: float) -> list[tuple[float, float | None]]:
        """Beats not told before, by the strap's clock, with the interval that each one ends."""
        span_s = self._times_s[-1] - self._times_s[0]
        if span_s < LEAST_S:
            return []
        try:
            peaks = self._find_peaks(self._signal, (len(self._times_s) - 1) / span_s)
        except ValueError:
            return []
        beats: list[tuple[float, float | None]] = []
        for beat_s in np.interp(peaks, np.arange(len(self._times_s)), self._times_s):
            if self._emitted_s + REFRACTORY_S < beat_s <= until_s:
                rr_ms = None if self._last_beat_s is None else 1000.0 * float(beat_s - self._last_beat_s)
                beats.append((float(beat_s), rr_ms))
                self._last_beat_s = self._emitted_s = float(beat_s)
        return beats
