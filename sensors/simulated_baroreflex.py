"""SimulatedBaroreflex: a heart whose swing with the breath is widest at a pace of its own.

The loop that keeps blood pressure: the breath moves pressure, and after a delay the reflex moves the heart
against it, which moves pressure again. Where loop and delay come to half a turn the circle swings of itself:
breathing at that pace finds resonance (Vaschillo 2002, Appl Psychophysiol Biofeedback 27:1; the loop after de
Boer 1987, Am J Physiol 253:H680, reduced to two time constants and a delay).
"""

from __future__ import annotations

import cmath
import math
from collections import deque

STEP_S = 0.1
"""Between two steps of the loop."""
PRESSURE_S, REFLEX_S = 1.0, 1.5
"""Time constants of pressure and of the heart's answer to it. Own choice: with a delay of 2.5 to 4.5 s they
resonate at 6.5 to 4.5 a minute."""
CENTRAL = 0.25
"""What the breath moves the heart by itself, in units of what it moves pressure. Own choice."""
SLOWEST, FASTEST = 3.5, 8.0
"""Paces between which resonance may lie, breaths a minute."""


class SimulatedBaroreflex:
    """The loop of one listener.

    per_min   the pace of the widest swing, breaths a minute
    loop      its gain where it resonates, 0 (none) to below 1 (it would swing for ever): how sharp it is
    swing_ms  half the swing of RR at that pace, for a breath as deep as any

    Raises ValueError for a pace that no such loop has.
    """

    def __init__(self, per_min: float, loop: float, swing_ms: float) -> None:
        if not SLOWEST <= per_min <= FASTEST:
            raise ValueError(
                f"Sensor 'sim': resonance={per_min:g} must be 0 or lie between {SLOWEST:g} and {FASTEST:g}."
            )
        self._delay_s, self._gain = 0.0, 0.0
        slow_s, quick_s = 1.2, 7.0  # the longer the delay, the slower the pace
        for _ in range(40):
            self._delay_s = 0.5 * (slow_s + quick_s)
            self._gain = loop / self._crossing()
            slow_s, quick_s = (
                (self._delay_s, quick_s) if self._peak() > per_min else (slow_s, self._delay_s)
            )
        self._scale_ms = swing_ms / abs(self.response(per_min))
        steps = self._delay_s / STEP_S
        self._whole, self._part = int(steps), steps - int(steps)
        self._pressure: deque[float] = deque([0.0] * (self._whole + 2), maxlen=self._whole + 2)
        self._reflex = 0.0

    def step(self, breath: float) -> float:
        """By how much, ms, an interval is longer `STEP_S` later; `breath` is from -1 (empty) to 1 (full)."""
        whole, part = self._whole, self._part  # steps back from the one that is coming
        late = (1.0 - part) * self._pressure[-whole] + part * self._pressure[-whole - 1]
        self._reflex += (1.0 - _kept(REFLEX_S)) * (-self._gain * late - self._reflex)
        heart = self._reflex + CENTRAL * breath
        last = self._pressure[-1]
        self._pressure.append(last + (1.0 - _kept(PRESSURE_S)) * (heart + breath - last))
        return -self._scale_ms * heart

    def response(self, per_min: float) -> complex:
        """The heart's swing for a breath of size 1, in units of its own: exact for the steps made here."""
        open_loop = self._gain * self._open(per_min)
        return (CENTRAL - open_loop) / (1.0 + open_loop)

    def _open(self, per_min: float) -> complex:
        z = cmath.exp(-2j * math.pi * per_min / 60.0 * STEP_S)
        steps = self._delay_s / STEP_S
        part = steps - int(steps)
        late = z ** int(steps) * (1.0 - part + part * z)
        pressure, reflex = _kept(PRESSURE_S), _kept(REFLEX_S)
        return late * (1.0 - pressure) / (1.0 - pressure * z) * (1.0 - reflex) / (1.0 - reflex * z)

    def _crossing(self) -> float:
        """How much is left of a swing after one round, where the round comes to half a turn."""
        return max(-self._open(pace).real for pace in _PACES)

    def _peak(self) -> float:
        return max(_PACES, key=lambda pace: abs(self.response(pace)))


def _kept(tau_s: float) -> float:
    return math.exp(-STEP_S / tau_s)


_PACES = [SLOWEST - 0.5 + 0.02 * n for n in range(round((FASTEST - SLOWEST + 1.0) / 0.02))]
