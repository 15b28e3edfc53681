"""The rise governor: short-term loudness of the output rises by no more than 1 LU in any second.

SCIENCE.md A6 and E2; it may fall freely. Short-term loudness is the energy of the last three seconds: it
rises by what enters that window and falls by what leaves it, and what will leave is known, since it was
let out three seconds ago. With E that energy, it may be at most 10^(RISE_LU_PER_S / 10) times the least
E of the second before, k blocks on as well as now; the room up to there and what leaves meanwhile is all
that may enter. What comes is taken to be what came in the last k blocks, or k times what came of late where
that is less: a stroke that dies away is not expected again. The gain is the least over all k up to STROKE_S,
of whose room a stroke may spend a part that grows as the eighth root of its time. It is decided anew every
block: the room can be approached, not passed. Music that rises by less is hardly touched.

That answer is a block late. Until it comes, the power of the last few quanta is held to what spends
SPENT_IN_BLOCK of the room in the next block, from the very quantum in which something sudden begins; never
to less than NO_PEAK times the window's mean, nor to more than PEAK times. The gain comes out of it rounded,
so that a hold that sets in at once is no click.

From silence everything would be a rise. So a start is free to rise by START_RISE_LU_PER_S, and to be at
START_LUFS at once; it ends after START_S, as soon as the sound by itself rises by no more than it may
later. An eight-second fade-in passes untouched; a crash is drawn out over some seconds. A new start
begins only once short-term loudness has fallen under the absolute gate of BS.1770: a rest of a few
seconds over a bed that goes on is no silence, and the return from it is held like any other rise.
"""

# pyright: basic

from __future__ import annotations

import numpy as np

from dsp.approximations import DECIBELS_PER_OCTAVE_OF_POWER, exp2_scalar, log2_scalar, root
from dsp.compiled import kernel
from dsp.loudness import MOST_BLOCKS, OFFSET_DB
from dsp.record import record_dtype

RISE_LU_PER_S = 0.95
"""A little under the bar of 1 LU in a second, for what passes before a block is weighed."""

START_RISE_LU_PER_S = 12.0
START_LUFS = -46.0
START_S = 9.0
SILENT_LUFS = -70.0
"""The absolute gate of BS.1770-4. The other three are our own choice, for fade-ins of 8 s and more."""

STROKE_S = 0.3
"""Within this time a stroke may spend the room unevenly, most of it first. Our own choice."""

OF_LATE_BLOCKS = 3
"""What came of late is the mean of so many: less tells of single periods of a bass. Our own choice."""

PEAK, NO_PEAK = 12.0, 2.0
"""Power of PEAK_QUANTA (8 ms at 48 kHz) over the mean of the window: 11 and 3 dB. Our own choice. Above the
higher nothing lies that keeps to the law; what goes on stays under the lower, but for its deepest basses."""

PEAK_QUANTA = 6

SPENT_IN_BLOCK = 0.5
"""Of the room, what may be spent before the next block is weighed. Our own choice."""

ROUNDED = 0.5
"""Of the way to where it shall be, what the gain goes in a quantum, twice over: the corner of a hold takes
3 ms. Our own choice: what a tone of 220 Hz gains above 3 kHz falls, and a leap is held in time."""

RETURN_S = 0.12
"""Time constant with which the gain comes back. Our own choice: no longer than a stroke."""

LEAST_SHARE = 0.02
"""Of the window's mean power, what is always allowed (-17 dB): nothing is ever muted."""

LATEST = 64
"""Blocks of E that are kept; a second has 50."""

RISE = record_dtype(
    [
        ("window", np.float64, (LATEST,)),
        ("limit", np.float64, (LATEST,)),
        ("at", np.int64),
        ("starting", np.int64),
        ("sounding_s", np.float64),
        ("wanted_db", np.float64),
        ("highest_peak", np.float64),
        ("peaks", np.float64, (PEAK_QUANTA,)),
        ("peak_at", np.int64),
        ("rounded_1", np.float64),
        ("rounded_2", np.float64),
    ],
)
"""window: E of each of the last blocks; limit: what E may be k blocks on, as far as is known now; peaks:
power of each of the last quanta, before the gain; rounded_1, rounded_2: the gain on its way, amplitude."""


def prepare_rise(rise: np.void) -> None:
    """Set up a zeroed RISE record: silent, at the beginning of a start."""
    rise["starting"] = 1
    rise["highest_peak"] = PEAK * PEAK_QUANTA * 10.0 ** ((START_LUFS - OFFSET_DB) / 10.0)
    rise["rounded_1"] = rise["rounded_2"] = 1.0


@kernel
def power_of(lu):
    """Factor of power for a difference in LU."""
    return float(exp2_scalar(lu / DECIBELS_PER_OCTAVE_OF_POWER))


@kernel
def highest_rise_db(rise, meter, seconds):
    """The gain in dB, 0 or below, that keeps to the law for now; called as each block of the meter ends.

    meter     programme 0 is the sound before the gain, programme 1 what has been let out
    seconds   a block's length
    """
    blocks = meter.short_term_blocks
    second = min(int(1.0 / seconds + 0.5), LATEST - 1)
    stroke = int(STROKE_S / seconds + 0.5)
    window = meter.short_term[1] * blocks
    rise.at = (rise.at + 1) % LATEST
    rise.window[rise.at] = window
    rate = START_RISE_LU_PER_S if rise.starting != 0 else RISE_LU_PER_S
    ratio = power_of(rate)
    least = window
    for back in range(second):
        least = min(least, rise.window[(rise.at - back) % LATEST])
        rise.limit[second - 1 - back] = least * ratio
    follow_start(rise, window, least * power_of(RISE_LU_PER_S), blocks, seconds)
    always = 0.0
    if rise.starting != 0:
        always = power_of(START_LUFS - OFFSET_DB) * blocks
    floor = LEAST_SHARE * max(window, always) / blocks
    of_late = 0.0
    for back in range(OF_LATE_BLOCKS):
        of_late += meter.mean_square[0, (meter.block - back) % MOST_BLOCKS] / OF_LATE_BLOCKS
    leaving = 0.0
    came = 0.0
    share = 1.0
    peak = 0.0
    for k in range(1, stroke + 1):
        leaving += meter.mean_square[1, (meter.block - blocks + k) % MOST_BLOCKS]
        came += meter.mean_square[0, (meter.block + 1 - k) % MOST_BLOCKS]
        room = max(max(rise.limit[k], always) - window, 0.0)
        most = max(float(root(root(root(k / stroke)))) * room + leaving, floor * k)
        share = min(share, most / max(min(came, of_late * k), 1e-30))
        if k == 1:
            peak = leaving + SPENT_IN_BLOCK * room
    mean = max(window, always / ratio) / blocks
    peak = PEAK * mean if rise.starting != 0 else min(max(peak, NO_PEAK * mean), PEAK * mean)
    rise.highest_peak = PEAK_QUANTA * peak
    highest_db = 0.0
    if share < 1.0:
        highest_db = DECIBELS_PER_OCTAVE_OF_POWER * float(log2_scalar(share))
    back_db = (highest_db - rise.wanted_db) * (seconds / RETURN_S)
    rise.wanted_db = min(highest_db, rise.wanted_db + back_db)
    return rise.wanted_db


@kernel
def follow_start(rise, window, highest, blocks, seconds):
    """Begin a start out of silence, and end it once the sound rises no faster than it may."""
    if window < power_of(SILENT_LUFS - OFFSET_DB) * blocks:
        rise.starting = 1
        rise.sounding_s = 0.0
    elif rise.starting != 0:
        rise.sounding_s += seconds
        if rise.sounding_s >= START_S and window <= highest:
            rise.starting = 0


@kernel
def held_peak(rise, power, gain):
    """`gain` (amplitude), or less where the last quanta would be louder than any peak may be.

    power   K-weighted mean square of this quantum, before the gain
    """
    rise.peaks[rise.peak_at] = power
    rise.peak_at = (rise.peak_at + 1) % PEAK_QUANTA
    total = 0.0
    for k in range(PEAK_QUANTA):
        total += rise.peaks[k]
    if total * gain * gain > rise.highest_peak:
        return float(root(rise.highest_peak / total))
    return gain


@kernel
def rounded(rise, gain):
    """`gain` (amplitude) with its corners rounded, some quanta late."""
    rise.rounded_1 += ROUNDED * (gain - rise.rounded_1)
    rise.rounded_2 += ROUNDED * (rise.rounded_1 - rise.rounded_2)
    return rise.rounded_2
