"""Listening: a watcher that follows a search while it is played, and tells of each pace once it is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.guide.music_state import Decision
from engine.guide.pacer import PARAMETER
from engine.pace.heard import Breathed, Heard, heard
from engine.pace.swing import Swing, swings

if TYPE_CHECKING:
    from engine.session import Moment
    from sensors.artefacts import LabelledBeat

LATE_S = 3.0
"""A beat is judged two beats late, and heard later: a pace is told of so long after its end (own choice)."""


class Listening:
    """Takes every moment of one sitting.

    begins  told the pacer's words where a pace or a rest begins, and when, seconds
    told    told the swing of a pace that is over, and when
    """

    def __init__(
        self,
        begins: Callable[[float, str], None] | None = None,
        told: Callable[[float, Swing], None] | None = None,
    ) -> None:
        self._begins, self._told = begins, told
        self._beats: list[LabelledBeat] = []
        self._breaths: list[Breathed] = []
        self._turns: list[Decision] = []
        self._due_s: float | None = None

    def moment(self, moment: Moment) -> None:
        self._beats += moment.beats
        music = moment.music
        self._breaths.append(Breathed(moment.t_s, music.breath_guide_per_min, moment.heart.breath_phase))
        turns = [each for each in music.decisions if each.parameter == PARAMETER]
        for each in turns:
            if self._begins is not None:
                self._begins(each.t_s, each.why)
            if self._turns and self._turns[-1].value is not None:
                self._due_s = moment.t_s + LATE_S
            self._turns.append(each)
        if self._due_s is not None and moment.t_s >= self._due_s:
            self._due_s = None
            if self._told is not None and (found := self.swings()):
                self._told(moment.t_s, found[-1])

    def heard(self) -> Heard:
        """All that was heard so far."""
        return heard(self._beats, self._breaths, self._turns)

    def swings(self) -> tuple[Swing, ...]:
        """The swing at each pace that was led so far."""
        return swings(self.heard())
