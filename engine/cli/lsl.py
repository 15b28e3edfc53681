"""`calando lsl`: a sitting that another process plays, as streams of the Lab Streaming Layer."""

from __future__ import annotations

import click

from engine.cli.interrupt import interruptible
from engine.cli.paragraph import say
from engine.cli.room import check_room
from engine.door.rooms import DEFAULT_ROOM


@click.command()
@click.argument("room", default=DEFAULT_ROOM)
def lsl(room: str) -> None:
    """Offer the sitting in ROOM to LabRecorder and its kin: RR intervals, heart, music, markers.

    The streams are described in docs/doors.md. Ctrl-C ends it; the sitting goes on.
    """
    from engine.bridge.lsl import LslBridge
    from engine.bridge.trouble import BridgeError
    from engine.door.rooms import RoomError

    check_room(room)
    interruptible()
    try:
        LslBridge(room).run()
    except (BridgeError, RoomError) as trouble:
        raise click.ClickException(str(trouble)) from None
    except KeyboardInterrupt:
        return
    say("The sitting is over.")
