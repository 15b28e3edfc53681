"""What the guide makes of the heart: usable or lost, its rate at the start, its middle, its breath."""

from __future__ import annotations

from collections import deque
from math import inf
from operator import itemgetter

from sensors.heart_state import HeartState

LOST_AFTER_S = 10.0
"""No valid beat for this long and the heart counts as lost (SCIENCE.md A7, COAST)."""

BACK_AFTER_S = 5.0
"""A heart that was lost counts again after this long without a gap (own choice)."""

IRREGULAR_WAIT_S = 10.0
"""The heart state says "irregular" only when it has lasted; this much more keeps a flicker out."""

IRREGULAR_BACK_S = 60.0
"""A signal that was irregular is trusted again after a minute of regularity (own choice)."""

RATE_BPM = (30.0, 220.0)
"""Rates outside are not a heart at rest or at play (SCIENCE.md B3)."""

BREATH_PER_MIN = (2.4, 30.0)
"""What the estimator can see at all (sensors.breathing), and a little over its upper end."""

BREATH_TRUSTED = 0.5
"""Below this confidence nothing may follow the breathing rate (sensors.heart_state)."""

BREATH_SEEN_S, BREATH_KNOWN_S, BREATH_STALE_S = 60.0, 30.0, 60.0
"""A breathing rate is the middle of what was trusted in the last minute. It counts from half a minute of
trusted seconds on, and for a minute more when none is, or none lasts (own choices)."""

CHEST_KNOWN_S = 10.0
"""The same where the chest itself is heard: a breath or two, for it is the breath, and no wave of the heart
that may be one (own choice)."""

BREATH_STEP_S = 1.0
"""Readings alike within a second are one: a state is read more often than it changes."""

BREATH_AGREES, BREATH_NEAR = 2 / 3, 0.4
"""It has to have lasted: this share of those seconds lies within this share of their middle (own choices)."""


class RunningMedian:
    """Median of a rate over the whole sitting, weighted by time, at the cost of one step a sample."""

    __slots__ = ("_at", "_below", "_bins", "_total")

    _PER_BPM = 2

    def __init__(self) -> None:
        self._bins = [0.0] * (int(RATE_BPM[1] - RATE_BPM[0]) * self._PER_BPM + 1)
        self._at, self._below, self._total = 0, 0.0, 0.0

    def add(self, bpm: float, weight: float) -> None:
        index = int((bpm - RATE_BPM[0]) * self._PER_BPM)
        bins = self._bins
        bins[index] += weight
        self._total += weight
        if index < self._at:
            self._below += weight
        half = 0.5 * self._total
        while self._below > half and self._at > 0:
            self._at -= 1
            self._below -= bins[self._at]
        while self._below + bins[self._at] < half and self._at < len(bins) - 1:
            self._below += bins[self._at]
            self._at += 1

    @property
    def value(self) -> float:
        return RATE_BPM[0] + (self._at + 0.5) / self._PER_BPM


class Breaths:
    """The breathing rate that has lasted: what was read for a moment is not followed."""

    __slots__ = ("_lasted_s", "_middle", "_read", "per_min")

    def __init__(self) -> None:
        self.per_min: float | None = None
        """Breaths a minute, or None where it is not known."""
        self._read: deque[tuple[float, float, float]] = deque()
        """Engine time, seconds it stands for, breaths a minute."""
        self._middle: float | None = None
        self._lasted_s = 0.0

    def add(self, t_s: float, dt_s: float, per_min: float | None, known_s: float = BREATH_KNOWN_S) -> None:
        """What is read at `t_s`, of which `dt_s` seconds are new; None where nothing can be trusted.

        It counts from `known_s` trusted seconds on.
        """
        if per_min is not None:
            self._keep(t_s, dt_s, per_min, known_s)
            if self._middle is not None:
                self.per_min, self._lasted_s = self._middle, t_s
        if t_s - self._lasted_s > BREATH_STALE_S:
            self.per_min = None

    def _keep(self, t_s: float, dt_s: float, per_min: float, known_s: float) -> None:
        began_s, stood_s, before = self._read[-1] if self._read else (-inf, 0.0, per_min)
        if per_min == before and t_s - began_s < BREATH_STEP_S:
            self._read[-1] = (began_s, stood_s + dt_s, per_min)
        else:
            self._read.append((t_s, dt_s, per_min))
            while t_s - self._read[0][0] > BREATH_SEEN_S:
                self._read.popleft()
            self._middle = self._lasting(known_s)

    def _lasting(self, known_s: float) -> float | None:
        """The middle of what was read, where there is enough of it and most of it agrees."""
        seen_s = sum(stood_s for _, stood_s, _ in self._read)
        if seen_s < known_s:
            return None
        below_s, middle = 0.0, 0.0
        for _, stood_s, per_min in sorted(self._read, key=itemgetter(2)):
            below_s, middle = below_s + stood_s, per_min
            if below_s >= 0.5 * seen_s:
                break
        near_s = sum(stood_s for _, stood_s, rate in self._read if abs(rate - middle) <= BREATH_NEAR * middle)
        return middle if near_s >= BREATH_AGREES * seen_s else None


class Senses:
    """Reads a HeartState at each step. All times are engine time in seconds."""

    __slots__ = (
        "_back_since",
        "_breaths",
        "_calm_since",
        "_irregular_since",
        "_usable_at",
        "heard_s",
        "hr",
        "irregular",
        "lost",
        "lost_s",
        "median",
    )

    def __init__(self, start_s: float) -> None:
        self.hr: float | None = None
        """Rate that may be followed now, beats a minute, or None."""
        self.heard_s = 0.0
        """Seconds of usable rate so far."""
        self.lost = False
        self.lost_s = 0.0
        """Seconds since the last usable rate."""
        self.irregular = False
        self.median = RunningMedian()
        self._usable_at = start_s
        self._back_since: float | None = None
        self._irregular_since: float | None = None
        self._calm_since = start_s
        self._breaths = Breaths()

    def read(self, t_s: float, dt_s: float, heart: HeartState) -> None:
        hr, beat_s = heart.hr_bpm, heart.last_beat_s
        usable = (
            hr is not None
            and RATE_BPM[0] <= hr <= RATE_BPM[1]
            and (beat_s is None or t_s - beat_s < LOST_AFTER_S)
        )
        self.hr = hr if usable else None
        if usable and hr is not None:
            self._usable_at = t_s
            self.heard_s += dt_s
            if dt_s > 0.0:
                self.median.add(hr, dt_s)
            if self._back_since is None:
                self._back_since = t_s
            if self.lost and t_s - self._back_since >= BACK_AFTER_S:
                self.lost = False
        else:
            self._back_since = None
        self.lost_s = t_s - self._usable_at
        if self.lost_s >= LOST_AFTER_S:
            self.lost = True
        self._read_rhythm(t_s, heart)
        rate = heart.breath_per_min
        sure = rate is not None and heart.breath_confidence >= BREATH_TRUSTED
        seen = rate is not None and BREATH_PER_MIN[0] <= rate <= BREATH_PER_MIN[1]
        known_s = BREATH_KNOWN_S if heart.breath_phase is None else CHEST_KNOWN_S
        self._breaths.add(t_s, dt_s, rate if sure and seen else None, known_s)

    def _read_rhythm(self, t_s: float, heart: HeartState) -> None:
        if heart.irregular:
            if self._irregular_since is None:
                self._irregular_since = t_s
            self._calm_since = t_s
            if t_s - self._irregular_since >= IRREGULAR_WAIT_S:
                self.irregular = True
        else:
            self._irregular_since = None
            if self.irregular and t_s - self._calm_since >= IRREGULAR_BACK_S:
                self.irregular = False

    @property
    def breath_per_min(self) -> float | None:
        """The listener's breathing rate now, or None where it is not known."""
        return self._breaths.per_min
