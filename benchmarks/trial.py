"""Claim: the intervals of `calando trial` hold the true difference in 95 of 100 trials of simulated people.

First by the outcome alone: sittings whose noise, drift over weeks, slow walk from day to day, carry-over and
outliers are known and not those that the model has in mind, at several lengths of the trial and several true
differences. Then by simulated hearts: people of the cohort with and without an effect, each sitting another
day of theirs, the true difference being that over all of their days.

Run: python benchmarks/trial.py [TRIALS] [--hearts DAYS]      (1000 trials a row, 240 days by either arm)
"""

from __future__ import annotations

import argparse
import json
import math
import random
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from engine.cohort.figures import share_interval
from engine.cohort.people import Lever, Person, person
from engine.cohort.sitting import sit
from engine.guide.arms import Arm
from engine.trial.estimate import SPREAD, Estimate, Point, estimate
from engine.trial.plan import Plan
from profiles.load import load

SITTINGS = (8, 12, 20, 40)
DIFFERENCES = (0.0, 1.0, 3.0)


@dataclass(frozen=True)
class Nature:
    """What the outcomes of a person are made of, beats a minute."""

    name: str
    noise: float = 2.8
    drift: float = 0.0
    """Over the whole trial."""
    walk: float = 0.0
    """Standard deviation of a walk that forgets in `walk_days`."""
    walk_days: float = 3.0
    carried: float = 0.0
    """Share of the difference that a sitting a day later still has."""
    outliers: float = 0.0
    """Share of sittings with four times the noise."""


NATURES = (
    Nature("as expected: noise 2.8"),
    Nature("quiet: noise 1.2", noise=1.2),
    Nature("restless: noise 5.5", noise=5.5),
    Nature("drift of 6 over the trial", drift=6.0),
    Nature("walk of 2 from day to day", walk=2.0),
    Nature("carry-over of a quarter", carried=0.25),
    Nature("one sitting in ten far out", outliers=0.1),
    Nature("all of it", noise=4.0, drift=4.0, walk=1.5, carried=0.15, outliers=0.05),
)


def points(order: tuple[str, ...], days: np.ndarray, values: np.ndarray) -> list[Point]:
    """The sittings as the estimate takes them."""
    found: list[Point] = []
    for n, (arm, day, value) in enumerate(zip(order, days, values, strict=True)):
        before = 0.0 if n == 0 else 0.5 if order[n - 1] == Plan("x").arms[0] else -0.5
        gap = math.inf if n == 0 else float(day - days[n - 1])
        found.append(Point(float(day), arm == Plan("x").arms[0], float(value), before, gap))
    return found


def lived(nature: Nature, difference: float, sittings: int, seed: int) -> Estimate:
    """One trial of somebody with that nature."""
    # Of its own for every row, so that the rows are so many looks and not one.
    rng = np.random.default_rng([seed, sittings, int(10 * difference), *nature.name.encode()])
    order = Plan("x", sittings=sittings).order(int(rng.integers(2**31)))
    days = np.cumsum(rng.uniform(0.9, 3.0, sittings))
    way = np.array([0.5 if arm == Plan("x").arms[0] else -0.5 for arm in order])
    walk = np.zeros(sittings)
    walk[0] = rng.normal()
    for n in range(1, sittings):
        keeps = math.exp(-(days[n] - days[n - 1]) / nature.walk_days)
        walk[n] = keeps * walk[n - 1] + math.sqrt(1.0 - keeps**2) * rng.normal()
    noise = nature.noise * rng.normal(size=sittings)
    noise[rng.random(sittings) < nature.outliers] *= 4.0
    carried = nature.carried * difference * np.concatenate(([0.0], way[:-1]))
    values = 5.0 + difference * way + nature.drift * days / days[-1] + nature.walk * walk + carried + noise
    found = estimate(points(order, days, values), SPREAD["heart"])
    assert found is not None
    return found


def another_day(who: Person, seed: int) -> Person:
    """The same person on another day: they come as they come, and their attention goes its own way."""
    rng = random.Random(f"day {seed}")
    rest = who.listener.rest + rng.gauss(0.0, 2.0)
    start = rest + max(0.0, rng.gauss(7.0, 4.0))
    return replace(who, listener=replace(who.listener, rest=rest, start=start, seed=seed))


def by_hearts(sittings: int) -> list[tuple[str, dict[str, list[float]]]]:
    """Falls of the heart on many days of two people by both arms, who differ in what the breath does."""
    base = person(1)
    listener = replace(base.listener, breath=15.0, breath_coupling=0.8, coupling=0.0, rsa=40.0, drops=0.0)
    people = (
        ("a breath that changes no heart", replace(base, listener=listener, lever=Lever())),
        ("a breath that settles, a swell that costs", replace(
            base, listener=listener, lever=Lever(3.0, 3.0, 0.4, 1.0, 5.0)
        )),
    )  # fmt: skip
    profile, found = load("relax"), list[tuple[str, dict[str, list[float]]]]()
    for name, who in people:
        falls: dict[str, list[float]] = {}
        for arm in (Arm.GOVERNED, Arm.OPEN_LOOP):
            falls[arm.value] = [
                -sit(another_day(who, day), profile, arm, 1200.0)[0].heart_change_bpm
                for day in track(range(sittings), name, console=Console(stderr=True), transient=True)
            ]
        found.append((name, falls))
    return found


def drawn(falls: dict[str, list[float]], sittings: int, seed: int) -> Estimate:
    """A trial whose sittings are drawn from a person's many."""
    rng, order = np.random.default_rng([seed, sittings, 7]), Plan("x", sittings=sittings).order(seed)
    values = np.array([rng.choice(falls[arm]) for arm in order])
    found = estimate(points(order, np.cumsum(rng.uniform(0.9, 3.0, sittings)), values), SPREAD["heart"])
    assert found is not None
    return found


def row(name: str, sittings: int, difference: float, found: list[Estimate]) -> dict[str, object]:
    """How often the interval held, how wide it was, how often the two were told apart."""
    held = sum(each.low <= difference <= each.high for each in found)
    told = sum(each.told for each in found)
    return {
        "nature": name, "sittings": sittings, "difference_bpm": difference, "trials": len(found),
        "held": held / len(found), "held_95": [*_ends(held, len(found))],
        "width_bpm": fmean(each.high - each.low for each in found),
        "bias_bpm": fmean(each.middle - difference for each in found), "told": told / len(found),
    }  # fmt: skip


def _ends(count: int, n: int) -> tuple[float, float]:
    interval = share_interval(count, n)
    return interval.low, interval.high


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("trials", nargs="?", type=int, default=1000)
    parser.add_argument("--hearts", type=int, default=240, help="days of each simulated person")
    asked = parser.parse_args()
    rows: list[dict[str, object]] = []
    cells = [(n, s, d) for n in NATURES for s in SITTINGS for d in DIFFERENCES]
    for nature, sittings, difference in track(cells, "Trials", console=Console(stderr=True), transient=True):
        found = [lived(nature, difference, sittings, seed) for seed in range(asked.trials)]
        rows.append(row(nature.name, sittings, difference, found))
    for name, falls in by_hearts(asked.hearts):
        true = fmean(falls["governed"]) - fmean(falls["open-loop"])
        rows += [
            row(name, sittings, true, [drawn(falls, sittings, seed) for seed in range(asked.trials)])
            for sittings in SITTINGS
        ]
    table = Table(title="Intervals of 95 %: how often they held the true difference")
    table.add_column("sittings of somebody")
    for column in ("n", "difference, bpm", "held, %", "width, bpm", "bias, bpm", "told, %"):
        table.add_column(column, justify="right")
    for each in rows:
        low, high = each["held_95"]  # type: ignore[misc]
        table.add_row(
            str(each["nature"]), str(each["sittings"]), f"{each['difference_bpm']:+.2f}",
            f"{100 * each['held']:.1f} [{100 * low:.1f}, {100 * high:.1f}]", f"{each['width_bpm']:.1f}",  # type: ignore[operator]
            f"{each['bias_bpm']:+.2f}", f"{100 * each['told']:.0f}",  # type: ignore[operator]
        )  # fmt: skip
    Console(width=120).print(table)
    held = [float(each["held"]) for each in rows]  # type: ignore[arg-type]
    print(f"held: {100 * min(held):.1f} to {100 * max(held):.1f} %, {100 * fmean(held):.1f} % over all rows")
    out = Path(__file__).parent / "results" / "trial.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(rows, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
