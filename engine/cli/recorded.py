"""What ties commands to the journal: `--data`, the store opened, and what a listener says of themselves."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.paragraph import say
from engine.cli.passphrase import passphrase_or_ask
from engine.cli.rating import RatingText, asked

if TYPE_CHECKING:
    from engine.journal.record import Rating
    from engine.journal.store import Store
    from engine.sitting.sitting import Sitting

data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of the journal; CALANDO_DATA, or the user's data folder.",
)


@contextmanager
def opened_store(data: Path | None) -> Generator[Store]:
    """The journal, for a command that needs it; its complaints become click's, inside the block too."""
    from engine.journal.ending import broke_off, close_interrupted
    from engine.journal.keeping import KeepingError
    from engine.journal.opening import data_folder
    from engine.journal.store import Store, UnknownSessionError
    from engine.journal.trouble import JournalError

    try:
        with Store(data_folder(data), reading=True) as store:
            if store.writable:
                for each in close_interrupted(store):
                    click.echo(broke_off(each, store.folder), err=True)
                if store.scrubbing.resume():
                    click.echo("What was deleted or sealed earlier is wiped from the disk now.", err=True)
            if store.sealed:
                store.unlock(passphrase_or_ask())
            try:
                yield store
            finally:
                for fault in store.faults:
                    click.echo(fault, err=True)
    except (KeepingError, UnknownSessionError) as wrong:
        raise click.UsageError(str(wrong)) from None
    except JournalError as trouble:
        raise click.ClickException(str(trouble)) from None


def remember(data: Path | None, session_id: str, kind: str, path: Path) -> None:
    """Let the journal know that `path` was made from a sitting, so that it can go with it."""
    from engine.journal import made
    from engine.journal.opening import data_folder
    from engine.journal.trouble import JournalError

    try:
        made.remember_in(data_folder(data), session_id, kind, path)
    except JournalError:
        say(f"The journal cannot be written, so deleting the sitting will not remove {path}.", err=True)


def said_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options by which a listener says something for the record."""
    for option in (
        click.option(
            "--rate-before", type=RatingText(), metavar="CALM[,PLEASANT,AWAKE]",
            help="How the listener feels, without being asked: each 0 (not at all) to 10 (wholly).",
        ),
        click.option("--rate", is_flag=True, help="Ask how the listener feels, before and after."),
        click.option(
            "--consent/--no-consent", default=None,
            help="Whether the listener agrees to the record being kept; if not, nothing is kept.",
        ),
        click.option(
            "--record/--no-record", default=True, help="Whether anything of the sitting is kept on the disk.",
        ),
        click.option("--goal", metavar="TEXT", help="What the listener wishes for; kept in the record."),
    ):  # fmt: skip
        command = option(command)
    return command


def rated_before(rate: bool, given: Rating | None) -> Rating | None:
    """How the listener feels before: as given, or where `rate` asks, as answered."""
    before = asked("before") if rate and given is None else given
    return before if before is not None and before.words else None


def ask_after(sitting: Sitting) -> None:
    """Ask once more when the music is over."""
    from engine.guide.music_state import Hand
    from engine.journal.keeping import rated

    try:
        after = asked("after")
    except (click.Abort, click.UsageError):
        click.echo(f"\nNot rated; the sitting {sitting.id} is kept.", err=True)
        return
    if after.words and sitting.journal is not None:
        with opened_store(sitting.journal.folder) as store:
            rated(store, sitting.id, Hand.LISTENER, after)
