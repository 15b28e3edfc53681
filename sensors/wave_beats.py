"""Beats in an ECG or a PPG as its samples come: their moments on our clock, in a sliding window.

A microcontroller's clock may be off by half a per cent, and what it sends comes in bunches: the arrivals of a
whole window set both rate and moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from sensors.beat import TimedBeat
from sensors.peaks import (
    EDGE_S,
    HOP_S,
    LEAST_S,
    RATE_MAX_HZ,
    RATE_MIN_HZ,
    REFRACTORY_S,
    WINDOW_S,
    Kind,
    believed,
    r_peaks,
)
from sensors.pulse_floor import PulseFloor

LOOK_S = 0.5
"""Between two looks for beats: a beat is known at most so much later (own choice)."""
HOLE_S = 0.5
"""Without a sample for so long: some are missing, and what comes is a new beginning (own choice)."""
FROM_SAMPLES = 30
"""From which on a rate can be told."""

Array = NDArray[np.float64]
Finder = Callable[[Array, float, Kind], Array]


class WaveBeats:
    """Take samples in order of arrival, all times in seconds of one clock of ours.

    placed   whether the samples' places are moments by that clock already
    """

    def __init__(self, kind: Kind, find: Finder = r_peaks, *, placed: bool = False) -> None:
        self._kind: Kind = kind
        self._placed = placed
        self._find = find
        self._start_anew()

    def _start_anew(self) -> None:
        self._signal: Array = np.empty(0)
        self._places: Array = np.empty(0)
        """Of each sample by the device's clock, in its own unit: seconds, or how many came before."""
        self._arrived_s: Array = np.empty(0)
        self._floor = PulseFloor()
        self._asked_s = self._looked_s = self._began_s = float("-inf")
        self._believed = False
        self._last: float | None = None
        self.rate_hz: float | None = None
        """Samples a second; None where too few have come."""

    def take(
        self, levels: Sequence[float], places: Sequence[float] | None, arrival_s: float
    ) -> list[TimedBeat]:
        """The beats that these samples make certain.

        levels   of the samples, in any unit
        places   of each by the device's clock, in seconds; None where it tells none
        """
        if not levels:
            return []
        first = float(self._places[-1]) + 1.0 if self._places.size else 0.0
        new = np.asarray(places if places is not None else first + np.arange(len(levels)), dtype=np.float64)
        if self._arrived_s.size:
            # Where samples tell their places, it is these that say whether any is missing.
            step_s = arrival_s - self._arrived_s[-1] if places is None else new[0] - self._places[-1]
            if step_s > HOLE_S or (places is not None and step_s <= 0.0):
                self._start_anew()
        if self._arrived_s.size == 0:
            self._began_s = arrival_s
        self._signal = np.concatenate([self._signal, np.asarray(levels, dtype=np.float64)])
        self._places = np.concatenate([self._places, new])
        self._arrived_s = np.concatenate([self._arrived_s, np.full(len(levels), arrival_s)])
        keep = int(np.searchsorted(self._arrived_s, arrival_s - WINDOW_S))
        self._signal, self._places = self._signal[keep:], self._places[keep:]
        self._arrived_s = self._arrived_s[keep:]
        if arrival_s - self._looked_s < LOOK_S or arrival_s - self._began_s < LEAST_S:
            return []
        self._looked_s = arrival_s
        return self._new_beats(arrival_s)

    def _new_beats(self, now_s: float) -> list[TimedBeat]:
        along = self._places if self._placed else self._arrived_s
        span_s = float(along[-1] - along[0])
        if self._signal.size < FROM_SAMPLES or span_s < 0.5 * LEAST_S:
            return []
        self.rate_hz = (self._signal.size - 1) / span_s
        if not RATE_MIN_HZ <= self.rate_hz <= RATE_MAX_HZ:
            return []
        times_s, unit_s = self._times()
        found = self._find(self._signal, self.rate_hz, self._kind)
        if now_s - self._asked_s >= HOP_S:
            self._asked_s = now_s
            self._believed = self._kind == "ecg" or believed(
                self._floor, self._signal, found, self.rate_hz, now_s
            )
        if not self._believed:
            self._last = None
            return []
        beats: list[TimedBeat] = []
        order = np.arange(self._signal.size)
        places, moments_s = np.interp(found, order, self._places), np.interp(found, order, times_s)
        for place, t_s in zip(places, moments_s, strict=True):
            since_s = float("inf") if self._last is None else float(place - self._last) * unit_s
            if since_s > REFRACTORY_S and t_s <= times_s[-1] - EDGE_S:
                if self._last is None and t_s < times_s[-1] - 2.0 * HOP_S:
                    continue  # of long before anything was believed
                rr_ms = None if self._last is None else 1000.0 * since_s
                beats.append(TimedBeat(now_s, float(t_s), rr_ms))
                self._last = float(place)
        return beats

    def _times(self) -> tuple[Array, float]:
        """When each sample was taken, and how many seconds one unit of its place is."""
        if self._placed:
            return self._places, 1.0
        middle, late_s = self._places.mean(), self._arrived_s.mean()
        apart = self._places - middle
        unit_s = float(apart @ (self._arrived_s - late_s) / max(float(apart @ apart), 1e-12))
        times_s: Array = late_s + apart * unit_s
        return times_s + float(np.min(self._arrived_s - times_s)), unit_s  # the promptest sets the clock
