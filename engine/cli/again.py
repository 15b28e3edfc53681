"""A sitting of the journal as a sound file: as it was played, or as a piece to take home."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.paragraph import say
from engine.cli.recorded import opened_store, remember
from sensors.plain_text import plain

if TYPE_CHECKING:
    from engine.journal.record import Record


@dataclass(frozen=True, slots=True)
class Again:
    """How sittings are to be rendered.

    take_home_s  length of the new piece that is made of each; None renders them as they were played
    force        whether a file that exists is replaced
    with_code    whether a piece names the listener's code
    """

    take_home_s: float | None
    force: bool
    with_code: bool

    @property
    def kind(self) -> str:
        """What the journal calls such a file."""
        return "sound" if self.take_home_s is None else "take-home"


def again(name: str, output: Path, how: Again, data: Path | None) -> None:
    """Render one sitting with a bar."""
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    with opened_store(data) as store:
        record = store.read(name)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(f"Rendering {escape(plain(output.name))}", total=1.0)
        try:
            remarks = rendered(
                record, output, how, partial(progress.console.print, markup=False, highlight=False),
                lambda share: progress.update(task, completed=share),
            )  # fmt: skip
        except ValueError as wrong:
            raise click.UsageError(str(wrong)) from None
        except OSError as failure:
            raise click.ClickException(str(failure)) from None
    remember(data, record.head.id, how.kind, output)
    for remark in remarks:
        say(remark, err=True)
    if how.take_home_s is None:
        say(f"The sitting {record.head.id} is in {output}.")
    else:
        say(f"The piece is in {output}.")


def rendered(
    record: Record, output: Path, how: Again, progress: Callable[[str], None] | None = None,
    moved: Callable[[float], None] | None = None,
) -> list[str]:  # fmt: skip
    """Render one sitting, here or in a worker, and return what is to be said of it.

    Raises ValueError where it cannot be meant and OSError where it fails, in one sentence.
    """
    if how.take_home_s is None:
        from engine.journal.rendition import doubts, write

        doubt = doubts(record.head)
        replay = write(record, output, force=how.force, progress=progress, moved=moved)
        remarks = [doubt] if doubt else []
        if replay.inexact:
            remarks.append(f"{replay.inexact} commands took effect at another moment than they did then.")
        if replay.missing_s > 0.0:
            beside = f"{replay.missing_s:.0f} s of what sounded beside the music"
            remarks.append(f"{beside} were too much for the record to keep, and are silent here.")
        return remarks
    from engine.journal import take_home

    measured = take_home.write(
        record, how.take_home_s, output, force=how.force, with_code=how.with_code, progress=progress,
        moved=moved,
    )  # fmt: skip
    remarks = [remark] if (remark := take_home.words_remark(record, how.take_home_s)) else []
    if measured.reached_lufs < take_home.LOUDNESS_LUFS - 0.1:
        remarks.append(f"Its peaks leave room for {measured.reached_lufs:.1f} LUFS only.")
    return remarks
