"""The loudness governor: a locked cap on loudness, by one slow gain that only turns down (SCIENCE.md A6).

Short-term loudness may never exceed the cap. Momentary loudness (400 ms) is held CAP_MARGIN_LU below it,
since a three-second mean that is bounded by its parts needs no prediction; the margin leaves room for
what passes before the meter has seen a step. What the rise governor (dsp.rise) asks for is heeded with it.

The gain falls as fast as the meter's own window lets it (its corner rounded by SMOOTH_S) and comes back
by RETURN_DB_PER_S: too slow to hear as pumping. Last, should short-term loudness of what was let out
come near the cap all the same, what is left below the cap in its window may be used up only with a time
constant of BUDGET_S (though never more than BUDGET_DEPTH_LU under the cap): it can be approached, not
passed. A cap that is lowered slides down by CAP_SLIDE_LU_PER_S.
"""

# pyright: basic

from __future__ import annotations

import numpy as np

from dsp.approximations import DECIBELS_PER_OCTAVE_OF_POWER, exp2_scalar, log2_scalar
from dsp.compiled import kernel
from dsp.loudness import SHORT_TERM_S
from dsp.record import record_dtype

CAP_LUFS = -18.0
"""Short-term loudness never above this (SCIENCE.md A6)."""

LOWEST_CAP_LUFS = -60.0
HIGHEST_CAP_LUFS = -10.0
CAP_MARGIN_LU = 1.0
SMOOTH_S = 0.02
RETURN_DB_PER_S = 0.5
BUDGET_S = 0.3
BUDGET_DEPTH_LU = 12.0
CAP_SLIDE_LU_PER_S = 0.5
"""Our own choices."""

INAUDIBLE_DB = 1e-4
"""A gain this near is there; it need not be approached for ever."""

GOVERNOR = record_dtype(
    [
        ("cap_lufs", np.float64),
        ("lowered_cap_lufs", np.float64),
        ("capped_db", np.float64),
        ("wanted_db", np.float64),
        ("gain_db", np.float64),
    ],
)


def prepare_governor(governor: np.void, cap_lufs: float = CAP_LUFS) -> None:
    """Set the cap of a zeroed GOVERNOR record. Raises ValueError for a cap outside -60 to -10 LUFS."""
    if not LOWEST_CAP_LUFS <= cap_lufs <= HIGHEST_CAP_LUFS:
        raise ValueError(f"the loudness cap is {cap_lufs} LUFS; it must lie between -60 and -10")
    governor["cap_lufs"] = cap_lufs
    governor["lowered_cap_lufs"] = cap_lufs


@kernel
def lower_cap(governor, cap_lufs):
    """Let the cap slide to a lower one; a higher one is ignored, and so is one that is not a number."""
    if cap_lufs < governor.lowered_cap_lufs:
        governor.lowered_cap_lufs = max(cap_lufs, LOWEST_CAP_LUFS)


@kernel
def govern(governor, momentary_lufs, short_term_out_lufs, rise_db, seconds):
    """Decide what the gain shall be for the next `seconds`.

    momentary_lufs        loudness of the sound before this gain
    short_term_out_lufs   loudness of what has been let out
    rise_db               the most that dsp.rise allows
    """
    cap = max(governor.cap_lufs - CAP_SLIDE_LU_PER_S * seconds, governor.lowered_cap_lufs)
    governor.cap_lufs = cap
    highest = min(cap - CAP_MARGIN_LU, budget_lufs(cap, short_term_out_lufs))
    returned = min(governor.capped_db + RETURN_DB_PER_S * seconds, 0.0)
    governor.capped_db = min(highest - momentary_lufs, returned)
    governor.wanted_db = min(governor.capped_db, rise_db)


@kernel
def budget_lufs(cap_lufs, short_term_lufs):
    """Loudness at which the room left below the cap would be used up in BUDGET_S, within BUDGET_DEPTH_LU."""
    room = 1.0 - float(exp2_scalar((short_term_lufs - cap_lufs) / DECIBELS_PER_OCTAVE_OF_POWER))
    used_up = room * (SHORT_TERM_S / BUDGET_S)
    below = DECIBELS_PER_OCTAVE_OF_POWER * float(log2_scalar(max(used_up, 1e-3)))
    return cap_lufs + max(below, -BUDGET_DEPTH_LU)


@kernel
def advance_gain(governor, seconds):
    """Move the gain toward what `govern` wants for `seconds`, without a corner; returns it in dB."""
    to_go = governor.wanted_db - governor.gain_db
    if -INAUDIBLE_DB < to_go < INAUDIBLE_DB:
        governor.gain_db = governor.wanted_db
    else:
        governor.gain_db += to_go * (seconds / (seconds + SMOOTH_S))
    return governor.gain_db
