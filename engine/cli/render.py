"""`calando render`: a sitting as a sound file, faster than it plays; one of the journal exactly as it was."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.again import Again, again
from engine.cli.batch import render_batch
from engine.cli.duration import Duration
from engine.cli.paragraph import say
from engine.cli.picture import picture_option, pictured
from engine.cli.preparing import prepare_sound
from engine.cli.recorded import data_option
from engine.cli.sitting import SensorOption, planned, sensor_of, sitting_options, waits
from engine.cli.synth import synth_of, synth_options
from sensors.plain_text import plain

if TYPE_CHECKING:
    from engine.patch.player import PatchPlayer
    from engine.player import Output
    from engine.session import Moment
    from engine.sitting.plan import Plan
    from engine.watch import Watcher
    from sensors.sensor import Sensor

SESSION = re.compile(r"last|\d{8}-[\da-z-]*")
"""What tells a sitting's id, or the beginning of one, from a profile."""


@click.command()
@click.argument("what", metavar="SESSION|PROFILE", required=False)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE",
    help="A name that ends in .wav, .flac or .ogg.",
)  # fmt: skip
@click.option(
    "--sensor", cls=SensorOption, default="sim", metavar="SPEC",
    help="The heart to follow: sim or replay:FILE; sim.",
)
@sitting_options
@picture_option
@synth_options
@click.option(
    "--take-home", type=Duration(), metavar="DURATION",
    help="Of SESSION: not as it was, but a new piece of this length from what helped in it.",
)  # fmt: skip
@click.option("--with-code", is_flag=True, help="Name the listener's code in the piece to take home.")
@click.option(
    "--batch", type=click.Path(path_type=Path), metavar="FILE",
    help="Render many on all cores: a line for each, SESSION and the sound file's name.",
)  # fmt: skip
@click.option("--workers", type=click.IntRange(1), help="Of --batch: processes; as many as there are cores.")
@click.option("--scheduler", metavar="ADDRESS", help="Of --batch: on this Dask cluster: tcp://host:8786.")
@data_option
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@click.pass_context
def render(
    context: click.Context, what: str | None, output: Path | None, sensor: str, target: float | None,
    duration: float | None, trim_db: float, arm: str, breath: float | None, seed: int | None,
    client: str | None, picture: Path | None, synth: str | None, alone: bool, take_home: float | None,
    with_code: bool, batch: Path | None, workers: int | None, scheduler: str | None, data: Path | None,
    force: bool,
) -> None:  # fmt: skip
    """Render to a sound file a new sitting with the profile PROFILE, or SESSION as it was played.

    SESSION is a sitting's id, the beginning of one, or `last`; with --take-home a new piece is made from
    it. Ctrl-C stops it and leaves no file. The workers of a Dask cluster write the files themselves, so
    they must see the same folders.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if batch is not None:
        if what is not None or output is not None:
            raise click.UsageError("--batch names every sitting and file in its own lines; give no other.")
        _refuse_options(context)
        render_batch(batch, Again(take_home, force, with_code), data, workers, scheduler)
        return
    for option in ("workers", "scheduler"):
        if context.params[option] is not None:
            raise click.UsageError(f"--{option} is for many pieces at once; name them with --batch FILE.")
    if what is None:
        raise click.UsageError("Say what is rendered: a sitting, a profile, or many with --batch FILE.")
    if output is None:
        raise click.UsageError("Name the sound file with -o or --output.")
    if SESSION.fullmatch(what):
        _refuse_options(context)
        again(what, output, Again(take_home, force, with_code), data)
        return
    if take_home is not None:
        raise click.UsageError(f"A piece to take home is made from a sitting, and {what!r} is none.")
    if waits(sensor):
        raise click.UsageError("A rendering cannot wait for a strap; give it --sensor sim or replay:FILE.")
    from engine.sitting.asked import Asked

    plan = planned(Asked(
        what, None, sensor, target, duration, arm, (), seed, client, data=data, breath=breath,
        trim_db=trim_db,
    ))  # fmt: skip
    heart = sensor_of(plan)
    from engine.render import SoundFile
    from engine.written import PlaceError, WriteError

    try:
        from engine.device import PREFERRED_RATE_HZ
        from engine.player import OfflineOutput

        with (
            SoundFile(output, PREFERRED_RATE_HZ, force=force) as file,
            pictured(picture, plan, heart, file.rate_hz, force=force, say=say) as drawn,
        ):
            out = OfflineOutput(file.rate_hz, f"Rendering into {file.path}.", file.write)
            with synth_of(synth, out, plan.seed, say, alone=alone) as patch:
                _render(plan, heart, out, file.path, drawn, patch)
    except PlaceError as wrong:
        raise click.UsageError(str(wrong)) from None
    except WriteError as failure:
        raise click.ClickException(str(failure)) from None
    say(f"The piece is in {output}.")


def _render(
    plan: Plan, heart: Sensor, out: Output, path: Path, watchers: Sequence[Watcher],
    patch: PatchPlayer | None,
) -> None:  # fmt: skip
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    from engine.sitting.sitting import Sitting

    prepare_sound(out.rate_hz)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(f"Rendering {escape(plain(path.name))}", total=plan.duration_s)

        class Bar:
            def moment(self, moment: Moment) -> None:
                progress.update(task, completed=moment.t_s)

        with Sitting(plan, heart, out, progress=progress.console.print) as sitting:
            for watcher in (Bar(), *watchers):
                sitting.watchers.add(watcher, at_once=True)
            if patch is not None:
                patch.join(sitting)
            sitting.run()


def _refuse_options(context: click.Context) -> None:
    """A sitting that was played is not asked how it shall be."""
    for option in (
        "sensor", "target", "duration", "arm", "breath", "seed", "client", "picture", "synth", "alone",
    ):  # fmt: skip
        if context.get_parameter_source(option) is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(f"A sitting is rendered as it was played; --{option} has no say in it.")
