"""The loudness governor: a locked cap on loudness, and no sudden rise (SCIENCE.md A6, E2).

It turns down, never up, by one slow gain G in decibels. Two numbers bound it, both about momentary
loudness (400 ms), since a three-second mean that is bounded by its parts needs no prediction:

    the cap       short-term loudness may never exceed it. Momentary loudness is held CAP_MARGIN_LU
                  below it, which leaves room for what passes before the meter has seen a step.
    the memory    the loudest that momentary loudness has been, forgotten by FORGET_LU_PER_S. It rises
                  at most RISE_LU_PER_S while something louder sounds, and the sound may be louder than
                  it by HEADROOM_LU. So a note as loud as one of the last minute passes untouched after
                  any rest, and a passage louder than all before comes in over as many seconds as it is
                  louder in LU.

From silence everything would be a rise: for the first START_S of sound there is no memory yet, but a
line that begins at START_LUFS and rises by START_RISE_LU_PER_S. An eight-second fade-in stays below
it; a crash at full level does not, and is drawn out over three seconds. SILENCE_S of silence begin
a new start.

The gain falls as fast as the meter's own window lets it (its corner rounded by SMOOTH_S) and comes
back by RETURN_DB_PER_S: too slow to hear as pumping. Last, should short-term loudness of what was let
out come near the cap all the same, what is left below the cap in its window may be used up only with
a time constant of BUDGET_S (though never more than BUDGET_DEPTH_LU under the cap): it can be
approached, not passed. A cap that is lowered slides down by CAP_SLIDE_LU_PER_S.
"""

# pyright: basic

from __future__ import annotations

import numpy as np

from dsp.approximations import exp2_scalar, log2_scalar
from dsp.compiled import kernel
from dsp.loudness import SHORT_TERM_S
from dsp.record import record_dtype

CAP_LUFS = -18.0
"""Short-term loudness never above this (SCIENCE.md A6)."""

LOWEST_CAP_LUFS = -60.0
HIGHEST_CAP_LUFS = -10.0
CAP_MARGIN_LU = 1.0
RISE_LU_PER_S = 1.0
HEADROOM_LU = 1.0
FORGET_LU_PER_S = 0.05
START_S = 10.0
START_LUFS = -50.0
START_RISE_LU_PER_S = 10.0
SILENT_LUFS = -60.0
SILENCE_S = 10.0
SMOOTH_S = 0.02
RETURN_DB_PER_S = 0.5
BUDGET_S = 0.3
BUDGET_DEPTH_LU = 12.0
CAP_SLIDE_LU_PER_S = 0.5
"""Our own choices, but for RISE_LU_PER_S (SCIENCE.md A6)."""

INAUDIBLE_DB = 1e-4
"""A gain this near is there; it need not be approached for ever."""

DECIBELS_PER_OCTAVE_OF_POWER = 3.010299956639812

GOVERNOR = record_dtype(
    [
        ("cap_lufs", np.float64),
        ("lowered_cap_lufs", np.float64),
        ("wanted_db", np.float64),
        ("gain_db", np.float64),
        ("memory_lufs", np.float64),
        ("sounding_s", np.float64),
        ("silent_s", np.float64),
    ],
)


def prepare_governor(governor: np.void, cap_lufs: float = CAP_LUFS) -> None:
    """Set the cap of a zeroed GOVERNOR record. Raises ValueError for a cap outside -60 to -10 LUFS."""
    if not LOWEST_CAP_LUFS <= cap_lufs <= HIGHEST_CAP_LUFS:
        raise ValueError(f"the loudness cap is {cap_lufs} LUFS; it must lie between -60 and -10")
    governor["cap_lufs"] = cap_lufs
    governor["lowered_cap_lufs"] = cap_lufs
    governor["memory_lufs"] = START_LUFS


@kernel
def lower_cap(governor, cap_lufs):
    """Let the cap slide to a lower one; a higher one is ignored, and so is one that is not a number."""
    if cap_lufs < governor.lowered_cap_lufs:
        governor.lowered_cap_lufs = max(cap_lufs, LOWEST_CAP_LUFS)


@kernel
def govern(governor, momentary_lufs, short_term_out_lufs, seconds):
    """Decide what the gain shall be for the next `seconds`.

    momentary_lufs        loudness of the sound before this gain
    short_term_out_lufs   loudness of what has been let out
    """
    cap = max(governor.cap_lufs - CAP_SLIDE_LU_PER_S * seconds, governor.lowered_cap_lufs)
    governor.cap_lufs = cap
    out = momentary_lufs + governor.gain_db
    if out > SILENT_LUFS:
        governor.sounding_s += seconds
        governor.silent_s = 0.0
    else:
        governor.silent_s += seconds
        if governor.silent_s >= SILENCE_S:
            governor.sounding_s = 0.0
            governor.memory_lufs = START_LUFS
    memory = governor.memory_lufs
    if governor.sounding_s < START_S:
        highest = START_LUFS + START_RISE_LU_PER_S * governor.sounding_s
        back = START_RISE_LU_PER_S
        memory = max(memory, min(out, highest))
    else:
        highest = memory + HEADROOM_LU
        back = RETURN_DB_PER_S
        memory = max(memory - FORGET_LU_PER_S * seconds, min(out, memory + RISE_LU_PER_S * seconds))
    highest = min(highest, cap - CAP_MARGIN_LU)
    highest = min(highest, budget_lufs(cap, short_term_out_lufs))
    governor.memory_lufs = max(memory, START_LUFS)
    governor.wanted_db = min(highest - momentary_lufs, min(governor.wanted_db + back * seconds, 0.0))


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
