"""Ending: how a sitting's record is closed, by itself or, where it broke off, by the next one."""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.journal import rows
from engine.journal.figures import figures
from engine.journal.record import Ending, Head
from engine.journal.running import Running
from engine.journal.store import Store


def now() -> str:
    """The wall clock with its offset from UTC, to the second."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def finish(store: Store, number: int, ending: Ending, ended_at: str, simulated: bool) -> None:
    """Close the record of a sitting, within a transaction."""
    states = [rows.state_of(row, simulated) for _, row in store.rows(number, "state")]
    store.end(number, ending, ended_at, figures(states))


def close_interrupted(store: Store) -> list[Head]:
    """Close the record of every sitting whose process is gone; returns their heads, oldest first."""
    closed: list[Head] = []
    for session_id in store.unended():
        try:
            lock = Running(store.folder, session_id)
        except OSError:
            continue  # it is being played
        number, head = store.find(session_id)
        with store.transaction():
            ended = datetime.fromisoformat(head.began_at) + timedelta(seconds=head.length_s)
            finish(store, number, "interrupted", ended.isoformat(timespec="seconds"), head.simulated)
        lock.let_go()
        closed.append(store.find(session_id)[1])
    return closed
