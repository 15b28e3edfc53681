"""Pacer: a breath that is led at fixed paces, whatever the listener's own is.

One pace is led throughout. In a search for one's own (engine.pace) some are led one after the other, with
rests between in which everybody breathes as they like; a pace during which the heart is lost begins anew once
it is heard, for what was missed cannot be told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from engine.guide.music_state import Hand

PACED_PER_MIN = 6.0
"""Plain pacing, the arm that everything else is compared with (Laborde 2021)."""

EACH_S = 120.0
"""One pace of several (SCIENCE.md A3: about two minutes each)."""

REST_S = 30.0
"""Between two of them: long enough for the heart to leave the one and for the swell to be at the other (own
choice)."""

FIRST_REST_S = 40.0
"""Before the first: the music begins, and nobody is led yet (own choice)."""

AGAIN_S = 10.0
"""From a heart that is heard again to the pace that it missed (own choice)."""

AWAY_S = 180.0
"""A heart that is away for so long is waited for no longer (own choice)."""

PACED, SEARCH = "paced", "paces"
"""What begins the name of a sitting that leads one pace, and of one that searches."""

PARAMETER = "pace"
"""What the pacer's decisions are about: a rate where a pace begins, None where a rest does."""


class Paces(NamedTuple):
    """Which paces are led."""

    per_min: tuple[float, ...] = (PACED_PER_MIN,)
    """Breaths a minute."""
    search: bool = False
    """Whether each is led once, and that is the end; otherwise the first is led throughout."""

    @property
    def spec(self) -> str:
        """How a sitting that leads so is called (engine.sitting.led)."""
        paces = ",".join(f"{pace:g}" for pace in self.per_min)
        return f"{SEARCH if self.search else PACED}:{paces}"

    @property
    def longest_s(self) -> float:
        """What a search may take, seconds, where the heart goes away once in each pace."""
        return FIRST_REST_S + len(self.per_min) * (2.0 * EACH_S + REST_S + AWAY_S)

    @property
    def usual_s(self) -> float:
        """What it takes, seconds, where the heart is heard throughout."""
        return FIRST_REST_S + len(self.per_min) * (EACH_S + REST_S) - REST_S


class Pacer:
    """Leads `paces`. `decide(hand, parameter, value, why)` takes down where each begins."""

    __slots__ = ("_away_s", "_decide", "_left_s", "_number", "_paces", "_search", "leads", "over")

    def __init__(
        self, paces: Paces, decide: Callable[[Hand, str, float | str | None, str], None]
    ) -> None:
        self._paces, self._search, self._decide = paces.per_min, paces.search, decide
        self._number = 0
        self._left_s: float | None = None
        self._away_s = 0.0
        self.leads = False
        """Whether a pace is led now; otherwise it is a rest."""
        self.over = False
        """Whether all were led, or no heart came back."""

    @property
    def per_min(self) -> float:
        """The pace that is led, or that comes next."""
        return self._paces[self._number]

    def step(self, dt_s: float, *, heard: bool) -> None:
        """Go on by `dt_s` seconds; `heard` is whether there is a heart to tell from."""
        if self.over or (self.leads and not self._search):
            return
        if not self._search:
            self._lead()
        elif self._left_s is None:
            self._rest(FIRST_REST_S, "a rest first: breathe as you like until the swell begins")
        elif heard:
            self._away_s = 0.0
            self._left_s -= dt_s
            if self._left_s <= 0.0:
                self._next()
        else:
            self._wait(dt_s)

    def _next(self) -> None:
        if not self.leads:
            self._lead()
        elif self._number + 1 == len(self._paces):
            self._finish("all paces were led")
        else:
            self._number += 1
            self._rest(REST_S, "a rest: breathe as you like")

    def _wait(self, dt_s: float) -> None:
        if self.leads:
            why = "the heart is not heard clearly: breathe as you like; this pace begins anew once it is"
            self._rest(AGAIN_S, why)
        self._left_s = max(self._left_s or 0.0, AGAIN_S)
        self._away_s += dt_s
        if self._away_s >= AWAY_S:
            self._finish("the heart was not heard clearly for three minutes, so no further pace is led")

    def _lead(self) -> None:
        self.leads, self._left_s = True, EACH_S
        of = f"pace {self._number + 1} of {len(self._paces)}: " if self._search else ""
        self._decide(Hand.PROFILE, PARAMETER, self.per_min, f"{of}{self.per_min:g} breaths a minute")

    def _rest(self, seconds: float, why: str) -> None:
        self.leads, self._left_s = False, seconds
        self._decide(Hand.PROFILE, PARAMETER, None, why)

    def _finish(self, why: str) -> None:
        self.leads, self.over = False, True
        self._decide(Hand.PROFILE, PARAMETER, None, why)

