"""What is told when a sitting is over, and what the journal remembers was made of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli import paragraph
from engine.cli.goodbye import HeartCourse, Sat, shown
from engine.cli.recorded import remember
from engine.journal.taken_away import taken_away

if TYPE_CHECKING:
    from engine.sitting.sitting import Sitting


def told(
    sitting: Sitting, course: HeartCourse, file: Path | None, picture: Path | None, data: Path | None, *,
    as_json: bool,
) -> None:  # fmt: skip
    """One quiet screen for a person, one line for a program.

    file, picture   what it was played into, and drawn into
    data            the journal's folder as it was named
    """
    kept_as = sitting.id if sitting.kept else None
    if kept_as is not None:
        for kind, made in (("sound", file), ("picture", picture)):
            if made is not None:
                remember(sitting.folder, kept_as, kind, made.expanduser())
    elif sitting.forgotten:
        for made in filter(None, (file, picture)):
            click.echo(taken_away(made.expanduser()), err=True)
        file = picture = None
    if as_json:
        from engine.cli.feed import print_line

        path = None if file is None else str(file)
        print_line({"type": "session", "id": kept_as, "path": path, "seed": sitting.plan.seed})
        return
    sat = Sat(
        course.t_s, course.first_bpm, course.last_bpm, course.simulated, kept_as, sitting.folder, data, file,
        bool(sitting.trouble),
    )  # fmt: skip
    click.echo(shown(sat, paragraph.columns()))
