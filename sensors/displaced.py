"""DisplacedBeats: whether so many beats are out of place, each too little to be marked, that figures mislead.

Two patterns escape a threshold on the single beat, and both make a variability that is none of the sinus
node. Every second or third beat may come out of place: then intervals take turns, and no beat stands out.
Or many beats come a little early and a pause makes up for each (premature beats, compensated): in a quiet
rhythm they stand out, whether they come every fourth beat or now and then.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque

WINDOW_BEATS = 60
"""Beats among which displaced ones are counted: three quarters of a minute at rest. Own choice."""
NEAR_BEATS = 7
"""Beats whose median is the rhythm around one: of every third early, two of seven are in rhythm."""
PERIODS = (2, 3)
"""Beats after which intervals take turns. Own choice: after four, respiration does the same for minutes."""
TURNS = 45
"""Steps from beat to beat looked at for that. A breath of two or three beats drifts out of step sooner."""
IN_TURN = 0.95
"""Share of the steps' size that has its turn: 1 where every second beat is late, 0.3 in fibrillation. Own
choice: with it, 60 beats of seven healthy days are called out of place, and 1 in 50 while running."""
TURN_LEAST = 0.025
"""Mean step that counts, relative to RR. Own choice: in step with running RR alternates by 0.02."""
EARLY_LEAST = 0.035
"""How early a beat must be, relative to RR. Own choice: half of what is marked alone (`artefacts`)."""
QUIET_SHARE, QUIETS = 0.3, 5.0
"""And how many times the quiet third of beats is off the rhythm around it. A breath leaves no beat quiet."""
MADE_UP = 0.5
"""Share of it by which the next interval must be longer, and by which neither neighbour may be off."""
MANY = 4
"""Early beats of the last sixty that are many: more than the twentieth at which figures are withheld."""


class DisplacedBeats:
    """Push intervals in order, in ms; `hole` where beats may be lost in between."""

    def __init__(self) -> None:
        self._near: deque[float] = deque(maxlen=NEAR_BEATS)
        self._steps: deque[float] = deque(maxlen=TURNS)
        self._early: deque[bool] = deque(maxlen=WINDOW_BEATS)
        self._off: deque[float] = deque()
        self._sorted: list[float] = []

    @property
    def many(self) -> bool:
        """Whether beats are out of place by turns, or many early ones made up for."""
        return self._take_turns() or sum(self._early) >= MANY

    def hole(self) -> None:
        """What comes next does not adjoin what was."""
        self._near.clear()
        self._steps.clear()

    def push(self, rr_ms: float) -> None:
        """Take in the interval that ends at the next beat."""
        if self._near:
            self._steps.append((rr_ms - self._near[-1]) / rr_ms)
        self._near.append(rr_ms)
        if len(self._near) < NEAR_BEATS:
            return
        level = sorted(self._near)[NEAR_BEATS // 2]
        middle = NEAR_BEATS // 2
        before, here, made_up, after = (self._near[k] / level - 1.0 for k in range(middle - 1, middle + 3))
        self._note(abs(here))
        limit = max(EARLY_LEAST, QUIETS * self._sorted[int(QUIET_SHARE * len(self._sorted))])
        alone = max(abs(before), abs(after)) < MADE_UP * -here
        self._early.append(here < -limit and made_up > MADE_UP * -here and alone)

    def _take_turns(self) -> bool:
        steps = list(self._steps)
        size = sum(map(abs, steps))
        if len(steps) < TURNS or size < TURN_LEAST * TURNS:
            return False
        turns = (sum(abs(sum(steps[k::period])) for k in range(period)) for period in PERIODS)
        return max(turns) > IN_TURN * size

    def _note(self, off: float) -> None:
        """Keep how far the last beats were off the rhythm around them, sorted."""
        if len(self._off) == WINDOW_BEATS:
            del self._sorted[bisect_left(self._sorted, self._off.popleft())]
        self._off.append(off)
        insort(self._sorted, off)
