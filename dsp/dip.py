"""The dip: the drone makes room for each stroke of the heart, and comes back before the next.

Both live low. Where the drone gives way for as long as the stroke takes, the stroke need not be loud to be
felt (the side chain of the mixing desk, slow enough not to pump).
"""

# pyright: basic

from __future__ import annotations

import numpy as np

from dsp.approximations import decibels_to_gain
from dsp.compiled import kernel
from dsp.record import record_dtype

DEEPEST_DB = 8.0
"""Under a stroke of velocity 1; a softer one takes less in proportion."""

DOWN_S, HELD_S, BACK_S = 0.05, 0.18, 0.4
"""Down, until then held, and back after that. All three are our own choice."""

DIP = record_dtype(
    [("age_s", np.float64), ("from_db", np.float64), ("depth_db", np.float64), ("now_db", np.float64)],
)


@kernel
def begin_dip(dip, velocity):
    """A stroke begins: go down from where the drone is now."""
    dip.age_s = 0.0
    dip.from_db = dip.now_db
    dip.depth_db = DEEPEST_DB * min(max(velocity, 0.0), 1.0)


@kernel
def smooth(u):
    """Smoothstep, held at both ends."""
    u = min(max(u, 0.0), 1.0)
    return u * u * (3.0 - 2.0 * u)


@kernel
def advance_dip(dip, seconds):
    """The drone's gain, `seconds` later."""
    dip.age_s += seconds
    down = dip.from_db - (dip.depth_db + dip.from_db) * smooth(dip.age_s / DOWN_S)
    dip.now_db = down * (1.0 - smooth((dip.age_s - HELD_S) / BACK_S))
    return float(decibels_to_gain(dip.now_db))
