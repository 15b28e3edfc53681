"""Oscillators without aliasing: rotating phasors, and sawtooths as the angle of a complex number.

A sine is a complex number turned by a fixed angle each frame. A sawtooth is

    sum over k of a^k sin(k t) / k  =  arg(1 - a e^{-it}),      0 < a < 1        (1)

the imaginary part of a logarithm on the unit disc. The factor a^k rolls its harmonics off, so that
those beyond half the sample rate, which would fold back, stay below any level one asks for.

Angles of products add: two sawtooths at t - p and t + p are together

    arg((1 - a e^{-i(t-p)}) (1 - a e^{-i(t+p)})) = arg((1 - a^2) / 2 - c v + i s v)    (2)
    with  c = a cos t,  s = a sin t,  v = cos p - c

so a pair needs one phasor (of length a, for t), the slow cosine of half the distance between the two (p),
and one arctangent. Where the two go different ways, (1) is taken for each, with the phasor turned by p.
"""

# pyright: basic

from __future__ import annotations

import math

import numpy as np

from dsp.approximations import angle_in_right_angles, ceiling, exp2_scalar, log2_scalar, sine
from dsp.compiled import kernel
from dsp.lanes import floor, load, store

TURN = 2.0 * math.pi

FOLD_LEVEL_LOG2 = -14.6
"""log2 of the level of the first harmonic that folds back, relative to the fundamental: -88 dB.

8 dB under the 80 dB asked for, since several folded harmonics add up. Our own choice.
"""


@kernel
def turn(cosine_part, sine_part, versine, rotation_sine):
    """The phasor (cos, sin) one frame later. Eight lanes; four multiplications."""
    return (
        cosine_part - versine * cosine_part - rotation_sine * sine_part,
        sine_part - versine * sine_part + rotation_sine * cosine_part,
    )


@kernel
def backward_steps(cosine_part, sine_part, versine, rotation_sine):
    """How far the phasor's two parts have come from the frame before: what `swing` starts from."""
    return (
        versine * cosine_part - rotation_sine * sine_part,
        versine * sine_part + rotation_sine * cosine_part,
    )


@kernel
def swing(cosine_part, sine_part, cosine_step, sine_step, twice_versine):
    """The phasor and its steps one frame later: two multiplications where `turn` takes four.

    The second difference of a sine is -2 (1 - cos) times the sine. Carrying the first difference along
    keeps low notes exact (Reinsch's form of the recurrence: Stoer and Bulirsch, Introduction to Numerical
    Analysis, 1.3), and within a quantum the two parts cannot drift apart.
    """
    cosine_step -= twice_versine * cosine_part
    sine_step -= twice_versine * sine_part
    return cosine_part + cosine_step, sine_part + sine_step, cosine_step, sine_step


@kernel
def kept_length(cosine_part, sine_part, length):
    """Factor that brings a phasor back to `length`: one Newton step, enough once a quantum."""
    return 1.5 - 0.5 * (cosine_part * cosine_part + sine_part * sine_part) / (length * length)


@kernel
def phasor(record, at):
    """(cos, sin) of eight voices, from index `at` on, as `keep_phasor` has stored them."""
    return load(record.cos, at), load(record.sin, at)


@kernel
def keep_phasor(record, at, cosine_part, sine_part, length):
    """Store eight phasors as the record's `cos` and `sin`, brought back to `length`."""
    kept = kept_length(cosine_part, sine_part, length)
    store(record.cos, at, cosine_part * kept)
    store(record.sin, at, sine_part * kept)


@kernel
def swinging(record, at, cycles_per_frame):
    """(cos, sin, cos_step, sin_step, twice_versine) of a record's phasors: what `swing` goes on from."""
    versine, rotation_sine = rotation(cycles_per_frame)
    cosine_part, sine_part = phasor(record, at)
    cosine_step, sine_step = backward_steps(cosine_part, sine_part, versine, rotation_sine)
    return cosine_part, sine_part, cosine_step, sine_step, versine + versine


@kernel
def next_phase(phase, rate, at):
    """Eight phases in turns a quantum later, kept from 0 to 1; they are stored.

    phase, rate   arrays, from index `at` on: turns, and turns a quantum
    """
    after = load(phase, at) + load(rate, at)
    after = after - floor(after)
    store(phase, at, after)
    return after


@kernel
def rotation(cycles_per_frame):
    """What `turn` needs for a frequency in cycles per frame: (1 - cos, sin) of the angle.

    1 - cos and not the cosine: for a low note that is nearly one, its rounding would make the phasor
    grow or shrink within a quantum, and where 1 - a^2 is small (2) forgives nothing.
    """
    half = sine(cycles_per_frame * 0.5)
    return 2.0 * half * half, sine(cycles_per_frame)


@kernel
def saw_pair(cosine_part, sine_part, split_cosine, half_remainder):
    """The sum of two sawtooths by (2), each from -1 to 1 as `a` nears 1.

    cosine_part, sine_part   the phasor, of length a
    split_cosine             cos p
    half_remainder           (1 - a^2) / 2
    The angle lies within (-pi, pi), so it needs no unwrapping.
    """
    v = split_cosine - cosine_part
    return angle_in_right_angles(sine_part * v, half_remainder - cosine_part * v)


@kernel
def saws_apart(cosine_part, sine_part, split_cosine, split_sine):
    """The same two sawtooths one by one, with the sine of each: (saw at t - p, sine, saw at t + p, sine).

    cosine_part, sine_part     the phasor, of length a; the sines have that length too
    split_cosine, split_sine   cos p and sin p
    """
    with_cosine = sine_part * split_cosine
    with_sine = cosine_part * split_sine
    behind = with_cosine - with_sine
    ahead = with_cosine + with_sine
    same = 1.0 - cosine_part * split_cosine
    turned = sine_part * split_sine
    return (
        angle_in_right_angles(behind, same - turned),
        behind,
        angle_in_right_angles(ahead, same + turned),
        ahead,
    )


@kernel
def highest_rolloff(cycles_per_frame):
    """Largest `a` in (1) at which harmonics that fold back stay 80 dB under the fundamental.

    One number. The first to fold back is k = ceil(1 / (2 f)); a is the root of a^(k-1) / k = -88 dB.
    """
    k = max(np.int64(ceiling(0.5 / cycles_per_frame)), 2)
    return exp2_scalar((FOLD_LEVEL_LOG2 + log2_scalar(float(k))) / float(k - 1))
