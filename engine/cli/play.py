"""`calando play`: one sitting, heard, recorded or as fast as the machine can."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from engine.cli import paragraph
from engine.cli.goodbye import HeartCourse, Sat, shown
from engine.cli.keys import Keys
from engine.cli.picture import picture_option, pictured
from engine.cli.players import announced
from engine.cli.recorded import ask_after, data_option, recorded, said_before, said_options, usual_of
from engine.cli.sitting import Sitting, prepare, sitting_options, waits
from engine.cli.turns import Turn, Turns, check_turns, then_option
from engine.cli.without_device import or_render_option, way
from engine.guide.music_state import Hand
from sensors.spec import open_sensor

if TYPE_CHECKING:
    from engine.journal.record import Rating
    from engine.player import Output
    from engine.session import Listener

HELP_LINE_VARIABLE = "CALANDO_HELP_LINE"
"""Environment variable with what a site answers to words of crisis and of bodily trouble."""


@click.command()
@click.option("--profile", metavar="NAME|FILE", help="What it is for; relax.")
@click.option("--feel", "feel_text", metavar="TEXT", help="How you feel, in a sentence; chooses the profile.")
@click.option("--sensor", default="auto", metavar="SPEC", help="auto, ble, sim, replay:FILE, ...; auto.")
@sitting_options
@then_option
@said_options
@click.option("--output", default="auto", metavar="SPEC", help="auto, device:NAME, file:PATH or null; auto.")
@or_render_option
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@picture_option
@data_option
@click.option(
    "--hand", type=click.Choice([Hand.LISTENER.value, Hand.THERAPIST.value]), default=Hand.LISTENER.value,
    help="Whose keys and target these are; the listener's.",
)
@click.option("--fast", is_flag=True, help="As fast as the machine can, instead of in real time.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line on standard output.")
def play(
    profile: str | None, feel_text: str | None, sensor: str, target: float | None, duration: float | None,
    arm: str, seed: int | None, client: str | None, turns: Sequence[Turn], goal: str | None, consent: bool,
    rate: bool, rate_before: Rating | None, output: str, or_render: bool, force: bool, picture: Path | None,
    data: Path | None, hand: str, fast: bool, as_json: bool,
) -> int:  # fmt: skip
    """Play music that follows a heart.

    Ctrl-C ends the sitting with a ten-second fade; a second Ctrl-C ends it at once. In a terminal the view
    shows keys for less, more, too much, hold and others.
    """
    from engine.cli.outputs import opened
    from engine.feel.words import NothingSaidError, feel

    def say(sentence: str) -> None:
        paragraph.say(sentence, err=as_json)

    if fast and sensor == "auto":
        sensor = "sim"
    elif fast and waits(sensor):
        raise click.UsageError("A strap cannot be hurried; with --fast give --sensor sim or replay:FILE.")
    feeling = None
    if feel_text is not None:
        if profile is not None:
            raise click.UsageError("--feel chooses the profile; give either --feel or --profile.")
        try:
            feeling = feel(feel_text, os.environ.get(HELP_LINE_VARIABLE))
        except NothingSaidError as nothing:
            raise click.UsageError(f"--feel: {nothing}") from None
        profile = feeling.profile
        say(feeling.said)
        if profile is None:
            return 0
    if profile is None:
        profile = "relax"
    usual = usual_of(data, sensor, client, say)
    sitting = prepare(
        profile, sensor, target, duration, arm, seed, client, data, feeling, feel_text, usual, Hand(hand)
    )
    check_turns(turns, sitting.duration_s)
    chosen = way(output, fast=fast, waits=waits(sensor) and sensor != "auto", or_render=or_render, tell=say)
    if chosen.fast and sensor == "auto":
        sitting = replace(sitting, sensor=open_sensor("sim"), sensor_spec="sim")
    said = said_before(goal, consent, rate, rate_before)
    with (
        _Interrupts() as interrupts,
        opened(output, chosen, name=sitting.profile.name, force=force, say=say) as (out, path),
        pictured(picture, sitting, out.rate_hz, force=force, say=say) as drawn,
    ):
        from dsp.native import Engine
        from engine.cli.output_words import OutputWords
        from engine.device import DeviceError
        from engine.session import Session

        def warn(sentence: str) -> None:
            click.echo(sentence, err=True)

        course = HeartCourse()
        keys = Keys(sitting.guide.holders, Hand(hand))
        engine = Engine(out.rate_hz, sitting.seed, progress=warn)
        with (
            recorded(sitting, said, out, path, data, warn) as journal,
            _follower(sitting, out, as_json, keys, lambda: journal.trouble) as follower,
            announced(out, journal.folder, warn),
        ):
            turning = Turns(turns, Hand(hand))
            listeners = [follower, journal, turning, course, *drawn]
            if as_json or not sys.stdout.isatty():
                listeners.append(OutputWords(out, as_json))
            session = Session(
                sitting.profile, sitting.sensor, sitting.guide, sitting.composer, engine, out, listeners
            )
            turning.session = session
            interrupts.go_to(lambda: session.end(Hand(hand)))
            keys.serve(session.wish, journal.mark)
            try:
                session.run()
            except DeviceError as failure:  # it was there a moment ago, and did not open
                raise click.ClickException(str(failure)) from None
    if as_json:
        from engine.cli.feed import print_line

        file = None if path is None else str(path)
        print_line({"type": "session", "id": journal.id, "path": file, "seed": sitting.seed})
    else:
        kept = Sat(course.t_s, course.first_bpm, course.last_bpm, course.simulated, journal.id,
                   journal.folder, data, path, bool(journal.trouble))  # fmt: skip
        click.echo(shown(kept, paragraph.columns()))
    if rate:
        ask_after(journal)
    return 1 if journal.trouble else 0


def _follower(
    sitting: Sitting, out: Output, as_json: bool, keys: Keys, trouble: Callable[[], str]
) -> AbstractContextManager[Listener]:
    """Who shows the sitting: JSON for a program, a live view for a person, sentences for a log."""
    if as_json:
        from engine.cli.feed import JsonFeed

        return nullcontext(JsonFeed())
    if sys.stdout.isatty():
        from rich.console import Console

        from engine.cli.view import LiveView

        title = sitting.profile.title
        return LiveView(Console(), title, sitting.sensor, sitting.duration_s, out, keys, trouble)
    from engine.cli.feed import Sentences

    return nullcontext(Sentences())


class _Interrupts:
    """Ctrl-C, a terminal that is closed, the system's wish that we end: handed to the session there is.

    Before that, KeyboardInterrupt puts everything in order that has been begun.
    """

    def __init__(self) -> None:
        self._end: Callable[[], None] | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Interrupts:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)  # Windows hangs up on nobody
            # Under nohup the terminal may close.
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._interrupted)
        return self

    def __exit__(self, *failure: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def go_to(self, end: Callable[[], None]) -> None:
        self._end = end

    def _interrupted(self, _number: int, _frame: FrameType | None) -> None:
        if self._end is None:
            raise KeyboardInterrupt
        self._end()
