"""Course: when a sitting does what, scaled to its length; and the waiting times of the law."""

from __future__ import annotations

from dataclasses import dataclass

from profiles.schema import Profile

REMATCH_S, BACK_OFF_HOLD_S, BACK_OFF_REST_S = 90.0, 120.0, 300.0
"""A back-off re-matches for 90 s and holds for two minutes; the next may come five minutes later."""

LEAST_HEARD_S = 60.0
"""Usable seconds before the starting rate counts (SCIENCE.md A7: 60 clean beats)."""

LEAST_WAIT_S = 60.0
"""However short the sitting, a stall, an arrival or a re-match is given this long (own choice)."""


@dataclass(frozen=True, slots=True)
class Course:
    """When a sitting does what, in seconds from its start, scaled to its length."""

    fade_in_s: float
    match_s: float
    """Where the lead begins, plateau included."""
    end_s: float
    """Where the last fade begins."""
    fade_out_s: float
    stretch: float
    """0 to 1: how much of the law's own waiting times a short sitting has room for."""

    def wait(self, seconds: float) -> float:
        """One of the law's waiting times, in seconds, as long as this sitting has room for it."""
        return min(seconds, max(self.stretch * seconds, LEAST_WAIT_S))


def course_of(profile: Profile, duration_s: float) -> Course:
    """The course of a sitting of `duration_s`: a short one keeps its proportions, none grows longer."""
    arc = profile.arc
    fade_out = min(arc.fade_out_s, 0.15 * duration_s)
    match = min(arc.match_s, 0.25 * duration_s) + min(arc.plateau_s, 0.25 * duration_s)
    return Course(
        fade_in_s=min(arc.fade_in_s, max(8.0, 0.1 * duration_s)),
        match_s=match,
        end_s=duration_s - fade_out,
        fade_out_s=fade_out,
        stretch=min(1.0, duration_s / 1200.0),
    )
