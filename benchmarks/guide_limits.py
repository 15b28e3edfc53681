"""Claim: the guide's limits hold in 10,000 random sittings; prints the worst seen of each.

Random profiles, arms, lengths, hearts (rates, jumps, noise, nonsense), drop-outs, irregular
signals, call intervals and hands. In one of COMPOSED_EVERY the composer plays along, and what counts is the
tempo that it sends at its bar lines. Run: python benchmarks/guide_limits.py [SITTINGS]
"""

from __future__ import annotations

import json
import math
import random
import sys
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from engine.clock import BeatClock
from engine.guide.answer import MOST_PER_S
from engine.guide.arms import Arm
from engine.guide.conductor import FREE_START_S
from engine.guide.course import course_of
from engine.guide.guide import LONGEST_STEP_S, Guide
from engine.guide.hands import ACTIONS, TRIM_DB, parameter_ranges
from engine.guide.music_state import Hand, Intent, MusicState
from engine.guide.outputs import AT_HAND_S, THINNED_S
from engine.music.composer import Composer
from engine.music.form import Part
from engine.session import AHEAD_BEATS
from profiles.load import load, names
from profiles.schema import Profile
from sensors.beat import Link
from sensors.heart_state import HeartState

Script = list[tuple[float, HeartState, list[Intent]]]
"""A sitting as it comes to the guide: engine time, heart, hands."""

UNGOVERNED = (Arm.FOLLOW, Arm.YOKED)
"""Arms that show or replay a tempo: held to the hard limit, not to one turn."""


COMPOSED_EVERY = 10
"""Sittings to one with a composer, which takes most of the time."""


def limits_of(profile: Profile) -> dict[str, float]:
    """The most each figure of `Worst` may be in this profile."""
    ranges, limits = profile.ranges, profile.limits
    span = {n: getattr(ranges, n)[1] - getattr(ranges, n)[0] for n in ("density", "brightness")}
    return {
        "tempo_auto_share_per_min": limits.tempo_per_min,
        "tempo_hard_share_per_min": 0.06,
        "tempo_auto_minute_share": limits.tempo_per_min,
        "turns_in_20_min": 1,
        "tempo_bar_share": 0.003,
        "tempo_outside_bpm": 0.0,
        "density_per_s": span["density"] / THINNED_S,
        "density_auto_per_s": 0.32 * span["density"],
        "brightness_per_s": span["brightness"] / AT_HAND_S,
        "brightness_auto_per_s": 0.24 * span["brightness"],
        "loudness_rise_db_per_s": 1.0,
        "loudness_auto_rise_db_per_s": limits.loudness_db_per_s,
        "loudness_fall_db_per_s": 30.0,
        "loudness_over_db": TRIM_DB[1],
        "loudness_auto_over_db": 0.0,
        "foreground_auto_db": 0.0,
        "breath_auto_per_min_per_min": 8.0,
        "breath_under_floor": 0.0,
        "depth_db_per_s": 3.0 / AT_HAND_S,
        "depth_auto_db_per_s": 0.8,
        "pulse_per_s": 1.0 / AT_HAND_S,
        "pulse_auto_per_s": 0.2,
        "answer_per_s": 2.0 / AT_HAND_S,
        "answer_auto_per_s": MOST_PER_S,
        "answer_ungoverned": 0.0,
        "mood_per_s": 2.0 / AT_HAND_S,
        "mood_auto_per_s": 0.05,
        "out_of_range": 0,
        "not_finite": 0,
    }


@dataclass
class Worst:
    """The worst of each limit seen in one sitting; feed it every state in order."""

    profile: Profile
    governed: bool
    """Whether the arm is held to the automatic limits."""
    fade_in_s: float
    answers: bool = True
    """Whether the arm may answer heart and breath."""
    seen: dict[str, float] = field(default_factory=dict)
    _last: MusicState | None = None
    _began_s: float = 0.0
    _faded_s: float = 0.0
    _direction: int = 0
    _turns: list[float] = field(default_factory=list)
    _minute: list[tuple[float, float]] = field(default_factory=list)
    _meeting_s: float = 0.0

    def _note(self, name: str, value: float) -> None:
        if not value <= self.seen.get(name, -math.inf):
            self.seen[name] = value

    def feed(self, state: MusicState, tempo_by_hand: bool, hands: bool) -> None:
        """`tempo_by_hand`: a hand moves the tempo now; `hands`: a hand has touched anything so far."""
        numbers = (
            state.tempo_bpm, state.density, state.brightness, state.loudness_db,
            state.breath_guide_per_min, state.breath_depth_db, state.pulse_level, state.mood, state.answer,
        )  # fmt: skip
        self._note("not_finite", sum(not math.isfinite(n) for n in numbers))
        ranges, tiny = self.profile.ranges, 1e-9
        low, high = ranges.tempo_bpm
        self._note("tempo_outside_bpm", max(low - state.tempo_bpm, state.tempo_bpm - high, 0.0))
        outside = [
            n for n in ("density", "brightness")
            if not getattr(ranges, n)[0] - tiny <= getattr(state, n) <= getattr(ranges, n)[1] + tiny
        ]  # fmt: skip
        outside += [n for n in ("pulse_level",) if not 0.0 <= state.pulse_level <= 1.0]
        outside += [n for n in ("answer",) if not -1.0 <= state.answer <= 1.0]
        outside += [n for n in ("breath_depth_db",) if not 0.0 <= state.breath_depth_db <= 3.0 + tiny]
        self._note("out_of_range", len(outside))
        self._note("loudness_over_db", max(0.0, state.loudness_db))
        if not hands:
            self._note("loudness_auto_over_db", max(0.0, state.loudness_db))
            self._note("foreground_auto_db", abs(state.foreground_db))
            if not self.answers:
                self._note("answer_ungoverned", abs(state.answer))
        self._note("breath_under_floor", max(0.0, 4.5 - state.breath_guide_per_min))
        last, self._last = self._last, state
        if last is None:
            self._began_s = state.t_s
        met, meeting_s = self._found(state, "meeting"), self._meeting_s
        if met:
            self._meeting_s = AT_HAND_S
        if last is None:
            return
        dt = min(state.t_s - last.t_s, LONGEST_STEP_S)
        free = self._found(state, "fold")
        if free:
            self._minute = []
        by_law = not hands and not met and meeting_s <= 0.0
        if not met:
            self._meeting_s -= dt
        if dt <= 0.0:
            self._note("moved_while_time_stood", float(numbers[0] != last.tempo_bpm and not free))
            return
        if not free:
            self._tempo(state, last, dt, tempo_by_hand)
        breath = abs(state.breath_guide_per_min - last.breath_guide_per_min) / dt * 60.0
        if not hands:
            self._note("breath_auto_per_min_per_min", breath)
        for name, attribute in (
            ("density{}_per_s", "density"), ("brightness{}_per_s", "brightness"),
            ("depth{}_db_per_s", "breath_depth_db"), ("pulse{}_per_s", "pulse_level"),
            ("mood{}_per_s", "mood"), ("answer{}_per_s", "answer"),
        ):  # fmt: skip
            change = abs(getattr(state, attribute) - getattr(last, attribute)) / dt
            self._note(name.format(""), change)
            if by_law:
                self._note(name.format("_auto"), change)
        rise = (state.loudness_db - last.loudness_db) / dt
        self._note("loudness_fall_db_per_s", -rise)
        self._faded_s += dt
        if self._faded_s > self.fade_in_s + LONGEST_STEP_S:
            self._note("loudness_rise_db_per_s", rise)
            if not hands:
                self._note("loudness_auto_rise_db_per_s", rise)

    def _found(self, state: MusicState, parameter: str) -> bool:
        """Whether this is a free step, to a heart found while only the bed sounds: its tempo (the `fold`) is
        set, and density, brightness and mood (the `meeting`) go where it is met at a hand's pace."""
        found = any(d.parameter == parameter and d.hand is Hand.AUTO for d in state.decisions)
        return found and state.t_s - self._began_s <= FREE_START_S

    def _tempo(self, state: MusicState, last: MusicState, dt: float, by_hand: bool) -> None:
        share = math.expm1(abs(math.log(state.tempo_bpm / last.tempo_bpm)) / dt * 60.0)
        self._note("tempo_hard_share_per_min", share)
        if by_hand or not self.governed:
            self._direction, self._minute = 0, []
            return
        self._note("tempo_auto_share_per_min", share)
        self._minute.append((state.t_s, state.tempo_bpm))
        while state.t_s - self._minute[0][0] > 60.0:
            self._minute.pop(0)
        self._note("tempo_auto_minute_share", abs(state.tempo_bpm / self._minute[0][1] - 1.0))
        direction = (state.tempo_bpm > last.tempo_bpm) - (state.tempo_bpm < last.tempo_bpm)
        if direction and self._direction == -direction:
            self._turns.append(state.t_s)
            self._note("turns_in_20_min", sum(state.t_s - t <= 1200.0 for t in self._turns))
        self._direction = direction or self._direction
        self._note("turns_in_20_min", 0)


def largest_bar_step(profile: Profile, states: Sequence[MusicState]) -> float:
    """Largest change of tempo at a bar line once the opening is over, as a share.

    In the opening the bed plays alone: its tempo cannot be heard, and may leap.
    """
    composer, transport, largest = Composer(profile, 1), BeatClock(states[0].tempo_bpm), 0.0
    opened_beat = math.inf
    for state in states:
        now_s = state.t_s - states[0].t_s
        beat, before = transport.beat(now_s), transport.tempo(now_s)
        score = composer.compose(beat, now_s, before, beat + AHEAD_BEATS, state)
        for marker in score.landmarks:
            if marker.kind == "phrase" and marker.text != Part.OPENING.value:
                opened_beat = min(opened_beat, marker.beat)
        for bar_line, bpm in score.tempo:
            at_s = max(now_s, transport.second(bar_line))
            before = transport.tempo(at_s)
            transport.step(at_s, bpm)
            if bar_line >= opened_beat:
                largest = max(largest, abs(bpm / before - 1.0))
    return largest


def over(worst: Worst) -> dict[str, tuple[float, float]]:
    """Every figure past its limit, as (seen, limit); rounding of the last digits is forgiven."""
    limits = {**limits_of(worst.profile), "moved_while_time_stood": 0.0}
    return {
        name: (value, limits[name])
        for name, value in worst.seen.items()
        if not value <= limits[name] * (1 + 1e-6) + 1e-9
    }


def play_script(guide: Guide, worst: Worst, script: Script) -> list[MusicState]:
    """Run a sitting's script through the guide, feeding every state to `worst`."""
    states: list[MusicState] = []
    touched, re_met_s = False, -math.inf
    for t_s, heart, intents in script:
        state = guide.step(t_s, heart, intents)
        states.append(state)
        touched = touched or bool(intents)
        if any(i.parameter in ("rematch", "too_much") for i in intents):
            re_met_s = state.t_s
        by_hand = bool(intents) or "tempo_bpm" in guide.holders() or state.t_s - re_met_s <= 125.0
        worst.feed(state, by_hand, touched)
        if state.ended:
            break
    return states


def random_script(rng: random.Random, profile: Profile, duration_s: float) -> Script:
    """A heart that does anything, called at any pace, with hands or without."""
    hands = rng.random() < 0.5
    nonsense = rng.random() < 0.2
    ranges = parameter_ranges(profile)
    step = rng.choice((0.1, 0.5, 1.0, 1.0, 2.0, None)) if duration_s < 300 else rng.choice((1.0, 2.0, None))
    t, hr, goal_hr = 0.0, rng.uniform(42, 150), rng.uniform(42, 150)
    lost_until, odd_until, beat_s = -1.0, -1.0, 0.0
    noise, jumpy = rng.choice((0.0, 1.0, 6.0)), rng.choice((0.0, 0.002, 0.02))
    found_s = rng.choice((0.0, 5.0, 40.0))
    beats, breathing = deque[tuple[float, float]](), 14.0
    script: Script = []
    while t < duration_s + 40.0:
        dt = step or rng.choice((0.1, 0.3, 1.0, 1.7, 2.0))
        if rng.random() < 0.002:
            dt = rng.uniform(2.0, 30.0)
        t += dt
        if rng.random() < jumpy:
            goal_hr = rng.uniform(40, 160)
        if rng.random() < 0.002:
            lost_until = t + rng.expovariate(1 / 40)
        if rng.random() < 0.001:
            odd_until = t + rng.expovariate(1 / 60)
        hr += (goal_hr - hr) * min(1.0, dt / 40.0) + rng.gauss(0.0, noise) * math.sqrt(dt / 20.0)
        hr = min(max(hr, 35.0), 200.0)
        seen: float | None = None if t < found_s or t < lost_until else hr
        if seen is not None:
            beat_s = t - rng.uniform(0.0, 3.0)
        breath: float | None = rng.choice((None, rng.uniform(3.0, 26.0)))
        last_beat: float | None = None if t < found_s else beat_s
        if seen is not None and math.isfinite(t):
            # In step with some guide now and then, so that breaths are found and lost again.
            beats.append((t, 60_000.0 / seen + 40.0 * math.sin(math.tau * breathing * t / 60.0)))
            while beats[0][0] < t - 60.0:
                beats.popleft()
        lean = rng.choice((None, rng.uniform(-6.0, 6.0)))
        breathing = rng.choice((6.0, 10.0, 14.0)) if rng.random() < 0.01 else breathing
        if nonsense and rng.random() < 0.05:
            seen = rng.choice((math.nan, math.inf, -5.0, 0.0, 1e9))
            breath = rng.choice((math.nan, -1.0, 1e6))
            lean = rng.choice((math.nan, math.inf, -math.inf, 1e9))
            beats.append((t, rng.choice((math.nan, math.inf, 0.0, 800.0))))
            last_beat = rng.choice((math.nan, math.inf, -1e9, None))
        now = rng.choice((t, t - 1.0, math.nan, -math.inf)) if nonsense and rng.random() < 0.02 else t
        heart = HeartState(
            t_s=now, hr_bpm=seen, breath_per_min=breath, breath_confidence=rng.random(),
            irregular=t < odd_until, last_beat_s=last_beat, link=rng.choice(list(Link)),
            lean_bpm=lean, intervals=tuple(beats),
        )  # fmt: skip
        intents: list[Intent] = []
        if hands and rng.random() < 0.01:
            hand = rng.choice((Hand.THERAPIST, Hand.LISTENER, Hand.PROFILE))
            if rng.random() < 0.5:
                action = rng.choice([a for a in ACTIONS if a != "end" or rng.random() < 0.1])
                intents.append(Intent(now, hand, action))
            else:
                name = rng.choice([*ranges, "nothing"])
                low, high = ranges.get(name, (0.0, 1.0))
                value = rng.choice((None, rng.uniform(low, high), low - 50.0, high + 50.0, math.nan))
                intents.append(Intent(now, hand, name, value))
        script.append((now, heart, intents))
    return script


def random_sitting(seed: int) -> tuple[dict[str, float], dict[str, tuple[float, float]], str]:
    """One random sitting: the worst seen, what was past its limit, and what sitting it was."""
    rng = random.Random(seed)
    name, arm = rng.choice(names()), rng.choice(list(Arm))
    profile = load(name)
    duration = rng.choice((60.0, 90.0, 300.0, 600.0, 1200.0, 1500.0))
    path = None
    if arm is Arm.YOKED:
        path = [(60.0 * i, *(rng.uniform(-10.0, 130.0) for _ in range(6))) for i in range(20)]
    target = rng.uniform(*profile.limits.target_bpm) if rng.random() < 0.5 else None
    guide = Guide(profile, arm, target_bpm=target, duration_s=duration, path=path)
    fade_in_s = course_of(profile, duration).fade_in_s
    worst = Worst(profile, arm not in UNGOVERNED, fade_in_s, arm is Arm.GOVERNED)
    states = play_script(guide, worst, random_script(rng, profile, duration))
    if seed % COMPOSED_EVERY == 0:
        worst.seen["tempo_bar_share"] = largest_bar_step(profile, states)
    return worst.seen, over(worst), f"seed {seed}: {name}, {arm}, {duration:.0f} s"


def main() -> int:
    sittings = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    from rich.console import Console
    from rich.progress import track
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 120)
    worst, broken, began = {}, [], time.perf_counter()
    with ProcessPoolExecutor() as pool:
        runs = pool.map(random_sitting, range(sittings), chunksize=20)
        for seen, past, what in track(runs, "Sittings", total=sittings, console=console):
            for figure, value in seen.items():
                if not value <= worst.get(figure, (-math.inf, ""))[0]:
                    worst[figure] = (value, what)
            if past:
                broken.append({"sitting": what, "past": past})
    strictest = {n: max(limits_of(load(p))[n] for p in names()) for n in limits_of(load("relax"))}
    table = Table(title=f"Worst of {sittings} random sittings ({time.perf_counter() - began:.0f} s)")
    for column in ("figure", "worst seen", "limit (loosest profile)", "where"):
        table.add_column(column)
    for figure, (value, what) in sorted(worst.items()):
        table.add_row(figure, f"{value:.5g}", f"{strictest.get(figure, 0.0):.5g}", what)
    console.print(table)
    console.print(f"Sittings past a limit of their own profile: {len(broken)}")
    for entry in broken[:5]:
        console.print(entry)
    out = Path(__file__).parent / "results" / "guide_limits.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps({"sittings": sittings, "worst": worst, "past_limit": broken}, indent=1))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
