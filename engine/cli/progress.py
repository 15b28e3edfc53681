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
    help="A name that ends in .png or .html; calando-CODE.png in the current folder.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@data_option
def progress(code: str, output: Path | None, force: bool, data: Path | None) -> None:
    """A listener's sittings over weeks, in sentences and as a picture or a page.

    Ratings before and after, resting rate, variation, breath, own pace and minutes.

    Simulated sittings are left out.
    """
    from engine.journal.progress import drawn, page, progress_of, told
    from engine.picture import check_picture
    from engine.written import PlaceError

    # A code may hold what no name of a file does.
    name = re.sub(r"[^\w-]", "_", code)
    path = Path(f"calando-{name}.png") if output is None else output.expanduser()
    try:
        check_picture(path, force=force, kinds=(".png", ".html"))
    except PlaceError as wrong:
        raise click.UsageError(str(wrong)) from None
    with opened_store(data) as store:
        found = progress_of(store, code)
    if not found.sittings:
        real = " with a real heart" if found.simulated else ""
        raise click.UsageError(f"No sitting of {code}{real} is kept; `calando sessions list` has the codes.")
    for sentence in told(found):
        say(sentence)
    as_page = path.suffix.lower() == ".html"
    put(path, page(found).encode() if as_page else drawn(found), force=force)
    for sat in found.sittings:
        remember(data, sat.head.id, "progress", path)
    say(f"The {'page' if as_page else 'picture'} is in {path}.")
