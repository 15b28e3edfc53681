"""`--web`: the listener's own telephone beside a sitting, by a server that the music knows nothing of."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.qr import drawn
from engine.cli.room import check_room

if TYPE_CHECKING:
    from engine.console.beside import Told

COME_S = 20.0
"""How long it may take to say where it is; a busy machine needs some seconds. Then the music begins."""


def room_of(room: str | None, *, web: bool) -> str | None:
    """The room that was named, checked; with `--web` and without a name the first that nobody plays in."""
    if room is not None or not web:
        check_room(room)
        return room
    from engine.door.rooms import DEFAULT_ROOM, open_rooms
    from engine.runtime import RuntimeFolderError

    try:
        taken = open_rooms()
    except RuntimeFolderError as trouble:
        raise click.ClickException(str(trouble)) from None
    names = [DEFAULT_ROOM, *(f"{DEFAULT_ROOM}-{number}" for number in range(2, len(taken) + 2))]
    return next(name for name in names if name not in taken)


@contextmanager
def web_page(room: str | None, data: Path, say: Callable[[str], None], *, web: bool) -> Generator[None]:
    """Serve the listener's page of `room` while the block lasts, and say where it is."""
    if not web or room is None:
        yield
        return
    # A session of its own: Ctrl-C is the sitting's, and the page sees its fade to the end.
    child = subprocess.Popen(
        [sys.executable, "-m", "engine.console.beside", room, str(data.absolute())],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stdout is not None
    with child.stdin, child.stdout:  # closed, they end the child a little later, which nobody waits for
        heard = select.select([child.stdout], [], [], COME_S)[0]
        line = child.stdout.readline() if heard else ""
        _say(json.loads(line) if line else {}, say)
        yield


def _say(told: Told, say: Callable[[str], None]) -> None:
    if "trouble" in told:
        raise click.ClickException(told["trouble"])
    address = told.get("address")
    if address is None:
        say("The listener's page does not come; the music plays without it.")
        return
    say(f"The listener's page is at {address}")
    once = "for one device, good for ten minutes"
    fingerprint = told.get("fingerprint")
    if fingerprint is None:
        say(
            f"Code to type: {told.get('typed')}, {once}. This computer is in no private network just now, "
            "so the page opens on this computer alone."
        )
        return
    drawn(address)
    say(
        f"Code to type: {told.get('typed')}, {once}. A browser that does not know this computer warns "
        f"before it goes on; the fingerprint that it shows must be {fingerprint}"
    )
