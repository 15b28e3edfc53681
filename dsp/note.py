"""What a note asks for, as numbers that kernels use: pitch, loudness, place and brightness."""

# pyright: basic

from __future__ import annotations

from dsp.approximations import cosine, exp2_scalar, log2_scalar, root, sine
from dsp.compiled import kernel
from dsp.lanes import lane, load, splat

CONCERT_A_HZ = 440.0
CONCERT_A = 69.0
"""ISO 16: the A above middle C and its MIDI number."""

LOWEST_PITCH, HIGHEST_PITCH = 0.0, 127.0


@kernel
def hertz(pitch):
    """Frequency of a MIDI number, fractions allowed, held within 0 and 127."""
    held = min(max(pitch, LOWEST_PITCH), HIGHEST_PITCH)
    return CONCERT_A_HZ * exp2_scalar((held - CONCERT_A) * (1.0 / 12.0))


@kernel
def loudness(velocity):
    """Amplitude of a velocity from 0 to 1: the power 1.5, so that half the velocity is 9 dB softer."""
    held = min(max(velocity, 0.0), 1.0)
    return held * root(held)


@kernel
def pan_gains(pan):
    """(left, right) of a place from -1 to 1: a quarter turn of equal power."""
    quarter = (min(max(pan, -1.0), 1.0) + 1.0) * 0.125
    return lane(cosine(splat(quarter)), 0), lane(cosine(splat(0.25 - quarter)), 0)


@kernel
def place(record, voice, gain, pan):
    """Set a voice's `left` and `right` to a gain at a place from -1 to 1."""
    left, right = pan_gains(pan)
    record.left[voice] = gain * left
    record.right[voice] = gain * right


@kernel
def placed(record, at):
    """(left, right): the gains of eight voices, from index `at` on, as `place` has set them."""
    return load(record.left, at), load(record.right, at)


@kernel
def spread_gains(pan, places):
    """(left, right) of eight lanes around `pan`, eight lanes each: `places` from -1 to 1 at the centre,
    drawn together towards the sides. Equal power lane by lane."""
    quarter = (min(max(pan, -1.0), 1.0) + (1.0 - min(max(pan, -pan), 1.0)) * places + 1.0) * 0.125
    return cosine(quarter), sine(quarter)


@kernel
def octaves_above_middle_c(pitch):
    """Distance of a MIDI number from 60."""
    return (min(max(pitch, LOWEST_PITCH), HIGHEST_PITCH) - 60.0) * (1.0 / 12.0)


@kernel
def between(low, high, share):
    """From `low` to `high` in equal ratios as `share` goes from 0 to 1; both above zero."""
    return low * exp2_scalar(share * log2_scalar(high / low))
