"""A sitting as the command line asks for it: options that `play` and `render` share, and what they make."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.duration import Duration
from engine.cli.passphrase import passphrase_or_ask
from engine.cli.preparing import rendered_lines
from engine.guide.arms import Arm
from engine.sitting.asked import HANDS, LARGEST_SEED, Asked, AskedError, prepared, turn_of
from engine.sitting.led import NAMES
from engine.sitting.plan import Plan
from sensors.sensor import Sensor

if TYPE_CHECKING:
    from click import Context, Parameter


def waits(sensor: str) -> bool:
    """Whether this sensor is a strap, or like one (sensors.spec.waits)."""
    from sensors import spec

    try:
        return spec.waits(sensor)
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None


class SensorOption(click.Option):
    """`--sensor`, whose help tells the words that other packages have brought, if there are any."""

    def get_help_record(self, ctx: Context) -> tuple[str, str] | None:
        from sensors.foreign import foreign_words

        record = super().get_help_record(ctx)
        brought = foreign_words()
        if record is None or not brought:
            return record
        return record[0], f"{record[1]} Installed besides: {', '.join(brought)}."


def listener_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say for whom and with what heart, and whose hand it is."""
    for option in (
        click.option(
            "--hand", type=click.Choice(HANDS), default=HANDS[0],
            help="Whose keys and target these are; the listener's.",
        ),
        click.option(
            "--sensor", cls=SensorOption, default="auto", metavar="SPEC",
            help="auto, ble, sim, replay:FILE, ...; auto.",
        ),
        click.option("--feel", metavar="TEXT", help="How you feel, in a sentence: where the music begins."),
        click.option("--profile", metavar="NAME|FILE", help="What it is for; relax."),
    ):  # fmt: skip
        command = option(command)
    return command


def sitting_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what is played, not where."""
    for option in (
        click.option("--client", metavar="CODE", help="A listener's code; gives them a motif of their own."),
        click.option(
            "--seed", type=click.IntRange(0, LARGEST_SEED), help="The same seed writes the same music again."
        ),
        click.option(
            "--arm",
            default=Arm.GOVERNED.value,
            metavar="NAME",
            help=f"How the music leads: {NAMES}; all but governed are there to compare it with.",
        ),
        click.option(
            "--breath", type=float, metavar="RATE",
            help="A plain pacer: in and out told by the sound, so many breaths a minute, 4.5 to 24.",
        ),
        click.option(
            "--trim", "trim_db", type=float, default=0.0, metavar="DB",
            help="The whole softer, or louder under the cap, -24 to 5; hands move it from there.",
        ),
        click.option("--duration", type=Duration(), help="90s, 20m or 1h; the profile's own."),
        click.option("--target", type=float, metavar="BPM", help="Heart rate to lead toward."),
    ):
        command = option(command)
    return command


def guide_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for words that are told while it plays."""
    for option in (
        click.option(
            "--then-silence", type=Duration(), metavar="TIME",
            help="How long the music is silent after the words, 3m; the guide's own.",
        ),
        click.option(
            "--pauses", type=float, metavar="SHARE",
            help="Longer or shorter pauses: 0.7 to 1.5 times as written.",
        ),
        click.option(
            "--without", multiple=True, metavar="GROUP",
            help="Leave out a part of the guide, as 'right arm'. May be given several times.",
        ),
        click.option("--voice-db", type=float, metavar="DB", help="The voice louder, or softer: -18 to 6."),
        click.option(
            "--own-voice", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
            help="Your own recordings of the guide's lines: 01.wav, 02.wav, ...",
        ),
        click.option("--voice", metavar="NAME", help="heart, or none for text and a bell; heart if here."),
        click.option("--guide", metavar="NAME|FILE", help="Words told while it plays; calando guides list."),
    ):  # fmt: skip
        command = option(command)
    return command


class TurnText(click.ParamType[str]):
    """A click parameter: a profile and when, `sleep@10m`."""

    name = "turn"

    def convert(self, value: object, param: Parameter | None, ctx: Context | None) -> str:
        try:
            turn_of(str(value))
        except ValueError as wrong:
            self.fail(str(wrong), param, ctx)
        return str(value)


then_option = click.option(
    "--then", "turns", type=TurnText(), multiple=True, metavar="PROFILE@MOMENT",
    help="Turn to another profile on the way: sleep@10m. May be given several times.",
)  # fmt: skip


def planned(asked: Asked) -> Plan:
    """The plan of what is asked; whatever cannot be meant is a wrong call, told in the words of the room."""
    from engine.journal.trouble import JournalError

    try:
        with rendered_lines() as progress:
            return prepared(asked, passphrase_or_ask, progress)
    except AskedError as wrong:
        raise click.UsageError(str(wrong)) from None
    except JournalError as trouble:
        raise click.ClickException(str(trouble)) from None


def sensor_of(plan: Plan) -> Sensor:
    """The plan's sensor, not yet opened."""
    from sensors.spec import open_sensor

    try:
        return open_sensor(plan.sensor)
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None
