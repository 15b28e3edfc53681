"""Alerts: what of a kiosk asks for somebody, a row each, with what it asks for.

An alert stands once its condition has held for a while without a break, and falls when it is over. Time is
the supervisor's own, so that a clock that is set moves none.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from engine.kiosk.config import Alerts
from engine.kiosk.state import SOUNDING, Doing, State

SILENT_LUFS = -70.0
"""Softer is silence (ITU-R BS.1770-5, the absolute gate)."""

NO_SOUND_S = 15.0
"""A card that was switched off and on is back by then (own choice)."""

SLOW_START_S = 300.0
"""A first start on a small computer takes minutes (own choice)."""

OFTEN, OFTEN_S = 3, 3600.0
"""So many replacements of the engine within an hour are no chance (own choice)."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert that stands.

    name     of its row
    words    what is so, a sentence
    asks     what to do, a sentence
    since_s  when it began, on the supervisor's clock
    """

    name: str
    words: str
    asks: str
    since_s: float


class Course:
    """What must be remembered of earlier states for an alert: when visits and replacements were counted."""

    def __init__(self) -> None:
        self._visits, self._faults = -1, -1
        self._replaced_s: deque[float] = deque(maxlen=OFTEN)
        self._before_s = 0.0
        self.alone_s = 0.0
        """Time that it has been open since the last visit."""

    def follow(self, state: State) -> None:
        """Take the next state."""
        if state.doing not in (Doing.CLOSED, Doing.STARTING):
            self.alone_s += max(0.0, state.since_s - self._before_s)
        if state.visits != self._visits or state.doing is Doing.VISIT:
            self.alone_s = 0.0
        if state.faults > self._faults >= 0:
            self._replaced_s.extend([state.since_s] * min(OFTEN, state.faults - self._faults))
        self._visits, self._faults, self._before_s = state.visits, state.faults, state.since_s

    def often(self, now_s: float) -> bool:
        """Whether the engine has been replaced OFTEN times within OFTEN_S."""
        return len(self._replaced_s) == OFTEN and now_s - self._replaced_s[0] < OFTEN_S


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of alert.

    so     whether its condition holds
    words  what is so
    asks   what to do
    after  seconds for which it has to hold first
    """

    so: Callable[[State, Course, Alerts], bool]
    words: Callable[[State], str]
    asks: str
    after_s: Callable[[Alerts], float] = lambda _: 0.0


def _silent(state: State, _course: Course, _limits: Alerts) -> bool:
    return state.doing in SOUNDING and state.sound_ok and (state.lufs is None or state.lufs < SILENT_LUFS)


ROWS: dict[str, Row] = {
    "no_sound": Row(
        lambda state, _course, _limits: not state.sound_ok and state.doing is not Doing.STARTING,
        lambda state: state.sound_words or "There is no sound card.",
        "See that the amplifier or sound card has power and its plug is in; it plays again by itself.",
        lambda _: NO_SOUND_S,
    ),
    "silent": Row(
        _silent,
        lambda _: "It should be heard and is silent.",
        "Listen in the room; if it is silent, send `restart`, then look at the journal.",
        lambda limits: limits.silence_s,
    ),
    "slow_start": Row(
        lambda state, _course, _limits: state.doing is Doing.STARTING,
        lambda _: f"It has been starting for more than {SLOW_START_S / 60:g} minutes.",
        "Look at the journal; run `calando doctor` on it.",
        lambda _: SLOW_START_S,
    ),
    "safe_mode": Row(
        lambda state, _course, _limits: state.safe,
        lambda _: "It started five times in a row without lasting a minute, and plays in safe mode.",
        "Look at the journal; run `calando doctor` on it; `restart` tries again.",
    ),
    "often_replaced": Row(
        lambda state, course, _limits: course.often(state.since_s),
        lambda _: f"Its engine has been replaced {OFTEN} times within an hour.",
        "Look at the journal for the reason, and at the power supply.",
    ),
    "strap_battery": Row(
        lambda state, _course, limits: state.battery is not None and state.battery <= limits.battery,
        lambda state: f"The strap's battery is at {state.battery} %.",
        "Change the strap's battery.",
    ),
    "no_visit": Row(
        lambda _state, course, limits: 0.0 < limits.no_visit_s <= course.alone_s,
        lambda _: "Nobody has put the strap on for longer than is usual here.",
        "See that the strap hangs where it is found, clean and with a battery.",
    ),
}
"""In the order of how soon somebody should come."""


class Watch:
    """Finds the alerts that stand, from one state after the other."""

    def __init__(self, limits: Alerts) -> None:
        self.limits = limits
        """May be replaced, when the file is read again."""
        self._course = Course()
        self._since_s: dict[str, float] = {}

    def follow(self, state: State) -> tuple[Alert, ...]:
        """The alerts that stand in this state, the most urgent first."""
        self._course.follow(state)
        found: list[Alert] = []
        for name, row in ROWS.items():
            if not row.so(state, self._course, self.limits):
                self._since_s.pop(name, None)
                continue
            since_s = self._since_s.setdefault(name, state.since_s)
            if state.since_s - since_s >= row.after_s(self.limits):
                found.append(Alert(name, row.words(state), row.asks, since_s))
        return tuple(found)
