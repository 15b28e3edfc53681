"""`calando osc`: a sitting that another process plays, told over OSC and led by it."""

from __future__ import annotations

import click

from engine.cli.interrupt import interruptible
from engine.cli.paragraph import say
from engine.cli.room import check_room
from engine.door.rooms import DEFAULT_ROOM
from engine.sitting.asked import HANDS


@click.command()
@click.argument("room", default=DEFAULT_ROOM)
@click.option("--to", metavar="HOST:PORT", help="Where the sitting is told, ten times a second.")
@click.option("--listen", metavar="[HOST:]PORT", help="Where wishes come in; without HOST from here only.")
@click.option("--hand", type=click.Choice(HANDS), default=HANDS[1], help="Whose wishes these are.")
def osc(room: str, to: str | None, listen: str | None, hand: str) -> None:
    """Tell the sitting in ROOM to another program over OSC, and bring its wishes.

    The addresses are in docs/doors.md. Ctrl-C ends it; the sitting goes on.
    """
    from engine.bridge.osc import OscBridge, Place
    from engine.bridge.trouble import BridgeError
    from engine.door.rooms import RoomError
    from engine.guide.music_state import Hand

    check_room(room)
    if to is None and listen is None:
        raise click.UsageError("Say where the sitting is told with --to, where wishes come in with --listen.")
    interruptible()
    try:
        places = [None if text is None else Place.of(text) for text in (to, listen)]
        OscBridge(room, places[0], places[1], Hand(hand), say).run()
    except (BridgeError, RoomError) as trouble:
        raise click.ClickException(str(trouble)) from None
    except KeyboardInterrupt:
        return
    say("The sitting is over.")
