"""What ties `calando play` to the journal: `--data`, what its listener says, and what is usual for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Any

import click

from engine.cli.passphrase import PassphraseError, passphrase, passphrase_or_ask
from engine.cli.rating import RatingText, asked
from engine.guide.target import Usual

if TYPE_CHECKING:
    from engine.cli.sitting import Sitting
    from engine.journal.journal import Journal
    from engine.journal.record import Rating
    from engine.journal.store import Store
    from engine.player import Output

_LETTERS = "bcdfghjkmnpqrstvwxz"
"""Of an id's last part: no vowels, so that they spell nothing, and no l, which looks like 1."""

QUICK_S = 0.2
"""How long the first sound may wait for another program that holds the journal."""

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
                    click.echo(broke_off(each), err=True)
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


def usual_of(data: Path | None, sensor: str, client: str | None, say: Callable[[str], None]) -> Usual:
    """What earlier sittings taught of the client, or of whoever sits here without a code.

    A simulated heart has no usual, nor a recording that no code says the owner of. Nobody is asked for a
    passphrase here: without it the sitting is kept all the same, and what is usual is not known.
    """
    from engine.journal.opening import FILE, data_folder

    kind = sensor.partition(":")[0]
    folder = data_folder(data)
    if kind == "sim" or (kind == "replay" and client is None) or not (folder / FILE).exists():
        return Usual()
    from engine.journal.figures import MOST_SITTINGS, usual
    from engine.journal.store import Store
    from engine.journal.trouble import JournalError, SealedError

    sequel = "This sitting is kept and sealed all the same, but what is usual for the listener is not known."
    try:
        with Store(folder, busy_s=QUICK_S) as store:
            if store.sealed:
                given = passphrase()
                if given is None:
                    say(f"The journal is sealed. {sequel}")
                    return Usual()
                store.unlock(given)
            return usual(store.at_rest(client, MOST_SITTINGS))
    except (SealedError, PassphraseError) as wrong:
        say(f"{wrong} {sequel}")
    except JournalError:
        pass  # the journal itself will tell, once the music plays
    return Usual()


@dataclass(frozen=True, slots=True)
class Said:
    """What the listener said before a sitting."""

    goals: str | None
    consent: bool | None
    before: Rating | None


def said_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options by which a listener says something for the record."""
    for option in (
        click.option(
            "--rate-before", type=RatingText(), metavar="CALM[,PLEASANT,AWAKE]",
            help="How the listener feels, without being asked: each 0 (not at all) to 10 (wholly).",
        ),
        click.option("--rate", is_flag=True, help="Ask how the listener feels, before and after."),
        click.option("--consent", is_flag=True, help="The listener agrees to the record being kept."),
        click.option("--goal", metavar="TEXT", help="What the listener wishes for; kept in the record."),
    ):  # fmt: skip
        command = option(command)
    return command


def said_before(goal: str | None, consent: bool, rate: bool, rate_before: Rating | None) -> Said:
    """What the options say, and what the listener answers where `rate` asks."""
    from engine.journal.keeping import KeepingError, checked_words

    try:
        goals = None if goal is None else checked_words(goal)
    except KeepingError as wrong:
        raise click.UsageError(str(wrong)) from None
    before = asked("before") if rate and rate_before is None else rate_before
    return Said(goals, consent or None, before if before is not None and before.words else None)


def ask_after(journal: Journal) -> None:
    """Ask once more when the music is over."""
    from engine.guide.music_state import Hand
    from engine.journal.keeping import rated

    try:
        after = asked("after")
    except (click.Abort, click.UsageError):
        click.echo(f"\nNot rated; the sitting {journal.id} is kept.", err=True)
        return
    if after.words:
        with opened_store(journal.folder) as store:
            rated(store, journal.id, Hand.LISTENER, after)


def recorded(
    sitting: Sitting, said: Said, out: Output, file: Path | None, data: Path | None,
    say: Callable[[str], None],
) -> Journal:  # fmt: skip
    """The journal of a sitting that is about to begin."""
    from engine.guide.music_state import Hand
    from engine.journal.ending import now
    from engine.journal.journal import Journal
    from engine.journal.opening import data_folder
    from engine.journal.record import Figures, Head

    ending = "".join(SystemRandom().choices(_LETTERS, k=4))
    head = Head(
        id=f"{time.strftime('%Y%m%d-%H%M%S')}-{ending}",
        began_at=now(),
        ended_at=None,
        ending=None,
        client=sitting.client,
        consent=said.consent,
        goals=said.goals,
        profile=sitting.profile.name,
        profile_table=asdict(sitting.profile),
        feel=sitting.feel,
        sensor=sitting.sensor_spec,
        sensor_label=sitting.sensor.label,
        simulated=sitting.sensor.simulated,
        arm=sitting.arm,
        seed=sitting.seed,
        target_bpm=sitting.target_bpm,
        duration_s=sitting.duration_s,
        rate_hz=out.rate_hz,
        output=out.words,
        # The folder's name may be no text, which the journal could not hold.
        file=None if file is None else str(file.absolute()).encode(errors="replace").decode(),
        versions={},
        usual=sitting.usual,
        frames=0,
        figures=Figures(),
    )
    journal = Journal(data_folder(data), head, sitting.sensor, say)
    if said.before is not None:
        journal.rate(Hand.LISTENER, said.before)
    return journal
