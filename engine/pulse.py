"""HeartPulse: when the soft heart pulse sounds, from where the heart is expected to beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from profiles.schema import Pulse
from sensors.predictor import ExpectedBeat

CLOSEST_S = 0.3
"""Never two pulses within this: the refractory limit of a heart at 200 a minute, our own choice."""

CLOSEST_SHARE = 0.6
"""Nor within this share of the present interval: a prediction that moved a little is the same beat."""

LOOK_S = 2.5
"""How far ahead to ask for beats: a whole interval of the slowest heart, so that a beating one shows."""

FAINTEST = 0.02
"""A pulse below this level is left out."""

CHANCE, SURE = 0.2, 0.6
"""Confidence at which the pulse is silent, for a pulse anywhere would meet a beat about as often, and at
which it is as loud as it may be. Our own choice; the confidence is true (benchmarks/heart_pulse.py)."""

FADE_S = 4.0
"""From silent to loud and back: the confidence jumps with each packet, the sound must not. Our own choice."""

LOST_S = 3.0
"""After so long without a pulse the next one starts on a beat again."""


LOUDNESS_EXPONENT = 1.5
"""Power of the velocity that is the amplitude of a note (dsp.note)."""


def velocity(level: float) -> float:
    """The velocity of a stroke of the amplitude `level` (0 to 1): half of it is 6 dB less."""
    return level ** (1.0 / LOUDNESS_EXPONENT)


@dataclass(frozen=True, slots=True)
class Stroke:
    """One pulse at engine time `t_s`, level 0 to 1."""

    t_s: float
    level: float


class HeartPulse:
    """Places each expected beat once, on it or in a train a little slower, as the profile says.

    It fades in as the beats become sure, and out as they become guesses.
    """

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse
        self._last_s = float("-inf")
        self._trust = 0.0

    def strokes(
        self,
        from_s: float,
        until_s: float,
        expected: Sequence[ExpectedBeat],
        hr_bpm: float | None,
        level: float,
    ) -> list[Stroke]:
        """The pulses in `from_s` <= t < `until_s`; call with windows that touch.

        `expected` are the beats expected from a little before `from_s` to LOOK_S after `until_s`. One
        whose prediction moved back past the window sounds at `from_s` instead of never.
        """
        self._follow(expected[0].confidence if expected else 0.0, until_s - from_s)
        if self._pulse.mode == "off" or not expected or hr_bpm is None:
            return []
        interval_s = 60.0 / hr_bpm
        if self._pulse.mode == "slightly slower" and from_s - self._last_s < LOST_S:
            slower_s = self._last_s + interval_s / (1.0 - self._pulse.slower)
            wanted = [slower_s]
        else:
            wanted = [beat.t_s for beat in expected]
        strokes: list[Stroke] = []
        loud = level * self._trust
        for t_s in wanted:
            at_s = max(t_s, from_s)
            if at_s < until_s and at_s - self._last_s >= max(CLOSEST_S, CLOSEST_SHARE * interval_s):
                self._last_s = at_s
                if loud >= FAINTEST:
                    strokes.append(Stroke(at_s, loud))
        return strokes

    def _follow(self, confidence: float, seconds: float) -> None:
        """Let the loudness go toward what the confidence deserves."""
        deserved = min(max((confidence - CHANCE) / (SURE - CHANCE), 0.0), 1.0)
        most = seconds / FADE_S
        self._trust += min(max(deserved - self._trust, -most), most)
