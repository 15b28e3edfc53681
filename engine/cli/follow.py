"""`calando follow`: the terminal view of a sitting that another process plays."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from engine.cli.interrupt import interruptible
from engine.cli.paragraph import say
from engine.cli.room import check_room
from engine.door.rooms import DEFAULT_ROOM
from engine.guide.music_state import Hand
from engine.sitting.asked import HANDS

if TYPE_CHECKING:
    from engine.door.visit import Visit
    from engine.snapshot import Snapshot


@click.command()
@click.argument("room", default=DEFAULT_ROOM)
@click.option("--hand", type=click.Choice(HANDS), default=HANDS[1], help="Whose keys these are.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, as it comes through the door.")
def follow(room: str, hand: str, as_json: bool) -> None:
    """Watch the sitting in ROOM, which `calando play --room ROOM` opened, and touch it with keys.

    Ctrl-C ends the watching; the sitting goes on.
    """
    from engine.door.rooms import RoomError
    from engine.door.visit import Visit

    check_room(room)
    interruptible()
    try:
        with Visit(room, "follow") as visit:
            if visit.hello.sitting is None:
                raise click.ClickException(f"Nothing plays in the room {room} just now.")
            if as_json:
                click.echo(visit.hello.model_dump_json())
                over = _until_over(visit, None)
            else:
                with _view(visit, Hand(hand)) as show:
                    over = _until_over(visit, show)
    except RoomError as trouble:
        raise click.ClickException(str(trouble)) from None
    except KeyboardInterrupt:
        return
    if not over:
        raise click.ClickException(f"The room {room} closed without a word; its sitting may have broken off.")
    say("The sitting is over.", err=as_json)


def _until_over(visit: Visit, show: Callable[[Snapshot], None] | None) -> bool:
    """Follow until the sitting ends, or the room closes without telling of an end: False.

    Without `show` every message is printed.
    """
    from engine.desk import Answer
    from engine.door.messages import Answered, Event, Over, State
    from engine.snapshot import Said, Snapshot

    said: list[Said] = []
    answers: list[Answer] = []
    for message in visit.messages():
        if show is None:
            click.echo(message.model_dump_json())
        match message:
            case Over():
                return True
            case Event():
                said.append(Said(message.t, message.kind, message.hand, message.words))
            case Answered():
                answers.append(Answer(message.id, message.done, message.words, message.frame or 0))
            case State() if show is not None:
                bare = Snapshot.from_json(message.snapshot | {"said": [], "beats": [], "answers": []})
                show(replace(bare, said=said, answers=answers))
                said, answers = [], []
            case _:
                pass
    return False


class _Remote(AbstractContextManager["Callable[[Snapshot], None]"]):
    """View and keys of a sitting behind a door."""

    def __init__(self, visit: Visit, hand: Hand) -> None:
        from engine.cli.keys import Keys
        from engine.cli.view import LiveView
        from engine.snapshot import Facts

        self._keys = Keys(visit.put, hand)
        self._view = LiveView(Facts(**visit.hello.facts or {}), self._keys)

    def __enter__(self) -> Callable[[Snapshot], None]:
        self._keys.__enter__()
        self._view.__enter__()
        return self._show

    def __exit__(self, *failure: object) -> None:
        self._view.__exit__(None, None, None)
        self._keys.__exit__(*failure)

    def _show(self, snapshot: Snapshot) -> None:
        self._keys.read({parameter: Hand(hand) for parameter, hand in snapshot.holders.items()})
        self._view.show(snapshot)


def _view(visit: Visit, hand: Hand) -> AbstractContextManager[Callable[[Snapshot], None]]:
    """A live view for a terminal, sentences for a log."""
    import sys

    if sys.stdout.isatty():
        return _Remote(visit, hand)
    from engine.cli.feed import Sentences

    return nullcontext(Sentences().show)
