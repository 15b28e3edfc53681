"""Playing at a device's own rate: the sound, which has one rate from first to last, resampled on its way out.

So a card that comes back at another rate plays on at the right pitch, and the sound itself never knows.
"""

# pyright: basic

from __future__ import annotations

import numpy as np

from dsp.compiled import kernel
from dsp.sinc import PLACES, TAPS, Resampler

RESAMPLER = np.dtype(Resampler)


@kernel
def take_in(resampler, left, right):
    """One more frame of the sound."""
    at = resampler.at
    resampler.left[at] = left
    resampler.left[at + TAPS] = left
    resampler.right[at] = right
    resampler.right[at + TAPS] = right
    resampler.at = (at + 1) & (TAPS - 1)
    resampler.place -= 1.0


@kernel
def give_out(resampler):
    """The device's next frame, left and right."""
    between = resampler.place * PLACES
    row = int(between)
    share = np.float32(between - row)
    left = np.float32(0.0)
    right = np.float32(0.0)
    for k in range(TAPS):
        tap = resampler.taps[row * TAPS + k]
        tap += share * (resampler.taps[(row + 1) * TAPS + k] - tap)
        left += tap * resampler.left[resampler.at + k]
        right += tap * resampler.right[resampler.at + k]
    resampler.place += resampler.step
    return left, right
