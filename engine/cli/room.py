"""`--room NAME`: the sitting that plays here is open to other processes of this user."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import click

from engine.sitting.sitting import Sitting


def check_room(room: str | None) -> None:
    """Refuse what is no name for a room before any work is done for it."""
    if room is None:
        return
    from engine.door.rooms import RoomError, RoomNameError, socket_path
    from engine.runtime import RuntimeFolderError

    try:
        socket_path(room)
    except RoomNameError as wrong:
        raise click.UsageError(str(wrong)) from None
    except (RoomError, RuntimeFolderError) as trouble:
        raise click.ClickException(str(trouble)) from None


@contextmanager
def opened_to(room: str | None, sitting: Sitting) -> Generator[None]:
    """Open the door of `room` while the block lasts; without a name nothing is opened."""
    if room is None:
        yield
        return
    from engine.door.door import Door
    from engine.door.rooms import RoomError
    from engine.runtime import RuntimeFolderError

    try:
        door = Door(room)
        door.__enter__()
    except (RoomError, RuntimeFolderError) as trouble:
        raise click.ClickException(str(trouble)) from None
    try:
        door.admit(sitting)
        yield
        sitting.watchers.close()  # what was said last is told before the door closes
        door.dismiss()
    finally:
        door.__exit__(None, None, None)
