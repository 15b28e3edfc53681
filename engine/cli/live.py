"""`calando live`: the therapist's console, a page on this computer."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import click

from engine.cli.paragraph import say
from engine.cli.qr import drawn
from engine.cli.recorded import data_option
from engine.door.rooms import DEFAULT_ROOM, NAMED

PLAY = (sys.executable, "-c", "from engine.cli.main import main; main()", "play")
"""What the console begins a sitting with: this very Calando."""


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="8217, 0 for any.")
@click.option(
    "--network", is_flag=True, help="Let other devices in too, over TLS; without it, this computer alone."
)
@click.option(
    "--room", default=DEFAULT_ROOM, metavar="NAME", help="With --network: found as calando-NAME.local."
)
@click.option("--output", default="auto", metavar="SPEC", help="Where sittings begun here are heard; auto.")
@data_option
def live(port: int | None, network: bool, room: str, output: str, data: Path | None) -> int:
    """Serve the therapist's console: a page that sees and leads the sittings of this computer.

    Open the address that it prints. The music never depends on it: Ctrl-C ends the console, and what plays
    plays on.

    With --network a tablet or telephone in the same network comes in by the picture that is drawn, or by its
    address and eight letters. docs/console.md tells how it learns to know this computer, and how a therapist
    elsewhere reaches it.
    """
    from engine.journal.opening import data_folder

    if NAMED.fullmatch(room) is None:
        raise click.UsageError(f"{room[:40]!r} is no name for a room: up to 32 letters, digits, - and _.")
    try:
        from engine.console.certificates import CertificateError
        from engine.console.network import NameTakenError
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
        served = partial(serve, listened, folder, PLAY, options, told, drawn, room if network else None)
        return revived(served, told)
    except (PortError, PermissionError, CertificateError, NameTakenError) as trouble:
        raise click.ClickException(str(trouble)) from None
