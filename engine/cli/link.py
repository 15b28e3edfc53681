"""`calando link`: the tempo of a sitting that another process plays, pushed to Ableton Link."""

from __future__ import annotations

import click

from engine.cli.interrupt import interruptible
from engine.cli.paragraph import say
from engine.cli.room import check_room
from engine.door.rooms import DEFAULT_ROOM


@click.command()
@click.argument("room", default=DEFAULT_ROOM)
def link(room: str) -> None:
    """Give the tempo and the beat of the sitting in ROOM to programs that play in Ableton Link.

    Link has no leader: the sitting's tempo is set again whenever another sets one. Ctrl-C ends it; the
    sitting goes on.
    """
    from engine.bridge.link import LinkBridge
    from engine.bridge.trouble import BridgeError
    from engine.door.rooms import RoomError

    check_room(room)
    interruptible()
    try:
        LinkBridge(room, say).run()
    except (BridgeError, RoomError) as trouble:
        raise click.ClickException(str(trouble)) from None
    except KeyboardInterrupt:
        return
    say("The sitting is over.")
