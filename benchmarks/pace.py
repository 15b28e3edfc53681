"""How often `calando pace` finds the pace of a simulated listener's own within half a breath a minute (95 of
100 is what it shall), and how often the paces that it names hold the one of the widest swing (90 of 100 is
what it says); a heart that does not swing, or a breath that does not come along, shall be given none.

The hearts are loops of pressure and reflex whose resonance is known from their equation (sensors/
simulated_baroreflex.py), which the estimate knows nothing of, under drift, noise, waves of the vessels,
missed and early beats, coughs, turns and lost links, in listeners who go with the pacer more or less well;
every other one has a chest that is heard. The search is the real one: guide, pacer, heart monitor; only the
sound is left out.

Run: python benchmarks/pace.py [LISTENERS]      (100, and half as many of each of the others)
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from random import Random

from rich.console import Console
from rich.progress import track
from rich.table import Table

from engine.guide.arms import Arm
from engine.guide.guide import Guide
from engine.guide.music_state import Decision
from engine.guide.pacer import Paces
from engine.pace.estimate import Estimate, estimate
from engine.pace.heard import Breathed, heard
from engine.pace.protocol import PACES_PER_MIN
from engine.pace.swing import Swing, swings
from profiles.load import load
from sensors.artefacts import LabelledBeat
from sensors.monitor import HeartMonitor
from sensors.simulated import SimulatedHeart, SimulatedListener
from sensors.simulated_baroreflex import SimulatedBaroreflex

STEP_S = 0.5
PROCESSES = 2

KINDS = {
    "they come along": "a pace of their own",
    "a blunt loop": "a pace that hardly stands out",
    "a flat heart": "no swing to tell by",
    "a breath of its own": "who does not breathe with the pacer",
}


def listener(kind: str, seed: int) -> SimulatedListener:
    """One of a kind, drawn by its seed."""
    draw = Random(f"pace {kind} {seed}")
    u = draw.uniform
    who = SimulatedListener(
        rest=u(54.0, 86.0), breath=u(11.0, 17.0), breath_jitter=u(0.03, 0.08), resonance=u(4.5, 6.5),
        reflex=u(0.45, 0.7), rsa=u(25.0, 70.0), baro=u(4.0, 14.0), drift=u(1.0, 2.5), noise=u(4.0, 10.0),
        missed=0.002, ectopic=draw.choice((0.0, 0.005, 0.01)), drops=draw.choice((0.0, 2.0)),
        drop_s=u(5.0, 30.0), chest=8.0 if seed % 2 else 0.0, coughs=4.0, turns=2.0, in_step=u(0.94, 1.0),
        seed=seed,
    )  # fmt: skip
    match kind:
        case "a blunt loop":
            return replace(who, reflex=u(0.05, 0.2))
        case "a flat heart":
            return replace(who, rsa=u(0.0, 1.5))
        case "a breath of its own":
            return replace(who, in_step=0.0)
        case _:
            return who


def searched(who: SimulatedListener) -> tuple[Swing, ...]:
    """The swings that a search finds in this listener."""
    heart, monitor = SimulatedHeart(who), HeartMonitor(simulated=True)
    paces = Paces(PACES_PER_MIN, search=True)
    guide = Guide(load("breathe"), Arm.PACED, duration_s=paces.longest_s, paces=paces)
    beats: list[LabelledBeat] = []
    breaths: list[Breathed] = []
    decisions: list[Decision] = []
    ended, number = False, 0
    while not ended:
        t_s = number * STEP_S
        for event in heart.poll(t_s):
            monitor.feed(event, heart.latency_s)
        state = monitor.state(t_s)
        music = guide.step(t_s, state)
        heart.hear(t_s, music.tempo_bpm, music.breath_guide_per_min)
        monitor.hear(music.breath_guide_per_min)
        beats += monitor.take_labelled()
        decisions += music.decisions
        breaths.append(Breathed(t_s, music.breath_guide_per_min, state.breath_phase))
        ended, number = music.ended, number + 1
    return swings(heard(beats, breaths, decisions))


def one(asked: tuple[str, int]) -> tuple[float, float, Estimate]:
    """The listener's true pace, which of those tried has the widest swing, and what the search says."""
    who = listener(*asked)
    loop = SimulatedBaroreflex(who.resonance, who.reflex, 1.0)
    widest = max(PACES_PER_MIN, key=lambda pace: abs(loop.response(pace)))
    return who.resonance, widest, estimate(searched(who))


def row(kind: str, found: list[tuple[float, float, Estimate]]) -> dict[str, object]:
    told = [(own, widest, each) for own, widest, each in found if each.best_per_min is not None]
    near = sum(abs((each.own_per_min or 0.0) - own) <= 0.5 for own, _, each in told)
    held = sum(widest in (each.best_per_min, *each.as_well) for _, widest, each in told)
    return {
        "kind": kind, "listeners": len(found), "told": len(told), "near": near, "held": held,
        "named": sum(1 + len(each.as_well) for _, _, each in told) / max(len(told), 1),
        "found": [
            [round(own, 2), each.own_per_min, widest, each.best_per_min, *each.as_well]
            for own, widest, each in told
        ],
        "untold": [each.why for _, _, each in found if not each.told],
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("listeners", nargs="?", type=int, default=100)
    many = parser.parse_args().listeners
    asked = [
        (kind, seed) for n, kind in enumerate(KINDS) for seed in range(many if n == 0 else max(many // 2, 1))
    ]
    with ProcessPoolExecutor(PROCESSES) as pool:
        done = list(track(pool.map(one, asked), "Searches", len(asked), console=Console(stderr=True)))
    rows = [
        row(kind, [each for (of, _), each in zip(asked, done, strict=True) if of == kind]) for kind in KINDS
    ]
    table = Table(title="A pace of one's own: what a search says")
    table.add_column("listeners")
    for column in ("n", "told", "within 0.5 of it", "named holds the widest", "paces named"):
        table.add_column(column, justify="right")
    for each in rows:
        none = each["kind"] in ("a flat heart", "a breath of its own")
        told = str(each["told"])
        table.add_row(
            f"{each['kind']}: {KINDS[str(each['kind'])]}", str(each["listeners"]), told,
            "" if none else str(each["near"]), "" if none else f"{each['held']} of {told}",
            "" if none else f"{each['named']:.1f}",
        )  # fmt: skip
    Console(width=120).print(table)
    out = Path(__file__).parent / "results" / "pace.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(rows, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
