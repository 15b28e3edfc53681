"""`calando sessions report`: one sitting on one page, as HTML or PDF."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.paragraph import say
from engine.cli.putting import check_new, put
from engine.cli.recorded import data_option, opened_store, remember


@click.command()
@click.argument("id_", metavar="ID")
@data_option
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE",
    help="A name that ends in .html or .pdf; calando-ID.html in the current folder.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace a file that exists.")
def report(id_: str, data: Path | None, output: Path | None, force: bool) -> None:
    """Write a sitting's report: what happened, on one page that any browser shows.

    A PDF is printed by Chromium or Chrome where one is installed; elsewhere the page is written.
    """
    from engine.journal.earlier import beside_earlier
    from engine.journal.pdf import PrintingError, browser, printed
    from engine.journal.report import page

    if output is not None:
        check_new(output.expanduser(), force=True, what="report", kinds=(".html", ".pdf"))
    with opened_store(data) as store:
        record = beside_earlier(store, store.read(id_, without=("command",)))
    path = Path(f"calando-{record.head.id}.html") if output is None else output.expanduser()
    program = browser() if path.suffix.lower() == ".pdf" else None
    if path.suffix.lower() == ".pdf" and program is None:
        path = path.with_suffix(".html")
        click.echo("There is no Chromium or Chrome here to make a PDF, so the page itself is written.")
    check_new(path, force=force)
    written = page(record)
    if program is None:
        content = written.encode()
    else:
        try:
            content = printed(written, program)
        except PrintingError as failure:
            raise click.ClickException(str(failure)) from None
    put(path, content, force=force)
    remember(data, record.head.id, "report", path)
    say(f"The report is in {path}.")
