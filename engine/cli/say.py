"""`calando say`: a hand from a shell, in a sitting that another process plays."""

from __future__ import annotations

from typing import Any

import click

from engine.cli.paragraph import say as tell
from engine.cli.room import check_room
from engine.sitting.asked import HANDS

STOP = "stop"


@click.command()
@click.argument("room")
@click.argument("what")
@click.argument("value", required=False)
@click.option("--hand", type=click.Choice(HANDS), default=HANDS[1], help="Whose hand this is.")
def say(room: str, what: str, value: str | None, hand: str) -> None:
    """Touch the sitting in ROOM, which `calando play --room ROOM` opened.

    WHAT is an action (soften, less, more, hold, too_much, rematch, hush, resume, undo, end, stop), a
    parameter with VALUE (tempo_bpm 60; without one it is given back), or mark, note or turn with words: say
    ROOM mark "a deep sigh", say ROOM turn sleep. loop 4 or loop 8 lets the last bars that were played along
    come round; loop keep lets the newest stay, loop motif makes it the motif that the melody sings, loop off
    ends them. learn brightness makes the MIDI controller that is moved next the brightness; it is kept.
    """
    from pydantic import ValidationError

    from engine.door.rooms import RoomError
    from engine.door.visit import Visit, stop

    check_room(room)
    wish = None if what == STOP else wish_of(what, value)
    try:
        if wish is None:
            stop(room, HANDS.index(hand) + 1)
            tell("Stopped.")
            return
        with Visit(room, "say") as visit:
            answer = visit.ask(wish, hand)
    except RoomError as trouble:
        raise click.ClickException(str(trouble)) from None
    except ValidationError as wrong:  # as nan, which no message holds
        why = wrong.errors()[0]["msg"]
        raise click.UsageError(f"{what} cannot take that: {why[0].lower()}{why[1:]}.") from None
    if not answer.done:
        raise click.ClickException(answer.words)
    tell(answer.words)


def wish_of(what: str, value: str | None) -> dict[str, Any]:
    """The wish that the words mean, as a message has it; what cannot be meant is a wrong call."""
    from engine.desk import LOOPS
    from engine.guide.hands import ACTIONS, PARAMETERS

    if value is not None and (what in ACTIONS or what in ("undo", "end")):
        raise click.UsageError(f"{what} takes no value, and {value!r} stands after it.")
    if what in ("undo", "end"):
        return {"kind": what}
    if what in ("mark", "note"):
        return {"kind": what, "words": _needed(what, value)}
    if what == "learn":
        return {"kind": what, "name": _needed(what, value)}
    if what == "loop":
        return {"kind": what, "what": _needed(what, value, ", ".join(LOOPS))}
    if what == "turn":
        return {"kind": what, "profile": _needed(what, value)}
    if what in ACTIONS:
        return {"kind": "act", "name": what}
    if what in PARAMETERS:
        try:
            return {"kind": "touch", "parameter": what, "value": None if value is None else float(value)}
        except ValueError:
            raise click.UsageError(f"{what} takes a number, and {value!r} is none.") from None
    actions = ", ".join((*ACTIONS, STOP))
    raise click.UsageError(
        f"{what!r} is nothing that can be said in a room; say {actions}, mark, note, turn, loop, learn, "
        f"or a parameter: {', '.join(PARAMETERS)}."
    )


def _needed(what: str, value: str | None, choices: str = "") -> str:
    if not value:
        needs = f"one of these after it: {choices}" if choices else "words after it"
        raise click.UsageError(f"{what} needs {needs}.")
    return value
