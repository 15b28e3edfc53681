"""`calando usual`: what a listener's own watch told of the time before, for the guide's first guess."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.commands import Group
from engine.cli.forgetting import yes_option
from engine.cli.interrupt import interruptible
from engine.cli.paragraph import columns, labelled, say
from engine.cli.rating import confirmed
from engine.cli.recorded import data_option, opened_store
from sensors.plain_text import plain

if TYPE_CHECKING:
    from engine.past.month import Found

_AT = 12
"""Column in which `show` tells what a label names."""

client_option = click.option(
    "--client", metavar="CODE", help="The listener's code; without it whoever sits here without one."
)


@click.group(cls=Group)
def usual() -> None:
    """What is usual for a listener: their watch's last month, until sittings know better.

    Read from the export of a watch, a ring or an app; the guide begins by it where no sitting has told a
    resting rate yet.
    """


@usual.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@client_option
@data_option
def import_(file: Path, client: str | None, data: Path | None) -> None:
    """Read FILE, an export: the resting rate and the night's RMSSD of its last 30 days; nothing else is kept.

    Known are Apple Health (export.zip or export.xml), Health Connect, Fitbit (Google Takeout), Garmin
    (the account's export, or a FIT file), Oura, Whoop, Polar, HRV4Training, and RR by Elite HRV.
    A zip is read as it is. The export itself stays where it is.
    """
    from engine.journal.ending import now
    from engine.journal.keeping import KeepingError, checked_code
    from engine.journal.pasts import KEPT
    from engine.past.words import basis, month, remarks

    if client is not None:
        try:
            checked_code(client)
        except KeepingError as wrong:
            raise click.UsageError(str(wrong)) from None
    today = date.today()
    found = _read(file.expanduser(), today)
    kept = {figure: found.figures[figure] for figure in KEPT if figure in found.figures}
    with opened_store(data) as store:
        with store.transaction():
            before = store.pasts.put(client, kept, now())
        whole = store.pasts.of(client)
    say(month(kept))
    bases = " or ".join(dict.fromkeys(map(basis, kept.values())))
    for sentence in (f"{'Each' if len(kept) > 1 else 'That'} is {bases}.", *remarks(found, today)):
        say(sentence)
    replaced = {} if before is None else {each: old for each, old in before.figures.items() if each in kept}
    if replaced:
        say(f"It takes the place of: {month(replaced)[0].lower()}{month(replaced)[1:]}")
    others = {} if whole is None else {each: old for each, old in whole.figures.items() if each not in kept}
    if others:
        say(f"Kept from before: {month(others)[0].lower()}{month(others)[1:]}")
    say("Kept for " + ("whoever sits here without a code." if client is None else f"{client}."))


def _read(file: Path, today: date) -> Found:
    """What the export tells, with a bar while that takes its time."""
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    from engine.past.imported import found_in
    from engine.past.reading import PastError

    interruptible()  # the bar hides the cursor
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"Reading {escape(plain(file.name))}", total=None)

        def moved(done: int, whole: int) -> None:
            progress.update(task, completed=done, total=whole)

        try:
            return found_in(file, today, moved)
        except PastError as wrong:
            raise click.UsageError(f"{file} cannot be read: {wrong}") from None


@usual.command()
@client_option
@click.option("--json", "as_json", is_flag=True, help="All that is kept, as one JSON object.")
@data_option
def show(client: str | None, as_json: bool, data: Path | None) -> None:
    """Show what is kept of a listener's watch, and what their sittings know by now."""
    from engine.journal.figures import LEAST_SITTINGS, MOST_SITTINGS
    from engine.journal.figures import usual as usual_by
    from engine.past.month import guess_bpm
    from engine.past.reading import Figure
    from engine.past.words import basis, thing, value, whence

    with opened_store(data) as store:
        past = store.pasts.of(client)
        known = usual_by(store.at_rest(client, MOST_SITTINGS))
    if past is None and known.resting_bpm is None and not as_json:
        whose = "" if client is None else f" of {client}"
        raise click.UsageError(f"Nothing{whose} is known yet; `calando usual import FILE` reads an export.")
    if as_json:
        figures = {} if past is None else {name: asdict(kept) for name, kept in past.figures.items()}
        imported = None if past is None else past.imported_at
        click.echo(json.dumps({"client": client, "imported_at": imported, "figures": figures}))
        return
    width = columns()
    lines = [("listener", client or "whoever sits here without a code")]
    for figure, kept in () if past is None else past.figures.items():
        name = "resting" if figure is Figure.RESTING else figure.upper()
        told = value(figure, kept).removeprefix(f"{figure.upper()} ")
        lines.append((name, f"{told} by your {thing(kept)}: {basis(kept)} ({whence(kept)})"))
    sittings = f"not known yet; it is after {LEAST_SITTINGS} sittings with a clear signal"
    if known.resting_bpm is not None:
        sittings = f"{known.resting_bpm:.0f} beats a minute at rest, by your last {known.sittings} sittings"
    lines.append(("sittings", sittings))
    guess = None if past is None else guess_bpm(past.figures, date.today())
    if known.resting_bpm is None and guess is not None:
        lines.append(("guide", f"begins by {guess:.0f}, until your sittings know"))
    else:
        begins = "your sittings" if known.resting_bpm is not None else "the rate you come with"
        lines.append(("guide", f"begins by {begins}"))
    for label, told in lines:
        click.echo(labelled(label, told, width, _AT))


@usual.command()
@client_option
@yes_option
@data_option
def forget(client: str | None, yes: bool, data: Path | None) -> None:
    """Forget what a listener's watch told, for good. Sittings stay."""
    from engine.journal.forgetting import pasts_dropped

    whose = "whoever sits here without a code" if client is None else client
    with opened_store(data) as store:
        gone = [past.number for past in store.pasts.all() if past.client == client]
        if not gone:
            raise click.UsageError(f"Nothing that a watch told of {whose} is kept.")
        if not yes:
            confirmed(f"Forget what the watch told of {whose}, for good?")
        pasts_dropped(store, gone)
    say(f"Forgotten: what the watch told of {whose}.")
