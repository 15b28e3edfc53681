"""Journal: the listener that keeps a sitting. Nothing that plays ever waits for it.

The control thread only puts moments into a queue. A thread of the journal's own empties it four times a
second, turns them into rows and commits these, so that whatever ends the process, at most the last second
is lost. Where the file cannot be written the rows wait in memory and the thread tries again.
"""

from __future__ import annotations

import platform
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dsp.machine import digest, processor_name
from engine.guide.music_state import Hand
from engine.journal import rows
from engine.journal.ending import broke_off, close_interrupted, finish, now
from engine.journal.record import Ending, Head, Marker, Rating, Remark
from engine.journal.rescue import elsewhere, may_be_sealed
from engine.journal.rows import Row
from engine.journal.running import Running
from engine.journal.store import Store
from engine.journal.transcript import Transcript
from engine.journal.trouble import JournalError, said
from engine.version import VERSION

if TYPE_CHECKING:
    from engine.session import Moment
    from sensors.sensor import Sensor

COMMIT_S = 0.25
"""Between two commits: with a tick and the writing, well under a second on a busy machine too."""

LAST_TRIES = 6
"""Attempts to write the end of a sitting before it is given up."""


class Journal:
    """Keeps one sitting in the journal in `folder`; a context manager and a session's listener.

    head    the sitting at its beginning; its versions are filled in here
    sensor  whose label may only be known, or change, while it is being listened to
    say     tells the listener, in the control thread, what is wrong or which sitting broke off
    """

    def __init__(self, folder: Path, head: Head, sensor: Sensor, say: Callable[[str], None]) -> None:
        self.id = head.id
        self._sensor = sensor
        self._known = _Heard(head.sensor_label, head.simulated)
        self._say = say
        self._queue: deque[Moment | tuple[str, Row] | _Heard] = deque()
        self._sentences: deque[str] = deque()
        self._writer = _Writer(folder, head, self._queue, self._sentences.append)

    @property
    def folder(self) -> Path:
        """Where the sitting is kept: as asked, or where nothing could be written there, elsewhere."""
        return self._writer.folder

    def __enter__(self) -> Journal:
        self._writer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *failure: object) -> None:
        self._writer.end("complete" if kind is None else "interrupted", now())
        self._pass_on()

    def moment(self, moment: Moment) -> None:
        """As a session's listener: some microseconds."""
        self._queue.append(moment)
        heard = _Heard(self._sensor.label, self._sensor.simulated)
        if heard != self._known:
            self._known = heard
            self._queue.append(heard)
        self._pass_on()

    def mark(self, t_s: float, hand: Hand, words: str) -> None:
        """Mark a moment; may be called from any thread, as the next two."""
        self._queue.append(("marker", rows.marker_row(Marker(t_s, hand, words))))

    def rate(self, hand: Hand, rating: Rating) -> None:
        """Keep how the listener feels, and who wrote it down."""
        self._queue.append(("rating", rows.rating_row(replace(rating, at=now(), hand=hand))))

    def note(self, hand: Hand, words: str) -> None:
        """Keep a note."""
        self._queue.append(("note", rows.remark_row(Remark(now(), hand, words))))

    def _pass_on(self) -> None:
        while self._sentences:
            self._say(self._sentences.popleft())


def versions() -> dict[str, str]:
    """What plays here: see Head.versions."""
    model = [line for line in processor_name().splitlines() if line.startswith(("model name", "CPU part"))]
    return {
        "calando": VERSION,
        "python": platform.python_version(),
        "sound": digest(),
        "processor": model[0].partition(":")[2].strip() if model else platform.machine(),
    }


@dataclass(frozen=True, slots=True)
class _Heard:
    """Who is being listened to, as Head has it."""

    sensor_label: str
    simulated: bool


@dataclass(frozen=True, slots=True)
class _End:
    """How and when the sitting ended."""

    ending: Ending
    at: str


class _Writer(threading.Thread):
    """Owns the store. A failure is told once, and what could not be written is tried again."""

    def __init__(
        self,
        folder: Path,
        head: Head,
        queue: deque[Moment | tuple[str, Row] | _Heard],
        tell: Callable[[str], None],
    ) -> None:
        super().__init__(name="journal", daemon=True)
        self.folder = folder
        self._head = head
        self._queue = queue
        self._tell = tell
        self._transcript = Transcript(head.rate_hz)
        self._store: Store | None = None
        self._running: Running | None = None
        self._number: int | None = None
        self._trouble = ""
        self._over = threading.Event()
        self._end: _End | None = None

    def end(self, ending: Ending, at: str) -> None:
        """Write what there is and return when that is done or given up."""
        self._end = _End(ending, at)
        self._over.set()
        self.join()

    def run(self) -> None:
        # Woken by every moment it would take the interpreter from the control thread ten times a second.
        while not self._over.wait(COMMIT_S):
            self._collect()
            if self._anything:
                self._write()
        self._collect()
        if self._anything:
            self._close(self._end)

    @property
    def _anything(self) -> bool:
        """Whether there is a sitting: a device that does not open at its start leaves none."""
        return self._number is not None or self._transcript.frames > 0

    def _close(self, end: _End | None) -> None:
        tries = 1
        while not self._write(end):
            if tries == LAST_TRIES:
                self._give_up(end)
                break
            tries += 1
            time.sleep(COMMIT_S)
        if self._store is not None:
            self._store.close()
        if self._running is not None:
            self._running.let_go()

    def _give_up(self, end: _End | None) -> None:
        """Keep a sitting of which nothing could be written in a folder of its own."""
        if self._number is not None:
            self._tell("The end of this sitting is missing from the journal.")
            return
        place = None if may_be_sealed(self.folder) else elsewhere()
        if place is not None:
            self.folder = place
            try:
                self._commit(end)
            except JournalError:
                shutil.rmtree(place, ignore_errors=True)
            else:
                self._tell(f"This sitting is kept in {place} instead; name that folder with --data.")
                return
        self._tell("This sitting is missing from the journal.")

    def _collect(self) -> None:
        """Take in what has come."""
        for _ in range(len(self._queue)):
            item = self._queue.popleft()
            if isinstance(item, _Heard):
                self._head = replace(self._head, sensor_label=item.sensor_label, simulated=item.simulated)
            elif isinstance(item, tuple):
                table, row = item
                self._transcript.rows[table].append(row)
            else:
                self._transcript.take(item)

    def _write(self, end: _End | None = None) -> bool:
        """Commit all rows there are; False where that failed, with everything still there."""
        try:
            self._commit(end)
        except JournalError as trouble:
            self._fail(str(trouble))
            return False
        if self._trouble:
            self._trouble = ""
            self._tell("The journal is being written again; nothing of this sitting is missing.")
        return True

    def _commit(self, end: _End | None) -> None:
        store = self._open()
        with store.transaction():
            number = store.begin(self._head) if self._number is None else self._number
            for table, waiting in self._transcript.rows.items():
                store.add(number, table, waiting)
            store.reach(number, self._transcript.frames, self._head)
            if end is not None:
                finish(store, number, end.ending, end.at, self._head.simulated)
        self._number = number
        for waiting in self._transcript.rows.values():
            waiting.clear()

    def _open(self) -> Store:
        if self._store is None:
            store = Store(self.folder, busy_s=COMMIT_S)
            if self._running is None:
                with said(store.path):
                    self._running = Running(self.folder, self._head.id)
                self._head = replace(self._head, versions=versions())
                for each in close_interrupted(store):
                    self._tell(broke_off(each))
            self._store = store
        return self._store

    def _fail(self, sentence: str) -> None:
        if sentence != self._trouble:
            self._trouble = sentence
            self._tell(sentence)
        if self._store is not None:
            self._store.close()
            self._store = None
