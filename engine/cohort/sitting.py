"""Sitting: one simulated person by one arm of the real guide, and what came of it.

A listener is `sensors.simulated.SimulatedListener`, the same values and the same slow dynamics that
`SimulatedHeart` gives beats to; here they are simulated at the level of the rate, every two seconds,
because a cohort of thousands by the beat would take hours. What the monitor's smoothing leaves of a
heart (a lag, and a wander that grows with the breathing swing and with artefacts) is put on top:
its two constants were fitted to `SimulatedHeart` read through `HeartMonitor` (benchmarks/guide_cohort.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.cohort.people import Person, person
from engine.cohort.rate_heart import STEP_S, RateHeart
from engine.guide.arms import Arm
from engine.guide.conductor import FREE_START_S
from engine.guide.course import course_of
from engine.guide.guide import Guide
from engine.guide.music_state import MusicState, Stage
from engine.guide.senses import RunningMedian
from engine.guide.target import aim
from profiles.load import load
from profiles.schema import Profile

NEAR_BPM, NEAR_FOR_S = 3.0, 60.0
"""A heart is at its target when it has been within 3 bpm for a minute."""

TRUE_RISE_BPM = 5.0
"""A back-off is false when the true rate had not risen by this much over its median (own choice)."""

PATH_EVERY_S = 10.0
"""Spacing of the path that a yoked sitting takes from another."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one sitting."""

    arm: str
    seed: int
    follows: bool
    """Whether the breath follows the swell at all."""
    to_target_s: float | None
    """From the start until the heart had been at the target for a minute; None where it never was.

    The target is the profile's, from the rate that the listener would have had by themselves while the music
    only meets it: the same in every arm, whatever a guide made of what it heard, or whether it led at all.
    """
    overshoot_bpm: float
    """How far past the target the heart went, 0 where it did not."""
    heart_change_bpm: float
    """True rate in the last minute before the fade, less that of the first minute."""
    breath_change_per_min: float
    reversals: int
    """Turns of the tempo from falling to rising or back."""
    tempo_change_per_min: float
    """Largest change of tempo over any minute, as a share."""
    stages: tuple[float, ...]
    """Share of the sitting in each stage, in the order of Stage."""
    false_back_offs: int


def sit(
    who: Person, profile: Profile, arm: Arm, duration_s: float, path: Sequence[Sequence[float]] | None = None
) -> tuple[Outcome, list[tuple[float, ...]]]:
    """One sitting, and the path that another may be yoked to."""
    guide = Guide(profile, arm, duration_s=duration_s, path=path)
    match_s = course_of(profile, duration_s).match_s
    target = aim(profile, None, None, who.unled_bpm(match_s)).bpm
    heart, median = RateHeart(who), RunningMedian()
    steps = int(duration_s / STEP_S) + 1
    rates: list[float] = []
    tempos: list[float] = []
    counts = dict.fromkeys(Stage, 0)
    taken: list[tuple[float, ...]] = []
    first_breath, false, reached_s, near_since = heart.breath, 0, None, None
    overshoot, last_stage = 0.0, Stage.MATCH
    music: MusicState | None = None
    for step in range(steps):
        t = step * STEP_S
        tempo, swell = (music.tempo_bpm, music.breath_guide_per_min) if music else (None, None)
        heart.advance(t, tempo, swell)
        music = guide.step(t, heart.state(t))
        rate, stage = heart.rate, music.stage
        rates.append(rate)
        if music.t_s <= FREE_START_S and any(made.parameter == "fold" for made in music.decisions):
            tempos.clear()  # met while only the bed sounds: the tempo before was never heard
        tempos.append(music.tempo_bpm)
        counts[stage] += 1
        median.add(min(max(rate, 30.0), 220.0), 1.0)
        if t >= FREE_START_S and step % int(PATH_EVERY_S / STEP_S) == 0:
            taken.append(_point(music))
        if stage is Stage.BACK_OFF and last_stage is not Stage.BACK_OFF:
            recent = rates[-30:]
            false += sum(recent) / len(recent) - median.value < TRUE_RISE_BPM
        last_stage = stage
        if t < match_s or stage is Stage.END:
            continue
        past = (target - rate) * (-1.0 if profile.goal == "up" else 1.0)
        if past < -NEAR_BPM or (profile.goal == "stay" and past > NEAR_BPM):
            near_since = None
        elif near_since is None:
            near_since = t
        elif reached_s is None and t - near_since >= NEAR_FOR_S:
            reached_s = t
        if past > overshoot:
            overshoot = past
    end = counts[Stage.END]
    minute = int(60.0 / STEP_S)
    closing = rates[-end - minute : len(rates) - end]
    outcome = Outcome(
        arm=arm.value,
        seed=who.listener.seed,
        follows=who.follows,
        to_target_s=reached_s,
        overshoot_bpm=overshoot,
        heart_change_bpm=sum(closing) / len(closing) - sum(rates[:minute]) / minute,
        breath_change_per_min=heart.breath - first_breath,
        reversals=_reversals(tempos),
        tempo_change_per_min=max(abs(b / a - 1.0) for a, b in zip(tempos, tempos[minute:], strict=False)),
        stages=tuple(counts[stage] / steps for stage in Stage),
        false_back_offs=int(false),
    )
    return outcome, taken


def sit_all(profile_name: str, arms: Sequence[Arm], duration_s: float, seeds: Sequence[int]) -> list[Outcome]:
    """Every person of `seeds` by every arm. The yoked arm takes the path of the next person's governed
    sitting, and the last one that of the first: never one's own, where there is more than one."""
    profile = load(profile_name)
    outcomes: list[Outcome] = []
    people = [person(seed) for seed in seeds]
    paths: list[list[tuple[float, ...]]] = []
    if Arm.GOVERNED in arms or Arm.YOKED in arms:
        for who in people:
            outcome, path = sit(who, profile, Arm.GOVERNED, duration_s)
            paths.append(path)
            if Arm.GOVERNED in arms:
                outcomes.append(outcome)
    for arm in arms:
        if arm is Arm.GOVERNED:
            continue
        for i, who in enumerate(people):
            path = paths[(i + 1) % len(paths)] if arm is Arm.YOKED else None
            outcomes.append(sit(who, profile, arm, duration_s, path)[0])
    return outcomes


def _point(music: MusicState) -> tuple[float, ...]:
    return (
        music.t_s, music.tempo_bpm, music.density, music.brightness, music.loudness_db,
        music.breath_guide_per_min, music.breath_depth_db,
    )  # fmt: skip


def _reversals(tempos: Sequence[float]) -> int:
    turns = direction = 0
    for a, b in pairwise(tempos):
        way = (b > a) - (b < a)
        turns += bool(way and direction == -way)
        direction = way or direction
    return turns
