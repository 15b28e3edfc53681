"""`calando play`: one sitting, heard, recorded or as fast as the machine can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli import paragraph
from engine.cli.followed import followed
from engine.cli.goodbye import HeartCourse, Sat, shown
from engine.cli.interrupt import Interrupts
from engine.cli.picture import picture_option, pictured
from engine.cli.players import announced
from engine.cli.recorded import ask_after, data_option, rated_before, remember, said_options
from engine.cli.room import opened_to
from engine.cli.sitting import SensorOption, planned, sensor_of, sitting_options, then_option, waits
from engine.cli.without_device import or_render_option, way
from engine.sitting.asked import HANDS

if TYPE_CHECKING:
    from engine.journal.record import Rating


@click.command()
@click.option("--profile", metavar="NAME|FILE", help="What it is for; relax.")
@click.option("--feel", metavar="TEXT", help="How you feel, in a sentence; chooses the profile.")
@click.option(
    "--sensor", cls=SensorOption, default="auto", metavar="SPEC",
    help="auto, ble, sim, replay:FILE, ...; auto.",
)
@sitting_options
@then_option
@said_options
@click.option("--output", default="auto", metavar="SPEC", help="auto, device:NAME, file:PATH or null; auto.")
@or_render_option
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@picture_option
@data_option
@click.option(
    "--hand", type=click.Choice(HANDS), default=HANDS[0],
    help="Whose keys and target these are; the listener's.",
)
@click.option("--room", metavar="NAME", help="Open the sitting to other processes: calando follow NAME.")
@click.option("--fast", is_flag=True, help="As fast as the machine can, instead of in real time.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line on standard output.")
def play(
    profile: str | None, feel: str | None, sensor: str, target: float | None, duration: float | None,
    arm: str, seed: int | None, client: str | None, turns: Sequence[str], goal: str | None,
    consent: bool | None, record: bool, rate: bool, rate_before: Rating | None, output: str, or_render: bool,
    force: bool, picture: Path | None, data: Path | None, hand: str, room: str | None, fast: bool,
    as_json: bool,
) -> int:  # fmt: skip
    """Play music that follows a heart.

    Ctrl-C ends the sitting with a ten-second fade; a second Ctrl-C ends it at once. In a terminal the view
    shows keys for less, more, too much, hold and others.
    """
    from engine.cli.outputs import opened
    from engine.journal.opening import data_folder
    from engine.sitting.asked import Asked, HelpFirstError

    def say(sentence: str) -> None:
        paragraph.say(sentence, err=as_json)

    def warn(sentence: str) -> None:
        paragraph.say(sentence, err=True)

    if fast and sensor == "auto":
        sensor = "sim"
    elif fast and waits(sensor):
        raise click.UsageError("A strap cannot be hurried; with --fast give --sensor sim or replay:FILE.")
    asked = Asked(
        profile, feel, sensor, target, duration, arm, tuple(turns), seed, client, goal, consent, hand,
        data, record,
    )  # fmt: skip
    try:
        plan = planned(asked)
    except HelpFirstError as help_first:
        say(str(help_first))
        return 0
    heart = sensor_of(plan)
    for sentence in plan.said:
        say(sentence)
    chosen = way(
        output, fast=fast, waits=waits(sensor) and sensor != "auto", or_render=or_render, tell=say,
        prompt=room is not None,
    )  # fmt: skip
    if chosen.fast and sensor == "auto":
        plan = replace(plan, sensor="sim")
        heart = sensor_of(plan)
    rate = rate and plan.record
    before = rated_before(rate, rate_before)
    with (
        Interrupts() as interrupts,
        opened(output, chosen, name=plan.profile.name, force=force, say=say) as (out, path),
        pictured(picture, plan, heart, out.rate_hz, force=force, say=say) as drawn,
    ):
        from engine.sitting.sitting import Sitting

        sitting = Sitting(
            plan, heart, out, data=data_folder(data), file=path, say=warn, progress=warn, rated=before
        )
        course = HeartCourse()
        with (
            sitting,
            followed(sitting, fast=chosen.fast, as_json=as_json),
            opened_to(room, sitting),
            announced(out, data_folder(data), warn),
        ):
            for watcher in (course, *drawn):
                sitting.watchers.add(watcher, at_once=True)
            interrupts.go_to(sitting.end)
            sitting.run()
    kept_as = sitting.id if sitting.kept else None
    if kept_as is not None:
        for kind, made in (("sound", path), ("picture", picture)):
            if made is not None:
                remember(sitting.folder, kept_as, kind, made.expanduser())
    if as_json:
        from engine.cli.feed import print_line

        file = None if path is None else str(path)
        print_line({"type": "session", "id": kept_as, "path": file, "seed": plan.seed})
    else:
        kept = Sat(course.t_s, course.first_bpm, course.last_bpm, course.simulated, kept_as,
                   sitting.folder, data, path, bool(sitting.trouble))  # fmt: skip
        click.echo(shown(kept, paragraph.columns()))
    if rate and kept_as is not None:
        ask_after(sitting)
    return 1 if sitting.trouble else 0
