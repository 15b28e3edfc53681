"""`calando render SESSION --take-home`: a piece to take home, rendered, levelled and tagged."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.recorded import opened_store


def take_home_piece(
    name: str, data: Path | None, duration_s: float, output: Path, *, force: bool, with_code: bool
) -> None:
    """Render the piece twice, once to learn its loudness and once into `output` at -23 LUFS."""
    from rich.console import Console
    from rich.progress import Progress

    from engine.guide.target import DurationError
    from engine.journal.take_home import LOUDNESS_LUFS, TakeHomeError, louder, play
    from engine.render import SoundFile, TargetFileError, WriteError
    from engine.session import Moment

    with opened_store(data) as store:
        record = store.read(name)
    head = record.head
    try:
        tags = {
            "title": f"Calando: {head.profile_table.get('title', head.profile)}",
            "date": head.began_at[:10],
            "comment": "Made from a sitting, to listen to at home.",
        }
        if with_code and head.client is not None:
            tags["artist"] = head.client
        with (
            SoundFile(output, head.rate_hz, force=force, tags=tags) as file,
            Progress(console=Console(stderr=True), transient=True) as progress,
        ):
            task = progress.add_task(f"Rendering {output.name}", total=2.0 * duration_s)

            class Bar:
                def __init__(self, before_s: float) -> None:
                    self._before_s = before_s

                def moment(self, moment: Moment) -> None:
                    progress.update(task, completed=self._before_s + moment.t_s)

            measured = play(record, duration_s, None, [Bar(0.0)], progress.console.print)
            play(record, duration_s, louder(file.write, measured.gain), [Bar(duration_s)])
    except (TakeHomeError, DurationError, TargetFileError) as wrong:
        raise click.UsageError(str(wrong)) from None
    except WriteError as failure:
        raise click.ClickException(str(failure)) from None
    reached = measured.reached_lufs
    if reached < LOUDNESS_LUFS - 0.1:
        click.echo(f"Its peaks leave room for {reached:.1f} LUFS only.")
    click.echo(f"The piece is in {output}.")
