"""Writer: the thread that owns the journal while a sitting is played, and keeps the sitting whatever comes.

It turns what has been queued into rows and commits these four times a second. Where the journal cannot be
written the rows wait and it tries again; where that lasts to the end, or the journal was taken away, the
whole sitting is kept elsewhere (engine.journal.rescue). What went wrong is told once, and stays in `trouble`.
"""

from __future__ import annotations

import platform
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dsp.machine import processor_name, sound_name
from engine.journal import rescue
from engine.journal.ending import FORGOTTEN, broke_off, close_interrupted, finish
from engine.journal.expiry import expire
from engine.journal.memory import Memory
from engine.journal.opening import FILE, identity
from engine.journal.record import Ending, Head
from engine.journal.rows import Row
from engine.journal.running import Running
from engine.journal.store import Store
from engine.journal.transcript import Transcript
from engine.journal.trouble import JournalError, said
from engine.version import VERSION

if TYPE_CHECKING:
    from engine.journal.seal import Lock
    from engine.session import Moment

COMMIT_S = 0.25
"""Between two commits: with a tick and the writing, well under a second on a busy machine too."""

LAST_TRIES = 6
"""Attempts to write the end of a sitting before it is kept elsewhere."""

ANSWER_S = 60.0
"""A disk that has not answered so long after the end will not. Own choice."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Who is being listened to, as Head has it."""

    sensor_label: str
    simulated: bool


@dataclass(frozen=True, slots=True)
class End:
    """How and when the sitting ended."""

    ending: Ending
    at: str





def versions() -> dict[str, str]:
    """What plays here: see Head.versions."""
    model = [line for line in processor_name().splitlines() if line.startswith(("model name", "CPU part"))]
    return {
        "calando": VERSION,
        "python": platform.python_version(),
        "sound": sound_name(),
        "processor": model[0].partition(":")[2].strip() if model else platform.machine(),
    }


class Writer(threading.Thread):
    """Keeps the sitting that `head` describes in the journal in `folder`, from what is put into `queue`.

    tell      is given sentences for the listener, in this thread
    `folder`  where the sitting is kept: as asked, or elsewhere
    `trouble` why it is not being kept as asked; empty where it is
    `forgotten` whether it was wiped at its end, since consent was refused meanwhile
    """

    def __init__(
        self, folder: Path, head: Head, queue: deque[Moment | tuple[str, Row] | Heard],
        tell: Callable[[str], None],
    ) -> None:  # fmt: skip
        super().__init__(name="journal", daemon=True)
        self.folder = folder
        self.trouble = ""
        self.forgotten = False
        self._head = head
        self._queue = queue
        self._tell = tell
        self._transcript = Transcript(head.rate_hz)
        self._memory = Memory()
        self._refused = 0
        self._store: Store | None = None
        self._running: Running | None = None
        self._number: int | None = None
        self._journal: tuple[int, int] | None = None
        self._lock: Lock | None = None
        self._over = threading.Event()
        self._finished = False
        self._end: End | None = None

    def end(self, end: End) -> None:
        """Write what there is, and return when that is done or given up."""
        self._end = end
        self._over.set()
        self.join(ANSWER_S)
        if self.is_alive():
            self.trouble = f"The disk of the journal {self.folder / FILE} does not answer; look at it."
            self._tell(f"{self.trouble} The end of this sitting may be missing.")
        elif not self._finished:
            # The thread is dead, whatever it died of; what was left to it is done here.
            death, self._store = self.trouble, None
            self._close()
            self.trouble = self.trouble or death

    def run(self) -> None:
        try:
            # Woken by every moment it would take the interpreter from the control thread ten times a second.
            while not self._over.wait(COMMIT_S):
                self._collect()
                if self._anything:
                    self._write()
            self._close()
        except BaseException as death:
            self._fail(f"The journal is written no more ({_named(death)}); this sitting is kept at its end.")

    @property
    def _anything(self) -> bool:
        """Whether there is a sitting: a device that does not open at its start leaves none."""
        return self._number is not None or self._transcript.frames > 0

    def _close(self) -> None:
        self._collect()
        if self._anything:
            tries = 1
            while not self._write(self._end):
                if tries == LAST_TRIES:
                    self._rescue()
                    break
                tries += 1
                time.sleep(COMMIT_S)
            if self._refused > 1:
                self._tell(f"In all {self._refused} of its rows could not be kept.")
        self._finished = True
        self._let_go()

    def _let_go(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None
        if self._running is not None:
            with suppress(OSError):
                self._running.let_go()
            self._running = None

    def _collect(self) -> None:
        """Take in what has come."""
        for _ in range(len(self._queue)):
            item = self._queue.popleft()
            if isinstance(item, Heard):
                self._head = replace(self._head, sensor_label=item.sensor_label, simulated=item.simulated)
            elif isinstance(item, tuple):
                self._transcript.add(*item)
            else:
                try:
                    self._transcript.take(item)
                except Exception as wrong:  # of one moment; the others are kept
                    self._transcript.refused.append(_named(wrong))
        refused, self._transcript.refused = self._transcript.refused, []
        if refused and not self._refused:
            self._tell(f"Something of this sitting cannot be kept ({refused[0]}); all else is.")
        self._refused += len(refused)

    def _write(self, end: End | None = None) -> bool:
        """Commit all rows there are; False where that failed, with everything still there."""
        try:
            self._commit(end)
        except JournalError as trouble:
            self._fail(str(trouble))
            return False
        except Exception as trouble:  # a fault of ours must not cost the sitting either
            self._fail(f"The journal {self.folder / FILE} cannot be written ({_named(trouble)}).")
            return False
        if self.trouble:
            self.trouble = ""
            self._tell("The journal is being written again; nothing of this sitting is missing.")
        return True

    def _commit(self, end: End | None) -> None:
        store = self._open()
        with store.transaction():
            number = store.begin(self._head) if self._number is None else self._number
            for table, waiting in self._transcript.rows.items():
                store.add(number, table, waiting)
            store.reach(number, self._transcript.frames, self._head)
            if end is not None:
                self.forgotten = store.refused(number)
                if self.forgotten:
                    store.delete(number)
                else:
                    finish(store, number, end.ending, end.at, self._head.simulated)
        if self.forgotten:
            self._tell(FORGOTTEN)
            store.scrubbing.resume()
        self._number = number
        self._lock = store.lock
        self._remember()

    def _remember(self) -> None:
        self._memory.take(self._transcript.rows)
        for waiting in self._transcript.rows.values():
            waiting.clear()

    def _open(self) -> Store:
        """The store, unless another file, or none, lies where this sitting was begun."""
        if self._journal is not None and identity(self.folder) != self._journal:
            raise JournalError(
                f"The journal {self.folder / FILE} was taken away while it was written; put it back."
            )
        if self._store is None:
            store = Store(self.folder, busy_s=COMMIT_S)
            self._journal = identity(self.folder)
            if self._running is None:
                with said(store.path):
                    self._running = Running(self.folder, self._head.id)
                self._head = replace(self._head, versions=versions())
                with suppress(JournalError):  # another sitting's trouble is not this one's
                    for each in close_interrupted(store):
                        self._tell(broke_off(each, store.folder))
                with suppress(JournalError):
                    for sentence in expire(store):
                        self._tell(sentence)
                store.scrubbing.resume()
            self._store = store
        return self._store

    def _fail(self, sentence: str) -> None:
        if sentence != self.trouble:
            self.trouble = sentence
            self._tell(sentence)
        if self._store is not None:
            self._store.close()
            self._store = None

    def _rescue(self) -> None:
        """Keep the whole sitting, from memory, in a folder of its own."""
        self._remember()
        head, lock, without = self._head, self._lock, tuple[str, ...]()
        if self._number is None:
            try:
                lock = rescue.lock_of(self.folder)
            except rescue.UnknownLockError:
                head, without = rescue.nameless(head), rescue.NAMELESS_TABLES
        for place in rescue.places():
            try:
                self._keep_in(place, replace(head, versions=versions()), lock, without)
            except Exception:  # there is another place, or none
                shutil.rmtree(place, ignore_errors=True)
                continue
            self.folder = place
            self._tell(f"This sitting is kept in {place} instead; name that folder with --data.")
            if without:
                self._tell("It is there without names and words, for these may be sealed in the journal.")
            return
        missing = "The end of this sitting is" if self._number is not None else "This sitting is"
        self._tell(f"{missing} missing from the journal.")

    def _keep_in(self, place: Path, head: Head, lock: Lock | None, without: tuple[str, ...]) -> None:
        with Store(place) as store, store.transaction():
            if lock is not None:
                store.adopt(lock)
            number = store.begin(head)
            for table, rows in self._memory.rows():
                if table not in without:
                    store.add(number, table, rows)
            store.reach(number, self._transcript.frames, head)
            if self._end is not None:
                finish(store, number, self._end.ending, self._end.at, head.simulated)


def _named(wrong: BaseException) -> str:
    return f"{type(wrong).__name__}: {wrong}" if str(wrong) else type(wrong).__name__
