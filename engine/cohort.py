"""Cohort: many simulated listeners by every arm of the guide, and what came of each sitting.

A listener is `sensors.simulated.SimulatedListener`, the same values and the same slow dynamics that
`SimulatedHeart` gives beats to; here they are simulated at the level of the rate, every two seconds,
because a cohort of thousands by the beat would take hours. What the monitor's smoothing leaves of a
heart (a lag, and a wander that grows with the breathing swing and with artefacts) is put on top:
its two constants were fitted to `SimulatedHeart` read through `HeartMonitor` (benchmarks/guide_cohort.py).
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.guide.arms import Arm
from engine.guide.course import course_of
from engine.guide.governor import FREE_START_S
from engine.guide.guide import Guide
from engine.guide.music_state import MusicState, Stage
from engine.guide.senses import RunningMedian
from engine.guide.target import aim
from profiles.load import load
from profiles.schema import Profile
from sensors.heart_state import HeartState
from sensors.simulated import BREATH_LAG_S, HEART_LAG_S, SimulatedListener

STEP_S = 2.0
"""Engine time between two steps."""

SENSE_LAG_S = 27.0
"""Lag of the smoothed rate: half of a 15 s median and 20 s of smoothing (SCIENCE.md A5)."""

WANDER_LAG_S = 15.0
"""Correlation time of what smoothing leaves of the swings."""

DRIFT_LAG_S = 90.0
"""Correlation time of the slow wandering of the rate, as in SimulatedHeart."""

NEAR_BPM, NEAR_FOR_S = 3.0, 60.0
"""A heart is at its target when it has been within 3 bpm for a minute."""

TRUE_RISE_BPM = 5.0
"""A back-off is false when the true rate had not risen by this much over its median (own choice)."""

Z_95 = 1.959964
"""Normal quantile of a two-sided 95 % interval."""

PATH_EVERY_S = 10.0
"""Spacing of the path that a yoked sitting takes from another."""


@dataclass(frozen=True, slots=True)
class Person:
    """A simulated listener, and what a rate-level simulation needs beside."""

    listener: SimulatedListener
    irregular: bool = False
    """A heart whose rhythm stays irregular throughout."""
    spells_per_h: float = 0.0
    """Times an hour at which something stirs them: the rate rises by `spell_bpm` for two minutes."""
    spell_bpm: float = 14.0
    wander_bpm: float = 1.0
    """Standard deviation of what smoothing leaves of the swings and artefacts."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one sitting."""

    arm: str
    seed: int
    responder: bool
    """Whether the heart gives way to the tempo at all."""
    to_target_s: float | None
    """From the start until the heart had been at the target for a minute; None where it never was.

    The target is the profile's, from the true rate while the music only met it: the same in every arm,
    whatever a guide made of what it heard, or whether it led at all.
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


def person(seed: int) -> Person:
    """The `seed`-th of an endless population (all proportions are our own choice).

    Four in ten do not respond to the music at all; the others give way by 10 to 60 %. Most come with
    a raised rate that settles by itself whatever is played, which is what every arm shares.
    """
    rng = random.Random(f"person {seed}")
    rest = min(max(rng.gauss(69.0, 9.0), 50.0), 95.0)
    coupling = 0.0 if rng.random() < 0.4 else rng.uniform(0.1, 0.6)
    rsa = rng.uniform(5.0, 70.0)
    missed = 0.0 if rng.random() < 0.6 else rng.uniform(0.0, 0.08)
    listener = SimulatedListener(
        rest=rest,
        start=rest + max(0.0, rng.gauss(6.0, 5.0)),
        settle=rng.uniform(200.0, 900.0),
        breath=rng.uniform(10.0, 19.0),
        rsa=rsa,
        drift=rng.uniform(0.8, 2.5),
        missed=missed,
        drops=0.0 if rng.random() < 0.7 else rng.uniform(1.0, 12.0),
        drop_s=rng.choice((8.0, 20.0, 45.0, 150.0)),
        coupling=coupling,
        breath_coupling=0.0 if rng.random() < 0.3 else rng.uniform(0.2, 0.9),
        seed=seed,
    )
    return Person(
        listener,
        irregular=rng.random() < 0.03,
        spells_per_h=0.0 if rng.random() < 0.6 else rng.uniform(0.5, 4.0),
        wander_bpm=wander_bpm(listener),
    )


def wander_bpm(listener: SimulatedListener) -> float:
    """What the monitor's smoothing leaves of a listener's swings, as a standard deviation."""
    return 0.17 + 0.0035 * listener.rsa * (1.0 + 8.0 * listener.missed)


class RateHeart:
    """A person's heart and breath at the level of the rate; `state` is what a monitor would say."""

    def __init__(self, who: Person) -> None:
        self._who, self._rng = who, random.Random(f"rate {who.listener.seed}")
        listener = who.listener
        self.rate = listener.rest if listener.start is None else listener.start
        self.breath = listener.breath
        self._seen = self.rate
        self._drift = self._wander = self._pull = self._spell = 0.0
        self._spell_until = self._dropped_until = -1.0
        self._last_beat: float | None = None

    def advance(self, t_s: float, tempo_bpm: float | None, breath_per_min: float | None) -> None:
        """Two seconds of life up to `t_s`, with the music at that tempo and swell."""
        who, listener, rng = self._who, self._who.listener, self._rng
        dt, gauss = STEP_S, rng.gauss
        self._drift += -self._drift * dt / DRIFT_LAG_S + listener.drift * _D_DRIFT * gauss(0.0, 1.0)
        start = listener.rest if listener.start is None else listener.start
        own = listener.rest + (start - listener.rest) * math.exp(-t_s / listener.settle)
        if listener.coupling and tempo_bpm:
            near = min((tempo_bpm * k for k in (0.5, 0.75, 1.0, 4.0 / 3.0, 2.0)), key=lambda b: abs(b - own))
            self._pull += (listener.coupling * (near - own) - self._pull) * dt / HEART_LAG_S
        if who.spells_per_h and t_s > self._spell_until and rng.random() < who.spells_per_h * dt / 3600.0:
            self._spell_until = t_s + 120.0
        stirred = who.spell_bpm if t_s < self._spell_until else 0.0
        self._spell += (stirred - self._spell) * dt / 30.0
        self.rate = max(35.0, own + self._pull + self._drift + self._spell)
        wanted = listener.breath
        if listener.breath_coupling and breath_per_min:
            wanted += listener.breath_coupling * (breath_per_min - listener.breath)
        self.breath += (wanted - self.breath) * dt / BREATH_LAG_S
        self._seen += (self.rate - self._seen) * dt / SENSE_LAG_S
        self._wander += -self._wander * dt / WANDER_LAG_S + who.wander_bpm * _D_WANDER * gauss(0.0, 1.0)
        if listener.drops and t_s > self._dropped_until and rng.random() < listener.drops * dt / 3600.0:
            self._dropped_until = t_s + listener.drop_s
        if t_s >= self._dropped_until and t_s >= 4.0:
            self._last_beat = t_s

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


_D_DRIFT = math.sqrt(2.0 * STEP_S / DRIFT_LAG_S)
_D_WANDER = math.sqrt(2.0 * STEP_S / WANDER_LAG_S)


def sit(
    who: Person, profile: Profile, arm: Arm, duration_s: float, path: Sequence[Sequence[float]] | None = None
) -> tuple[Outcome, list[tuple[float, ...]]]:
    """One sitting, and the path that another may be yoked to."""
    guide = Guide(profile, arm, duration_s=duration_s, path=path)
    match_s, target = course_of(profile, duration_s).match_s, None
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
        if target is None and t >= match_s:
            target = aim(profile, None, None, sum(rates) / len(rates)).bpm
        if target is None or stage is Stage.END:
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
        responder=who.listener.coupling > 0.0,
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


def sit_all(
    profile_name: str, arms: Sequence[Arm], duration_s: float, seeds: Sequence[int]
) -> list[Outcome]:
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


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the ends of its 95 % confidence interval; NaN where nothing was observed."""

    value: float
    low: float
    high: float


def mean_interval(values: Sequence[float]) -> Interval:
    """Mean with its normal-approximation interval."""
    n = len(values)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan)
    mean = sum(values) / n
    if n == 1:
        return Interval(mean, math.nan, math.nan)
    half = Z_95 * math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1) / n)
    return Interval(mean, mean - half, mean + half)


def share_interval(count: int, n: int) -> Interval:
    """Share with its Wilson (1927) score interval."""
    if n == 0:
        return Interval(math.nan, math.nan, math.nan)
    share, z2 = count / n, Z_95 * Z_95
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def _reached(outcomes: Sequence[Outcome]) -> Interval:
    return share_interval(sum(o.to_target_s is not None for o in outcomes), len(outcomes))


def _most(values: Sequence[float]) -> Interval:
    """The largest value seen, which has no interval."""
    return Interval(max(values), math.nan, math.nan)


def figures(outcomes: Sequence[Outcome], beside: Sequence[Outcome] = ()) -> dict[str, Interval]:
    """The cohort's figures for the sittings of one arm, each with its confidence interval.

    `beside` are the same people's sittings by another arm: responders are compared person by person.
    """
    n = len(outcomes)
    reached = [o.to_target_s for o in outcomes if o.to_target_s is not None]
    responders, others = [o for o in outcomes if o.responder], [o for o in outcomes if not o.responder]
    theirs = {o.seed: o.heart_change_bpm for o in beside}
    table = {
        "reached": share_interval(len(reached), n),
        "reached_responders": _reached(responders),
        "reached_others": _reached(others),
        "to_target_s": mean_interval(reached),
        "overshoot_bpm": mean_interval([o.overshoot_bpm for o in outcomes]),
        "heart_change_bpm": mean_interval([o.heart_change_bpm for o in outcomes]),
        "heart_change_responders_bpm": mean_interval([o.heart_change_bpm for o in responders]),
        "heart_change_against_bpm": mean_interval(
            [o.heart_change_bpm - theirs[o.seed] for o in responders if o.seed in theirs]
        ),
        "breath_change_per_min": mean_interval([o.breath_change_per_min for o in outcomes]),
        "reversals": mean_interval([o.reversals for o in outcomes]),
        "reversals_most": _most([o.reversals for o in outcomes]),
        "tempo_change_per_min_most": _most([o.tempo_change_per_min for o in outcomes]),
        "false_back_offs": mean_interval([o.false_back_offs for o in outcomes]),
    }
    for i, stage in enumerate(Stage):
        table[f"share_{stage.value}"] = mean_interval([o.stages[i] for o in outcomes])
    return table


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
