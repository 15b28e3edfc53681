"""What the guide makes of the heart: usable or lost, its rate at the start, its middle, its breath."""

from __future__ import annotations

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

BREATH_KNOWN_S, BREATH_TAU_S, BREATH_STALE_S = 10.0, 20.0, 60.0
"""Trusted seconds before the breathing rate counts; the smoothing of it, for the window of an estimate is
three times as long already; and how long it counts on when none is trusted any more (own choices)."""


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


class Senses:
    """Reads a HeartState at each step. All times are engine time in seconds."""

    __slots__ = (
        "_back_since",
        "_breath",
        "_breath_s",
        "_breath_trusted_s",
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
        self._breath: float | None = None
        self._breath_s = self._breath_trusted_s = 0.0

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
        self._read_breath(t_s, dt_s, heart)

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

    def _read_breath(self, t_s: float, dt_s: float, heart: HeartState) -> None:
        rate = heart.breath_per_min
        if (
            rate is not None
            and heart.breath_confidence >= BREATH_TRUSTED
            and BREATH_PER_MIN[0] <= rate <= BREATH_PER_MIN[1]
        ):
            self._breath_s += dt_s
            self._breath_trusted_s = t_s
            # A plain mean at first, so that the first estimate does not linger.
            share = dt_s / min(BREATH_TAU_S, max(self._breath_s, dt_s, 1e-9))
            self._breath = rate if self._breath is None else self._breath + share * (rate - self._breath)
        elif t_s - self._breath_trusted_s > BREATH_STALE_S:
            self._breath, self._breath_s = None, 0.0

    @property
    def breath_per_min(self) -> float | None:
        """The listener's breathing rate now, smoothed, or None where it is not known."""
        return self._breath if self._breath_s >= BREATH_KNOWN_S else None
