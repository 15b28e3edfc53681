"""Forgetting: sittings deleted for good, one or many, with the files that were made from them.

Files go first, then rows, so that whatever keeps a deletion from being done, it can be asked for again.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine.journal.keeping import KeepingError
from engine.journal.made import of_sitting, own_file, standing
from engine.journal.running import Running
from engine.journal.store import Store
from engine.journal.trouble import DamagedError, JournalError


@dataclass(frozen=True, slots=True)
class Doomed:
    """A sitting that shall be deleted, as far as it can be read."""

    number: int
    id: str
    began_at: str
    file: Path | None = None
    """The sound file it was played into, which always goes with it."""
    made: tuple[Path, ...] = ()
    """Whatever else was made from it and is still what was made."""
    spared: tuple[Path, ...] = ()
    """Where something was made from it, and something else lies by now."""

    def files(self, *, made: bool) -> tuple[Path, ...]:
        """What goes with it; with `made`, all of it."""
        own = () if self.file is None else (self.file,)
        return (*own, *self.made) if made else own


def doomed(store: Store, name: str) -> Doomed:
    """What deleting a sitting would take away, damaged as it may be. Raises UnknownSessionError."""
    number, session_id = store.named(name)
    return _doomed(store, number, session_id, "")


def all_doomed(store: Store, *, client: str | None = None) -> list[Doomed]:
    """The same of all sittings, or of all of one client, oldest first."""
    return [_doomed(store, *each) for each in store.numbers(client=client)]


def expired(store: Store, keep_s: float) -> list[Doomed]:
    """The same of all sittings that are over and began longer ago than `keep_s` seconds."""
    return [_doomed(store, *each) for each in old(store, keep_s)]


def old(store: Store, keep_s: float) -> list[tuple[int, str, str]]:
    """Number, id and beginning of those, which are known without the passphrase."""
    until = time.time() - keep_s
    playing = {each.number for each in store.unended()}
    return [
        each
        for each in store.numbers()
        if each[0] not in playing and (began := epoch_s(each[2])) is not None and began < until
    ]


def epoch_s(at: str) -> float | None:
    """The wall clock's seconds; None for what is no time."""
    try:
        return datetime.fromisoformat(at).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _doomed(store: Store, number: int, session_id: str, began_at: str) -> Doomed:
    still, other = standing(of_sitting(store, number))
    try:
        head = store.numbered(number)
    except DamagedError:
        return Doomed(number, session_id, began_at, None, tuple(still), tuple(other))
    file = None if head.file is None else Path(head.file)
    if file in still:
        still.remove(file)
    elif file in other:
        file = None
    else:
        file = own_file(head)
        if file is None and head.file is not None and Path(head.file).exists():
            other.append(Path(head.file))
    return Doomed(number, head.id, head.began_at, file, tuple(still), tuple(other))


def deleted(store: Store, name: str, *, made: bool = False) -> None:
    """Delete a sitting and the sound file it was played into, and what could be recovered of its record.

    made    whether whatever else was made from it goes too

    Raises KeepingError where the sitting is being played, and JournalError, which says what is left.
    """
    going = doomed(store, name)
    playing = all_deleted(store, [going], made=made)
    if playing:
        raise KeepingError(f"The sitting {going.id} is being played; end it first.")


def all_deleted(store: Store, going: Sequence[Doomed], *, made: bool) -> list[Doomed]:
    """The same of many; returns those that are being played, which stay."""
    playing: list[Doomed] = []
    done = 0
    try:
        for each in going:
            with _nobody_plays(store, each) as free:
                if not free:
                    playing.append(each)
                    continue
                for file in each.files(made=made):
                    _remove(file)
                with store.transaction():
                    store.delete(each.number)
                done += 1
    except JournalError:
        store.scrubbing.resume()  # what was done is wiped all the same
        raise
    if done:
        store.scrubbing.wipe(_told(going, done, made))
    return playing


def old_pasts(store: Store, keep_s: float) -> list[int]:
    """Numbers of what watches told, as far as it was imported longer ago than `keep_s` seconds."""
    until = time.time() - keep_s
    return [n for n, at in store.pasts.numbers() if (kept := epoch_s(at)) is not None and kept < until]


def pasts_dropped(store: Store, gone: Sequence[int]) -> None:
    """Delete what watches told (engine.journal.pasts), by its numbers, and what could be recovered of it."""
    if gone:
        store.scrubbing.owe()
        with store.transaction():
            store.pasts.drop(gone)
        store.scrubbing.wipe("What the watch told is deleted")


def _told(going: Sequence[Doomed], done: int, made: bool) -> str:
    if len(going) > 1:
        return f"{done} sittings are deleted"
    only = going[0]
    also = " and its sound file are" if only.file is not None else " is"
    return f"The sitting {only.id}{' with what was made from it' * (made and bool(only.made))}{also} deleted"


def _remove(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError as trouble:
        why = f"The file {file} cannot be removed ({trouble.strerror})"
        raise JournalError(f"{why}, so its sitting was not deleted; permit it and delete again.") from None


@contextmanager
def _nobody_plays(store: Store, going: Doomed) -> Generator[bool]:
    """Hold the sitting's lock, so that nobody begins to write it meanwhile; whether it could be had."""
    if going.id not in {each.id for each in store.unended()}:
        yield True
        return
    try:
        lock = Running(store.folder, going.id)
    except OSError:
        yield False
        return
    try:
        yield True
    finally:
        lock.let_go()
