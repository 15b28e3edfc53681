"""`calando trial next`: the next sitting of a trial, which shows nothing that tells how it is led."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from engine.cli import paragraph
from engine.cli.fast import hurried
from engine.cli.interrupt import Interrupts
from engine.cli.players import announced
from engine.cli.preparing import prepare_sound
from engine.cli.rating import RatingText, asked
from engine.cli.recorded import data_option
from engine.cli.sitting import planned, sensor_of
from engine.cli.strap_heard import strap_heard
from engine.cli.trial_journal import opened_trials
from engine.cli.without_device import way
from engine.durations import clock_time

if TYPE_CHECKING:
    from engine.journal.record import Rating
    from engine.sitting.plan import Plan
    from engine.sitting.sitting import Sitting
    from engine.snapshot import Snapshot
    from engine.trial.register import Trial

EVERY_S = 300.0
"""Engine time between two words of how much of the sitting is over."""


@click.command("next")
@click.argument("name", required=False)
@click.option("--sensor", metavar="SPEC", help="Another strap than the trial's own.")
@click.option("--output", default="auto", metavar="SPEC", help="auto, device:NAME, file:PATH or null; auto.")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@click.option("--fast", is_flag=True, help="As fast as the machine can; with --sensor sim or replay:FILE.")
@click.option(
    "--rate-before", type=RatingText(), metavar="CALM", help="How calm you are, without being asked."
)
@click.option(
    "--rate-after", type=RatingText(), metavar="CALM", help="How calm you are afterwards, the same."
)
@data_option
def next_(
    name: str | None, sensor: str | None, output: str, force: bool, fast: bool, rate_before: Rating | None,
    rate_after: Rating | None, data: Path | None,
) -> int:  # fmt: skip
    """Play the next sitting of a trial.

    How it is led is shown by nothing, here or in the journal. Ctrl-C ends it with a ten-second fade; what
    comes of a sitting that is ended early was laid down when the trial was begun.
    """
    from engine.cli.outputs import opened
    from engine.journal.opening import data_folder

    found, number, plan = _drawn(name, sensor, data)
    _, strap = hurried(plan.sensor, fast=fast)
    heart = sensor_of(plan)
    say, warn = paragraph.say, partial(paragraph.say, err=True)
    for sentence in plan.said:
        say(sentence)
    chosen = way(output, fast=fast, waits=strap, or_render=False, tell=say)
    folder = data_folder(data)
    with ExitStack() as rooms:
        interrupts = rooms.enter_context(Interrupts())
        out, path = rooms.enter_context(opened(output, chosen, name=plan.profile.name, force=force, say=say))
        if strap:
            heart = rooms.enter_context(
                strap_heard(heart, say, "so nothing was played and this sitting is still to come")
            )
        before = _calm("before", found, rate_before)
        from engine.sitting.sitting import Sitting
        from engine.snapshot import Snapshots

        prepare_sound(out.rate_hz)
        sitting = Sitting(plan, heart, out, data=folder, file=path, say=warn, progress=warn, rated=before)
        say(f"Sitting {number} of {found.plan.sittings}. Ctrl-C ends it.")
        with sitting, announced(out, folder, warn):
            sitting.watchers.add(Snapshots(sitting, Quiet(plan.duration_s).show), at_once=chosen.fast)
            interrupts.go_to(sitting.end)
            sitting.run()
            sitting.watchers.close()
    return _after(sitting, found, number, rate_after, data)


def _drawn(name: str | None, sensor: str | None, data: Path | None) -> tuple[Trial, int, Plan]:
    """The trial, the number of its next sitting, and the plan of that, whose arm is out of sight."""
    from engine.journal.blind import blind_arm
    from engine.sitting.asked import Asked
    from engine.trial import register

    with opened_trials(data) as store:
        if not store.writable:
            raise click.ClickException(
                "The journal may not be written here, so no sitting of a trial is played."
            )
        found = register.found(store, name)
        number, arm = register.next_sitting(store, found)
    asked_for = found.plan
    if sensor == "auto":
        raise click.UsageError("A trial needs a heart that is known beforehand; name a sensor, such as ble.")
    plan = planned(Asked(
        asked_for.profile, sensor=sensor or asked_for.sensor, target=asked_for.target_bpm,
        duration=asked_for.duration_s, arm=arm, client=asked_for.client, data=data, pulse=False,
    ))  # fmt: skip
    return found, number, replace(plan, arm=blind_arm(found.name, number))


def _calm(when: Literal["before", "after"], found: Trial, given: Rating | None) -> Rating | None:
    """How calm the listener is: as given, or asked where the trial compares it."""
    if given is not None:
        return replace(given, when=when)
    return asked(when) if found.plan.outcome == "calm" else None


def _after(sitting: Sitting, found: Trial, number: int, given: Rating | None, data: Path | None) -> int:
    """Keep that it took place and how the listener feels now, and tell what comes next."""
    from datetime import datetime

    from engine.guide.music_state import Hand
    from engine.journal.keeping import rated
    from engine.trial import register

    with opened_trials(data) as store:
        register.took_place(store, found, number)
        here = store.has(sitting.id)
    if here:
        try:
            after = _calm("after", found, given)
        except (click.Abort, click.UsageError):
            paragraph.say(f"Not rated; `calando sessions rate {sitting.id} after` does it later.", err=True)
            after = None
        if after is not None and after.words:
            with opened_trials(data) as store:
                rated(store, sitting.id, Hand.LISTENER, after)
    with opened_trials(data) as store:
        free_s = register.free_from_s(found, list(register.heads_of(store, found).values()))
    paragraph.say(
        f"Sitting {number} of {found.plan.sittings} is kept as {sitting.id}." if here
        else f"Sitting {number} of {found.plan.sittings} is not in the journal, so it does not count."
    )  # fmt: skip
    if number == found.plan.sittings:
        paragraph.say(f"It was the last. What came of them all: calando trial end {found.name}")
    else:
        moment = datetime.fromtimestamp(free_s).astimezone()
        when = f"from {moment:%A, %d %B, %H:%M} on" if found.plan.washout_s else "now"
        paragraph.say(f"The next may begin {when}: calando trial next {found.name}")
    return 1 if sitting.trouble else 0


class Quiet:
    """Shows a sitting to nobody: what the strap says, and how much of it is over."""

    def __init__(self, length_s: float) -> None:
        self._length_s, self._next_s, self._link = length_s, EVERY_S, ""

    def show(self, snapshot: Snapshot) -> None:
        for said in snapshot.said:
            if said.kind == "link" and said.words != self._link:
                self._link = said.words
                paragraph.say(f"{clock_time(said.t)}  {said.words}")
        if snapshot.t >= self._next_s:
            self._next_s += EVERY_S
            paragraph.say(f"{clock_time(snapshot.t)}  of {clock_time(self._length_s)}")
