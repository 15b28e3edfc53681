"""Ending: how a sitting's record is closed, by itself or, where it broke off, by the next one."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from shlex import quote

from engine.journal import rows
from engine.journal.figures import figures
from engine.journal.heads import Unended
from engine.journal.opening import data_folder
from engine.journal.record import Ending
from engine.journal.running import Running
from engine.journal.store import Store

FORGOTTEN = "The listener does not agree to a record, so nothing of the sitting is kept."


def now() -> str:
    """The wall clock with its offset from UTC, to the second."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def finish(store: Store, number: int, ending: Ending, ended_at: str, simulated: bool) -> bool:
    """Close the record of a sitting, within a transaction; False where it was closed already."""
    states = [rows.state_of(row, simulated) for _, row in store.rows(number, "state")]
    return store.end(number, ending, ended_at, figures(states))


def broke_off(sitting: Unended, folder: Path) -> str:
    """The sentence for whoever starts Calando next with the journal in `folder`."""
    data = "" if folder == data_folder() else f" --data {quote(str(folder))}"
    kept = f"`calando sessions report {sitting.id}{data}` shows what was kept."
    if sitting.blind:
        kept = "what was kept is seen when its trial ends."
    return f"The sitting {sitting.id} broke off after {sitting.length_s:.0f} s; {kept}"


def close_interrupted(store: Store) -> list[Unended]:
    """Close the record of every sitting whose process is gone; returns these, oldest first."""
    closed: list[Unended] = []
    for sitting in store.unended():
        try:
            lock = Running(store.folder, sitting.id)
        except OSError:
            continue  # it is being played
        try:
            with store.transaction():
                # It may have come to its end, and let its lock go, since the list was made.
                if sitting.refused:
                    store.delete(sitting.number)
                elif finish(store, sitting.number, "interrupted", _ended_at(sitting), sitting.simulated):
                    closed.append(sitting)
        finally:
            lock.let_go()
    return closed


def _ended_at(sitting: Unended) -> str:
    try:
        ended = datetime.fromisoformat(sitting.began_at) + timedelta(seconds=sitting.length_s)
    except (ValueError, OverflowError):
        return now()  # no record says when it began
    return ended.isoformat(timespec="seconds")
