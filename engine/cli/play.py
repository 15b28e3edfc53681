"""`calando play`: one sitting, heard, recorded or as fast as the machine can."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.along import Along
from engine.cli import paragraph
from engine.cli.along import LIST, along_of, along_options, listed
from engine.cli.along import told as who_plays
from engine.cli.fast import hurried
from engine.cli.followed import followed
from engine.cli.goodbye import HeartCourse
from engine.cli.interrupt import Interrupts
from engine.cli.picture import picture_option, pictured
from engine.cli.players import announced
from engine.cli.preparing import prepare_sound
from engine.cli.recorded import ask_after, data_option, rated_before, said_options
from engine.cli.room import opened_to
from engine.cli.sitting import (
    guide_options,
    listener_options,
    planned,
    sensor_of,
    sitting_options,
    then_option,
)
from engine.cli.synth import synth_of, synth_options
from engine.cli.told import told
from engine.cli.web import room_of, web_page
from engine.cli.without_device import or_render_option, way

if TYPE_CHECKING:
    from engine.journal.record import Rating


@click.command()
@listener_options
@sitting_options
@guide_options
@then_option
@said_options
@click.option("--output", default="auto", metavar="SPEC", help="auto, device:NAME, file:PATH or null; auto.")
@or_render_option
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@picture_option
@along_options
@synth_options
@data_option
@click.option("--room", metavar="NAME", help="Open the sitting to other processes: calando follow NAME.")
@click.option("--web", is_flag=True, help="The listener's page beside it, for your own telephone.")
@click.option("--fast", is_flag=True, help="As fast as the machine can, instead of in real time.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line on standard output.")
def play(
    output: str, or_render: bool, force: bool, picture: Path | None, synth: str | None, alone: bool,
    room: str | None, web: bool, fast: bool, as_json: bool, play_along: str | None, play_on: str,
    draw: float, pull: float, rate: bool, rate_before: Rating | None, **asked: Any,
) -> int:  # fmt: skip
    """Play music that follows a heart.

    Ctrl-C ends the sitting with a ten-second fade; a second Ctrl-C ends it at once. In a terminal the view
    shows keys for less, more, too much, hold and others.
    """
    from engine.cli.outputs import opened
    from engine.door.relay import sensor_in
    from engine.journal.opening import data_folder
    from engine.sitting.asked import Asked, HelpFirstError

    if play_along == LIST:
        click.echo(listed())
        return 0
    along = along_of(play_along, play_on, draw, pull)
    say, warn = partial(paragraph.say, err=as_json), partial(paragraph.say, err=True)
    asked["sensor"], strap = hurried(asked["sensor"], fast=fast)
    room = room_of(room, web=web)
    asked["sensor"] = sensor_in(room, asked["sensor"])
    try:
        plan = planned(Asked(**asked))  # every option that is not named above says what is asked for
    except HelpFirstError as help_first:
        say(str(help_first))
        return 0
    heart = sensor_of(plan)
    for sentence in plan.said:
        say(sentence)
    chosen = way(
        output, fast=fast, waits=strap, or_render=or_render, tell=say, prompt=room is not None,
        along=None if along is None else along.device,
    )  # fmt: skip
    if chosen.fast and plan.sensor == "auto":  # nobody's beats can be hurried
        plan = replace(plan, sensor="sim")
        heart = sensor_of(plan)
    before = rated_before(rate and plan.record, rate_before)
    data = data_folder(asked["data"])
    with (
        Interrupts() as interrupts,
        web_page(room, data, say, web=web),
        opened(output, chosen, name=plan.profile.name, force=force, say=say) as (out, path),
        pictured(picture, plan, heart, out.rate_hz, force=force, say=say) as drawn,
        synth_of(synth, out, plan.seed, say, alone=alone) as patch,
    ):
        from engine.sitting.sitting import Sitting

        prepare_sound(out.rate_hz)
        if along is not None:
            say(who_plays(along, out))
        sitting = Sitting(
            plan, heart, out, data=data, file=path, say=warn, progress=warn, rated=before,
            along=Along() if along is None and room is not None else along,
        )
        course = HeartCourse()
        with (
            sitting,
            followed(sitting, fast=chosen.fast, as_json=as_json),
            opened_to(room, sitting),
            announced(out, data, warn),
        ):
            for watcher in (course, *drawn):
                sitting.watchers.add(watcher, at_once=True)
            if patch is not None:
                patch.join(sitting)
            interrupts.go_to(sitting.end)
            sitting.run()
    told(sitting, course, path, picture, asked["data"], as_json=as_json)
    if rate and sitting.kept:
        ask_after(sitting)
    return 1 if sitting.trouble else 0
