"""RateHeart: a person's heart and breath, two seconds at a time, and what a monitor would say of them.

With the own breath B, the swell g, the breath b, the excess e over the rate at rest and f, which is 1 while
the breath follows (LOOP.md section 8; the lever's values are named in engine.cohort.people):

    b' = (B + beta f (g - B) - b) / 30 s
    s  = clip((B - b) / (B - 6), 0, 1)
    e' = -e / tau (1 + gamma s) + xi f max(0, ln(b / g) - 0.2) / 0.2 a minute
    heart = rest + e - eta s + pull of the tempo + drift + what stirs it

f falls to 0 where |ln(g / b)| > L for 10 s, or in a lapse; it comes back, at 1/30 a second, once
|ln(g / b)| < L / 2.
"""

from __future__ import annotations

import math
import random

from engine.cohort.people import Person
from sensors.heart_state import HeartState
from sensors.simulated import BREATH_LAG_S, HEART_LAG_S

STEP_S = 2.0
"""Engine time between two steps."""

SENSE_LAG_S = 27.0
"""Lag of the smoothed rate: half of a 15 s median and 20 s of smoothing (SCIENCE.md A5)."""

WANDER_LAG_S = 15.0
"""Correlation time of what smoothing leaves of the swings."""

DRIFT_LAG_S = 90.0
"""Correlation time of the slow wandering of the rate, as in SimulatedHeart."""

SLOW_PER_MIN = 6.0
"""A breath this slow does all that a slow breath can (SCIENCE.md A3: about six a minute)."""

DEAR_LOG = 0.2
"""A swell further below the breath than this log ratio costs something to follow (LOOP.md section 8)."""

LOSE_AFTER_S, LAPSE_S, FIND_AGAIN_S = 10.0, 60.0, 30.0
"""Out of reach for this long, the swell is lost; how long a lapse is; how soon it is found again."""

_D_DRIFT = math.sqrt(2.0 * STEP_S / DRIFT_LAG_S)
_D_WANDER = math.sqrt(2.0 * STEP_S / WANDER_LAG_S)


class RateHeart:
    """A person's heart and breath at the level of the rate; `state` is what a monitor would say."""

    def __init__(self, who: Person) -> None:
        self._who, self._rng = who, random.Random(f"rate {who.listener.seed}")
        listener = who.listener
        start = listener.rest if listener.start is None else listener.start
        self.rate = start
        self.breath = listener.breath
        self.follows = listener.breath_coupling > 0.0
        """Whether the breath follows the swell just now."""
        self._excess = start - listener.rest
        self._seen = self.rate
        self._drift = self._wander = self._pull = self._spell = 0.0
        self._spell_until = self._dropped_until = self._lapsed_until = -1.0
        self._near_s = 0.0
        self._last_beat: float | None = None
        # Of its own, so that a person who drifts off is the same one otherwise.
        self._attention = random.Random(f"attention {who.listener.seed}")

    def advance(self, t_s: float, tempo_bpm: float | None, breath_per_min: float | None) -> None:
        """Two seconds of life up to `t_s`, with the music at that tempo and swell."""
        who, listener, lever, rng = self._who, self._who.listener, self._who.lever, self._rng
        dt, gauss = STEP_S, rng.gauss
        self._drift += -self._drift * dt / DRIFT_LAG_S + listener.drift * _D_DRIFT * gauss(0.0, 1.0)
        behind = math.log(self.breath / breath_per_min) if breath_per_min else 0.0
        self._attend(t_s, behind)
        slow = min(max((listener.breath - self.breath) / (listener.breath - SLOW_PER_MIN), 0.0), 1.0)
        self._excess -= self._excess * min(dt / listener.settle * (1.0 + lever.settling * slow), 1.0)
        if self.follows:
            self._excess += lever.cost_bpm_per_min * max(0.0, behind - DEAR_LOG) / DEAR_LOG * dt / 60.0
        own = listener.rest + self._excess - lever.calm_bpm * slow
        if listener.coupling and tempo_bpm:
            near = min((tempo_bpm * k for k in (0.5, 0.75, 1.0, 4.0 / 3.0, 2.0)), key=lambda b: abs(b - own))
            self._pull += (listener.coupling * (near - own) - self._pull) * dt / HEART_LAG_S
        if who.spells_per_h and t_s > self._spell_until and rng.random() < who.spells_per_h * dt / 3600.0:
            self._spell_until = t_s + 120.0
        stirred = who.spell_bpm if t_s < self._spell_until else 0.0
        self._spell += (stirred - self._spell) * dt / 30.0
        self.rate = max(35.0, own + self._pull + self._drift + self._spell)
        wanted = listener.breath
        if self.follows and breath_per_min:
            wanted += listener.breath_coupling * (breath_per_min - listener.breath)
        self.breath += (wanted - self.breath) * dt / BREATH_LAG_S
        self._seen += (self.rate - self._seen) * dt / SENSE_LAG_S
        self._wander += -self._wander * dt / WANDER_LAG_S + who.wander_bpm * _D_WANDER * gauss(0.0, 1.0)
        if listener.drops and t_s > self._dropped_until and rng.random() < listener.drops * dt / 3600.0:
            self._dropped_until = t_s + listener.drop_s
        if t_s >= self._dropped_until and t_s >= 4.0:
            self._last_beat = t_s

    def _attend(self, t_s: float, behind: float) -> None:
        """Whether the breath follows, with the swell `behind` it by that log ratio."""
        lever, drifts, finds = self._who.lever, self._attention.random(), self._attention.random()
        if not self._who.follows:
            return
        if drifts < lever.lapses_per_h * STEP_S / 3600.0 and t_s >= self._lapsed_until:
            self._lapsed_until = t_s + LAPSE_S
        off = abs(behind)
        self._near_s = t_s if off <= lever.lock else self._near_s
        if self.follows:
            self.follows = t_s >= self._lapsed_until and t_s - self._near_s < LOSE_AFTER_S
        elif t_s >= self._lapsed_until and off < 0.5 * lever.lock:
            self.follows = finds < STEP_S / FIND_AGAIN_S

    def state(self, t_s: float) -> HeartState:
        last = self._last_beat
        live = last is not None and t_s - last < 10.0
        readable = live and self._who.listener.rsa > 15.0 and t_s > 40.0 and not self._who.irregular
        return HeartState(
            t_s=t_s,
            hr_bpm=self._seen + self._wander if live else None,
            breath_per_min=self.breath if readable else None,
            breath_confidence=0.8 if readable else 0.0,
            irregular=self._who.irregular and t_s > 60.0,
            last_beat_s=last,
            simulated=True,
        )
