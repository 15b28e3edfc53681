"""Transcript: what every tick of a session adds to its record, as rows.

A command is written down when the engine has said at which frame it took effect, so that what is in
the journal is always true: a sitting that breaks off is known up to a frame, and up to there exactly.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING

from dsp.native import Applied, Dropped
from engine.journal import rows
from engine.journal.record import SentCommand, State
from engine.journal.rows import Row
from engine.journal.schema import TABLES

if TYPE_CHECKING:
    from engine.guide.music_state import Stage
    from engine.session import Moment

STATE_EVERY_S = 1.0
"""Engine time between two states: as often as a heart beats."""


class Transcript:
    """Takes in the moments of one session in order; `rows` collects what they add, for a writer to empty."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self.rows: dict[str, list[Row]] = {table: [] for table in TABLES}
        self.frames = 0
        """The effect of every command before this frame is among the rows taken in so far."""
        self._unanswered: deque[SentCommand] = deque()
        self._sent = 0
        self._state_due_s = 0.0
        self._stage: Stage | None = None

    def take(self, moment: Moment) -> None:
        """Write down the next moment."""
        add = self.rows
        add["event"] += [rows.event_row(event) for event in moment.events]
        add["beat"] += [rows.beat_row(beat) for beat in moment.beats]
        add["decision"] += [rows.decision_row(decision) for decision in moment.music.decisions]
        add["intent"] += [rows.intent_row(intent) for intent in moment.intents]
        for command in moment.commands:
            self._unanswered.append(SentCommand(self._sent, command, None))
            self._sent += 1
        for news in moment.news:
            if isinstance(news, Applied | Dropped):
                self._answer(news)
        if moment.t_s >= self._state_due_s or moment.music.stage is not self._stage:
            self._stage = moment.music.stage
            self._state_due_s = moment.t_s - moment.t_s % STATE_EVERY_S + STATE_EVERY_S
            add["state"].append(rows.state_row(_state(moment)))
        # The output has come at least to this tick, and what took effect by then has been reported.
        self.frames = round(moment.t_s * self._rate_hz)

    def _answer(self, news: Applied | Dropped) -> None:
        """Write down the command that the engine speaks of, and those before it whose answer was lost."""
        while self._unanswered and self._unanswered[0].sequence <= news.sequence:
            sent = self._unanswered.popleft()
            if sent.sequence == news.sequence:
                sent = replace(sent, frame=news.frame, dropped=isinstance(news, Dropped))
            self.rows["command"].append(rows.command_row(sent))


def _state(moment: Moment) -> State:
    meter = moment.meter
    return State(
        moment.t_s, moment.heart, moment.music, moment.tempo_bpm, moment.beat,
        _audible(meter.lufs_momentary) if meter else None,
        _audible(meter.lufs_short_term) if meter else None,
        _audible(meter.true_peak_dbtp) if meter else None,
        moment.late_periods,
    )  # fmt: skip


def _audible(level: float) -> float | None:
    """Silence has no level."""
    return level if isfinite(level) else None
