"""Heard: what a search for a pace hears: beats, the pacer's breath, the listener's, and what was led when.

The same from a sitting that is played and from its record, so that both tell the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.guide.music_state import Decision
from engine.guide.pacer import PARAMETER
from sensors.artefacts import LabelledBeat

Array = NDArray[np.float64]


class Led(NamedTuple):
    """One pace, as it was led."""

    per_min: float
    from_s: float
    until_s: float


class Breathed(NamedTuple):
    """One moment of both breaths."""

    t_s: float
    guide_per_min: float
    own_phase: float | None
    """Where the listener's chest is, 0 to 1 from the inhale on; None where none is heard."""


@dataclass(frozen=True, slots=True)
class Heard:
    """All of one sitting; times are engine time in seconds."""

    beats: Array
    """(n, 2): when each good interval ended, and its length in ms."""
    guide: Array
    """(m, 2): time, and the pacer's breath in turns; whole numbers where the inhale begins."""
    own: Array
    """(k, 2): time, and the listener's, 0 to 1."""
    led: tuple[Led, ...]


def heard(beats: Iterable[LabelledBeat], breaths: Sequence[Breathed], decisions: Iterable[Decision]) -> Heard:
    """What was heard, from the parts of a sitting, each in order of time."""
    good = [(beat.t_s, beat.rr_ms) for beat in beats if beat.rr_good and beat.rr_ms is not None]
    t_s = np.array([each.t_s for each in breaths], dtype=np.float64)
    per_s = np.array([each.guide_per_min for each in breaths], dtype=np.float64) / 60.0
    steps = 0.5 * (per_s[1:] + per_s[:-1]) * np.diff(t_s)
    turns = np.concatenate([t_s[:1] * per_s[:1], t_s[:1] * per_s[:1] + np.cumsum(steps)])
    own = [(each.t_s, each.own_phase) for each in breaths if each.own_phase is not None]
    last_s = float(t_s[-1]) if t_s.size else 0.0
    return Heard(
        np.array(good, dtype=np.float64).reshape(-1, 2), np.stack([t_s, turns], axis=1),
        np.array(own, dtype=np.float64).reshape(-1, 2), led(decisions, last_s),
    )  # fmt: skip


def led(decisions: Iterable[Decision], last_s: float) -> tuple[Led, ...]:
    """Which pace was led when, by the pacer's decisions; what is still led is led until `last_s`."""
    turns = [(each.t_s, each.value) for each in decisions if each.parameter == PARAMETER]
    ends = [at_s for at_s, _ in turns[1:]] + [max(last_s, at_s) for at_s, _ in turns[-1:]]
    return tuple(
        Led(float(value), at_s, until_s)
        for (at_s, value), until_s in zip(turns, ends, strict=True)
        if isinstance(value, int | float)
    )
