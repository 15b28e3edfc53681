"""`calando live`: the therapist's console, a page on this computer."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import click

from engine.cli.paragraph import say
from engine.cli.recorded import data_option

PLAY = (sys.executable, "-c", "from engine.cli.main import main; main()", "play")
"""What the console begins a sitting with: this very Calando."""


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="On this computer alone; 8217, 0 for any.")
@click.option("--output", default="auto", metavar="SPEC", help="Where sittings begun here are heard; auto.")
@data_option
def live(port: int | None, output: str, data: Path | None) -> int:
    """Serve the therapist's console: a page that sees and leads the sittings of this computer.

    Open the address that it prints. The music never depends on it: Ctrl-C ends the console, and what plays
    plays on.
    """
    from engine.journal.opening import data_folder

    try:
        from engine.console.revive import free_port, revived
        from engine.console.serve import DEFAULT_PORT, HOST, PortError, serve
    except ModuleNotFoundError as missing:
        raise click.ClickException(
            f"The console needs {missing.name}, which is not installed: pip install 'calando[live]'"
        ) from None
    folder = data_folder(data)
    options = [f"--output={output}", f"--data={folder.absolute()}"]
    told = partial(say, err=False)
    listened = DEFAULT_PORT if port is None else port or free_port(HOST)
    try:
        return revived(partial(serve, listened, folder, PLAY, options, told), told)
    except (PortError, PermissionError) as trouble:
        raise click.ClickException(str(trouble)) from None
