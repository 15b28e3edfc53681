"""`calando sessions note | rate | goal | consent | mark`: what people add to the record of a sitting."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.duration import ClockTime, clock_time
from engine.cli.rating import asked
from engine.cli.recorded import data_option, opened_store

if TYPE_CHECKING:
    from engine.guide.music_state import Hand

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


@click.command()
@click.argument("id_", metavar="ID")
@click.argument("words")
@by_option
@data_option
def note(id_: str, words: str, by: str | None, data: Path | None) -> None:
    """Add a note to a sitting."""
    from engine.journal.keeping import noted

    with opened_store(data) as store:
        head = store.find(id_)[1]
        noted(store, head.id, hand_of(by, head.client), words)
    click.echo(f"Noted with the sitting {head.id}.")


@click.command()
@click.argument("id_", metavar="ID")
@click.argument("words")
@by_option
@data_option
def goal(id_: str, words: str, by: str | None, data: Path | None) -> None:
    """Say what the listener wishes for; takes the place of what was said before."""
    from engine.journal.keeping import goals_set

    with opened_store(data) as store:
        head = store.find(id_)[1]
        goals_set(store, head.id, hand_of(by, head.client), words)
    click.echo(f"The goal is written down with the sitting {head.id}.")


@click.command()
@click.argument("id_", metavar="ID")
@click.argument("answer", type=click.Choice(["yes", "no"]))
@by_option
@data_option
def consent(id_: str, answer: str, by: str | None, data: Path | None) -> None:
    """Keep whether the listener agrees to this record being kept."""
    from engine.journal.keeping import consented

    with opened_store(data) as store:
        head = store.find(id_)[1]
        consented(store, head.id, hand_of(by, head.client), answer == "yes")
    click.echo(f"Consent {'given' if answer == 'yes' else 'not given'}: the sitting {head.id}.")
    if answer == "no":
        click.echo(f"`calando sessions delete {head.id}` takes the record away for good.")


@click.command()
@click.argument("id_", metavar="ID")
@click.argument("words")
@click.option("--at", type=ClockTime(), metavar="M:SS", help="Which moment; while it is played, now.")
@by_option
@data_option
def mark(id_: str, words: str, at: float | None, by: str | None, data: Path | None) -> None:
    """Mark a moment of a sitting, also while it is played."""
    from engine.journal.keeping import marked

    with opened_store(data) as store:
        head = store.find(id_)[1]
        at_s = marked(store, head.id, hand_of(by, head.client), words, at)
    click.echo(f"Marked at {clock_time(at_s)} of the sitting {head.id}.")


def rating_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the three figures of a rating; what they may be is checked where they are kept."""
    for name, words in (
        ("arousal", "-1 (drowsy) to 1 (wide awake)."),
        ("valence", "-1 (unpleasant) to 1 (pleasant)."),
        ("calm", "0 (not at all) to 10 (wholly)."),
    ):
        command = click.option(f"--{name}", type=float, help=words)(command)
    return command


@click.command()
@click.argument("id_", metavar="ID")
@click.argument("when", type=click.Choice(["before", "after"]))
@rating_options
@by_option
@data_option
def rate(
    id_: str, when: str, calm: float | None, valence: float | None, arousal: float | None, by: str | None,
    data: Path | None,
) -> None:  # fmt: skip
    """Keep how the listener felt before or after; asks where no figure is given."""
    from engine.journal.keeping import rated
    from engine.journal.record import Rating

    with opened_store(data) as store:
        head = store.find(id_)[1]
        moment = "before" if when == "before" else "after"
        given = Rating(moment, calm, valence, arousal)
        rating = given if given.words else asked(moment)
        rated(store, head.id, hand_of(by, head.client), rating)
    click.echo(f"Kept with the sitting {head.id}: {moment} it, {rating.words}.")


ADDING = (note, rate, goal, consent, mark)
