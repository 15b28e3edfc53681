"""Plucked strings: a delay line, a low-pass and an allpass in a loop. Eight strings to a vector.

Karplus and Strong (Computer Music Journal 7, 1983) with the refinements of Jaffe and Smith (same
issue): the loop's total delay at the fundamental, the low-pass's included, is one period, the
fraction of a frame being made up by a first-order allpass; the low-pass sets how fast each harmonic
dies. The lines of eight strings lie side by side in one memory of rows, so that each frame writes
one row and gathers eight numbers.

The string is set going by a finger: its force on the bridge is one block a period, as long as the
wave takes to the near end of the string and back, which silences the harmonics that have a node
where the finger is. The softer the finger, the rounder the block's edges; a little noise is added.

No two notes are plucked alike: the finger wanders along the string, and with it the colour. Each ear hears
the string through an allpass of its own, half a right angle apart over its first harmonics: wide, and without
a hole where both are heard as one.
"""

# pyright: basic

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from dsp.approximations import (
    LOG2_OF_1000,
    angle_in_right_angles,
    cosine,
    exp2,
    exp2_scalar,
    root,
    sine,
    tangent,
)
from dsp.compiled import kernel
from dsp.envelope import ATTACK, VOICES, advance, begin_within, envelope_dtype
from dsp.interpolation import interpolated
from dsp.lanes import (
    WIDTH,
    absolute,
    gather,
    lane,
    load,
    load_int,
    maximum,
    select,
    splat,
    splat_int,
    square_root,
    store,
)
from dsp.mixing import add
from dsp.noise import draw, noise_seeds
from dsp.note import between, hertz, loudness, octaves_above_middle_c, place, placed
from dsp.playable import Playable
from dsp.quantum import QUANTUM
from dsp.record import fill, floats, numbers, record_dtype
from dsp.sounding import fall_silent, in_groups

ROWS = 4096
"""Rows of a group's memory, a power of two: the lowest string at 96 kHz needs 2936."""

LOWEST_PITCH, HIGHEST_PITCH = 24.0, 96.0
"""MIDI numbers beyond which the string sounds at the limit."""

PEAK_LOSS = 0.98
"""Factor a quantum by which an old peak is forgotten: 130 dB a second at 48 kHz."""

EARS_AT, EARS_APART = 1.5, 2.6
"""The two ears' allpasses turn by a right angle at EARS_AT times the tone, over and under it by the root of
EARS_APART: 53 degrees apart there, a correlation of .6, and 1 dB lost in mono."""

GROUPS = VOICES // WIDTH


@dataclass(frozen=True, slots=True)
class PluckedPatch:
    """One kind of string and the finger that plucks it. Values by ear."""

    decay_s: float
    """Time to -60 dB of the lowest frequencies, at middle C."""
    decay_octaves: float
    """Octaves of pitch in which it halves."""
    dullest_hz: float
    clearest_hz: float
    """Where the decay is twice as fast, at brightness 0 and 1, for a note at middle C."""
    damping_tracking: float
    """Octaves of that frequency per octave of pitch."""
    widest_finger: float
    narrowest_finger: float
    """Length of the block's edges, as a share of the period, at softness 1 and 0, for a note at middle C."""
    finger_tracking: float
    """Octaves by which that share grows per octave of pitch: a finger is as wide on a short string."""
    velocity_hardness: float
    """Share of that range that velocity 0 to 1 opens; brightness opens all of it."""
    velocity_clearness: float
    """Share of the range from `dullest_hz` to `clearest_hz` that velocity 0 to 1 opens."""
    pluck_point: float
    """Where the finger is, as a share of the string."""
    wander_octaves: float
    """How far it is from there at most, from note to note, as a power of two."""
    finger_noise: float
    """Amplitude of noise relative to the block, for the hardest finger; a soft one has less."""
    shortest_attack_s: float
    longest_attack_s: float
    shortest_release_s: float
    level: float
    """Amplitude at velocity 1."""


SOFT_STRING = PluckedPatch(
    decay_s=6.0,
    decay_octaves=1.8,
    dullest_hz=900.0,
    clearest_hz=5000.0,
    damping_tracking=0.4,
    widest_finger=0.75,
    narrowest_finger=0.06,
    finger_tracking=0.25,
    velocity_hardness=1.0,
    velocity_clearness=0.5,
    pluck_point=0.22,
    wander_octaves=0.5,
    finger_noise=0.05,
    shortest_attack_s=0.025,
    longest_attack_s=0.2,
    shortest_release_s=0.4,
    level=0.14,
)

PLUCKED = record_dtype(
    [
        ("memory", np.float32, (GROUPS * ROWS * WIDTH,)),
        *numbers(PluckedPatch),
        *floats(
            VOICES, "gain", "pole", "allpass", "dull", "before", "tuned", "turn_left", "turn_right",
            "heard_left", "heard_right", "left", "right", "sounding", "shown", "loudest",
        ),
        ("delay", np.int32, (VOICES,)),
        ("first_index", np.int32, (VOICES,)),
        ("envelope", envelope_dtype(VOICES)),
        ("row", np.int64),
        ("random", np.int64),
    ],
)
"""Sixteen strings in two groups of eight lanes.

gain, pole   of the low-pass; dull: its memory
allpass      coefficient; before, tuned: its last input and output
turn_*       coefficient of an ear's allpass; heard_*: its last output
delay        whole frames of the line, in elements of `memory`
sounding     1 until a voice's last quantum is out; shown: envelope level at the end of the last quantum
loudest      peak of late, which a quantum alone cannot know: low strings are still between two pulses
"""


def prepare_plucked(record: np.void, sample_rate: int, seed: int, patch: PluckedPatch) -> None:  # noqa: ARG001
    """Make a zeroed PLUCKED record the instrument `patch`; the seed decides the finger's noise."""
    fill(record, patch)
    record["random"] = noise_seeds(seed, 1)[0]
    record["first_index"] = np.arange(VOICES) // WIDTH * ROWS * WIDTH + np.arange(VOICES) % WIDTH
    record["delay"] = WIDTH


@kernel
def start_plucked(record, voice, pitch, velocity, brightness, pan, attack_s, release_s, sample_rate):
    """Start a note on an idle voice: tune its loop and lay one period of the finger's push into it."""
    pitch = min(max(pitch, LOWEST_PITCH), HIGHEST_PITCH)
    octaves = octaves_above_middle_c(pitch)
    opened = min(max(brightness + record.velocity_clearness * (velocity - 0.5), 0.0), 1.0)
    frequency = hertz(pitch)
    cycles = frequency / sample_rate
    period = sample_rate / frequency
    decay_s = record.decay_s * exp2_scalar(-octaves / record.decay_octaves)
    damping_hz = between(record.dullest_hz, record.clearest_hz, opened)
    damping_hz = min(damping_hz * exp2_scalar(record.damping_tracking * octaves), 0.4 * sample_rate)
    gains, poles = low_pass(splat(period / (decay_s * sample_rate)), splat(damping_hz / sample_rate))
    pole = lane(poles, 0)
    low_pass_delay = lane(phase_delay(poles, splat(cycles)), 0)
    rest = period - low_pass_delay
    whole = int(rest - 0.5)
    fraction = rest - whole
    record.gain[voice] = lane(gains, 0)
    record.pole[voice] = pole
    half = splat(cycles * 0.5)
    record.allpass[voice] = lane(sine((1.0 - fraction) * half) / sine((1.0 + fraction) * half), 0)
    record.delay[voice] = whole * WIDTH

    hardness = min(max(brightness + record.velocity_hardness * (velocity - 0.5), 0.0), 1.0)
    width = between(record.widest_finger, record.narrowest_finger, hardness)
    width = width * exp2_scalar(record.finger_tracking * octaves) * period
    apart = record.pluck_point * exp2_scalar(record.wander_octaves * (2.0 * draw(record) - 1.0)) * period
    width = max(min(width, 0.95 * period - apart), 3.0)
    lay_push(record, voice, whole, period, apart, width, record.finger_noise * hardness)

    later = EARS_APART if draw(record) < 0.5 else 1.0 / EARS_APART
    ear = EARS_AT * cycles
    record.turn_left[voice] = turning(min(ear * root(later), 0.4))
    record.turn_right[voice] = turning(min(ear / root(later), 0.4))
    record.heard_left[voice] = 0.0
    record.heard_right[voice] = 0.0

    place(record, voice, record.level * loudness(velocity), pan)
    record.sounding[voice] = 1.0
    record.shown[voice] = 0.0
    record.loudest[voice] = 1.0
    begin_within(record, voice, attack_s, release_s, sample_rate)


@kernel
def low_pass(share, damping):
    """(gain, pole) of the loop's filter g / (1 - p z^-1). Eight lanes.

    share     of the decay time to -60 dB at the lowest frequencies that one period takes
    damping   cycles per frame at which the decay is twice as fast: there the filter must have the
              magnitude rho, the loss a period at the bottom, once more, so its pole is the smaller
              root of (1 - rho^2) p^2 - 2 (1 - rho^2 cos w) p + (1 - rho^2) = 0
    """
    rho = exp2(share * -LOG2_OF_1000)
    lost = 1.0 - rho * rho
    middle = 1.0 - rho * rho * cosine(damping)
    pole = lost / (middle + square_root(middle * middle - lost * lost))
    return rho * (1.0 - pole), pole


@kernel
def phase_delay(pole, cycles):
    """Frames by which that filter delays a sine of so many cycles a frame."""
    angle = angle_in_right_angles(pole * sine(cycles), 1.0 - pole * cosine(cycles))
    return angle / (4.0 * cycles)


@kernel
def turning(cycles):
    """Coefficient of the first-order allpass that turns so many cycles a frame by a right angle."""
    warped = lane(tangent(splat(cycles)), 0)
    return (warped - 1.0) / (warped + 1.0)


@kernel
def edge(x):
    """From 0 to 1 without corners as x goes from 0 to 1."""
    u = min(max(x, 0.0), 1.0)
    return u * u * (3.0 - 2.0 * u)


@kernel
def lay_push(record, voice, whole, period, apart, width, noise):
    """Fill the part of the line that will be read first with one period of unit power.

    A block of `apart` frames whose edges take `width`, in the middle of the period. The mean is taken off: a
    loop would keep it as it keeps its lowest harmonic.
    The filters are filled with the level between two blocks, which is what they would have seen.
    """
    begins = 0.5 * (period - apart - width)
    base = np.int64(record.first_index[voice])
    smooth = 0.0
    last = 0.0
    total = 0.0
    energy = 0.0
    for back in range(whole):
        smooth += 0.25 * (2.0 * draw(record) - 1.0 - smooth)
        since = back - begins
        push = edge(since / width) - edge((since - apart) / width)
        value = push + noise * (smooth - last)
        last = smooth
        total += value
        energy += value * value
        record.memory[base + ((record.row - back) & (ROWS - 1)) * WIDTH] = value
    mean = total / period
    scale = 1.0 / root(energy / period - mean * mean)
    for back in range(whole):
        index = base + ((record.row - back) & (ROWS - 1)) * WIDTH
        record.memory[index] = scale * (record.memory[index] - mean)
    record.dull[voice] = -scale * mean
    record.before[voice] = -scale * mean
    record.tuned[voice] = -scale * mean


@kernel
def render_strings(record, group, left, right):
    """Add one quantum of eight strings to the lane buses."""
    shown, slope = interpolated(record.shown, group, advance(record.envelope, group))
    gain = load(record.gain, group)
    pole = load(record.pole, group)
    allpass = load(record.allpass, group)
    dull = load(record.dull, group)
    before = load(record.before, group)
    tuned = load(record.tuned, group)
    turn_left = load(record.turn_left, group)
    turn_right = load(record.turn_right, group)
    heard_left = load(record.heard_left, group)
    heard_right = load(record.heard_right, group)
    gain_left, gain_right = placed(record, group)
    delay = load_int(record.delay, group)
    first_index = load_int(record.first_index, group)
    mask = splat_int((ROWS - 1) * WIDTH)
    base = group * ROWS
    loudest = load(record.loudest, group) * PEAK_LOSS
    for i in range(QUANTUM):
        row = (record.row + 1 + i) & (ROWS - 1)
        x = gather(record.memory, ((splat_int(row * WIDTH) - delay) & mask) + first_index)
        last = tuned
        tuned = before + allpass * (x - tuned)
        before = x
        heard_left = last + turn_left * (tuned - heard_left)
        heard_right = last + turn_right * (tuned - heard_right)
        dull = gain * tuned + pole * dull
        store(record.memory, base + row * WIDTH, dull)
        shown += slope
        loudest = maximum(loudest, absolute(shown * tuned))
        add(left, right, i * WIDTH, gain_left * (shown * heard_left), gain_right * (shown * heard_right))
    store(record.dull, group, dull)
    store(record.before, group, before)
    store(record.tuned, group, tuned)
    store(record.heard_left, group, heard_left)
    store(record.heard_right, group, heard_right)
    store(record.loudest, group, loudest)
    risen = select(load(record.envelope.stage, group) == ATTACK, 0.0, 1.0)
    fall_silent(record, group, loudest * maximum(gain_left, gain_right), risen)


render_groups = in_groups(render_strings)


@kernel
def render_plucked(record, left, right, sample_rate, breath):  # noqa: ARG001
    """Add one quantum of every sounding string to the lane buses."""
    render_groups(record, left, right)
    record.row += QUANTUM


PLUCK = Playable(PLUCKED, partial(prepare_plucked, patch=SOFT_STRING), start_plucked, render_plucked)
