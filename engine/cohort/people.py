"""People: simulated listeners, what of them is known and what is drawn because nobody knows it.

Known: swells at three quarters of one's own rate slow the breath (Leslie 2019), slow breathing helps
(SCIENCE.md 0.2), and tempo hardly moves a heart (0.1). Not known: how far from its own rate a breath still
follows, what it costs to follow a swell that is too slow, and how much a slower breath settles this heart.
These are drawn over the whole of what is plausible (LOOP.md section 8), never set to a best guess.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from sensors.simulated import SimulatedListener


@dataclass(frozen=True, slots=True)
class Lever:
    """How a listener's breath follows the swell, and what a slower breath does to their heart."""

    settling: float = 0.0
    """gamma: how much quicker the raised rate settles at 6 breaths a minute, as a share, 0 to 3."""
    calm_bpm: float = 0.0
    """eta: how much lower the heart then beats, 0 to 3 beats a minute."""
    lock: float = 0.8
    """L: the breath follows a swell within this log ratio of its rate, 0.15 to 0.8."""
    cost_bpm_per_min: float = 0.0
    """xi: how fast the heart rises while the breath follows a swell well below it, 0 to 1."""
    lapses_per_h: float = 0.0
    """Times an hour at which the listener drifts off and follows nothing for a minute, 0 to 15."""


SETTLING, CALM_BPM, LOCK, COST, LAPSES = (0.0, 3.0), (0.0, 3.0), (0.15, 0.8), (0.0, 1.0), (0.0, 15.0)
"""From where to where each of them is drawn (LOOP.md section 8)."""

FOLLOWS = (0.2, 0.9)
"""beta: share of the way from the own rate to the swell's that a breath goes, where it follows at all."""


@dataclass(frozen=True, slots=True)
class Person:
    """A simulated listener, and what a rate-level simulation needs beside."""

    listener: SimulatedListener
    lever: Lever = Lever()
    irregular: bool = False
    """A heart whose rhythm stays irregular throughout."""
    spells_per_h: float = 0.0
    """Times an hour at which something stirs them: the rate rises by `spell_bpm` for two minutes."""
    spell_bpm: float = 14.0
    wander_bpm: float = 1.0
    """Standard deviation of what smoothing leaves of the swings and artefacts."""

    @property
    def follows(self) -> bool:
        """Whether the breath follows the swell at all."""
        return self.listener.breath_coupling > 0.0

    def unled_bpm(self, over_s: float) -> float:
        """Mean rate over the first `over_s` seconds of a sitting in which nothing is played."""
        listener, share = self.listener, over_s / self.listener.settle
        start = listener.rest if listener.start is None else listener.start
        return listener.rest + (start - listener.rest) * (1.0 - math.exp(-share)) / share


def person(seed: int) -> Person:
    """The `seed`-th of an endless population (all proportions are our own choice, but for the lever's).

    The breath of seven in ten follows the swell; one heart in ten gives way to the tempo, and by little. Most
    come with a raised rate that settles by itself whatever is played, which is what every arm shares.
    """
    rng = random.Random(f"person {seed}")
    rest = min(max(rng.gauss(69.0, 9.0), 50.0), 95.0)
    listener = SimulatedListener(
        rest=rest,
        start=rest + max(0.0, rng.gauss(6.0, 5.0)),
        settle=rng.uniform(200.0, 900.0),
        breath=rng.uniform(10.0, 19.0),
        rsa=rng.uniform(5.0, 70.0),
        drift=rng.uniform(0.8, 2.5),
        missed=0.0 if rng.random() < 0.6 else rng.uniform(0.0, 0.08),
        drops=0.0 if rng.random() < 0.7 else rng.uniform(1.0, 12.0),
        drop_s=rng.choice((8.0, 20.0, 45.0, 150.0)),
        coupling=0.0 if rng.random() < 0.9 else rng.uniform(0.0, 0.1),
        breath_coupling=0.0 if rng.random() < 0.3 else rng.uniform(*FOLLOWS),
        seed=seed,
    )
    lever = Lever(
        settling=rng.uniform(*SETTLING),
        calm_bpm=rng.uniform(*CALM_BPM),
        lock=rng.uniform(*LOCK),
        cost_bpm_per_min=rng.uniform(*COST),
        lapses_per_h=rng.uniform(*LAPSES),
    )
    return Person(
        listener,
        lever,
        irregular=rng.random() < 0.03,
        spells_per_h=0.0 if rng.random() < 0.6 else rng.uniform(0.5, 4.0),
        wander_bpm=wander_bpm(listener),
    )


def wander_bpm(listener: SimulatedListener) -> float:
    """What the monitor's smoothing leaves of a listener's swings, as a standard deviation.

    The live rate goes with its median only in what passes two beats a minute, so what is left of a swing
    grows with the square of its depth. Laid through what the gate makes of beats:
    benchmarks/guide_cohort.py.
    """
    return math.hypot(0.2, 1.29e-4 * listener.rsa**2 * (1.0 + 8.0 * listener.missed))
