"""Events: moments of a sitting that belong to the listener, which the music marks once and plainly.

A far stricter law than that of the quick answer (LOOP.md 7): a heart at rest is never steady, and a mark that
comes for nothing is worth nothing. An event waits where its moment is not free, and is dropped where what it
tells of is over by then.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, inf

from engine.guide.music_state import Event, Hand, Stage
from profiles.schema import Goal

USUAL_S = 180.0
"""Time constant of the rate that the heart is compared with: what it has been of late. The rate that a heart
state holds has one of 20 s itself (sensors.gate)."""

SETTLED_BPM, AGAIN_BPM, SETTLED_AFTER_S, NOT_BEFORE_S = 2.5, 1.25, 20.0, 150.0
"""A heart that is so far under what it has been, for 20 s, has settled, from 150 s on; and again only after
it has been nearer than AGAIN_BPM (LOOP.md 7; benchmarks/loop_events.py prints what of hearts this marks)."""

FOUND, FOUND_AFTER_S = 0.70, 10.0
"""A breath has come to the swell when so much of the heart's swing goes with it, for 10 s (LOOP.md 7)."""

LED_AWAY = 0.16
"""Share of the listener's own breathing by which the swell has to be away from it, so that it is the breath
that came: further than the swell goes ahead of one (engine.guide.breath_lead; own choice)."""

APART_S = 120.0
"""No event follows another sooner, whatever its kind."""

HEARD_BY_S = 60.0
"""From an event to what it begins, at the longest: a cadence, a silence, a new section. So near to the last
fade there is none, for it might not be heard (own choice)."""

RESTING = frozenset({Stage.BACK_OFF, Stage.COAST, Stage.END})
"""Stages without events."""

_WHY = {
    Event.SETTLED: "the heart has {moved} by {by:.0f} a minute: the listener's own motif returns, newly set",
    Event.FOUND: "the breath has come to the swell: a single stroke marks where it begins",
    Event.ARRIVED: "where the sitting leads is reached: the harmony brightens a step with the next section",
}


def together(share: float | None, swell_per_min: float, from_per_min: float) -> float:
    """How surely the breath has come to the swell, 0 to 1.

    share         of the heart's swing that goes with the swell (engine.guide.evenness)
    from_per_min  the listener's own breathing, from which the swell leads
    """
    led = abs(swell_per_min - from_per_min) >= LED_AWAY * from_per_min
    return share if led and share is not None else 0.0


class Settling:
    """How far a heart lies from what it has been, and whether it has stayed there."""

    __slots__ = ("_age_s", "_armed", "_held_s", "_usual_bpm", "lean_bpm")

    def __init__(self) -> None:
        self._usual_bpm: float | None = None
        self._age_s = self._held_s = 0.0
        self._armed = True
        self.lean_bpm = 0.0
        """Beats a minute over what the heart has been; negative below."""

    def step(self, dt_s: float, hr: float | None, rises: bool = False) -> bool:
        """Whether it has settled, `dt_s` later at the rate `hr`, None where that cannot be trusted.

        `rises` where the way of the sitting leads up. After a hole all begins anew: nobody knows when the
        heart went where it is found.
        """
        if hr is None or self._usual_bpm is None:
            self._usual_bpm, self._age_s, self._held_s, self.lean_bpm = hr, 0.0, 0.0, 0.0
            return False
        self._age_s += dt_s
        if dt_s > 0.0:
            self._usual_bpm += (hr - self._usual_bpm) * (1.0 - exp(-dt_s / min(USUAL_S, self._age_s)))
        self.lean_bpm = hr - self._usual_bpm
        gone = self.lean_bpm if rises else -self.lean_bpm
        self._armed = self._armed or gone < AGAIN_BPM
        self._held_s = self._held_s + dt_s if gone > SETTLED_BPM else 0.0
        return self._armed and self._held_s >= SETTLED_AFTER_S

    def marked(self) -> None:
        """Not again before the heart has been back."""
        self._armed = False


class Events:
    """The events of one sitting. `decide(hand, parameter, value, why)` takes down each."""

    def __init__(self, goal: Goal, decide: Callable[[Hand, str, float | str | None, str], None]) -> None:
        self._decide = decide
        self._settling = Settling()
        self._together_s = 0.0
        self._last_s = -inf
        self._once: set[Event] = set()
        self.turn_to(goal)

    def turn_to(self, goal: Goal) -> None:
        """Go on by another profile: on its way there is something to find and to arrive at again."""
        self._rises = goal == "up"
        self._once.clear()

    def step(
        self, t_s: float, dt_s: float, stage: Stage, hr: float | None, breath: float, room: bool
    ) -> Event | None:
        """The event of this moment, `t_s` after the start of the sitting.

        hr      the heart's rate, beats a minute, or None where it cannot be trusted
        breath  how surely it has come to the swell, 0 to 1
        room    whether the music can mark anything now
        """
        self._together_s = self._together_s + dt_s if breath >= FOUND else 0.0
        found = self._together_s >= FOUND_AFTER_S
        due = {
            Event.SETTLED: self._settling.step(dt_s, hr, self._rises) and t_s >= NOT_BEFORE_S,
            Event.FOUND: found and Event.FOUND not in self._once,
            Event.ARRIVED: stage is Stage.ARRIVE and Event.ARRIVED not in self._once,
        }
        if not room or stage in RESTING or t_s - self._last_s < APART_S:
            return None
        event = next((event for event, is_due in due.items() if is_due), None)
        if event is not None:
            self._mark(event, t_s)
        return event

    def _mark(self, event: Event, t_s: float) -> None:
        self._last_s = t_s
        self._once.add(event)
        if event is Event.SETTLED:
            self._settling.marked()
        moved, by = "come up" if self._rises else "settled", abs(self._settling.lean_bpm)
        self._decide(Hand.AUTO, "event", event.value, _WHY[event].format(moved=moved, by=by))
