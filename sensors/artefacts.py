"""ArtefactClassifier: says of every beat, two beats later, whether its place can be believed.

After Lipponen and Tarvainen 2019 (J Med Eng Technol 43:173, the classes missed, extra, ectopic, long and
short, an adaptive threshold over the last 91 beats), made causal: the window trails and the decision
comes two beats late. In place of their first difference it tests how far one beat is displaced against
the line through its neighbours. A deep breath bends RR smoothly, so this stays small where a first
difference is large; a displaced beat shortens one interval by what it adds to the next, so this doubles.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from sensors.displaced import DisplacedBeats


class Label(StrEnum):
    """What a beat is taken for. Only `NORMAL` beats bound intervals that figures are made of."""

    NORMAL = "normal"
    MISSED = "missed"
    """A beat before this one was not heard: the interval is a sum of two or more."""
    EXTRA = "extra"
    """Not a beat: it splits one interval in two."""
    ECTOPIC = "ectopic"
    """Out of place, early or late; the beat after it is back in rhythm or nearly so."""
    LONG = "long"
    SHORT = "short"
    GAP = "gap"
    """Beats may be lost right before it; its interval, if any, stands alone."""


@dataclass(frozen=True, slots=True)
class LabelledBeat:
    """A beat with its final label; `rr_ms` is the interval that ends with it, as received.

    `rr_good` tells whether that interval may be used: the one after an ectopic beat may not, although
    the beat that ends it is normal.
    """

    t_s: float
    rr_ms: float | None
    label: Label
    rr_good: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """The final word on one beat. `rr_good` tells whether the interval that ends here may be used."""

    label: Label
    rr_good: bool


WINDOW_BEATS = 91
"""Beats behind the adaptive threshold (Lipponen and Tarvainen 2019)."""
AHEAD_BEATS = 2
"""Beats heard before a beat is judged (SCIENCE.md A5)."""
SPREADS = 5.2
"""Threshold in quartile deviations (Lipponen and Tarvainen 2019, alpha)."""
PRIOR_BEATS, PRIOR_SPREAD = 15, 0.02
"""Pseudo-beats that stand for the window at the start, relative to RR. Own choice: an adult at rest."""
LEAST, MOST = 0.08, 0.15
"""Bounds of the threshold relative to RR. Own choice: the swing of healthy recordings stays below the
one, a beat displaced by a fifth of its interval above the other."""
QUIETEST, QUIET_SPREADS = 0.03, 15.0
"""Where the rhythm is so quiet that a smaller displacement is this many quartile deviations, that is enough,
down to this share of RR. Own choice: it marks no other beat in the clean recordings."""
CHAOS = 0.05
"""Spread above which no beat has a place it could be out of, relative to RR. Own choice: the largest
healthy swing stays below, atrial fibrillation lies at 0.07 to 0.15."""
ALTERNATING = 0.10
"""Spread of displacement alone above which every second or third beat is out of place. Own choice."""
CHAOS_GAIN = 8.0
"""How fast the threshold opens above that. Own choice."""
SUM_TOLERANCE = 0.25
"""How nearly two intervals must add up to one, two or three, relative to RR (as the gate's tolerance)."""
NEAR = 0.15
"""Distance from the level within which an interval may serve as a neighbour, relative to RR. Own choice:
farther off, it may be the next misplaced beat."""
PREMATURE = 0.22
"""A shortening from one beat to the next that no sinus rhythm makes, relative to RR. Own choice."""
LONG = 1.5
"""A lengthening that no breath makes, relative to RR. Own choice: one of a third happens, at a sigh."""
PATIENCE = 4
"""Intervals off the level in a row that become the new level: a true quick change."""


class ArtefactClassifier:
    """Streaming classifier. Push intervals in order; verdicts come back in the same order, two later."""

    def __init__(self) -> None:
        self._past: deque[float] = deque(maxlen=5)
        self._raw: deque[float] = deque(maxlen=5)
        self._waiting: deque[tuple[float | None, bool]] = deque()
        self._moved = _TrailingMedian()
        self._paired = _TrailingMedian()
        self._displaced = DisplacedBeats()
        self._owed: Label | None = None
        self._owed_bad = False
        self._off = 0

    @property
    def chaotic(self) -> bool:
        """Whether the last 91 beats have no rhythm that a beat could be out of, or many are out of it."""
        spread = min(self._moved.value, self._paired.value)
        return spread > CHAOS or self._moved.value > ALTERNATING or self._displaced.many

    def push(self, rr_ms: float | None, after_hole: bool = False) -> list[Verdict]:
        """Take in the interval that ends at the next beat (None: unknown); verdicts now final."""
        verdicts: list[Verdict] = []
        if after_hole or rr_ms is None:
            verdicts = self.flush()
            self._displaced.hole()
        if rr_ms is not None:
            self._displaced.push(rr_ms)
        self._waiting.append((rr_ms, after_hole))
        while len(self._waiting) > AHEAD_BEATS:
            verdicts.append(self._judge())
        return verdicts

    def flush(self) -> list[Verdict]:
        """Judge what is waiting with what there is: at a hole and at the end."""
        verdicts: list[Verdict] = []
        while self._waiting:
            verdicts.append(self._judge())
        self._owed, self._owed_bad = None, False
        self._raw.clear()
        return verdicts

    def _judge(self) -> Verdict:
        rr, after_hole = self._waiting.popleft()
        if rr is None:
            return Verdict(Label.GAP if after_hole else Label.NORMAL, False)
        ahead = [x for x, _ in self._waiting if x is not None]
        carried, self._owed_bad = self._owed_bad, False
        label = self._label(rr, ahead)
        self._raw.append(rr)
        good = label is Label.NORMAL and not carried
        if label in (Label.ECTOPIC, Label.EXTRA):
            self._owed_bad = True
        if label is Label.NORMAL and after_hole:
            label = Label.GAP
        return Verdict(label, good)

    def _label(self, x0: float, ahead: list[float]) -> Label:
        near = [*self._past, x0, *ahead] if len(self._past) < 3 else [*self._past, *ahead]
        level = median(near)
        owed, self._owed = self._owed, None
        before = self._past[-1] if self._past else level
        x1 = ahead[0] if ahead else level
        x2 = ahead[1] if len(ahead) > 1 else level
        after = x2 if abs(x2 - level) < NEAR * level else level
        e0, e1 = before + (after - before) / 3.0, before + 2.0 * (after - before) / 3.0
        moved = ((x0 - e0) - (x1 - e1)) / 2.0
        limit = self._limit() * level
        self._spread(x0, x1, moved, level)

        early = moved < -limit and x0 - e0 < -limit
        if owed in (Label.EXTRA, Label.LONG) or (owed and not early and x0 < 1.75 * level):
            return Label.NORMAL
        pair = x0 + x1
        # Two halves of one interval; three alike are a true quick change instead.
        split = abs(pair - e0) < SUM_TOLERANCE * level and x0 < 0.8 * e0
        if split and (x2 > 0.75 * e0 or abs(x0 - x1) > 0.2 * e0):
            return self._settle(Label.EXTRA, pair)
        if x0 > LONG * e0 and abs(pair - 2.0 * level) > SUM_TOLERANCE * level:
            return self._off_level(Label.MISSED if x0 > 1.6 * e0 else Label.LONG)
        premature = x0 - e0 < -max(PREMATURE * level, 1.7 * min(limit, MOST * level)) and x1 > 0.9 * e1
        late = moved > limit and x0 - e0 > limit and x1 - e1 < -0.5 * limit and x2 < level + limit
        if early or late or premature:
            middle = pair / 2.0 if abs(pair / 2.0 - level) < SUM_TOLERANCE * level else x1
            self._settle(Label.LONG if late else Label.ECTOPIC, middle)
            return Label.ECTOPIC
        if x0 < level - max(PREMATURE * level, 1.5 * limit) and x0 < before - PREMATURE * level:
            return self._off_level(Label.SHORT)
        self._off = 0
        self._past.append(x0)
        return Label.NORMAL

    def _settle(self, label: Label, level: float) -> Label:
        """A misplaced beat: what the rhythm would have been goes into the level in its stead."""
        self._past.append(level)
        self._owed = label
        return label

    def _off_level(self, label: Label) -> Label:
        """An interval that fits nothing, unless too many in a row show that the level has changed."""
        self._off += 1
        if self._off < PATIENCE:
            return label
        self._rebase()
        return Label.NORMAL

    def _rebase(self) -> None:
        self._past.clear()
        self._past.extend(list(self._raw)[-3:])
        self._off = 0

    def _limit(self) -> float:
        """Threshold on the displacement, relative to RR."""
        spread = min(self._moved.value, self._paired.value)
        if spread > CHAOS:
            return MOST + CHAOS_GAIN * (spread - CHAOS)
        least = min(max(QUIET_SPREADS * spread, QUIETEST), LEAST)
        return min(max(SPREADS * spread, least), MOST)

    def _spread(self, x0: float, x1: float, moved: float, level: float) -> None:
        self._moved.add(abs(moved) / level)
        if len(self._raw) >= 2:
            self._paired.add(abs(x0 + x1 - self._raw[-1] - self._raw[-2]) / (2.0 * level))


class _TrailingMedian:
    """Median of the last `WINDOW_BEATS` values, kept sorted so that each new one costs little."""

    def __init__(self) -> None:
        self._order = deque([PRIOR_SPREAD] * PRIOR_BEATS)
        self._sorted = list(self._order)

    @property
    def value(self) -> float:
        return self._sorted[len(self._sorted) // 2]

    def add(self, value: float) -> None:
        if len(self._order) == WINDOW_BEATS:
            del self._sorted[bisect_left(self._sorted, self._order.popleft())]
        self._order.append(value)
        insort(self._sorted, value)
