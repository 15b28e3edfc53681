"""Swing: how far a heart swings with the breath at one pace, how sure that is, how smoothly and when.

The rate of each interval is laid beside the phase of the breath: the pacer's, or the listener's own where a
chest is heard and the heart goes with that more. Sine and cosine of it are fitted by least squares over what
is slower than the breath.
What one breath differs from the next by is the error: it is told from the breaths themselves, whatever makes
them differ (Liang and Zeger 1986, Biometrika 73:13).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.pace.heard import Heard, Led

Array = NDArray[np.float64]

SETTLE_S = 20.0
"""From the beginning of a pace to where it counts: two breaths (own choice)."""

LEAST_S = 60.0
"""Of a pace that was stopped on the way, so much must count: five breaths of the slowest (own choice)."""

LEAST_SHARE = 0.75
"""Share of the time that good intervals must cover (own choice, as for the figures of a sitting)."""

CHEST_SHARE = 0.7
"""Share of the seconds in which a chest must be heard for its breath to be the measure (own choice)."""

IN_STEP, NEAR_PER_MIN = 0.6, 0.4
"""Phase locking and nearness of the rate from which a breath has come along (own choice: random phases of ten
breaths lock by 0.3, and somebody who wanders by a sixth of a breath by 0.6)."""

SMOOTH, SURE = 0.3, 3.0
"""Where no chest tells: share of the heart's variance that must go with the pacer, and how many times its
error the swing must be, for the listener to have come along (own choice)."""

GONE = "the heart did not swing with the pacer, so nobody knows whether the breath did"

CLIP_SHARE = 0.25
"""Intervals further from the median are brought this near: a false beat weighs little."""


@dataclass(frozen=True, slots=True)
class Swing:
    """The heart's swing at one pace."""

    per_min: float
    width_bpm: float = 0.0
    """From trough to peak, beats a minute."""
    error_bpm: float = 0.0
    """Its standard error."""
    peak_at: float = 0.0
    """Where in a breath the heart is quickest, 0 to 1 from the inhale on."""
    smooth: float = 0.0
    """Share of the heart's variance, slow drift apart, that goes with the breath, 0 to 1."""
    in_step: float | None = None
    """How well the breath was locked to the pacer's, 0 to 1 (phase locking value); None without a chest."""
    breath_per_min: float | None = None
    """The listener's own breath, by the chest."""
    why: str = ""
    """Why this pace cannot be told, in words; empty where it can."""

    @property
    def counts(self) -> bool:
        """Whether it may be compared with others."""
        return not self.why


def swings(heard: Heard) -> tuple[Swing, ...]:
    """The swing at each pace that was led; of one that was led twice the last that counts, else the last."""
    found: dict[float, Swing] = {}
    for each in heard.led:
        now = swing(heard, each)
        if now.counts or each.per_min not in found or not found[each.per_min].counts:
            found[each.per_min] = now
    return tuple(found.values())


def swing(heard: Heard, led: Led) -> Swing:
    """The swing at one pace."""
    from_s, until_s = led.from_s + SETTLE_S, led.until_s
    if until_s - from_s < LEAST_S:
        return Swing(led.per_min, why="it was led for too short a time")
    beats = _within(heard.beats, from_s, until_s)
    if beats.shape[0] < 8 or beats[:, 1].sum() < 1000.0 * LEAST_SHARE * (until_s - from_s):
        return Swing(led.per_min, why="the heart was heard too little")
    t_s, rr_ms = beats[:, 0] - beats[:, 1] / 2000.0, beats[:, 1]
    middle_ms = float(np.median(rr_ms))
    rr_ms = np.clip(rr_ms, (1.0 - CLIP_SHARE) * middle_ms, (1.0 + CLIP_SHARE) * middle_ms)
    guide = _at(t_s, heard.guide[:, 0], heard.guide[:, 1])
    own = _own(heard, t_s, from_s, until_s)
    along = own is not None and own.in_step >= IN_STEP and abs(own.per_min - led.per_min) <= NEAR_PER_MIN
    hz, late = led.per_min / 60.0, 0.0 if own is None else own.late
    cosine, sine, error, smooth = _fitted(t_s, rr_ms, guide, hz)
    if own is not None and along and (by_chest := _fitted(t_s, rr_ms, own.turns, hz))[3] > smooth:
        # What is heard of a chest wanders about the breath, most of all where that is slow.
        (cosine, sine, error, smooth), late = by_chest, 0.0
    # A heart that swings with the pacer has a breath that goes with it, whatever the chest seemed to do.
    along = along or (smooth >= SMOOTH and np.hypot(cosine, sine) >= SURE * error)
    gone = GONE if own is None else f"the breath went its own way, {own.per_min:.1f} a minute"
    # An interval is a mean over its own length, in which the swing goes on.
    blurred = float(np.sinc(led.per_min / 60.0 * middle_ms / 1000.0))
    half = np.sqrt(max(cosine**2 + sine**2 - error**2, 0.0)) / blurred
    return Swing(
        led.per_min, float(2.0 * half), float(2.0 * error / blurred),
        float((np.arctan2(sine, cosine) / (2.0 * np.pi) - late) % 1.0), smooth,
        None if own is None else own.in_step, None if own is None else own.per_min, "" if along else gone,
    )  # fmt: skip


def _within(rows: Array, from_s: float, until_s: float) -> Array:
    return rows[(rows[:, 0] >= from_s) & (rows[:, 0] <= until_s)]


class _Own(NamedTuple):
    """The listener's own breath during a pace: its turns, how it is locked to the pacer's, its rate, and how
    much of a breath it is later."""

    turns: Array
    in_step: float
    per_min: float
    late: float


def _own(heard: Heard, t_s: Array, from_s: float, until_s: float) -> _Own | None:
    """That at `t_s`; None where no chest was heard for most of the time."""
    own = _within(heard.own, from_s, until_s)
    seconds = np.unique(np.floor(own[:, 0])).size
    if seconds < CHEST_SHARE * (until_s - from_s):
        return None
    turns = np.unwrap(own[:, 1], period=1.0)
    apart = turns - _at(own[:, 0], heard.guide[:, 0], heard.guide[:, 1])
    mean = complex(np.mean(np.exp(2j * np.pi * apart)))
    per_min = 60.0 * float(np.polyfit(own[:, 0], turns, 1)[0])
    late = -float(np.angle(mean)) / (2.0 * np.pi)
    return _Own(_at(t_s, own[:, 0], turns), abs(mean), per_min, late)


def _at(t_s: Array, known_s: Array, values: Array) -> Array:
    return np.asarray(np.interp(t_s, known_s, values), dtype=np.float64)


def _fitted(t_s: Array, rr_ms: Array, turns: Array, hz: float) -> tuple[float, float, float, float]:
    """Cosine and sine of the rate's swing, beats a minute, the error of its size, and its share of the
    whole."""
    bpm, weight = 60_000.0 / rr_ms, np.asarray(np.sqrt(rr_ms / rr_ms.mean()), dtype=np.float64)
    span_s = float(t_s[-1] - t_s[0])
    slow = np.arange(max(int(hz * span_s), 1) + 1)  # up to half the breath's rate
    drift = np.cos(np.pi * np.outer((t_s - t_s[0]) / span_s, slow))
    angle = 2.0 * np.pi * turns
    design = np.column_stack([np.cos(angle), np.sin(angle), drift]) * weight[:, None]
    inverse = np.linalg.pinv(design.T @ design)
    found = inverse @ (design.T @ (bpm * weight))
    off = bpm * weight - design @ found
    ground = drift * weight[:, None]
    without = bpm * weight - ground @ np.linalg.lstsq(ground, bpm * weight, rcond=None)[0]
    free = bpm.size - design.shape[1]
    smooth = 1.0 - float(off @ off) / free / (float(without @ without) / (free + 2)) if free > 0 else 0.0
    breaths = np.floor(turns)
    scores = np.stack([(design * off[:, None])[breaths == each].sum(axis=0) for each in np.unique(breaths)])
    few = scores.shape[0] / max(scores.shape[0] - 1, 1)
    spread = few * inverse @ (scores.T @ scores) @ inverse
    toward = found[:2] / max(float(np.hypot(*found[:2])), 1e-9)
    error = float(np.sqrt(toward @ spread[:2, :2] @ toward))
    return float(found[0]), float(found[1]), error, min(max(smooth, 0.0), 1.0)
