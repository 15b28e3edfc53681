"""Transcript: what every tick of a session adds to its record, as rows.

A command is written down when the synth has said at which frame it took effect, so that what is in
the journal is always true: a sitting that breaks off is known up to a frame, and up to there exactly.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import astuple, replace
from math import isfinite
from typing import TYPE_CHECKING, TypeVar

from dsp.command import alive
from dsp.telemetry import Applied, Dropped, Played, Resumed, Stopped
from dsp.touch import CONTROL
from engine.journal import rows, touches
from engine.journal.beside import Beside
from engine.journal.record import SentCommand, Spoken, State, Stop
from engine.journal.rows import Row
from engine.journal.schema import TABLES

if TYPE_CHECKING:
    from engine.guide.music_state import Stage
    from engine.session import Moment

T = TypeVar("T")


STATE_EVERY_S = 1.0
"""Engine time between two states: as often as a heart beats."""


class Transcript:
    """Takes in the moments of one session in order; `rows` collects what they add, for a writer to empty.

    A row that could not be kept, or not be read again, is left out and said in `refused`; it costs no other.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self.rows: dict[str, list[Row]] = {table: [] for table in TABLES}
        self.refused: list[str] = []
        self.frames = 0
        """The effect of every command before this frame is among the rows taken in so far."""
        self._beside = Beside(rate_hz)
        self._unanswered: deque[SentCommand] = deque()
        self._sent = 0
        self._state_due_s = 0.0
        self._stage: Stage | None = None

    def take(self, moment: Moment) -> None:
        """Write down the next moment."""
        for command in moment.commands:
            self._unanswered.append(SentCommand(self._sent, command, None))
            self._sent += 1
        for news in moment.news:
            if isinstance(news, Applied | Dropped):
                self._answer(news)
            elif isinstance(news, Stopped | Resumed):
                by = news.by if isinstance(news, Stopped) else 0
                self._add_one("stop", Stop(news.frame, by), rows.stop_row)
            elif isinstance(news, Played) and news.touch.kind != CONTROL:  # which nothing is heard of
                self._add_one("played", news, touches.played_row)
        self._add("guest", self._beside.take(moment), rows.guest_row)
        self._add("event", moment.events, rows.event_row)
        self._add("beat", moment.beats, rows.beat_row)
        self._add("decision", moment.music.decisions, rows.decision_row)
        self._add("intent", moment.intents, rows.intent_row)
        if moment.words is not None and (line := moment.words.begun) is not None:
            frame = round(line.at_s * self._rate_hz)
            self._add_one("line", Spoken(line.at_s, frame, line.place, line.words, line.digest), astuple)
        if not 0.0 <= moment.t_s <= rows.LONGEST_S:
            self.refused.append(f"a moment: t_s is {moment.t_s}")
            return
        due = moment.t_s >= self._state_due_s or moment.music.stage is not self._stage
        if due and self._add_one("state", _state(moment), rows.state_row):
            self._stage = moment.music.stage
            self._state_due_s = moment.t_s - moment.t_s % STATE_EVERY_S + STATE_EVERY_S
        # The output has come at least to this tick, and what took effect by then has been reported.
        self.frames = round(moment.t_s * self._rate_hz)

    def add(self, table: str, row: Row) -> bool:
        """Write down a row that was made elsewhere; False where it is refused."""
        try:
            self.rows[table].append(rows.checked(table, row))
        except Exception as wrong:  # whatever it is, the others are kept
            self.refused.append(f"{table}: {wrong}")
            return False
        return True

    def _add(self, table: str, things: Iterable[T], row_of: Callable[[T], Row]) -> None:
        for thing in things:
            self._add_one(table, thing, row_of)

    def _add_one(self, table: str, thing: T, row_of: Callable[[T], Row]) -> bool:
        try:
            row = row_of(thing)
        except Exception as wrong:  # as in `add`
            self.refused.append(f"{table}: {wrong}")
            return False
        return self.add(table, row)

    def _answer(self, news: Applied | Dropped) -> None:
        """Write down the command that the synth speaks of, and those before it whose answer was lost."""
        while self._unanswered and self._unanswered[0].sequence <= news.sequence:
            sent = self._unanswered.popleft()
            if sent.sequence == news.sequence:
                sent = replace(sent, frame=news.frame, dropped=isinstance(news, Dropped))
            if not self._add_one("command", sent, rows.command_row):
                # The place in the row of commands is its number, so a sign of life stands there instead.
                frame = 0 if sent.frame is None else sent.frame
                self._add_one("command", replace(sent, command=alive().at_frame(frame)), rows.command_row)


def _state(moment: Moment) -> State:
    meter = moment.meter
    return State(
        moment.t_s, moment.heart, moment.music, moment.tempo_bpm, moment.beat,
        _audible(meter.lufs_momentary) if meter else None,
        _audible(meter.lufs_short_term) if meter else None,
        _audible(meter.true_peak_dbtp) if meter else None,
        moment.late_periods, moment.losses.missed_notes, moment.losses.late_notes, moment.in_step,
    )  # fmt: skip


def _audible(level: float) -> float | None:
    """Silence has no level."""
    return level if isfinite(level) else None
