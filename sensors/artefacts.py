"""ArtefactClassifier: says of every beat, two beats later, whether its place can be believed.

After Lipponen and Tarvainen 2019 (J Med Eng Technol 43:173, the classes missed, extra, ectopic, long and
short, an adaptive threshold over the last 91 beats), made causal: the window trails and the decision
comes two beats late. In place of their first difference it tests how far one beat is displaced against
the line through its neighbours. A deep breath bends RR smoothly, so this stays small where a first
difference is large; a displaced beat shortens one interval by what it adds to the next, so this doubles.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from statistics import median


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
LEAST = 0.08
"""Floor of the threshold relative to RR. Own choice: quantisation and jogging stay below it."""
MOST = 0.16
"""Ceiling relative to RR. Own choice: a displacement of a fifth must be found in any rhythm."""
RR_MIN_MS, RR_MAX_MS = 250.0, 2500.0


class ArtefactClassifier:
    """Streaming classifier. Push intervals in order; verdicts come back in the same order, two later."""

    def __init__(self) -> None:
        self._past: deque[float] = deque(maxlen=9)
        self._waiting: deque[tuple[float | None, bool]] = deque()
        self._spread: deque[float] = deque(maxlen=WINDOW_BEATS)
        self._carry_bad = False

    def push(self, rr_ms: float | None, after_hole: bool = False) -> list[Verdict]:
        """Take in the interval that ends at the next beat (None: unknown); verdicts now final."""
        verdicts: list[Verdict] = []
        if after_hole or rr_ms is None:
            verdicts = self.flush()
            self._carry_bad = False
        self._waiting.append((rr_ms, after_hole))
        while len(self._waiting) > AHEAD_BEATS:
            verdicts.append(self._judge())
        return verdicts

    def flush(self) -> list[Verdict]:
        """Judge what is waiting with what there is: at a hole and at the end."""
        verdicts: list[Verdict] = []
        while self._waiting:
            verdicts.append(self._judge())
        return verdicts

    def _judge(self) -> Verdict:
        rr_ms, after_hole = self._waiting.popleft()
        ahead = [rr for rr, _ in self._waiting if rr is not None]
        carried, self._carry_bad = self._carry_bad, False
        if rr_ms is None:
            return Verdict(Label.GAP if after_hole else Label.NORMAL, False)
        label = self._label(rr_ms, ahead)
        if label in (Label.ECTOPIC, Label.EXTRA):
            self._carry_bad = True
        good = label is Label.NORMAL and not carried
        if label is Label.NORMAL:
            self._past.append(rr_ms)
            if after_hole:
                label = Label.GAP
        return Verdict(label, good)

    def _label(self, rr_ms: float, ahead: list[float]) -> Label:
        near = [*self._past, *ahead]
        if len(near) < 3:
            return Label.NORMAL
        level = median(near)
        if rr_ms > 1.6 * level:
            return Label.MISSED
        if not ahead:
            return Label.NORMAL
        before = self._past[-1] if self._past else level
        after = ahead[1] if len(ahead) > 1 else level
        slope = (after - before) / 3.0
        moved = (rr_ms - ahead[0] + slope) / 2.0
        spread = sorted(self._spread)
        limit = SPREADS * spread[len(spread) // 2] if len(spread) >= 10 else 0.0
        limit = min(max(limit, LEAST * level), MOST * level)
        self._spread.append(abs(moved))
        if abs(rr_ms + ahead[0] - level) < 0.25 * level:
            return Label.EXTRA
        if moved < -limit and rr_ms < level - limit:
            return Label.ECTOPIC
        return Label.NORMAL
