"""Journal: the listener that keeps a sitting. Nothing that plays ever waits for it.

The control thread only puts moments into a queue; a thread of the journal's own (engine.journal.writer)
empties it and commits what is in it, so that whatever ends the process, at most the last second is lost.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.desk import Mark, Note, Rate
from engine.guide.music_state import Hand
from engine.journal import rows
from engine.journal.ending import now
from engine.journal.record import Head, Marker, Rating, Remark
from engine.journal.rows import Row
from engine.journal.writer import End, Heard, Writer
from sensors.plain_text import plain

if TYPE_CHECKING:
    from engine.session import Moment
    from sensors.sensor import Sensor


class Journal:
    """Keeps one sitting in the journal in `folder`; a context manager and a session's listener.

    head    the sitting at its beginning; its versions are filled in here
    sensor  whose label may only be known, or change, while it is being listened to
    say     tells the listener, in the control thread, what is wrong or which sitting broke off
    """

    def __init__(self, folder: Path, head: Head, sensor: Sensor, say: Callable[[str], None]) -> None:
        self.id = head.id
        self._sensor = sensor
        self._known = Heard(head.sensor_label, head.simulated)
        self._say = say
        self._queue: deque[Moment | tuple[str, Row] | Heard] = deque()
        self._sentences: deque[str] = deque()
        self._writer = Writer(folder, head, self._queue, self._sentences.append)

    @property
    def folder(self) -> Path:
        """Where the sitting is kept: as asked, or where nothing could be written there, elsewhere."""
        return self._writer.folder

    @property
    def forgotten(self) -> bool:
        """Whether it was wiped at its end, since the listener does not agree to a record."""
        return self._writer.forgotten

    @property
    def trouble(self) -> str:
        """Why the sitting is not being kept where it was asked to be, in a sentence; empty where it is.

        It may pass while the sitting is played, and is for good once that is over.
        """
        return self._writer.trouble

    def __enter__(self) -> Journal:
        self._writer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *failure: object) -> None:
        self._writer.end(End("complete" if kind is None else "interrupted", now()))
        self._pass_on()

    def moment(self, moment: Moment) -> None:
        """As a session's listener: some microseconds."""
        self._queue.append(moment)
        for ask in moment.asks:
            match ask.wish:
                case Mark(words):
                    self.mark(moment.t_s, ask.hand, words)
                case Rate(rating):
                    self.rate(ask.hand, rating)
                case Note(words):
                    self.note(ask.hand, words)
                case _:
                    pass
        heard = Heard(plain(self._sensor.label), self._sensor.simulated)
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
            with suppress(OSError):  # nobody reads any more, which is no reason to stop playing
                self._say(self._sentences.popleft())
