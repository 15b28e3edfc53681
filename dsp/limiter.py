"""True-peak limiter: looks ahead, turns down smoothly before a peak arrives, and comes back without pumping.

Between two frames the reconstructed signal can rise above both, so peaks are sought on the signal
four times oversampled (ITU-R BS.1770-4 annex 2, with longer filters). The gain each frame needs goes
through three steps:

    lowest over WINDOW frames      it is down before the peak comes and stays until it has passed
    hold, then exponential rise    no gain moves within a period of a bass note
    weighted mean over MEAN_TAPS   (a Hann window) so that it falls along a curve without corners

A mean of values none of which is above what the peak needs is not above it either: the ceiling
holds exactly, up to what lies between the oversampled points, for which MARGIN_DB is kept. Both
channels get one gain. While nothing needs limiting the gain is exactly one.
"""

# pyright: basic

from __future__ import annotations

import math

import numpy as np

from dsp.compiled import kernel
from dsp.crossing import largest_of
from dsp.lanes import WIDTH, absolute, load, maximum, minimum, splat, store
from dsp.quantum import QUANTUM
from dsp.record import record_dtype

LATENCY = 2 * QUANTUM
"""Frames by which the sound is late: 128, 2.7 ms at 48 kHz. The look-ahead, detector included."""

CEILING_DBTP = -3.0
"""Highest true peak (SCIENCE.md A6)."""

MARGIN_DB = 0.5
"""Kept below the ceiling: between points a quarter of a frame apart white noise was seen to rise 0.36 dB,
a sine at a quarter of the sample rate at most 0.17 dB. Our own choice, held by tests."""

PHASES = 4
TAPS = 32
"""Oversampling, and taps of each phase of its filter."""

KAISER_BETA = 7.0
"""Window of that filter: flat to 0.44 of the sample rate."""

WINDOW = 120
MEAN_TAPS = LATENCY - TAPS // 2
"""Frames; together they reach from the newest detected peak to the frame that leaves, and 6 to spare."""

HOLD_S = 0.02
"""No rise within half a period of 25 Hz, so that bass is not bent. Our own choice."""

RELEASE_S = 0.15
"""Time constant of the rise."""

BUSY_QUANTA = 4
"""Quanta worked through after the gain has come back, until every memory holds ones again."""

HISTORY = LATENCY
PAST = HISTORY + QUANTUM

LIMITER = record_dtype(
    [
        ("ceiling", np.float32),
        ("threshold", np.float32),
        ("rise", np.float64),
        ("hold", np.int64),
        ("filter", np.float32, ((PHASES - 1) * TAPS,)),
        ("mean", np.float32, (MEAN_TAPS,)),
        ("past_left", np.float32, (PAST,)),
        ("past_right", np.float32, (PAST,)),
        ("peak", np.float32, (PAST,)),
        ("needed", np.float32, (PAST,)),
        ("lowest", np.float32, (PAST,)),
        ("risen", np.float32, (PAST,)),
        ("gain", np.float32, (QUANTUM,)),
        ("level", np.float64),
        ("held", np.int64),
        ("busy", np.int64),
        ("true_peak", np.float32),
        ("lowest_gain", np.float32),
    ],
)
"""`true_peak` (linear, of what came out) and `lowest_gain` are since whoever reads them set them back."""


def prepare_limiter(limiter: np.void, sample_rate: int, ceiling_dbtp: float = CEILING_DBTP) -> None:
    """Set filters and times of a zeroed LIMITER record. Raises ValueError for a ceiling above 0 dBTP."""
    if not ceiling_dbtp <= 0.0:
        raise ValueError(f"the limiter's ceiling is {ceiling_dbtp} dBTP; it must be 0 or lower")
    limiter["ceiling"] = 10.0 ** (ceiling_dbtp / 20.0)
    limiter["threshold"] = 10.0 ** ((ceiling_dbtp - MARGIN_DB) / 20.0)
    limiter["rise"] = 1.0 - math.exp(-1.0 / (RELEASE_S * sample_rate))
    limiter["hold"] = round(HOLD_S * sample_rate)
    limiter["filter"] = interpolator().reshape(-1)
    hann = np.hanning(MEAN_TAPS + 2)[1:-1]
    limiter["mean"] = hann / hann.sum() * (1.0 - 1e-6)
    for name in ("needed", "risen", "gain", "level", "lowest_gain"):
        limiter[name] = 1.0


def interpolator() -> np.ndarray:
    """(PHASES - 1, TAPS): the signal 1/4, 2/4 and 3/4 frames after the frame under tap TAPS / 2 - 1."""
    at = np.arange(TAPS) - (TAPS // 2 - 1)
    late = np.arange(1, PHASES)[:, None] / PHASES
    distance = at - late
    kaiser = np.i0(KAISER_BETA * np.sqrt(1.0 - (distance / (TAPS // 2)) ** 2)) / np.i0(KAISER_BETA)
    taps = np.sinc(distance) * kaiser
    return taps / taps.sum(axis=1, keepdims=True)


@kernel
def append(past, block):
    """Move a memory on by one quantum and write the new one at its end."""
    for i in range(0, HISTORY, WIDTH):
        store(past, i, load(past, i + QUANTUM))
    for i in range(0, QUANTUM, WIDTH):
        store(past, HISTORY + i, load(block, i))


@kernel
def detect(limiter):
    """Append a quantum of peaks to `limiter.peak`; returns the largest.

    The peak of a frame is the largest magnitude from it to the next, of both channels. Six sums run
    side by side so that none waits for its own last addition.
    """
    for i in range(0, HISTORY, WIDTH):
        store(limiter.peak, i, load(limiter.peak, i + QUANTUM))
    largest = splat(0.0)
    for i in range(HISTORY, PAST, WIDTH):
        quarter_left = half_left = three_left = splat(0.0)
        quarter_right = half_right = three_right = splat(0.0)
        first = i - (TAPS - 1)
        for t in range(TAPS):
            left = load(limiter.past_left, first + t)
            right = load(limiter.past_right, first + t)
            quarter, half, three = limiter.filter[t], limiter.filter[TAPS + t], limiter.filter[2 * TAPS + t]
            quarter_left = quarter_left + left * quarter
            half_left = half_left + left * half
            three_left = three_left + left * three
            quarter_right = quarter_right + right * quarter
            half_right = half_right + right * half
            three_right = three_right + right * three
        found = maximum(absolute(quarter_left), absolute(quarter_right))
        found = maximum(found, maximum(absolute(half_left), absolute(half_right)))
        found = maximum(found, maximum(absolute(three_left), absolute(three_right)))
        left = load(limiter.past_left, i - TAPS // 2)
        right = load(limiter.past_right, i - TAPS // 2)
        found = maximum(found, maximum(absolute(left), absolute(right)))
        store(limiter.peak, i, found)
        largest = maximum(largest, found)
    return largest_of(largest)


@kernel
def find_lowest(limiter):
    """Lowest needed gain of the last WINDOW frames, for each frame of the newest quantum.

    Windows of 2, 4 ... 64 frames by doubling, from the newest backwards in place; two of 64 make 120.
    """
    lowest = limiter.lowest
    for i in range(0, PAST, WIDTH):
        store(lowest, i, load(limiter.needed, i))
    distance = 1
    while distance < 64:
        for i in range(PAST - WIDTH, max(distance, WIDTH) - WIDTH, -WIDTH):
            store(lowest, i, minimum(load(lowest, i), load(lowest, i - distance)))
        distance *= 2
    for i in range(PAST - WIDTH, HISTORY - WIDTH, -WIDTH):
        store(lowest, i, minimum(load(lowest, i), load(lowest, i - (WINDOW - 64))))


@kernel
def follow(limiter):
    """Append to `limiter.risen`: down at once, held, then up along an exponential."""
    for i in range(0, HISTORY, WIDTH):
        store(limiter.risen, i, load(limiter.risen, i + QUANTUM))
    level = limiter.level
    held = limiter.held
    for i in range(HISTORY, PAST):
        wanted = float(limiter.lowest[i])
        if wanted <= level:
            level = wanted
            held = limiter.hold
        elif held > 0:
            held -= 1
        else:
            level = min(wanted, level + limiter.rise * (1.0 - level))
        limiter.risen[i] = level
    limiter.level = level if level < 0.99999 else 1.0
    limiter.held = held


@kernel
def find_gain(limiter, largest):
    """Fill `limiter.gain` for the quantum that is about to leave."""
    for i in range(0, HISTORY, WIDTH):
        store(limiter.needed, i, load(limiter.needed, i + QUANTUM))
    for i in range(HISTORY, PAST, WIDTH):
        store(limiter.needed, i, minimum(limiter.threshold / maximum(load(limiter.peak, i), 1e-9), 1.0))
    if largest > limiter.threshold:
        limiter.busy = BUSY_QUANTA
    elif limiter.level == 1.0:
        limiter.busy -= 1
    find_lowest(limiter)
    follow(limiter)
    for i in range(0, QUANTUM, 4 * WIDTH):
        first = second = third = fourth = splat(0.0)
        for k in range(MEAN_TAPS):
            at = HISTORY + i - k
            weight = limiter.mean[k]
            first = first + load(limiter.risen, at) * weight
            second = second + load(limiter.risen, at + WIDTH) * weight
            third = third + load(limiter.risen, at + 2 * WIDTH) * weight
            fourth = fourth + load(limiter.risen, at + 3 * WIDTH) * weight
        store(limiter.gain, i, first)
        store(limiter.gain, i + WIDTH, second)
        store(limiter.gain, i + 2 * WIDTH, third)
        store(limiter.gain, i + 3 * WIDTH, fourth)


@kernel
def render_limiter(limiter, left, right):
    """Limit one quantum in place; what leaves came in LATENCY frames ago."""
    append(limiter.past_left, left)
    append(limiter.past_right, right)
    largest = detect(limiter)
    if largest > limiter.threshold or limiter.busy > 0:
        find_gain(limiter, largest)
    else:
        for i in range(0, QUANTUM, WIDTH):
            store(limiter.gain, i, splat(1.0))
    ceiling = splat(limiter.ceiling)
    peak = splat(0.0)
    lowest_gain = splat(limiter.lowest_gain)
    for i in range(0, QUANTUM, WIDTH):
        gain = load(limiter.gain, i)
        store(left, i, maximum(minimum(load(limiter.past_left, i) * gain, ceiling), -ceiling))
        store(right, i, maximum(minimum(load(limiter.past_right, i) * gain, ceiling), -ceiling))
        peak = maximum(peak, load(limiter.peak, i + TAPS // 2) * gain)
        lowest_gain = minimum(lowest_gain, gain)
    limiter.true_peak = max(limiter.true_peak, largest_of(peak))
    limiter.lowest_gain = -largest_of(-lowest_gain)
