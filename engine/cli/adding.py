"""`calando sessions note | rate | goal | consent | mark`: what people add to the record of a sitting."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from engine.cli.duration import ClockTime
from engine.cli.forgetting import told
from engine.cli.rating import Figure, asked
from engine.cli.recorded import data_option, opened_store
from engine.durations import clock_time
from engine.journal.scale import SCALES

Kept = TypeVar("Kept")

if TYPE_CHECKING:
    from engine.guide.music_state import Hand
    from engine.journal.store import Store

by_option = click.option(
    "--by", type=click.Choice(["listener", "therapist"]),
    help="Whose hand it is; the therapist's where the sitting has a client's code, else the listener's.",
)  # fmt: skip

def hand_of(by: str | None, client: str | None) -> Hand:
    """Who writes: as said, or as is likely."""
    from engine.guide.music_state import Hand

    if by is not None:
        return Hand(by)
    return Hand.LISTENER if client is None else Hand.THERAPIST


def _with(
    id_: str, by: str | None, data: Path | None, keep: Callable[[Store, str, Hand], Kept]
) -> tuple[str, Kept]:
    """Keep something with a sitting; returns the sitting's id, and what `keep` returns."""
    with opened_store(data) as store:
        head = store.find(id_)[1]
        kept = keep(store, head.id, hand_of(by, head.client))
    return head.id, kept


def _adding(command: Callable[..., Any]) -> click.Command:
    """A command that adds to the sitting ID."""
    argument = click.argument("id_", metavar="ID")
    return click.command()(argument(by_option(data_option(command))))


@_adding
@click.argument("words")
def note(id_: str, words: str, by: str | None, data: Path | None) -> None:
    """Add a note to a sitting."""
    from engine.journal.keeping import noted

    found, _ = _with(id_, by, data, lambda store, name, hand: noted(store, name, hand, words))
    click.echo(f"Noted with the sitting {found}.")


@_adding
@click.argument("words")
def goal(id_: str, words: str, by: str | None, data: Path | None) -> None:
    """Say what the listener wishes for; takes the place of what was said before."""
    from engine.journal.keeping import goals_set

    found, _ = _with(id_, by, data, lambda store, name, hand: goals_set(store, name, hand, words))
    click.echo(f"The goal is written down with the sitting {found}.")


@_adding
@click.argument("answer", type=click.Choice(["yes", "no"]))
def consent(id_: str, answer: str, by: str | None, data: Path | None) -> None:
    """Keep whether the listener agrees to this record being kept; if not, nothing of it is.

    `no` deletes the sitting with all that was made from it, at once or, while it is played, at its end.
    """
    from engine.journal.forgetting import all_deleted, doomed
    from engine.journal.keeping import consented

    given = answer == "yes"
    if given:
        found, _ = _with(id_, by, data, lambda store, name, hand: consented(store, name, hand, given))
        click.echo(f"Consent given: the sitting {found}.")
        return
    with opened_store(data) as store:
        going = doomed(store, id_)
        if all_deleted(store, [going], made=True):
            consented(store, going.id, hand_of(by, store.find(going.id)[1].client), given)
            click.echo(f"Consent not given: the sitting {going.id} is wiped when it ends.")
            return
    click.echo("Consent not given, so nothing is kept.")
    told([going], made=True)


@_adding
@click.argument("words")
@click.option("--at", type=ClockTime(), metavar="M:SS", help="Which moment; while it is played, now.")
def mark(id_: str, words: str, at: float | None, by: str | None, data: Path | None) -> None:
    """Mark a moment of a sitting, also while it is played."""
    from engine.journal.keeping import marked

    found, at_s = _with(id_, by, data, lambda store, name, hand: marked(store, name, hand, words, at))
    click.echo(f"Marked at {clock_time(at_s)} of the sitting {found}.")


def rating_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the three figures of a rating; what they may be is checked where they are kept."""
    for name in ("arousal", "valence", "calm"):
        scale = SCALES[name]
        option = click.option(f"--{scale.word}", name, type=Figure(name), metavar="0-10", help=scale.question)
        command = option(command)
    return command


@_adding
@click.argument("when", type=click.Choice(["before", "after"]))
@rating_options
def rate(
    id_: str, when: Literal["before", "after"], calm: float | None, valence: float | None,
    arousal: float | None, by: str | None, data: Path | None,
) -> None:  # fmt: skip
    """Keep how the listener felt before or after; asks where no figure is given."""
    from engine.journal.keeping import rated
    from engine.journal.record import Rating

    given = Rating(when, calm, valence, arousal)

    def keep(store: Store, name: str, hand: Hand) -> Rating:
        rating = given if given.words else asked(when)
        rated(store, name, hand, rating)
        return rating

    found, rating = _with(id_, by, data, keep)
    click.echo(f"Kept with the sitting {found}: {when} it, {rating.words}.")


ADDING = (note, rate, goal, consent, mark)
