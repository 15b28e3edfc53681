"""InARow: how many breaths of a chest have kept to the guide in a row, and how little of that is chance.

Whoever breathes evenly keeps to any guide near their own rate, and that says nothing; whoever breathes
unevenly does so now and then by chance. So what counts is how surprising a row is in a person who breathes as
unevenly as this one has of late: -ln of the chance that so many breaths in a row last as long as the guide's.
A breath that has become even is a surprise until it is usual; an even one never is, wherever the guide goes.
"""

from __future__ import annotations

from math import erf, exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ROOM = 0.10
"""Breaths within which the chest's place in the guide's breath stays for a row to go on. Own choice: four
times the error of a half breath (sensors.half_breaths), where five or six of them make a row."""

NEAR = 0.07
"""A breath whose length lies so near the guide's, as a share, does not break a row. Own choice: ROOM, less
what the errors at both its ends take of it."""

FEWEST = 5
"""Half breaths from which anything is said: two whole ones."""

USUAL_S = 180.0
"""Time constant with which the unevenness of late becomes the usual one, as in engine.guide.evenness."""

KNOWN_S = 60.0
"""Seconds heard before that is known (own choice)."""

LEAST, MOST = 0.04, 0.5
"""Unevenness that the errors of the half breaths make by themselves, and the most that one length counts as:
a breath left out, or a sigh (own choices)."""

USUAL_PER_MIN = 10.0
"""Guide's breaths a minute at which `LOW` and `WHOLE` hold as they stand. Own choice: three quarters of a
usual breath. At a slower guide chance has fewer rows in an hour to bring, and as many false answers are let
through in an hour: the surprise grows by the logarithm of how many fewer."""

LOW, WHOLE = 2.0, 6.5
"""Surprise at which a breath begins to count as having become even, and does wholly: what chance brings once
in 7 rows, and once in 660. Own choice, by benchmarks/loop_steps.py: at 2 to 5.5 it is found three seconds
sooner, and an uneven breath passes for even twice as often."""


def row(turns: Array, now_turns: float, late_turns: float = 0.0) -> float:
    """How many breaths in a row have kept to the guide, up to now; 0 where the last one has not.

    turns       (n,) of the guide at half breaths, in and out by turns: where it stood, in breaths
    now_turns   where it stands now
    late_turns  how far it may go on before a half breath that has been is told
    """
    ways = np.where(np.arange(turns.size) % 2, 1.0, -1.0)
    places = turns - 0.5 * np.arange(turns.size)
    # In may take longer than out: half of the difference is taken off each, and is no unevenness.
    between = 0.5 * (places[2:] + places[:-2])
    places = places - 0.5 * ways * float(np.median(ways[1:-1] * (places[1:-1] - between)))
    since = now_turns - float(turns[-1])
    if since > 0.5 + 0.5 * ROOM + late_turns:
        return 0.0
    low = high = float(places[-1])
    kept = 0
    for place in places[-2::-1].tolist():
        low, high = min(low, place), max(high, place)
        if high - low > ROOM:
            break
        kept += 1
    return 0.5 * kept + min(max(since, 0.0), 0.5)


def kept_share(turns: Array) -> float:
    """Share of a breath that goes with the guide, 0 to 1: the squared phase locking value (engine.in_step) of
    its half breaths, in and out apart, for one may take longer than the other.

    turns   (n,) of the guide at half breaths, in and out by turns
    """
    round_the_clock = np.exp(2j * np.pi * turns)
    return float(np.mean([np.abs(np.mean(round_the_clock[way::2])) ** 2 for way in (0, 1)]))


def unevenness(halves_s: Array) -> float:
    """Mean square of how far the lengths of breaths, in and in, out and out, lie from their median: of the
    logarithm, so that twice and half as long count alike."""
    lengths_s = halves_s[2:] - halves_s[:-2]
    apart = np.log(lengths_s / np.median(lengths_s))
    return float(np.mean(np.minimum(apart * apart, MOST * MOST)))


def surprise(breaths: float, uneven: float) -> float:
    """-ln of the chance that so many breaths keep to the guide in whoever breathes so unevenly.

    uneven   standard deviation of the logarithm of their lengths
    """
    return -breaths * log(erf(NEAR / (max(uneven, LEAST) * sqrt(2.0))))


class InARow:
    """Follows one chest through a sitting."""

    __slots__ = ("_heard_s", "_usual")

    def __init__(self) -> None:
        self._heard_s = 0.0
        self._usual = 0.0

    def even(
        self,
        passed_s: float,
        halves_s: Array,
        turns: Array,
        now_turns: float,
        late_s: float = 0.0,
        per_min: float = USUAL_PER_MIN,
    ) -> float | None:
        """How far the breath has become even, 0 to 1; None as long as nobody knows how it is usually.

        passed_s   seconds since the last call
        halves_s   (n,) moments of half breaths, s
        turns, now_turns   as in `row`
        late_s     from a half breath until it is told, at most
        per_min    the guide's breath now
        """
        if halves_s.size < FEWEST:
            return None
        self._heard_s += passed_s
        span_s = min(self._heard_s, USUAL_S)  # a plain mean at first
        self._usual += (unevenness(halves_s) - self._usual) * (1.0 - exp(-passed_s / max(span_s, passed_s)))
        if self._heard_s < KNOWN_S:
            return None
        kept = row(turns, now_turns, late_s * per_min / 60.0)
        if kept == 0.0:
            return 0.0
        by_chance = surprise(kept, sqrt(self._usual)) + log(USUAL_PER_MIN / max(per_min, 1.0))
        return min(max((by_chance - LOW) / (WHOLE - LOW), 0.0), 1.0)
