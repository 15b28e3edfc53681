"""`calando sessions delete | expire`: sittings forgotten for good, with the files made from them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.duration import Age
from engine.cli.paragraph import say
from engine.cli.rating import confirmed
from engine.cli.recorded import data_option, opened_store

if TYPE_CHECKING:
    from engine.journal.forgetting import Doomed
    from engine.journal.store import Store

yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


@click.command()
@click.argument("id_", metavar="[ID]", required=False)
@click.option("--client", metavar="CODE", help="All of this listener, with what their watch told.")
@click.option("--all", "everyone", is_flag=True, help="All of the journal, with what watches told.")
@click.option("--made", is_flag=True, help="With all that was made: reports, pictures, pieces, exports.")
@yes_option
@data_option
def delete(
    id_: str | None, client: str | None, everyone: bool, made: bool, yes: bool, data: Path | None
) -> None:
    """Delete a sitting and the sound file it was played into, for good.

    What else was made from it is named, and removed where that is wished.
    """
    from engine.journal.forgetting import all_doomed, doomed

    if (id_ is not None) + (client is not None) + everyone != 1:
        raise click.UsageError("Say what is deleted: one sitting's ID, --client CODE or --all.")
    with opened_store(data) as store:
        going = all_doomed(store, client=client) if id_ is None else [doomed(store, id_)]
        if everyone:  # the damaged ones too
            pasts = [number for number, _ in store.pasts.numbers()]
        else:
            pasts = [past.number for past in store.pasts.all() if id_ is None and past.client == client]
        if not (going or pasts):
            whose = "" if client is None else f" of {client}"
            raise click.UsageError(f"No sitting{whose} is kept.")
        if not yes:
            own = [str(each.file) for each in going if each.file is not None]
            confirmed(f"Delete {_named(going, len(pasts))}{_and(own)} for good?")
            others = _made(going)
            if others and not made:
                for path in others:
                    say(f"Made from {'it' if len(going) == 1 else 'them'}: {path}")
                made = click.confirm("Remove this too?" if len(others) == 1 else "Remove these too?")
        _forget(store, going, pasts, made=made)


@click.command()
@click.option(
    "--keep", type=Age(), metavar="AGE", envvar="CALANDO_KEEP", required=True,
    help="How long sittings are kept: 90d, 12w or 10y; CALANDO_KEEP.",
)  # fmt: skip
@yes_option
@data_option
def expire(keep: float, yes: bool, data: Path | None) -> None:
    """Delete what is older, with all that was made from it, for good.

    Where CALANDO_KEEP is set, that is done at the start of every sitting.
    """
    from engine.journal.forgetting import expired, old_pasts

    with opened_store(data) as store:
        going, pasts = expired(store, keep), old_pasts(store, keep)
        if not (going or pasts):
            say("No sitting is as old as that.")
            return
        if not yes:
            files = [str(path) for each in going for path in each.files(made=True)]
            confirmed(f"Delete {_named(going, len(pasts))}{_and(files)} for good?")
        _forget(store, going, pasts, made=True)


def _forget(store: Store, going: Sequence[Doomed], pasts: Sequence[int], *, made: bool) -> None:
    from engine.journal.expiry import watches
    from engine.journal.forgetting import all_deleted, pasts_dropped
    from engine.journal.keeping import KeepingError

    if pasts:
        pasts_dropped(store, pasts)
        say(f"Deleted: {watches(len(pasts))}.")
    playing = all_deleted(store, going, made=made)
    if playing and len(going) == 1:
        raise KeepingError(f"The sitting {going[0].id} is being played; end it first.")
    done = [each for each in going if each not in playing]
    if done:
        told(done, made=made)
    for each in playing:
        say(f"The sitting {each.id} is being played and stays; end it first.")


def told(done: Sequence[Doomed], *, made: bool) -> None:
    """Say what is gone and what is left."""
    files = [str(path) for each in done for path in each.files(made=made)]
    say(f"Deleted: {_named(done)}{_and(files)}.")
    if not made:
        for path in _made(done):
            say(f"Left where it is: {path}")
    for path in dict.fromkeys(path for each in done for path in each.spared):
        say(f"{path} is not what was made from that sitting, and was left alone.")


def _made(going: Sequence[Doomed]) -> list[Path]:
    return list(dict.fromkeys(path for each in going for path in each.made))


def _named(going: Sequence[Doomed], pasts: int = 0) -> str:
    if pasts:
        from engine.journal.expiry import watches

        return f"{_named(going)} and {watches(pasts)}" if going else watches(pasts)
    if len(going) > 1:
        return f"{len(going)} sittings"
    began = going[0].began_at[:16]
    return f"the sitting {going[0].id}{f' of {began}' if began else ''}"


def _and(files: Sequence[str]) -> str:
    return "".join(f" and {name}" for name in dict.fromkeys(files))
