"""A soft heart: each note is one beat, two low thuds of one pitch, the first stronger.

Eight voices to a vector: a sine whose pitch sinks a little while it dies, with three overtones out of the
same phasor. They carry the thud: it is felt at its pitch, in the drone's band, and heard above, at 120 to
300 Hz. Amplitudes are computed once a quantum.
"""

# pyright: basic

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from dsp.approximations import LOG2_OF_1000, exp2
from dsp.compiled import kernel
from dsp.envelope import VOICES, advance, begin_stroke, envelope_dtype
from dsp.interpolation import interpolated
from dsp.lanes import WIDTH, load, maximum, minimum, select, store
from dsp.mixing import add
from dsp.note import hertz, loudness, place, placed
from dsp.oscillator import keep_phasor, phasor, rotation, turn
from dsp.playable import Playable
from dsp.quantum import QUANTUM
from dsp.record import fill, floats, numbers, record_dtype
from dsp.sounding import fall_silent, in_groups

LOWEST_PITCH, HIGHEST_PITCH = 26.0, 50.0
"""MIDI numbers between which the thuds lie: 37 to 147 Hz."""

SLOWEST_RISE_S = 0.08

THIRD, FOURTH = 0.7, 0.35
"""Levels of the third and fourth partial, a twelfth and two octaves up, over that of the second. By ear."""


@dataclass(frozen=True, slots=True)
class PulsePatch:
    """One heart. Times after the physiology of the two heart sounds, the rest by ear."""

    second_after_s: float
    """From the first sound to the second: systole, about 0.3 s at rest."""
    second_level: float
    fall_octaves: float
    """How far a thud sinks from its onset."""
    fall_s: float
    rise_s: float
    """From silence to full; the 10-90 % rise is 0.61 of it."""
    decay_s: float
    """Time to -60 dB of a thud."""
    dull_overtone: float
    clear_overtone: float
    """Level of the octave at brightness 0 and 1; THIRD and FOURTH go with it."""
    level: float
    """Amplitude at velocity 1."""


SOFT_HEART = PulsePatch(
    second_after_s=0.3,
    second_level=0.55,
    fall_octaves=0.12,
    fall_s=0.06,
    rise_s=0.03,
    decay_s=0.45,
    dull_overtone=0.5,
    clear_overtone=1.6,
    level=0.5,
)

PULSE = record_dtype(
    [
        *numbers(PulsePatch),
        *floats(
            VOICES, "cycles", "cos", "sin", "age", "rise", "amplitude", "overtone", "left", "right",
            "sounding",
        ),
        ("quantum_s", np.float32),
        ("envelope", envelope_dtype(VOICES)),
    ],
)
"""Sixteen beats. cycles: cycles per frame to which the first thud sinks; age: seconds since the onset;
rise: seconds; amplitude: at the end of the last quantum; sounding: 1 until the last quantum is out."""


def prepare_pulse(
    record: np.void,
    sample_rate: int,
    seed: int,  # noqa: ARG001 - nothing here is random
    patch: PulsePatch,
) -> None:
    """Make a zeroed PULSE record the heart `patch`."""
    fill(record, patch)
    record["quantum_s"] = QUANTUM / sample_rate


@kernel
def start_pulse(record, voice, pitch, velocity, brightness, pan, attack_s, release_s, sample_rate):  # noqa: ARG001
    """Start a beat on an idle voice. Release time and length of the note do not matter."""
    record.cycles[voice] = hertz(min(max(pitch, LOWEST_PITCH), HIGHEST_PITCH)) / sample_rate
    record.cos[voice] = 1.0
    record.sin[voice] = 0.0
    record.age[voice] = 0.0
    record.rise[voice] = min(max(attack_s, record.rise_s), SLOWEST_RISE_S)
    record.amplitude[voice] = 0.0
    opened = min(max(brightness + 0.3 * (velocity - 0.5), 0.0), 1.0)
    record.overtone[voice] = record.dull_overtone + (record.clear_overtone - record.dull_overtone) * opened
    place(record, voice, record.level * loudness(velocity), pan)
    record.sounding[voice] = 1.0
    begin_stroke(record.envelope, voice, sample_rate)


@kernel
def thud(age, rise, decay_s):
    """Amplitude of a thud `age` seconds after its onset, before which it is silent. Eight lanes."""
    since = maximum(age, 0.0)
    u = minimum(since / rise, 1.0)
    return u * u * (3.0 - 2.0 * u) * exp2(since * (-LOG2_OF_1000 / decay_s))


@kernel
def render_beats(record, at, left, right, sample_rate, breath):  # noqa: ARG001
    """Add one quantum of eight beats to the lane buses."""
    level = advance(record.envelope, at)
    age = load(record.age, at) + record.quantum_s
    store(record.age, at, age)
    rise = load(record.rise, at)
    second_age = age - record.second_after_s
    second = second_age > 0.0
    thuds = thud(age, rise, record.decay_s) + record.second_level * thud(second_age, rise, record.decay_s)
    after = level * thuds
    since = select(second, second_age, age)
    octaves = record.fall_octaves * exp2(since * (-1.442695 / record.fall_s))
    turn_cos, turn_sin = rotation(load(record.cycles, at) * exp2(octaves))

    amplitude, slope = interpolated(record.amplitude, at, after)
    overtone = load(record.overtone, at)
    gain_left, gain_right = placed(record, at)
    cos, sin = phasor(record, at)
    for i in range(QUANTUM):
        cos, sin = turn(cos, sin, turn_cos, turn_sin)
        amplitude += slope
        # sin 2t, 3t and 4t are sin t times 2 cos t, 4 cos^2 t - 1 and 8 cos^3 t - 4 cos t.
        twice = cos + cos
        square = twice * twice
        overtones = twice + THIRD * (square - 1.0) + FOURTH * twice * (square - 2.0)
        y = amplitude * sin * (1.0 + overtone * overtones)
        add(left, right, i * WIDTH, y * gain_left, y * gain_right)
    keep_phasor(record, at, cos, sin, 1.0)

    fall_silent(record, at, after * record.level, select(second_age > record.decay_s, 1.0, 0.0))


render_pulse = in_groups(render_beats)
HEART = Playable(PULSE, partial(prepare_pulse, patch=SOFT_HEART), start_pulse, render_pulse)
