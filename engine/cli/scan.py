"""`calando scan`: the straps within reach, their signal, battery, and whether they send RR intervals."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from engine.cli.duration import Seconds
from engine.cli.interrupt import interruptible
from engine.cli.paragraph import columns, table

if TYPE_CHECKING:
    from sensors.survey import StrapReport

NONE_FOUND = (
    "No strap was found: put it on and wet the electrodes, close other apps and watches that may hold it, "
    "and come nearer."
)


@click.command()
@click.option(
    "--seconds",
    type=Seconds(1.0, 120.0),
    default=6.0,
    show_default=True,
    help="How long to look for straps.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, one for each strap.")
def scan(seconds: float, as_json: bool) -> None:
    """List the straps within reach: name, address, signal, battery, and whether they send RR intervals."""
    from sensors.bluetooth import trouble_of

    interruptible()
    try:
        found = asyncio.run(_scan(seconds, as_json))
    except Exception as error:
        raise click.ClickException(str(trouble_of(error) or f"The scan failed: {error}.")) from error
    if not found:
        raise click.ClickException(NONE_FOUND)


async def _scan(seconds: float, as_json: bool) -> int:
    """Print every strap as soon as it is known; the number of straps."""
    from sensors.survey import survey

    straps = survey(seconds)
    return await (_print_json(straps) if as_json else _print_table(straps, seconds))


async def _print_json(straps: AsyncIterator[StrapReport]) -> int:
    found = 0
    async for strap in straps:
        found += 1
        click.echo(json.dumps(asdict(strap)))
    return found


async def _print_table(straps: AsyncIterator[StrapReport], seconds: float) -> int:
    from rich.console import Console

    with Console(stderr=True).status(f"Looking for straps for {seconds:g} s, then asking each one ..."):
        rows = [
            (
                strap.name or "(no name)",
                strap.address,
                "in use" if strap.signal_dbm is None else f"{strap.signal_dbm} dBm",
                "?" if strap.battery_percent is None else f"{strap.battery_percent} %",
                {True: "yes", False: "no", None: "?"}[strap.sends_rr],
                strap.words,
            )
            async for strap in straps
        ]
    if rows:
        click.echo(table(("name", "address", "signal", "battery", "RR", ""), rows, columns()))
    return len(rows)
