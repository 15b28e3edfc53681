"""SimulatedChest: the acceleration that a strap feels on a chest that breathes, coughs, turns and talks."""

from __future__ import annotations

import math
import random
from collections import deque

from sensors.beat import CHEST_STEP_S, ChestMotion

UPRIGHT_MG = (20.0, -960.0, 240.0)
"""Gravity along the axes of a strap that is worn upright. Own choice."""
TILT = (0.16, -0.26, 0.95)
"""How the three share in a breath's movement: mostly forwards, a unit vector. Own choice."""
INHALE_SHARE = 0.4
"""Share of a breath that is breathed in."""
NOISE_MG, SWAY_MG, SWAY_S = 1.5, 4.0, 20.0
"""Noise of the sensor (an H10 resolves 1), and how far and how quickly posture wanders. Own choice."""
COUGH_MG, COUGH_S = 150.0, 0.8
TURN_MG, TURN_S = 250.0, 1.2
"""Size and length of a cough and of a turn. Own choice."""
TALK_MG, TALK_S, WORD_S = 8.0, 20.0, 0.7
"""How far speech moves the chest, how long somebody talks, and how soon a phrase follows another. Own choice:
as far as a quiet breath does, for speech is breathed out in pieces."""


class SimulatedChest:
    """Samples on a grid of `CHEST_STEP_S`, of a breath whose phase is told beat by beat.

    swing_mg               half the tilt of a breath, thousandths of g
    coughs, turns, talks   events an hour
    """

    def __init__(self, swing_mg: float, coughs: float, turns: float, talks: float, seed: int) -> None:
        self._swing_mg = swing_mg
        self._random = random.Random(f"chest {seed}")
        self._told: deque[tuple[float, float]] = deque()
        self._samples = 0
        self._sway = [0.0, 0.0, 0.0]
        self._posture = list(UPRIGHT_MG)
        self._leaning = [0.0, 0.0, 0.0]
        self._trouble = {
            "cough": (coughs / 3600.0, self._after(coughs, 0.0), 0.0),
            "turn": (turns / 3600.0, self._after(turns, 0.0), 0.0),
            "talk": (talks / 3600.0, self._after(talks, 0.0), 0.0),
        }
        self._speech_mg = 0.0

    def breathes(self, t_s: float, phase: float) -> None:
        """The breath has phase `phase`, in breaths, at `t_s`; whole numbers where it is breathed in from."""
        self._told.append((t_s, phase))

    def until(self, end_s: float, arrival_s: float) -> ChestMotion | None:
        """The samples before `end_s` that were not given yet."""
        samples: list[tuple[float, float, float]] = []
        while (t_s := self._samples * CHEST_STEP_S) < end_s and self._told and self._told[-1][0] >= t_s:
            while len(self._told) > 1 and self._told[1][0] < t_s:
                self._told.popleft()
            samples.append(self._sample(t_s))
            self._samples += 1
        if not samples:
            return None
        return ChestMotion(arrival_s, (self._samples - 1) * CHEST_STEP_S, tuple(samples))

    def _sample(self, t_s: float) -> tuple[float, float, float]:
        gauss = self._random.gauss
        moved_mg = 2.0 * self._swing_mg * fullness(self._phase(t_s) % 1.0)
        moved_mg += self._speech(self._now("talk", t_s, TALK_S))
        coughing = self._now("cough", t_s, COUGH_S)
        turning = self._now("turn", t_s, TURN_S)
        if turning and not any(self._leaning):
            self._leaning = [gauss(0.0, TURN_MG) * CHEST_STEP_S / TURN_S for _ in range(3)]
        if not turning:
            self._leaning = [0.0, 0.0, 0.0]
        sample: list[float] = []
        for axis in range(3):
            self._posture[axis] += self._leaning[axis]
            self._sway[axis] *= 1.0 - CHEST_STEP_S / SWAY_S
            self._sway[axis] += SWAY_MG * math.sqrt(2.0 * CHEST_STEP_S / SWAY_S) * gauss(0.0, 1.0)
            cough = gauss(0.0, COUGH_MG) if coughing else 0.0
            still = self._posture[axis] + self._sway[axis] + gauss(0.0, NOISE_MG)
            sample.append(round(still + TILT[axis] * moved_mg + cough, 1))
        x, y, z = sample
        return x, y, z

    def _speech(self, talking: bool) -> float:
        """How far speech moves the chest just now, thousandths of g."""
        if not talking:
            self._speech_mg = 0.0
            return 0.0
        fades = CHEST_STEP_S / WORD_S
        self._speech_mg -= fades * self._speech_mg
        self._speech_mg += TALK_MG * math.sqrt(2.0 * fades) * self._random.gauss(0.0, 1.0)
        return self._speech_mg

    def _phase(self, t_s: float) -> float:
        (before_s, before), (after_s, after) = self._told[0], self._told[min(1, len(self._told) - 1)]
        if after_s <= before_s:
            return before
        share = min(max((t_s - before_s) / (after_s - before_s), 0.0), 1.0)
        return before + share * (after - before)

    def _now(self, kind: str, t_s: float, lasts_s: float) -> bool:
        """Whether such an event goes on at `t_s`; the next one is drawn when it is over."""
        a_second, begins_s, ends_s = self._trouble[kind]
        if t_s >= begins_s:
            ends_s = begins_s + lasts_s
            begins_s = self._after(3600.0 * a_second, ends_s)
            self._trouble[kind] = (a_second, begins_s, ends_s)
        return t_s < ends_s

    def _after(self, an_hour: float, t_s: float) -> float:
        return t_s + self._random.expovariate(an_hour / 3600.0) if an_hour else math.inf


def fullness(part: float) -> float:
    """How full the chest is at a part of the breath, 0 to 1."""
    if part < INHALE_SHARE:
        return 0.5 - 0.5 * math.cos(math.pi * part / INHALE_SHARE)
    return 0.5 + 0.5 * math.cos(math.pi * (part - INHALE_SHARE) / (1.0 - INHALE_SHARE))
