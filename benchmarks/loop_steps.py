"""Simulated listeners whose heart or breath changes at a known moment, and what the quick path makes of it.

Beats come as a strap sends them and go through the whole of monitor and guide; nothing is rendered here.
Run: python benchmarks/loop_steps.py [SITTINGS]
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

sys.path.append(str(Path(__file__).parent))

from report import show_table, write_json

from engine.clock import TICK_S
from engine.guide.answer import FELT
from engine.guide.guide import Guide
from engine.guide.music_state import MusicState
from profiles.load import load
from sensors.heart_state import HeartState
from sensors.monitor import HeartMonitor
from sensors.simulated import SimulatedHeart, SimulatedListener

STEP_AT_S = 400.0
STEP_BPM = 6.0
STEADY = SimulatedListener(
    rest=70.0, breath=14.0, breath_jitter=0.03, rsa=26.0, baro=0.0, drift=0.0, noise=8.0,
    missed=0.0033, extra=0.0033, ectopic=0.0034,
)  # fmt: skip
"""MEASURES.md: respiratory swing of 3 %, noise of 8 ms, 1 % artefacts."""
LIVING = replace(STEADY, baro=12.0, drift=1.0)
"""The same with waves of the vessels and a rate that wanders by 1 bpm in 90 s."""
UNEVEN = 0.35
"""Variation of the lengths of an uneven breath (own choice: talk and sighs; at rest it is 0.1 to 0.2)."""


class ChangingListener(SimulatedHeart):
    """A listener whose rate steps by `step_bpm`, or whose uneven breath falls in with the swell, at `at_s`."""

    def __init__(
        self,
        listener: SimulatedListener,
        step_bpm: float = 0.0,
        at_s: float = STEP_AT_S,
        uneven: float | None = None,
        finds: bool = True,
    ) -> None:
        """`uneven`: variation of the breath's lengths until then, None for one that is even all along;
        `finds`: whether it then falls in with the swell."""
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
        rate = self._guide_breath or self.listener.breath
        before = self._breath_phase
        if self._finds and self._t >= self._at_s:
            rate *= 1.0 + self._random.gauss(0.0, 0.03)
        else:
            rate /= self._length
        self._breath = rate
        self._breath_phase += math.tau * rate / 60.0 * step
        if self._breath_phase // math.tau > before // math.tau:
            self._length = math.exp(self._random.gauss(0.0, self._uneven))


def followed(
    name: str, sensor: SimulatedHeart, seconds: float
) -> Iterator[tuple[HeartState, MusicState]]:
    """Monitor and guide of a sitting of `seconds`, ten states a second, the sensor hearing the guide."""
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


def answers_of(states: Sequence[MusicState]) -> list[tuple[float, int]]:
    """When an answer could first be heard, and its sign: again only once it has been back at half of that."""
    found, out = list[tuple[float, int]](), 0
    for state in states:
        sign = (state.answer >= FELT) - (state.answer <= -FELT)
        if sign and sign != out:
            found.append((state.t_s, sign))
            out = sign
        elif abs(state.answer) < FELT / 2:
            out = 0
    return found
