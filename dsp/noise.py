"""Noise that is the same on every run: xorshift generators, one a lane, and single random numbers.

Marsaglia, "Xorshift RNGs" (Journal of Statistical Software 8, 2003): shifts by 13, 17 and 5 run
through all 2^32 - 1 states that are not zero. Six cheap integer steps a frame, nothing else.
"""

# pyright: basic

from __future__ import annotations

import numpy as np

from dsp.approximations import root
from dsp.compiled import kernel
from dsp.lanes import splat_int, to_float

HEARD_AT_HZ = 48000.0
"""Sample rate at which levels of noise were set by ear."""

WHOLE = 0xFFFFFFFF
"""Largest unsigned 32-bit number."""


def noise_seeds(seed: int, count: int) -> np.ndarray:
    """`count` states for generators, int32, none zero and no two alike."""
    drawn = np.random.default_rng(seed).choice(2**31 - 1, size=count, replace=False) + 1
    return drawn.astype(np.int32)


@kernel
def scrambled(state):
    """The next state of eight generators, i32x8."""
    state = state ^ (state << splat_int(13))
    state = state ^ (state >> splat_int(17))
    return state ^ (state << splat_int(5))


@kernel
def white(state):
    """States as white noise from -1 to 1, f32x8; variance 1/3."""
    return to_float(state) * np.float32(1.0 / 2147483648.0)


@kernel
def as_dense(sample_rate):
    """Factor by which white noise has as much power in every band of hertz as at HEARD_AT_HZ."""
    return root(sample_rate * (1.0 / HEARD_AT_HZ))


@kernel
def draw(record):
    """A random number from 0 to 1; moves `record.random` (an int64 from 1 to WHOLE) on."""
    x = record.random
    x = x ^ ((x << 13) & WHOLE)
    x = x ^ (x >> 17)
    x = x ^ ((x << 5) & WHOLE)
    record.random = x
    return np.float32(x / 4294967296.0)
