"""`calando render`: a sitting as a sound file, faster than it plays."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.picture import picture_option, pictured
from engine.cli.sitting import Sitting, prepare, sitting_options

if TYPE_CHECKING:
    from engine.render import SoundFile
    from engine.session import Listener


@click.command()
@click.argument("profile", metavar="PROFILE")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE",
    help="A name that ends in .wav, .flac or .ogg.",
)  # fmt: skip
@click.option("--sensor", default="sim", metavar="SPEC", help="The heart to follow: sim or replay:FILE; sim.")
@sitting_options
@picture_option
@click.option("--force", is_flag=True, help="Replace a file that exists.")
def render(
    profile: str, output: Path, sensor: str, target: float | None, duration: float | None, arm: str,
    seed: int | None, client: str | None, picture: Path | None, force: bool,
) -> None:  # fmt: skip
    """Render a sitting with the profile PROFILE to a sound file.

    Ctrl-C stops it and leaves no file.
    """
    if sensor.partition(":")[0] not in ("sim", "replay"):
        raise click.UsageError("A rendering cannot wait for a strap; give it --sensor sim or replay:FILE.")
    sitting = prepare(profile, sensor, target, duration, arm, seed, client)
    from engine.render import SoundFile, TargetFileError, WriteError

    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        from engine.device import PREFERRED_RATE_HZ

        with (
            SoundFile(output, PREFERRED_RATE_HZ, force=force) as file,
            pictured(picture, sitting, file.rate_hz, force=force, say=click.echo) as drawn,
        ):
            _render(sitting, file, drawn)
    except TargetFileError as wrong:
        raise click.UsageError(str(wrong)) from None
    except WriteError as failure:
        raise click.ClickException(str(failure)) from None
    click.echo(f"The piece is in {output}.")


def _render(sitting: Sitting, file: SoundFile, listeners: Sequence[Listener]) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from dsp.native import Engine
    from engine.player import OfflineOutput
    from engine.session import Moment, Session

    out = OfflineOutput(file.rate_hz, f"Rendering into {file.path}.", file.write)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        engine = Engine(out.rate_hz, sitting.seed, progress=progress.console.print)
        task = progress.add_task(f"Rendering {file.path.name}", total=sitting.duration_s)

        class Bar:
            def moment(self, moment: Moment) -> None:
                progress.update(task, completed=moment.t_s)

        Session(
            sitting.profile, sitting.sensor, sitting.guide, sitting.composer, engine, out, [Bar(), *listeners]
        ).run()
