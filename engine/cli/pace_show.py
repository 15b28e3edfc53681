"""`calando pace show`: what the searches for a listener's own pace came to, as a page or as JSON."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.paragraph import say
from engine.cli.putting import check_new, put
from engine.cli.recorded import data_option, opened_store, remember

if TYPE_CHECKING:
    from engine.pace.search import Search


@click.command()
@click.option("--client", metavar="CODE", help="The listener's code; without it whoever sat without one.")
@click.option("--simulated", is_flag=True, help="Of simulated hearts, which are nobody's.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE",
    help="A name that ends in .html; calando-pace.html in the current folder.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@click.option("--json", "as_json", is_flag=True, help="Every search with its figures, as one JSON object.")
@data_option
def show(
    client: str | None, simulated: bool, output: Path | None, force: bool, as_json: bool, data: Path | None
) -> None:
    """Show what your own pace is, how sure that is, and how it was over the weeks: one page."""
    from engine.pace import words
    from engine.pace.page import page
    from engine.pace.search import searches

    if output is not None:
        check_new(output.expanduser(), force=True, what="page", kinds=(".html",))
    with opened_store(data) as store:
        found = searches(store, client, simulated=simulated)
    if as_json:
        click.echo(json.dumps({"client": client, "searches": [_plain(each) for each in found]}))
        return
    if not found:
        whose = f" of {client}" if client is not None else ""
        raise click.UsageError(f"No search{whose} for a pace is kept; `calando pace` makes one.")
    # A code may hold what no name of a file does.
    name = "calando-pace" + ("" if client is None else "-" + re.sub(r"[^\w-]", "_", client))
    path = Path(f"{name}.html") if output is None else output.expanduser()
    check_new(path, force=force)
    put(path, page(found, client).encode(), force=force)
    for each in found:
        for head in each.heads:
            remember(data, head.id, "pace", path)
    say(f"{words.told(found[-1].estimate, simulated=simulated, left=found[-1].left)} The page is in {path}.")


def _plain(search: Search) -> dict[str, Any]:
    found = search.estimate
    return {
        "began_at": search.began_at, "sittings": [head.id for head in search.heads],
        "simulated": search.simulated, "own_per_min": found.own_per_min, "best_per_min": found.best_per_min,
        "as_well": list(found.as_well), "why": found.why,
        "probability": {f"{pace:g}": round(share, 3) for pace, share in found.share},
        "paces": [_rounded(asdict(each)) for each in search.swings],
    }  # fmt: skip


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in values.items()}
