"""`calando cohort`: simulated listeners by every arm and in a box of worlds, on all cores or a cluster."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from engine.cli.duration import Duration
from engine.cli.interrupt import interruptible
from engine.cli.paragraph import columns, say, table
from engine.durations import clock_time
from engine.guide.arms import Arm

if TYPE_CHECKING:
    from engine.cohort.box import Advantage
    from engine.cohort.figures import Interval
    from engine.workers import Done

SHORTEST_S = 120.0
"""Of a sitting: its last minute is compared with its first."""

CHUNK = 20
"""Listeners in one piece of work: a few seconds, so that the bar moves and no core waits long."""


@click.command()
@click.option(
    "--listeners", type=click.IntRange(2, 100_000), default=200, help="Listeners an arm, and a world; 200."
)
@click.option("--profile", default="relax", metavar="NAME", help="A profile, by name or file; relax.")
@click.option("--duration", type=Duration(), default=1200.0, help="Length of each sitting; 20m.")
@click.option(
    "--arm", "arms", multiple=True, type=click.Choice([arm.value for arm in Arm]), metavar="NAME",
    help=f"Only these arms, and no box: {', '.join(arm.value for arm in Arm)}.",
)
@click.option("--seed", type=click.IntRange(0), default=0, help="Number of the first listener; 0.")
@click.option("--workers", type=click.IntRange(1), help="Processes; as many as there are cores.")
@click.option("--scheduler", metavar="ADDRESS", help="Run on this Dask cluster instead: tcp://host:8786.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object an arm, and a world, instead.")
def cohort(
    listeners: int, profile: str, duration: float, arms: tuple[str, ...], seed: int, workers: int | None,
    scheduler: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Simulate many listeners by every arm and compare what comes of it.

    What nobody knows of a listener is drawn anew for each. Then the box: the governed arm against the open
    loop in worlds where it is the same for all, so that one sees in which of them it is ahead. Every arm and
    every world gets the same listeners. The figures tell about the guide and about simulated hearts, and
    nothing about people.
    """
    from engine.cohort.box import WORLDS, advantages, sit_in
    from engine.cohort.figures import figures
    from engine.cohort.sitting import sit_all
    from engine.guide.target import checked_duration
    from profiles.load import load, shadowing

    try:
        goal = load(profile).goal
        checked_duration(duration)
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None
    if duration < SHORTEST_S:
        raise click.UsageError("The first minute is compared with the last: give --duration 2m or more.")
    if told := shadowing(profile):
        say(told, err=True)
    chosen = [arm for arm in Arm if not arms or arm.value in arms]
    pieces = _pieces(range(seed, seed + listeners))
    where = workers, scheduler
    began = time.perf_counter()
    outcomes = _done("Sittings", sit_all, [(profile, chosen, duration, piece) for piece in pieces], *where)
    open_loop = [o for o in outcomes if o.arm == Arm.OPEN_LOOP.value]
    by_arm = {
        arm.value: figures(
            [o for o in outcomes if o.arm == arm.value], [] if arm is Arm.OPEN_LOOP else open_loop
        )
        for arm in chosen
    }
    box: list[Advantage] = []
    if not arms:
        work = [(profile, duration, world, piece) for world in range(len(WORLDS)) for piece in pieces]
        box = advantages(_done("The box", sit_in, work, *where), down=goal != "up")
    took = time.perf_counter() - began
    if as_json:
        _print_json(by_arm, box, listeners, took)
    else:
        say(
            f"{listeners} simulated listeners an arm, profile {profile}, sittings of {clock_time(duration)}; "
            f"computed in {took:.0f} s\n"
        )
        _print_arms(by_arm)
        if box:
            _print_box(box)
        say("\nIn brackets: 95 % confidence interval. Simulated hearts; nothing here is about people.")


def _pieces(seeds: range) -> list[range]:
    """The listeners in pieces of CHUNK; a yoked sitting needs another person in its piece."""
    pieces = [seeds[i : i + CHUNK] for i in range(0, len(seeds), CHUNK)]
    if len(pieces) > 1 and len(pieces[-1]) == 1:
        pieces[-2:] = [seeds[CHUNK * (len(pieces) - 2) :]]
    return pieces


def _done(
    title: str, function: Callable[..., list[Any]], work: Sequence[tuple[Any, ...]], workers: int | None,
    scheduler: str | None,
) -> list[Any]:  # fmt: skip
    """What comes of all pieces of work together, with a bar meanwhile."""
    from engine.workers import ClusterError, WorkerDiedError, spread

    found: list[Any] = []
    try:
        for done in _with_bar(title, spread(function, work, workers, scheduler), len(work)):
            if done.failure is not None:
                raise done.failure
            found += done.result
    except (ClusterError, WorkerDiedError) as failure:
        raise click.ClickException(str(failure)) from None
    return found


def _with_bar(title: str, results: Iterator[Done], total: int) -> Iterator[Done]:
    from rich.console import Console
    from rich.progress import track

    interruptible()  # the bar hides the cursor
    yield from track(results, title, total=total, console=Console(stderr=True), transient=True)


def _print_json(
    by_arm: dict[str, dict[str, Interval]], box: Sequence[Advantage], listeners: int, took_s: float
) -> None:
    from dataclasses import asdict

    for arm, cells in by_arm.items():
        numbers = {name: _numbers(interval) for name, interval in cells.items()}
        click.echo(json.dumps({"arm": arm, "listeners": listeners, "seconds": round(took_s, 1), **numbers}))
    for each in box:
        numbers = {"reached": _numbers(each.reached), "heart_bpm": _numbers(each.heart_bpm)}
        told = {"world": asdict(each.world), "listeners": listeners, **numbers, "ahead": each.verdict}
        click.echo(json.dumps(told))


def _numbers(interval: Interval) -> list[float | None]:
    return [_number(value) for value in (interval.value, interval.low, interval.high)]


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _print_arms(by_arm: dict[str, dict[str, Interval]]) -> None:
    from engine.guide.music_state import Stage

    measures = {
        "heart at target": ("reached", 100, "{:.0f} %"),
        "- whose breath follows": ("reached_followers", 100, "{:.0f} %"),
        "- of the others": ("reached_others", 100, "{:.0f} %"),
        "time to target, min": ("to_target_s", 1 / 60, "{:.1f}"),
        "overshoot, bpm": ("overshoot_bpm", 1, "{:.1f}"),
        "heart, last less first minute, bpm": ("heart_change_bpm", 1, "{:+.1f}"),
        "- where the breath follows": ("heart_change_followers_bpm", 1, "{:+.1f}"),
        "- and less open-loop's": ("heart_change_against_bpm", 1, "{:+.2f}"),
        "breath, last less first, a minute": ("breath_change_per_min", 1, "{:+.1f}"),
        "reversals of tempo": ("reversals", 1, "{:.2f}"),
        "reversals, most": ("reversals_most", 1, "{:.0f}"),
        "tempo change in a minute, most": ("tempo_change_per_min_most", 100, "{:.1f} %"),
        "false back-offs a sitting": ("false_back_offs", 1, "{:.3f}"),
        **{f"time in {stage.value}": (f"share_{stage.value}", 100, "{:.0f} %") for stage in Stage},
    }
    rows = [
        (label, *(_cell(cells[name], scale, form) for cells in by_arm.values()))
        for label, (name, scale, form) in measures.items()
    ]
    click.echo(table(("", *by_arm), rows, columns(), right=tuple(by_arm)))


def _print_box(box: Sequence[Advantage]) -> None:
    heads = ("follows within", "cost", "lapses", "effect", "at target, points", "heart, bpm", "ahead")
    rows = [
        (
            f"{each.world.lock:g}", f"{each.world.cost_bpm_per_min:g}", f"{each.world.lapses_per_h:g}",
            f"{each.world.effect:g}", _cell(each.reached, 100, "{:+.1f}"),
            _cell(each.heart_bpm, 1, "{:+.2f}"), each.verdict,
        )
        for each in box
    ]  # fmt: skip
    say(
        "\nThe box: governed less open-loop, for the same listeners in worlds of which nobody knows which is "
        "ours. Follows within: log ratio of swell and breath. Cost: beats a minute, each minute, of "
        "following a swell that is far below. Lapses: an hour. Effect: how much quicker a slow breath "
        "settles the heart, and how much lower it then beats. Heart: below 0 the governed one goes further "
        "on its way.\n"
    )
    click.echo(table(heads, rows, columns(), right=heads[:6]))
    ahead = [each.verdict for each in box]
    say(
        f"\nGoverned is ahead in {ahead.count('governed')} of {len(box)} worlds, the open loop in "
        f"{ahead.count('open-loop')}; they are equal in {ahead.count('equal')}, and in "
        f"{ahead.count('not told')} it cannot be told. One verdict in twenty may be chance."
    )


def _cell(interval: Interval, scale: float, form: str) -> str:
    if not math.isfinite(interval.value):
        return "-"
    value = form.format(interval.value * scale)
    if not math.isfinite(interval.low):
        return value
    plain = form.removesuffix(" %")
    return f"{value} [{plain.format(interval.low * scale)}, {plain.format(interval.high * scale)}]"
