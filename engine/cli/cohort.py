"""`calando cohort`: simulated listeners by every arm, on all cores or a Dask cluster, as a table."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from engine.cli.duration import Duration
from engine.cli.paragraph import columns, say, table
from engine.durations import clock_time
from engine.guide.arms import Arm

if TYPE_CHECKING:
    from engine.workers import Done

SHORTEST_S = 120.0
"""Of a sitting: its last minute is compared with its first."""

CHUNK = 20
"""Listeners in one piece of work: a few seconds, so that the bar moves and no core waits long."""


@click.command()
@click.option("--listeners", type=click.IntRange(2, 100_000), default=1000, help="Listeners an arm; 1000.")
@click.option("--profile", default="relax", metavar="NAME", help="A profile, by name or file; relax.")
@click.option("--duration", type=Duration(), default=1200.0, help="Length of each sitting; 20m.")
@click.option(
    "--arm", "arms", multiple=True, type=click.Choice([arm.value for arm in Arm]), metavar="NAME",
    help=f"Only these arms: {', '.join(arm.value for arm in Arm)}.",
)
@click.option("--seed", type=click.IntRange(0), default=0, help="Number of the first listener; 0.")
@click.option("--workers", type=click.IntRange(1), help="Processes; as many as there are cores.")
@click.option("--scheduler", metavar="ADDRESS", help="Run on this Dask cluster instead: tcp://host:8786.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object an arm instead of the table.")
def cohort(
    listeners: int, profile: str, duration: float, arms: tuple[str, ...], seed: int, workers: int | None,
    scheduler: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Simulate many listeners by every arm and compare what comes of it.

    Every arm gets the same listeners. The figures tell about the guide and about simulated hearts,
    and nothing about people.
    """
    from engine.cohort import Outcome, figures, sit_all
    from engine.guide.target import checked_duration
    from engine.workers import ClusterError, WorkerDiedError, spread
    from profiles.load import load, shadowing

    try:
        load(profile)
        checked_duration(duration)
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None
    if duration < SHORTEST_S:
        raise click.UsageError("The first minute is compared with the last: give --duration 2m or more.")
    if told := shadowing(profile):
        say(told, err=True)
    chosen = [arm for arm in Arm if not arms or arm.value in arms]
    seeds = range(seed, seed + listeners)
    pieces = [seeds[i : i + CHUNK] for i in range(0, listeners, CHUNK)]
    if len(pieces) > 1 and len(pieces[-1]) == 1:
        # A yoked sitting needs another person in its piece.
        pieces[-2:] = [seeds[len(pieces[-2]) * (len(pieces) - 2) :]]
    began = time.perf_counter()
    work = [(profile, chosen, duration, piece) for piece in pieces]
    outcomes: list[Outcome] = []
    try:
        for done in _with_bar(spread(sit_all, work, workers, scheduler), len(pieces)):
            if done.failure is not None:
                raise done.failure
            outcomes += done.result
    except (ClusterError, WorkerDiedError) as failure:
        raise click.ClickException(str(failure)) from None
    took = time.perf_counter() - began
    open_loop = [o for o in outcomes if o.arm == Arm.OPEN_LOOP.value]
    by_arm = {
        arm.value: figures(
            [o for o in outcomes if o.arm == arm.value], [] if arm is Arm.OPEN_LOOP else open_loop
        )
        for arm in chosen
    }
    if as_json:
        for arm, cells in by_arm.items():
            numbers = {name: [_number(i.value), _number(i.low), _number(i.high)] for name, i in cells.items()}
            click.echo(json.dumps({"arm": arm, "listeners": listeners, "seconds": round(took, 1), **numbers}))
    else:
        _print_tables(by_arm, listeners, profile, duration, took)


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _with_bar(results: Iterator[Done], total: int) -> Iterator[Done]:
    from rich.console import Console
    from rich.progress import track

    yield from track(results, "Sittings", total=total, console=Console(stderr=True), transient=True)


def _print_tables(
    by_arm: dict[str, dict[str, Any]], listeners: int, profile: str, duration_s: float, took_s: float
) -> None:
    from engine.guide.music_state import Stage

    measures = {
        "heart at target": ("reached", 100, "{:.0f} %"),
        "- of those who respond": ("reached_responders", 100, "{:.0f} %"),
        "- of the others": ("reached_others", 100, "{:.0f} %"),
        "time to target, min": ("to_target_s", 1 / 60, "{:.1f}"),
        "overshoot, bpm": ("overshoot_bpm", 1, "{:.1f}"),
        "heart, last less first minute, bpm": ("heart_change_bpm", 1, "{:+.1f}"),
        "- who respond": ("heart_change_responders_bpm", 1, "{:+.1f}"),
        "- who respond, less open-loop's": ("heart_change_against_bpm", 1, "{:+.2f}"),
        "breath, last less first, a minute": ("breath_change_per_min", 1, "{:+.1f}"),
        "reversals of tempo": ("reversals", 1, "{:.2f}"),
        "reversals, most": ("reversals_most", 1, "{:.0f}"),
        "tempo change in a minute, most": ("tempo_change_per_min_most", 100, "{:.1f} %"),
        "false back-offs a sitting": ("false_back_offs", 1, "{:.3f}"),
        **{f"time in {stage.value}": (f"share_{stage.value}", 100, "{:.0f} %") for stage in Stage},
    }
    say(
        f"{listeners} simulated listeners an arm, profile {profile}, sittings of {clock_time(duration_s)}; "
        f"computed in {took_s:.0f} s\n"
    )
    rows = [
        (label, *(_cell(cells[name], scale, form) for cells in by_arm.values()))
        for label, (name, scale, form) in measures.items()
    ]
    click.echo(table(("", *by_arm), rows, columns(), right=tuple(by_arm)))
    say("\nIn brackets: 95 % confidence interval. Simulated hearts; nothing here is about people.")


def _cell(interval: Any, scale: float, form: str) -> str:
    if not math.isfinite(interval.value):
        return "-"
    value = form.format(interval.value * scale)
    if not math.isfinite(interval.low):
        return value
    plain = form.removesuffix(" %")
    return f"{value} [{plain.format(interval.low * scale)}, {plain.format(interval.high * scale)}]"
