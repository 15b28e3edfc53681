"""`calando play`: one sitting, heard, recorded or as fast as the machine can."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli import paragraph
from engine.cli.along import joining
from engine.cli.clock import clock_of, told_of_clock
from engine.cli.fast import hurried
from engine.cli.followed import followed
from engine.cli.goodbye import HeartCourse
from engine.cli.interrupt import Interrupts
from engine.cli.picture import pictured
from engine.cli.play_options import play_options
from engine.cli.players import announced
from engine.cli.preparing import prepare_sound
from engine.cli.recorded import ask_after, rated_before
from engine.cli.room import opened_to
from engine.cli.sitting import planned, sensor_of
from engine.cli.synth import synth_of
from engine.cli.told import told
from engine.cli.web import room_of, web_page
from engine.cli.without_device import way

if TYPE_CHECKING:
    from engine.along import Along
    from engine.journal.record import Rating


@click.command()
@play_options
def play(
    output: str, or_render: bool, force: bool, picture: Path | None, synth: str | None, alone: bool,
    along: Along | None, midi_clock: str | None, room: str | None, web: bool, fast: bool, as_json: bool,
    rate: bool, rate_before: Rating | None, **asked: Any,
) -> int:  # fmt: skip
    """Play music that follows a heart.

    Ctrl-C ends the sitting with a ten-second fade; a second Ctrl-C ends it at once. In a terminal the view
    shows keys for less, more, too much, hold and others.
    """
    from engine.cli.outputs import opened
    from engine.door.relay import sensor_in
    from engine.journal.opening import data_folder
    from engine.sitting.asked import Asked, HelpFirstError

    say, warn = partial(paragraph.say, err=as_json), partial(paragraph.say, err=True)
    room = room_of(room, web=web)
    sensor, strap = hurried(asked["sensor"], fast=fast)
    asked["sensor"] = sensor_in(room, sensor)
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
        along=along and along.device, clock=clock_of(midi_clock, plan.profile),
    )  # fmt: skip
    if chosen.fast and plan.sensor == "auto":  # nobody's beats can be hurried
        heart = sensor_of(plan := replace(plan, sensor="sim"))
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
        along = joining(along, out, say, anybody=room is not None)
        if midi_clock is not None:
            say(told_of_clock(out, midi_clock))
        sitting = Sitting(
            plan, heart, out, data=data, file=path, say=warn, progress=warn, rated=before, along=along
        )
        with (
            sitting, followed(sitting, fast=chosen.fast, as_json=as_json), opened_to(room, sitting),
            announced(out, data if plan.record else None, warn),
        ):  # fmt: skip
            for watcher in (course := HeartCourse(), *drawn):
                sitting.watchers.add(watcher, at_once=True)
            if patch is not None:
                patch.join(sitting)
            interrupts.go_to(sitting.end)
            sitting.run()
    told(sitting, course, path, picture, asked["data"], as_json=as_json)
    if rate and sitting.kept:
        ask_after(sitting)
    return 1 if sitting.trouble else 0
