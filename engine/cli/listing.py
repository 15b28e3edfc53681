"""The list of shipped files and of one's own, one a line: `calando profiles list`, `calando guides list`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from engine.cli.paragraph import columns, labelled, say


def listed(
    shipped: Sequence[str], own: Sequence[str], folder: Path, described: Callable[[str], str]
) -> None:
    """Print them, `described` behind each name; what stands in place of a shipped one is told so."""
    width, at = columns(), max(map(len, (*shipped, *own))) + 2
    for name in shipped:
        if name not in own:
            click.echo(labelled(name, described(name), width, at))
    if own:
        say(f"\nYour own, in {folder}:")
    for name in own:
        shadows = " (in place of the shipped one)" if name in shipped else ""
        click.echo(labelled(name, f"{described(name)}{shadows}", width, at))
