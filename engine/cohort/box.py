"""The box of worlds: in which of them the governed arm is ahead of the open loop, and in which it is not.

Nobody knows the lever's values (engine.cohort.people), so no one figure is given for them. Each world sets
them to an end or a middle of what is plausible, for the same listeners, whose hearts hear no tempo: what is
left between the arms is the breath alone. Where a breath changes no heart (gamma, eta and xi are 0) the arms
are equal, to the last digit: that is the test of the test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.cohort.figures import Interval, mean_interval
from engine.cohort.people import COST, LAPSES, SETTLING, Lever, Person, person
from engine.cohort.sitting import sit
from engine.guide.arms import Arm
from profiles.load import load


@dataclass(frozen=True, slots=True)
class World:
    """What is the same for every listener of it."""

    lock: float
    cost_bpm_per_min: float
    lapses_per_h: float
    effect: float
    """gamma and eta alike."""

    def holds(self, who: Person) -> Person:
        """The same listener in this world."""
        lever = Lever(self.effect, self.effect, self.lock, self.cost_bpm_per_min, self.lapses_per_h)
        return replace(who, lever=lever, listener=replace(who.listener, coupling=0.0))


LOCKS = (0.15, 0.4, 0.8)
EFFECTS = (0.0, 1.0, SETTLING[1])

WORLDS = tuple(
    World(lock, cost, lapses, effect)
    for lock in LOCKS for cost in COST for lapses in LAPSES for effect in EFFECTS
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """One listener by both arms: governed less open loop."""

    world: int
    """Its place in WORLDS."""
    reached: int
    """1 where only the governed sitting reached the target, -1 where only the open loop's did, else 0."""
    heart_bpm: float
    """Change of the heart; below 0 the governed one fell further."""


def sit_in(profile_name: str, duration_s: float, world: int, seeds: Sequence[int]) -> list[Pair]:
    """Every person of `seeds` in one of WORLDS by both arms."""
    profile = load(profile_name)
    pairs: list[Pair] = []
    for seed in seeds:
        who = WORLDS[world].holds(person(seed))
        governed, open_loop = (sit(who, profile, arm, duration_s)[0] for arm in (Arm.GOVERNED, Arm.OPEN_LOOP))
        reached = (governed.to_target_s is not None) - (open_loop.to_target_s is not None)
        pairs.append(Pair(world, reached, governed.heart_change_bpm - open_loop.heart_change_bpm))
    return pairs


@dataclass(frozen=True, slots=True)
class Advantage:
    """Governed less open loop in one world, with 95 % confidence intervals."""

    world: World
    reached: Interval
    """Share of listeners who reach the target."""
    heart_bpm: Interval
    """Change of the heart; below 0 the governed one falls further."""

    @property
    def verdict(self) -> str:
        """Which arm is ahead, by the heart's change."""
        change = self.heart_bpm
        if change.low == change.high == 0.0:
            return "equal"
        return "governed" if change.high < 0.0 else "open-loop" if change.low > 0.0 else "not told"


def advantages(pairs: Sequence[Pair], *, down: bool) -> list[Advantage]:
    """What the pairs of each world come to, in the order of WORLDS; `down` where hearts are led down."""
    way = 1.0 if down else -1.0
    found: list[Advantage] = []
    for number, world in enumerate(WORLDS):
        own = [pair for pair in pairs if pair.world == number]
        reached = mean_interval([float(pair.reached) for pair in own])
        found.append(Advantage(world, reached, mean_interval([way * pair.heart_bpm for pair in own])))
    return found
