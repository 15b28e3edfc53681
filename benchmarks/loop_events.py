"""Claim: events mark what has come to pass, and nothing else.

Counts, over simulated hearts that go nowhere, how often the music marks one as settled (never); over hearts
that fall by 8 beats a minute at 500 s, how many it marks, how soon, and how soon their own motif is heard;
over quiet parts of real days how often it marks one (printed: nobody knows which have settled); over breaths
that come to the swell, or do not, how often it says so; and the least time between two events of all of
these. With --sound, sittings are rendered, and the steepest second of short-term loudness near an event
stands beside the steepest of the rest.

    python benchmarks/loop_events.py [--seeds 30] [--profile relax] [--sound 0]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from math import inf
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parent))

import sound_measures as measure
from by_profile import Figures
from loop_hearts import HEARTS, beats, fall, quiet_parts
from rendering import render
from report import show_table, write_json

from engine.clock import BeatClock
from engine.guide.guide import Guide
from engine.guide.music_state import Event
from engine.music.composer import Composer
from engine.music.form import Part
from engine.session import AHEAD_S
from engine.sitting.asked import Asked
from profiles.load import load
from sensors.beat import TimedBeat
from sensors.monitor import HeartMonitor
from sensors.recording import Recording
from sensors.replay import Replay
from sensors.sensor import Sensor
from sensors.simulated import SimulatedHeart, SimulatedListener

STEP_S = 0.5
SITTING_S = 1320.0
"""Twenty minutes and the last fade."""

FALL_S, FALL_BPM, WITHIN_S = 500.0, 8.0, 60.0

FALLS = "living, falls by 8 within a minute"

NEAR_S = 45.0
"""What an event begins is heard within this."""


@dataclass
class Told:
    """The events of a sitting, (s, what), and when the listener's own motif came back, s."""

    events: list[tuple[float, Event]] = field(default_factory=list)
    returns_s: list[float] = field(default_factory=list)

    def later(self, than_s: float) -> list[float]:
        """How much later than that the listener's own motif was heard."""
        return [t_s - than_s for t_s in self.returns_s if t_s > than_s]

    def count(self, event: Event) -> int:
        return sum(each is event for _, each in self.events)


def sitting(profile_name: str, sensor: Sensor, seed: int) -> Told:
    """A sitting of guide and composer without sound, over what `sensor` tells."""
    profile, told, monitor = load(profile_name), Told(), HeartMonitor()
    guide, composer, clock = Guide(profile, duration_s=SITTING_S), Composer(profile, seed), None
    sensor.open()
    for tick in range(round(SITTING_S / STEP_S)):
        t_s = tick * STEP_S
        for event in sensor.poll(t_s):
            monitor.feed(event, sensor.latency_s)
        music = guide.step(t_s, monitor.state(t_s))
        clock = clock or BeatClock(music.tempo_bpm)
        beat, tempo_bpm = clock.beat(t_s), clock.tempo(t_s)
        score = composer.compose(beat, t_s, tempo_bpm, beat + AHEAD_S * tempo_bpm / 60.0, music)
        for bar_line, bpm in score.tempo:
            clock.step(max(t_s, clock.second(bar_line)), bpm)
        sensor.hear(t_s, tempo_bpm, music.breath_guide_per_min)
        if music.event is not None:
            told.events.append((t_s, music.event))
        told.returns_s += [clock.second(m.beat) for m in score.landmarks if m.text == Part.RETURN.value]
    return told


def replayed(found: list[TimedBeat]) -> Replay:
    return Replay(Recording("a heart", "rr", tuple(found), ()))


def at_rest(kind: str, seed: int) -> Sensor:
    return replayed(beats(HEARTS[kind], seed, SITTING_S))


def falling(kind: str, within_s: float, seed: int) -> Sensor:
    return replayed(beats(HEARTS[kind], seed, SITTING_S, fall(FALL_S, FALL_BPM, within_s)))


def breathing(coupling: float, seed: int) -> Sensor:
    listener = SimulatedListener(rsa=45.0, breath=13.0, breath_coupling=coupling, drift=1.0, seed=seed)
    return SimulatedHeart(listener)


SIMULATED: dict[str, Callable[[int], Sensor]] = {
    **{kind: partial(at_rest, kind) for kind in HEARTS},
    "steady, falls by 8 within a minute": partial(falling, "steady", WITHIN_S),
    FALLS: partial(falling, "living", WITHIN_S),
    "living, falls by 8 at once": partial(falling, "living", 0.0),
    "breath that comes to the swell": partial(breathing, 1.0),
    "breath that stays its own": partial(breathing, 0.0),
}


def simulated(profile: str, kind: str, seed: int) -> Told:
    return sitting(profile, SIMULATED[kind](seed), seed)


def real(profile: str, part: list[TimedBeat], seed: int) -> Told:
    return sitting(profile, replayed(part), seed)


def figures(profile: str, seed: int) -> Figures:
    """What loop.py tells of events, from four sittings: s, and how many."""
    steady, falls, comes, stays = (
        simulated(profile, kind, seed)
        for kind in ("steady", FALLS, "breath that comes to the swell", "breath that stays its own")
    )
    after = [t_s - FALL_S for t_s, event in falls.events if event is Event.SETTLED and t_s > FALL_S]
    heard = [min(falls.later(t_s), default=inf) for t_s, event in falls.events if event is Event.SETTLED]
    apart = [b - a for each in (falls, comes) for (a, _), (b, _) in pairwise(each.events)]
    return {
        "steady: marked": float(len(steady.events)),
        "fall: marked": float(bool(after)),
        "fall: marked after, s": min(after, default=None),
        "motif heard after, s": max(heard, default=None),
        "events apart, s": min(apart, default=None),
        "breath that comes: marked": float(comes.count(Event.FOUND)),
        "breath that stays: marked": float(stays.count(Event.FOUND)),
    }


def rises(profile: str, seed: int) -> tuple[float, float]:
    """LU: the steepest second near the events of a rendered sitting, and the steepest of the rest."""
    rendering = render(
        Asked(profile, sensor="sim", seed=seed, duration=SITTING_S), sensor=falling("living", WITHIN_S, seed)
    )
    _, times, _, short_term = measure.loudness(rendering.sound)
    at_s, found = measure.rises(times, short_term)
    music = zip(rendering.at_s, rendering.music, strict=True)
    events_s = [t_s for t_s, each in music if each.event is not None]
    near = np.zeros(len(at_s), bool)
    for t_s in events_s:
        near |= (at_s >= t_s) & (at_s < t_s + NEAR_S)
    begun = (at_s > 60.0) & (at_s < SITTING_S - 30.0)
    return float(found[near].max(initial=0.0)), float(found[begun & ~near].max(initial=0.0))


def row(kind: str, told: list[Told]) -> dict[str, object]:
    """Figures of one kind of heart."""
    share = 1200.0 / SITTING_S / len(told)
    settled = [[t_s for t_s, event in each.events if event is Event.SETTLED] for each in told]
    falls = "falls" in kind
    late = [min(after) - FALL_S for each in settled if falls and (after := [t for t in each if t > FALL_S])]
    heard = [
        min(after)
        for each, at in zip(told, settled, strict=True) for t_s in at if (after := each.later(t_s))
    ]  # fmt: skip
    apart = [b - a for each in told for (a, _), (b, _) in pairwise(each.events)]
    return {
        "heart": kind,
        "sittings": len(told),
        **{f"{event.value} in 20 min": sum(each.count(event) for each in told) * share for event in Event},
        "fall marked": f"{len(late)}" if falls else "",
        "after, s": f"{np.median(late):.0f} ({max(late):.0f})" if late else "",
        "motif heard after, s": f"{np.median(heard):.0f} ({max(heard):.0f})" if heard else "",
        "motif not heard": sum(map(len, settled)) - len(heard),
        "least apart, s": f"{min(apart):.0f}" if apart else "",
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seeds", type=int, default=30)
    asked.add_argument("--profile", default="relax")
    asked.add_argument("--parts", type=int, default=1000, help="quiet parts of real days at most")
    asked.add_argument("--sound", type=int, default=0, help="sittings to render")
    asked.add_argument("--processes", type=int, default=2)
    options = asked.parse_args()
    parts = quiet_parts()[: options.parts]
    with ProcessPoolExecutor(options.processes) as pool:
        work = {
            kind: [pool.submit(simulated, options.profile, kind, seed) for seed in range(options.seeds)]
            for kind in SIMULATED
        }
        work["quiet parts of real days"] = [
            pool.submit(real, options.profile, part, seed) for seed, part in enumerate(parts)
        ]
        steep = [pool.submit(rises, options.profile, seed) for seed in range(1, options.sound + 1)]
        rows: list[dict[str, object]] = []
        for number, (kind, tries) in enumerate(work.items(), 1):
            if tries:
                rows.append(row(kind, [each.result() for each in tries]))
            print(f"{number} of {len(work)} kinds of heart", file=sys.stderr, flush=True)
        louder = [each.result() for each in steep]
    notes = [] if parts else ["No recordings of real days here: see benchmarks/heart_data.py."]
    notes += [
        f"Seed {seed}: steepest second near an event {near:.2f} LU, elsewhere {elsewhere:.2f} LU."
        for seed, (near, elsewhere) in enumerate(louder, 1)
    ]
    cells = [[f"{v:.2f}" if isinstance(v, float) else str(v) for v in each.values()] for each in rows]
    show_table(f"Events, {options.profile}: median (worst)", list(rows[0]), cells, notes)
    write_json("loop_events", {"rows": rows, "rises_lu": louder})


if __name__ == "__main__":
    main()
