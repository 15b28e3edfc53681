"""Tempo: the fold that brings a heart rate into the profile's range, and how it may move."""

from __future__ import annotations

from math import exp, isfinite, log

FOLDS = (1.0, 0.75, 0.5)
"""Beats of music to one of the heart, in order of preference. Three to four goes before one to two, so that a
quick heart is met by quick music: 104 by 78 and not by 52 (LOOP.md 6)."""

HARD_SHARE_PER_MIN = 0.06
"""No tempo, by hand or not, changes faster than 6 % a minute (SCIENCE.md A4)."""

CALM_SHARE = 0.92
"""The preset to which music without a heart drifts, as a share of its first tempo (own choice)."""

UNKNOWN_BPM = 68.0
"""Rate at which music starts when no heart and no usual rate is known (middle of 60-76; own choice)."""

TURN_REST_S = 1200.0
"""A tempo that has turned by itself does not turn again for twenty minutes (SCIENCE.md E1)."""


def fold_for(
    hr_bpm: float, low_bpm: float, high_bpm: float, over: float = 0.0, playing_bpm: float | None = None
) -> float:
    """The fold that brings `hr_bpm` into the range; chosen once in a sitting.

    over         how far over the range, as a share, three to four may lie: it is played at the range's top
    playing_bpm  where music is already playing (a heart that was found late): the fold that asks the smallest
                 change of it

    Otherwise the first of FOLDS that lands inside, or the one that comes nearest.
    """
    tops = {fold: high_bpm * (1.0 + over) if fold == 0.75 else high_bpm for fold in FOLDS}
    inside = [fold for fold in FOLDS if low_bpm <= hr_bpm * fold <= tops[fold]]
    if not inside:
        return min(FOLDS, key=lambda fold: max(low_bpm - hr_bpm * fold, hr_bpm * fold - high_bpm))
    if playing_bpm is None:
        return inside[0]
    return min(inside, key=lambda fold: abs(log(min(hr_bpm * fold, high_bpm) / playing_bpm)))


class BoundedTempo:
    """Holds the tempo and everything it may not do: leave its range, hurry, or waver.

    Moves made by a hand are bound by range and hard limit only, and leave the next automatic move
    free to go either way.
    """

    __slots__ = ("_high", "_low", "_turned_s", "bpm", "direction")

    def __init__(self, bpm: float, low_bpm: float, high_bpm: float) -> None:
        self._low, self._high = low_bpm, high_bpm
        self.bpm = min(max(bpm, low_bpm), high_bpm)
        self.direction = 0
        """Which way the last automatic move went: 1 up, -1 down, 0 none since the start or a hand."""
        self._turned_s: float | None = None

    def turn_to(self, low_bpm: float, high_bpm: float) -> None:
        """Take another range, without a jump: the next moves lead into it, free to go either way."""
        self._low, self._high = low_bpm, high_bpm
        self.direction = 0

    def inside(self, bpm: float) -> float:
        """The tempo of the range that is nearest to `bpm`."""
        return min(max(bpm, self._low), self._high)

    def may_turn(self, want_bpm: float, t_s: float) -> bool:
        """Whether a move toward `want_bpm` is free, counting turns of the last twenty minutes."""
        direction = 1 if want_bpm > self.bpm else -1
        same_way = self.direction in (0, direction)
        return same_way or self._turned_s is None or t_s - self._turned_s > TURN_REST_S

    def move(
        self, want_bpm: float, t_s: float, dt_s: float, share_per_min: float, *, free: bool = False
    ) -> float:
        """Move for `dt_s` toward `want_bpm`, at most `share_per_min` of the tempo a minute.

        `free` moves (a hand's, or those of an arm that shows what ungoverned tempo does) are not
        counted as turns. Returns the tempo.
        """
        want = self.inside(want_bpm) if isfinite(want_bpm) else self.bpm
        if want == self.bpm or dt_s <= 0.0:
            return self.bpm
        direction = 1 if want > self.bpm else -1
        if free:
            self.direction = 0
        else:
            if not self.may_turn(want, t_s):
                return self.bpm
            if self.direction == -direction:
                self._turned_s = t_s
            self.direction = direction
        # A rise compounds: the factor of a whole minute is 1 + share, of a step its part of that.
        step = exp(log(1.0 + min(share_per_min, HARD_SHARE_PER_MIN)) * dt_s / 60.0)
        self.bpm = min(want, self.bpm * step) if direction > 0 else max(want, self.bpm / step)
        return self.bpm
