"""ChestBreath: rate and phase of the breath out of the chest's acceleration, and how far to believe them.

A strap tilts against gravity as the chest rises and falls: some thousandths of g, along whichever axis the
body's posture makes it, among the heart's own knocks, talk and turns. The axis is the one along which the
three move most in the breath's band. The rate is the peak of its spectrum, made exact by the sinusoid that
fits the last breaths best, and that sinusoid's phase is carried on to the moment asked for. Up or down is not
in the acceleration: the heart tells it, for it quickens while one breathes in (respiratory sinus arrhythmia,
Eckberg 2003, J Physiol 548:339); before it has, the shorter half of a breath is taken for the inhale.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensors.beat import CHEST_STEP_S as STEP_S
from sensors.half_breaths import half_breaths

WINDOW_S = 32.0
"""Span looked at: two of the slowest breaths that are guided. Own choice."""
FROM_S = 9.0
"""Span before anything is said. Own choice: two ordinary breaths."""
LOWEST_HZ, HIGHEST_HZ, REST_HZ = 0.06, 0.6, 0.8
"""3.6 to 36 breaths a minute, and the upper end of what the peak is compared with."""
BINS = 1024
"""Length of the transform: bins of 0.005 Hz."""
BRIDGED_S = 1.8
"""Longest hole that is drawn through with a line: a frame of an H10 lasts 1.44 s. Own choice."""
JOLT_MG = {1: 45.0, 5: 100.0}
"""Change over so many samples that no breath makes: a cough, a step; a turn. Own choice: a deep breath of 60
thousandths of g at 20 a minute changes by 25, and by 60."""
AROUND = 3
"""Samples on either side of a jolt that are not believed."""
POSTURE_MG = 30.0
"""Change of level across a jolt that makes a new posture: what was before says nothing more. Own choice."""
MOST_JOLTED = 0.3
"""Share of samples out of belief above which nothing is said."""
LEAST_MG = 1.0
"""Swing below which there is nothing but the sensor's noise (an H10 resolves 1)."""
FIT_CYCLES, FIT_LEAST_S = 2.2, 5.0
"""Breaths that the sinusoid is fitted to, and the least span: more are smoother, fewer follow a change."""
SWAY_KEPT = 0.7
"""What the fit's high pass keeps of a step from sample to sample: with it (0.3 Hz) the sensor's noise over a
random walk is white, and least squares are the likeliest. Own choice: noise of one or two thousandths of g, a
walk of one in a second."""
SHOWN_CYCLES = 1.6
"""Breaths over which it is asked how much of the chest's way the sinusoid explains."""
INHALE_SHARE = 0.4
"""Share of a breath that is breathed in, at rest (SCIENCE.md). The chest begins to rise after the sinusoid's
lowest point, by half of what this lacks of a half."""
FIT_TRIES = np.linspace(0.75, 1.3, 12)
"""Rates tried beside the peak's, relative to it."""
CYCLES = 1.5
"""Breaths heard from which confidence is no longer held back."""
CONFIDENCE_PER_SHARE = 1.3
"""Confidence per share of the swing that lies in the peak. Own choice."""
FIT_FULL = 0.8
"""Share of the swing that the sinusoid explains from which confidence is not held back. Own choice."""
RATE_S = 10.0
"""Span of the fitted rates whose median is the rate: one breath is not the next. Own choice."""
UNSTEADY = 0.5
"""Range of those rates, relative to their median, above which no breath made them, but what wanders."""
GUESS = 0.4
"""Highest confidence then."""
SWAY_HZ, SWAY_FULL = 0.13, 0.95
"""Below this rate posture wanders too, and the sinusoid must explain so much. Own choice."""
HEART_LAG_S = 0.6
"""How much later than the chest the heart rate swings: from nothing at six breaths a minute to a second at
fifteen (Eckberg 2003)."""
SENSE_FADE = 0.9
"""What is left of what was known of up and down at each reading."""
AHEAD_S = 4.0
"""How far the phase is carried on after the last sample. Own choice: a frame and a half of the slowest."""

Row = npt.NDArray[np.float64]

_HZ = np.fft.rfftfreq(BINS, STEP_S)
_SLOPE = _HZ**1.0
"""Posture wanders the more the slower (a random walk: the inverse square): with this it has no peak, and a
breath at five a minute still has one. Own choice."""
_BAND = (_HZ >= LOWEST_HZ) & (_HZ <= HIGHEST_HZ)
_TOTAL = (_HZ >= LOWEST_HZ) & (_HZ <= REST_HZ)
_TILT = np.sqrt(_SLOPE[_BAND])[:, None]
_AGO = np.subtract.outer(np.arange(WINDOW_S / STEP_S), np.arange(WINDOW_S / STEP_S))
_HIGH_PASS = np.where(_AGO >= 0.0, SWAY_KEPT ** np.abs(_AGO), 0.0)
"""To the steps from sample to sample."""


@dataclass(frozen=True, slots=True)
class ChestReading:
    """What the chest tells at one moment."""

    per_min: float | None = None
    confidence: float = 0.0
    """0 to 1; below 0.5 nothing may follow it."""
    hz: float = 0.0
    """Rate of the last breath alone."""
    phase: float = 0.0
    """0 to 1 at `t_s`: 0 where the chest begins to rise, a half where it is fullest."""
    t_s: float = 0.0
    halves: tuple[float, ...] = ()
    """When the chest passed the middle of its way in the last `WINDOW_S` (sensors.half_breaths)."""

    def phase_at(self, now_s: float) -> float | None:
        """The phase at `now_s`; None where it is not known or too long ago."""
        if self.per_min is None or not self.fresh(now_s):
            return None
        return (self.phase + self.hz * (now_s - self.t_s)) % 1.0

    def fresh(self, now_s: float) -> bool:
        """Whether the chest was heard of late."""
        return 0.0 <= now_s - self.t_s <= AHEAD_S


SILENT = ChestReading()


class ChestBreath:
    """Push samples of acceleration as they come, and the beats; read it after each push."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float, float]] = deque(maxlen=round(WINDOW_S / STEP_S))
        self._last_s = 0.0
        self._beats: deque[tuple[float, float]] = deque(maxlen=64)
        self._rates: deque[tuple[float, float]] = deque()
        self._axis: Row | None = None
        self._sense = 0.0

    def beat(self, t_s: float, rr_ms: float) -> None:
        """Take in a good interval: its rate belongs to its middle."""
        self._beats.append((t_s - rr_ms / 2000.0, 60_000.0 / rr_ms))

    def take(self, t_s: float, milli_g: Sequence[tuple[float, float, float]]) -> ChestReading:
        """Take in samples `STEP_S` apart, the last of them at `t_s`; what is known now."""
        missing = round((t_s - self._last_s) / STEP_S) - len(milli_g)
        if not -1 <= missing <= BRIDGED_S / STEP_S:
            self._samples.clear()
        elif missing > 0 and self._samples:
            shares = np.arange(1, missing + 1)[:, None] / (missing + 1)
            before, after = np.array(self._samples[-1]), np.array(milli_g[0])
            self._samples.extend((x, y, z) for x, y, z in (before + shares * (after - before)).tolist())
        self._samples.extend(milli_g)
        self._last_s = t_s
        x = _calm(np.array(self._samples))
        if x is None or x.shape[0] < FROM_S / STEP_S:
            self._rates.clear()
            return SILENT
        return self._read(self._along_axis(x))

    def _along_axis(self, x: Row) -> Row:
        """Movement along the axis that moves most in the breath's band, up as far as is known."""
        x = _level(x)
        lines = np.fft.rfft(x * np.hanning(x.shape[0])[:, None], BINS, axis=0)[_BAND] * _TILT
        _, axes = np.linalg.eigh((lines.conj().T @ lines).real)
        axis = axes[:, -1]
        if self._axis is not None and float(axis @ self._axis) < 0.0:
            axis = -axis
        self._axis = axis
        return x @ axis

    def _read(self, wave: Row) -> ChestReading:
        power = np.abs(np.fft.rfft(wave * np.hanning(wave.size), BINS)) ** 2 * _SLOPE
        peak = int(np.argmax(np.where(_BAND, power, 0.0)))
        near = np.abs(_HZ - _HZ[peak]) <= 2.0 / (wave.size * STEP_S)
        share = float(power[near].sum() / power[_TOTAL | near].sum())
        hz, phase, swing = _fitted(wave, float(_HZ[peak]))
        if swing < LEAST_MG:
            return SILENT
        self._sense = SENSE_FADE * self._sense + self._upward(wave)
        if self._sense < 0.0:
            phase += 0.5
        phase -= 0.5 * (0.5 - INHALE_SHARE)
        explained = _explained(wave, hz)
        cycles = wave.size * STEP_S * hz
        full = FIT_FULL if hz > SWAY_HZ else SWAY_FULL
        confidence = (
            min(1.0, CONFIDENCE_PER_SHARE * share)
            * min(1.0, max(0.0, explained / full) ** 2)
            * min(1.0, cycles / CYCLES)
        )
        self._rates.append((self._last_s, hz))
        while self._rates[0][0] < self._last_s - RATE_S:
            self._rates.popleft()
        rates = sorted(rate for _, rate in self._rates)
        usual = rates[len(rates) // 2]
        if rates[-1] - rates[0] > UNSTEADY * usual:
            confidence = min(confidence, GUESS)
        halves = half_breaths(wave, self._last_s, STEP_S)
        return ChestReading(60.0 * usual, confidence, hz, phase % 1.0, self._last_s, halves)

    def _upward(self, wave: Row) -> float:
        """Whether the wave rises while one breathes in: above 0 for yes, by the heart and by its shape."""
        steps = np.diff(np.convolve(wave, np.ones(3) / 3.0, "valid"))
        told = 0.5 - float(np.mean(steps > 0.0))
        if len(self._beats) >= 8:
            at, bpm = np.array(self._beats).T
            t = self._last_s - STEP_S * np.arange(wave.size - 1, -1, -1) + HEART_LAG_S
            inside = (t >= at[0]) & (t <= at[-1])
            if inside.sum() > FROM_S / STEP_S:
                rate = _level(np.asarray(np.interp(t[inside], at, bpm), dtype=np.float64))
                chest = wave[inside] - wave[inside].mean()
                size = math.sqrt(float(rate @ rate) * float(chest @ chest))
                told += 2.0 * float(rate @ chest) / size if size > 0.0 else 0.0
        return told


def _calm(x: Row) -> Row | None:
    """The newest samples in one posture, coughs bridged; None where too much is none of the breath."""
    spoilt = np.zeros(x.shape[0], dtype=np.bool_)
    for apart, most_mg in JOLT_MG.items():
        moved = np.linalg.norm(x[apart:] - x[:-apart], axis=1)
        for first in np.flatnonzero(moved > most_mg).tolist():
            spoilt[max(0, first + 1 - AROUND) : first + apart + AROUND] = True
    if spoilt.any():
        edges = np.flatnonzero(np.diff(np.concatenate([[0], spoilt.view(np.int8), [0]])))
        for begin, end in zip(edges[::2], edges[1::2], strict=True):
            before, after = x[max(0, begin - 8) : begin], x[end : end + 8]
            if end - begin > 2.0 / STEP_S or _far(before, after):
                x, spoilt = x[end:], spoilt[end:]
                return _calm(x) if x.shape[0] > 1 else None
        if float(spoilt.mean()) > MOST_JOLTED or spoilt[-1]:
            return None
        k = np.arange(x.shape[0], dtype=np.float64)
        for axis in range(x.shape[1]):
            x[:, axis] = np.interp(k, k[~spoilt], x[~spoilt, axis])
    return x


def _level(x: Row) -> Row:
    """`x` (n, ...) without its mean and its slope along the first axis."""
    k = np.arange(x.shape[0], dtype=np.float64)
    k -= k.mean()
    flat = x - x.mean(axis=0)
    return flat - np.multiply.outer(k, k @ flat / float(k @ k))


def _far(before: Row, after: Row) -> bool:
    """Whether two stretches lie in different postures."""
    if not before.size or not after.size:
        return bool(before.size)
    return float(np.linalg.norm(np.median(after, axis=0) - np.median(before, axis=0))) > POSTURE_MG


def _last(wave: Row, hz: float, cycles: float) -> tuple[Row, Row, Row]:
    """The last `cycles` of `wave`, their times before its end s, and weights: more for newer ones."""
    size = min(wave.size, round(max(cycles / hz, FIT_LEAST_S) / STEP_S))
    weight = np.asarray(np.sqrt(np.linspace(0.4, 1.0, size)), dtype=np.float64)
    return wave[-size:], STEP_S * np.arange(1.0 - size, 1.0, dtype=np.float64), weight


def _turning(hz: float, t: Row) -> list[Row]:
    return [np.cos(2.0 * math.pi * hz * t), np.sin(2.0 * math.pi * hz * t)]


def _without_sway(x: Row) -> Row:
    """`x` (n, ...) after a high pass that makes noise over a random walk white, (n - 1, ...)."""
    steps = np.diff(x, axis=0)
    return np.asarray(_HIGH_PASS[: len(steps), : len(steps)] @ steps, dtype=np.float64)


def _fitted(wave: Row, hz: float) -> tuple[float, float, float]:
    """Rate in Hz, phase at the last sample (0 at the lowest) and half the swing of the sinusoid that fits the
    last breaths best."""
    best = (math.inf, hz, 0.0, 0.0)
    y, t, weight = _last(wave, hz, FIT_CYCLES)
    weight = weight[1:]
    y = weight * _without_sway(y)
    for tried_hz in hz * FIT_TRIES:
        model = weight[:, None] * _without_sway(np.stack([*_turning(tried_hz, t), t], axis=1))
        found, *_ = np.linalg.lstsq(model, y, rcond=None)
        off = float(np.sum((y - model @ found) ** 2))
        if off < best[0]:
            best = (off, float(tried_hz), float(found[0]), float(found[1]))
    _, hz, cosine, sine = best
    # cosine cos(wt) + sine sin(wt) is a cosine whose trough lies half a turn from its top.
    phase = (math.atan2(-sine, cosine) / (2.0 * math.pi) + 0.5) % 1.0
    return hz, phase, math.hypot(cosine, sine)


def _explained(wave: Row, hz: float) -> float:
    """Share of the chest's way in the last breaths that a sinusoid of `hz` with a trend explains."""
    y, t, weight = _last(wave, hz, SHOWN_CYCLES)
    model = np.stack([*_turning(hz, t), np.ones(t.size), t], axis=1)
    found, *_ = np.linalg.lstsq(model * weight[:, None], y * weight, rcond=None)
    off = float(np.sum((weight * (y - model @ found)) ** 2))
    middle = float(np.average(y, weights=weight**2))
    all_of_it = float(np.sum((weight * (y - middle)) ** 2))
    return 1.0 - off / all_of_it if all_of_it > 0.0 else 0.0
