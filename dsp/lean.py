"""The lean: the whole sound tilts with the breath, upward as the lungs fill and down as they empty.

One filter parts what is low from what is high, where ears are. The breath moves the high part by `depth_db`;
the low part goes against it by as much as keeps the power of both together where it is. So loudness hardly
moves with the breath, which the rise governor (dsp.rise) would take for a crescendo, and the breath is heard
all the same: the sound goes from light to dark and back.

The two parts are those of a Butterworth filter of second order, whose squares add up to one: with L and H
their powers, the leaning sound has the power

    l^2 L + h^2 H        l, h gains of low and high, sqrt(l h) that of the band between them

L and H are known from the master's meter, K-weighted, over BALANCE_S. Where the low part is too weak to make
up for the high one within its own limits, the depth is taken back until the whole swings by no more than
MOST_SWING_DB.
"""

# pyright: basic

from __future__ import annotations

import math

import numpy as np

from dsp.approximations import DECIBELS_PER_OCTAVE_OF_POWER, decibels_to_gain, log2_scalar, root
from dsp.compiled import kernel
from dsp.lanes import WIDTH
from dsp.record import record_dtype

SPLIT_HZ = 160.0
"""Drones and the roots of pads lie below: half of the power, to make up for the other. Own choice."""

CENTRE = 0.6
"""Where in the breath, -1 (lungs empty) to 1, the high part stands as it is written: it is taken away from
far more than it is added to, for what can be made up for by the low part is little upward. Own choice."""

LEAST_LOW_DB, MOST_LOW_DB = -3.0, 2.5
"""How far the low part may go against the breath. Own choice."""

MOST_SWING_DB = 1.6
"""What may be left of the swing in the whole. Loudness over three seconds may swing by 3.8 dB, peak to peak,
before it rises by 1 LU in a second (a sine through the window, at 6 as at 14 breaths a minute); the rest is
room for the music."""

DEPTH_DB_PER_S = 0.5
"""How fast the depth goes to what is asked for, or back. Own choice: a whole breath for a few decibels."""

BALANCE_S = 8.0
"""Time constant of the powers: about a breath. The lean follows the piece and not its single notes."""

LOW, HIGH = 2, 3
"""Programmes of the master's meter that weigh the two parts."""

DAMPING = math.sqrt(2.0)
"""1/Q of Butterworth."""

SILENT = 1e-12
"""Mean square below which there is nothing to learn from."""

LEAN = record_dtype(
    [
        ("p", np.float32),
        ("q", np.float32),
        ("r", np.float32),
        ("low_memory", np.float32, (WIDTH,)),
        ("band_memory", np.float32, (WIDTH,)),
        ("of_low", np.float32, (WIDTH,)),
        ("of_band", np.float32, (WIDTH,)),
        ("of_high", np.float32, (WIDTH,)),
        ("low_power", np.float64),
        ("high_power", np.float64),
        ("known_s", np.float64),
        ("depth_db", np.float64),
    ],
)
"""p, q, r    coefficients of the filter (dsp.filter); ..._memory: its memories
of_...     what each lane of the bus takes of low, band and high, at the end of the last quantum: 0 and 1 the
           leaning sound, 4 and 5 the low part alone, 6 and 7 the high part alone
..._power  K-weighted mean squares over BALANCE_S as if nothing leaned
known_s    for how long they have been known, up to BALANCE_S
depth_db   of the high part, peak to peak, as far as it has come"""


def prepare_lean(lean: np.void, sample_rate: int) -> None:
    """Set up a zeroed LEAN record, upright."""
    g = math.tan(math.pi * SPLIT_HZ / sample_rate)
    twice_a = 2.0 / (1.0 + g * (g + DAMPING))
    lean["p"], lean["q"], lean["r"] = twice_a - 1.0, twice_a * g, twice_a * g * g
    lean["of_low"] = (1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0)
    lean["of_band"] = (1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    lean["of_high"] = (1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0)


@kernel
def high_gain_at(depth_db, breath):
    """Gain of the high part at a place in the breath, -1 to 1."""
    return float(decibels_to_gain(0.5 * depth_db * (breath - CENTRE)))


@kernel
def low_gain_beside(lean, high):
    """Gain of the low part that keeps the power of both where the high part has the gain `high`."""
    if lean.low_power <= SILENT:
        return 1.0
    rest = lean.low_power + lean.high_power * (1.0 - high * high)
    gain = float(root(max(rest, 0.0) / lean.low_power))
    return min(max(gain, float(decibels_to_gain(LEAST_LOW_DB))), float(decibels_to_gain(MOST_LOW_DB)))


@kernel
def power_at(lean, depth_db, breath):
    """Power of both parts at a place in the breath."""
    high = high_gain_at(depth_db, breath)
    low = low_gain_beside(lean, high)
    return low * low * lean.low_power + high * high * lean.high_power


@kernel
def swing_db(lean, depth_db):
    """How far the whole goes up from empty to full lungs, in dB."""
    full = max(power_at(lean, depth_db, 1.0), 1e-30)
    empty = max(power_at(lean, depth_db, -1.0), 1e-30)
    return DECIBELS_PER_OCTAVE_OF_POWER * abs(float(log2_scalar(full / empty)))


@kernel
def learn_balance(lean, meter, wanted_db, seconds):
    """As each block of the meter ends, `seconds` long: what the two parts weigh, and how deep they may lean.

    wanted_db   depth asked for, 0 for none
    """
    low = meter.mean_square[LOW, meter.block]
    high = meter.mean_square[HIGH, meter.block]
    if low + high > SILENT:
        lean.known_s = min(lean.known_s + seconds, BALANCE_S)
        share = seconds / lean.known_s
        lean.low_power += share * (low - lean.low_power)
        lean.high_power += share * (high - lean.high_power)
    step = DEPTH_DB_PER_S * seconds
    if lean.depth_db > wanted_db or swing_db(lean, lean.depth_db) > MOST_SWING_DB:
        lean.depth_db = max(lean.depth_db - step, 0.0)
    elif swing_db(lean, lean.depth_db + step) <= MOST_SWING_DB:
        lean.depth_db = min(lean.depth_db + step, wanted_db)


@kernel
def lean_to(lean, breath):
    """Take the gains of this place in the breath; the bus is brought there in a line (dsp.master)."""
    high = high_gain_at(lean.depth_db, breath)
    low = low_gain_beside(lean, high)
    between = float(root(low * high))
    for side in range(2):
        lean.of_low[side] = low
        lean.of_band[side] = between
        lean.of_high[side] = high
