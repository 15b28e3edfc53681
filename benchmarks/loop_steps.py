"""Claim: a step of the heart, or a breath that becomes even, is answered soon; a heart at rest is not.

Simulated listeners change at a known moment; their beats come as a strap sends them and go through the whole
of monitor and guide. Nothing is rendered here: an answer counts from where it can be heard, as
engine.guide.answer has it; loop_answer tells of the sound.

    python benchmarks/loop_steps.py [--profiles relax] [--seeds 10]
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

sys.path.append(str(Path(__file__).parent))

from by_profile import Figures, printed

from engine.clock import TICK_S
from engine.guide.answer import REST, felt
from engine.guide.guide import Guide
from engine.guide.music_state import MusicState
from profiles.load import load
from sensors.heart_state import HeartState
from sensors.monitor import HeartMonitor
from sensors.simulated import SimulatedHeart, SimulatedListener

AT_S = 400.0
STEP_BPM = 6.0
FALSE_IN_S = 1200.0
FOLLOWED_S = 90.0
"""After AT_S, so long is waited for an answer."""

STEADY = SimulatedListener(
    rest=70.0, breath=14.0, breath_jitter=0.03, rsa=26.0, baro=0.0, drift=0.0, noise=8.0,
    missed=0.0033, extra=0.0033, ectopic=0.0034, chest=0.0,
)  # fmt: skip
"""MEASURES.md: a respiratory swing of 3 %, noise of 8 ms, and 1 % artefacts; no acceleration."""
CHESTS = {"RR": 0.0, "chest": SimulatedListener().chest}
"""What tells of the breath, and how far the chest then tilts, thousandths of g."""
LIVING = replace(STEADY, baro=12.0, drift=1.0)
"""The same with waves of the vessels, and a rate that wanders by 1 bpm in 90 s."""
UNEVEN = 0.35
"""Variation of the lengths of an uneven breath. Own choice: as in talk; at rest it is 0.1 to 0.2."""
LESS_UNEVEN = (0.1, 0.2)
"""Those at rest, of whom no answer is due either."""
FOLLOWING = 0.03
"""The same of one that goes with the swell."""
BREATHS = (10.0, 14.0, 17.0)
"""Own rates, a minute, of those who come to breathe evenly."""


class ChangingListener(SimulatedHeart):
    """A listener whose rate steps, or whose uneven breath falls in with the swell, at `at_s`.

    step_bpm  by how much the rate steps
    uneven    variation of the breath's lengths; None for one that is even all along, as `listener` has it
    finds     whether an uneven breath falls in with the swell
    """

    def __init__(
        self,
        listener: SimulatedListener,
        step_bpm: float = 0.0,
        at_s: float = AT_S,
        uneven: float | None = None,
        finds: bool = True,
    ) -> None:
        super().__init__(listener)
        self._stepped = replace(listener, rest=listener.rest + step_bpm)
        self._at_s, self._uneven, self._finds = at_s, uneven, finds
        self._length = 1.0

    def _beat(self) -> None:
        if self._t >= self._at_s:
            self.listener = self._stepped
        super()._beat()

    def _breathe(self, step: float) -> None:
        if self._uneven is None:
            super()._breathe(step)
            return
        rate, before = self._guide_breath or self.listener.breath, self._breath_phase
        if self._finds and self._t >= self._at_s:
            rate *= 1.0 + self._random.gauss(0.0, FOLLOWING)
        else:
            rate /= self._length
        self._breath = rate
        self._breath_phase += math.tau * rate / 60.0 * step
        if self._breath_phase // math.tau > before // math.tau:
            self._length = math.exp(self._random.gauss(0.0, self._uneven))


def followed(name: str, sensor: SimulatedHeart, seconds: float) -> Iterator[tuple[HeartState, MusicState]]:
    """Monitor and guide of a sitting for `seconds`, ten states a second; the sensor hears the guide."""
    guide, monitor = Guide(load(name), duration_s=max(seconds, 1200.0)), HeartMonitor(simulated=True)
    heart = monitor.state(0.0)
    for tick in range(round(seconds / TICK_S)):
        t_s = tick * TICK_S
        events = sensor.poll(t_s)
        for event in events:
            monitor.feed(event, sensor.latency_s)
        if events or tick % 10 == 0:
            heart = monitor.state(t_s)
        music = guide.step(t_s, heart)
        sensor.hear(t_s, music.tempo_bpm, music.breath_guide_per_min)
        yield heart, music


def answers_of(states: Iterable[MusicState]) -> list[tuple[float, int]]:
    """When an answer could first be heard, engine time in s, and its sign: again once it has been back."""
    found, told = list[tuple[float, int]](), 0
    for state in states:
        sign = felt(state.answer)
        if sign and sign != told:
            found.append((state.t_s, sign))
            told = sign
        elif abs(state.answer) < REST:
            told = 0
    return found


def _answers(name: str, sensor: SimulatedHeart, seconds: float) -> list[tuple[float, int]]:
    return answers_of(music for _, music in followed(name, sensor, seconds))


def _after(name: str, sensor: SimulatedHeart) -> tuple[float, int]:
    """Seconds after AT_S to the first answer, infinite where none comes, and its sign."""
    since = [(t_s - AT_S, sign) for t_s, sign in _answers(name, sensor, AT_S + FOLLOWED_S) if t_s >= AT_S]
    return since[0] if since else (math.inf, 0)


def figures(name: str, seed: int) -> Figures:
    """What the quick path makes of one person's heart and breath."""
    found: Figures = {}
    for kind, listener in (("steady", STEADY), ("living", LIVING)):
        who = replace(listener, seed=100 + seed)
        for by in (STEP_BPM, -STEP_BPM):
            after_s, sign = _after(name, ChangingListener(who, by))
            found[f"{kind}, {by:+g} bpm: answered after, s"] = after_s
            found[f"{kind}, {by:+g} bpm: sign right"] = float(sign * by < 0)
        for by, chest in CHESTS.items():
            found |= _of_the_breath(name, f"{kind}, breath by {by},", replace(who, chest=chest))
    return found


def _of_the_breath(name: str, kind: str, who: SimulatedListener) -> Figures:
    """Answers to a breath that falls in with the swell, and to those of whom none is due."""
    found: Figures = {}
    for breath in BREATHS:
        after_s, sign = _after(name, ChangingListener(replace(who, breath=breath), uneven=UNEVEN))
        found[f"{kind} found at {breath:g}: after, s"] = after_s if sign > 0 else math.inf
    quiet = {f"{breath:g}": ChangingListener(replace(who, breath=breath)) for breath in BREATHS}
    for uneven in (UNEVEN, *LESS_UNEVEN):
        quiet[f"uneven by {uneven:g}"] = ChangingListener(who, uneven=uneven, finds=False)
    for what, sensor in quiet.items():
        false = _answers(name, sensor, FALSE_IN_S)
        found[f"{kind} {what}: false in {FALSE_IN_S / 60:.0f} min"] = float(len(false))
    return found


def main() -> None:
    printed("loop_steps", __doc__, figures, "Answers of the quick path")


if __name__ == "__main__":
    main()
