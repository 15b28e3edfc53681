"""`calando sessions progress`: one listener over weeks, as a picture."""

from __future__ import annotations

import re
from pathlib import Path

import click

from engine.cli.paragraph import say
from engine.cli.putting import put
from engine.cli.recorded import data_option, opened_store, remember


@click.command()
@click.argument("code")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE",
    help="A name that ends in .png; calando-CODE.png in the current folder.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@data_option
def progress(code: str, output: Path | None, force: bool, data: Path | None) -> None:
    """Draw a listener's sittings over weeks: ratings, resting rate, variation and breath.

    Simulated sittings are left out.
    """
    from engine.journal.progress import drawn, progress_of
    from engine.picture import check_picture
    from engine.written import PlaceError

    # A code may hold what no name of a file does.
    name = re.sub(r"[^\w-]", "_", code)
    path = Path(f"calando-{name}.png") if output is None else output.expanduser()
    try:
        check_picture(path, force=force)
    except PlaceError as wrong:
        raise click.UsageError(str(wrong)) from None
    with opened_store(data) as store:
        found = progress_of(store, code)
    if not found.sittings:
        real = " with a real heart" if found.simulated else ""
        raise click.UsageError(f"No sitting of {code}{real} is kept; `calando sessions list` has the codes.")
    put(path, drawn(found), force=force)
    for sat in found.sittings:
        remember(data, sat.head.id, "progress", path)
    say(f"The picture is in {path}.")
