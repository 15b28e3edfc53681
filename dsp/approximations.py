"""Sine, powers of two, tangent and arctangent as polynomials over eight lanes.

Own polynomials rather than the C library's functions: they vectorise, they call nothing, and they
give the same bits on every machine with the same instruction set. Coefficients are minimax fits
(Lawson's iteration on Chebyshev nodes); the errors stated here are held by tests/dsp.
"""

# pyright: basic

from __future__ import annotations

import math

import numpy as np

from dsp.compiled import kernel
from dsp.lanes import (
    absolute,
    bits_as_float,
    copysign,
    float_as_bits,
    floor,
    is_negative,
    lane,
    maximum,
    minimum,
    select,
    splat,
    splat_int,
    square_root,
    to_float,
    to_int,
    with_sign_of,
)

ALL_WHOLE = 2.0**52
"""From here on a float64 has no fraction."""

DECIBELS_PER_OCTAVE_OF_POWER = 3.010299956639812
DECIBELS_PER_OCTAVE = 6.020599913279624
"""10 log10(2) and 20 log10(2): what twice the power is, and twice the amplitude."""

LOG2_OF_1000 = math.log2(1000.0)
"""60 dB, in which decay times are told, as a power of two of amplitude."""


@kernel
def sine(turns):
    """sin(2 pi turns), f32x8. Absolute error under 3e-7 for |turns| up to 1000."""
    t = turns - floor(turns + 0.5)
    folded = minimum(absolute(t), 0.5 - absolute(t))
    x = copysign(folded, t)
    x2 = x * x
    return x * (6.28318516 + x2 * (-41.341655 + x2 * (81.6010042 + x2 * (-76.5497843 + x2 * 39.5367193))))


@kernel
def cosine(turns):
    """cos(2 pi turns), f32x8. Absolute error under 3e-7 for |turns| up to 1000."""
    return sine(turns + 0.25)


@kernel
def exp2(x):
    """2 to the power x, f32x8, for -126 <= x <= 126. Relative error under 2e-7."""
    x = minimum(maximum(x, -126.0), 126.0)
    whole = floor(x)
    f = x - whole
    tail = 0.0096849761 + f * (0.00123843054 + f * 0.000218892226)
    p = 1.0 + f * (0.693146925 + f * (0.24023055 + f * (0.0554802211 + f * tail)))
    return p * bits_as_float((to_int(whole) + splat_int(127)) << splat_int(23))


@kernel
def log2(x):
    """Logarithm to base 2 of x, f32x8, for normal positive x. Absolute error under 5e-7 of itself or one."""
    bits = float_as_bits(x)
    exponent = to_float((bits >> splat_int(23)) - splat_int(127))
    t = bits_as_float((bits & splat_int(0x7FFFFF)) | splat_int(0x3F800000)) - 1.0
    tail = -0.325901551 + t * (0.194293687 + t * (-0.0795572597 + t * 0.0155297807))
    return exponent + t * (1.44266783 + t * (-0.720585447 + t * (0.473553269 + t * tail)))


@kernel
def tangent(half_turns):
    """tan(pi half_turns), f32x8, for 0 <= half_turns <= 0.49: a filter's warped frequency."""
    return sine(half_turns * 0.5) / cosine(half_turns * 0.5)


@kernel
def angle_in_right_angles(y, x):
    """Angle of the point (x, y) divided by pi/2, f32x8, in (-2, 2]. Absolute error under 8e-6.

    x and y must not both be zero.
    """
    ax = absolute(x)
    ay = absolute(y)
    q = minimum(ax, ay) / maximum(ax, ay)
    q2 = q * q
    tail = 0.114692969 + q2 * (-0.0542122153 + q2 * 0.0132704107)
    r = q * (0.636534675 + q2 * (-0.210278558 + q2 * tail))
    r = select(ay > ax, 1.0 - r, r)
    r = select(is_negative(x), 2.0 - r, r)
    return with_sign_of(r, y)


@kernel
def exp2_scalar(x):
    """2 to the power x for one number."""
    return lane(exp2(splat(x)), 0)


@kernel
def log2_scalar(x):
    """Logarithm to base 2 of one positive number."""
    return lane(log2(splat(x)), 0)


@kernel
def ceiling(x):
    """Least whole number not below x, for x from 0 on. math.ceil is a call on processors without SSE4.1."""
    if x >= ALL_WHOLE:
        return x
    whole = float(np.int64(x))
    return whole if whole >= x else whole + 1.0


@kernel
def root(x):
    """Square root of one number that is not negative: the machine's instruction, never a call."""
    return lane(square_root(splat(x)), 0)


@kernel
def decibels_to_gain(level_db):
    """Amplitude of a level in dB; -60 dB and below is silence."""
    if level_db <= -60.0:
        return np.float32(0.0)
    return exp2_scalar(level_db * 0.16609640474436813)  # log2(10) / 20
