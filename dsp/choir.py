"""A breathy choir: two singers a note, one in each ear, between oo and ah. Eight notes to a vector.

A singer is a glottal wave and breath, through three formants (Klatt, "Software for a cascade/parallel formant
synthesizer", JASA 67, 1980, here in parallel). The wave is a sawtooth whose harmonics fall off by a fixed
number of decibels a hertz: the softer a voice, the sooner. The breath is noise that the glottis lets through
once a period, which is why it is heard as one with the voice (Hermes, "Synthesis of breathy vowels", Speech
Communication 10, 1991). It comes before the tone and goes after it, and there is more of it while the breath
that leads the listener flows out; while it flows in, the vowel opens.

The two singers sway apart within bounds, as the pad's two sawtooths do, so a held note stands still. Vowels
stay as they are for a quantum: they move so slowly that no step is heard.
"""

# pyright: basic

from __future__ import annotations

import math

import numpy as np

from dsp.approximations import cosine, exp2, exp2_scalar, sine
from dsp.compiled import kernel
from dsp.crossing import any_of
from dsp.envelope import IDLE, VOICES, advance, begin, envelope_dtype
from dsp.filter import svf_coefficients, svf_step
from dsp.interpolation import interpolated
from dsp.lanes import (
    WIDTH,
    lane,
    load,
    load_int,
    maximum,
    minimum,
    splat,
    square_root,
    store,
    store_int,
)
from dsp.noise import as_dense, draw, noise_seeds, scrambled, white
from dsp.note import between, hertz, loudness, place, placed
from dsp.oscillator import highest_rolloff, keep_phasor, next_phase, saws_apart, swing, swinging
from dsp.playable import Playable
from dsp.quantum import QUANTUM
from dsp.record import floats, record_dtype
from dsp.texture import outflow

LOWEST_PITCH, HIGHEST_PITCH = 40.0, 84.0
"""MIDI numbers beyond which it sings at the limit: E2 to C6, what a choir's basses and sopranos are written
(Sundberg 1987). At home from G2 to G5, where nobody strains."""

VOWEL_HZ = ((337.0, 725.0), (650.0, 1115.0), (2615.0, 2725.0))
"""First three formants of oo and ah, between an alto's and a tenor's (Csound manual, "Formant Values")."""

VOWEL_DB = ((0.0, 0.0), (-16.0, -5.0), (-23.0, -13.0))
"""Their levels, from the same table."""

DAMPINGS = (0.6, 0.26, 0.14)
"""1/Q of each: about three times as wide as in that table, since breath widens a formant and the singers of a
choir do not agree on it. By ear."""

LOG2_HZ = tuple(math.log2(oo) for oo, _ in VOWEL_HZ)
OPENING = tuple(math.log2(ah / oo) for oo, ah in VOWEL_HZ)
LOG2_GAIN = tuple(oo / 20.0 * math.log2(10.0) for oo, _ in VOWEL_DB)
GAIN_OPENING = tuple((ah - oo) / 20.0 * math.log2(10.0) for oo, ah in VOWEL_DB)
"""Formants and their gains as powers of two, and how far they move from oo to ah."""

OVER_FUNDAMENTAL = 1.15
"""The first formant stays so far over the tone itself: a singer opens the mouth rather than let the tone rise
past it (Sundberg, The Science of the Singing Voice, 1987)."""

SOFTEST_HZ, FULLEST_HZ = 400.0, 5500.0
EFFORT_OCTAVES = math.log2(FULLEST_HZ / SOFTEST_HZ)
"""Band in which a harmonic of the glottal wave loses 6 dB over the sawtooth's own fall, at effort 0 and 1.
By ear."""

LEAST_ROLLOFF = 0.05
"""Of a tone as high as it is soft; keeps what divides by it finite."""

VELOCITY_EFFORT = 1.1
"""Share of effort and vowel that velocity 0 to 1 opens beside brightness."""

BREATH_VOWEL = 0.15
"""How far the vowel opens with full lungs, and closes with empty ones. By ear."""

VOWEL_DRIFT = 0.12
"""How far each singer's vowel drifts by itself. By ear."""

AIR = 0.15
"""Amplitude of breath against a fundamental of one. By ear."""

OUTFLOW = 0.8
"""Powers of two by which more breath is heard where most air flows out: 5 dB. By ear, as the wind's."""

GATE = 0.7
"""How far the glottis shuts the breath off once a period. By ear."""

BRILLIANCE = 0.3
"""Of what lies over the third formant. By ear."""

SWAY_TURNS = 0.09
"""How far the two singers swing from the middle. A tone heard in mono loses at most 1.5 dB
(dsp.sustained.SustainedPatch)."""

DRIFT_CENTS, VIBRATO_CENTS = 5.0, 6.0
"""Wandering of the pitch (SCIENCE.md D4: 4 to 7 cents), and a vibrato that comes and goes, small enough to
be heard as warmth. By ear."""

CENTS = 0.6931471805599453 / 1200.0
"""Natural logarithm of a cent: for small drifts 2^(c/1200) is 1 + c CENTS."""

SLOWEST_HZ, FASTEST_HZ = 0.04, 0.13
"""Rates of drift and sway (SCIENCE.md D4: 0.03 to 0.15)."""

VIBRATO_HZ = 4.4
VIBRATO_RANGE_HZ = 0.9
"""Slowest vibrato, and how much quicker it may be: singers', at its slow end (Sundberg 1987: 5 to 7)."""

SHORTEST_ATTACK_S, SHORTEST_RELEASE_S = 0.18, 0.35
"""No consonants: a voice swells and fades. By ear, far over SCIENCE.md D1's least."""

HELD_S = 1.0e4
"""Decay time of the envelope, without effect: voices are held at their full level."""

LEVEL = 0.11
"""Amplitude at velocity 1: as loud as the pad at middle C, by measurement (benchmarks/single_notes.py)."""

LANES = (
    "cycles", "cos", "sin", "rolloff", "sway", "sway_rate", "sway_cos", "sway_sin", "drift", "drift_rate",
    "vibrato", "vibrato_rate", "opened", "highest", "tone", "air", "left", "right",
)  # fmt: skip
MEMORIES = 12
"""Two of each formant's filter, in each ear."""

CHOIR_VOICES = record_dtype(
    [
        *floats(VOICES, *LANES),
        ("memory", np.float32, (MEMORIES * VOICES,)),
        ("noise", np.int32, (2 * VOICES,)),
        ("envelope", envelope_dtype(VOICES)),
        ("channel_brightness", np.float32),
        ("breath", np.float64),
        ("random", np.int64),
    ],
)
"""Sixteen notes, lane by lane. Held ones follow `channel_brightness`, which dsp.parts keeps up to date.

cycles           pitch in cycles per frame; cos, sin: phasor between the two singers, of length one
rolloff          `a` of the sawtooth equation (dsp.oscillator) at the end of the last quantum; highest: bound
sway             turns, of the swing between them; sway_rate: turns a quantum
sway_cos/sin     of the angle between each of them and the phasor, at the end of the last quantum
drift, vibrato   turns; *_rate: turns a quantum
opened           brightness of the note over its channel's
tone, air        amplitudes at the end of the last quantum
left, right      gains, panning and velocity included
memory           of the formants' filters, band and low in turn, all of the left ear and then of the right
noise            of the left ear and then of the right
breath           a quantum ago
"""


def prepare_choir(record: np.void, sample_rate: int, seed: int) -> None:  # noqa: ARG001
    """Seed a zeroed CHOIR_VOICES record."""
    record["noise"] = noise_seeds(seed, 2 * VOICES)
    record["random"] = noise_seeds(seed + 1, 1)[0]
    record["cos"] = 1.0
    record["rolloff"] = record["highest"] = LEAST_ROLLOFF
    record["sway_cos"] = 1.0


@kernel
def start_choir(record, voice, pitch, velocity, brightness, pan, attack_s, release_s, sample_rate):
    """Start a note on an idle voice, its wave where it crosses zero on a slope."""
    cycles = hertz(min(max(pitch, LOWEST_PITCH), HIGHEST_PITCH)) / sample_rate
    record.cycles[voice] = cycles
    record.cos[voice] = -1.0
    record.sin[voice] = 0.0
    record.highest[voice] = highest_rolloff(cycles)
    record.sway[voice] = draw(record)
    record.drift[voice] = draw(record)
    record.vibrato[voice] = draw(record)
    a_quantum = QUANTUM / sample_rate
    record.sway_rate[voice] = between(SLOWEST_HZ, FASTEST_HZ, draw(record)) * a_quantum
    record.drift_rate[voice] = between(SLOWEST_HZ, FASTEST_HZ, draw(record)) * a_quantum
    record.vibrato_rate[voice] = (VIBRATO_HZ + VIBRATO_RANGE_HZ * draw(record)) * a_quantum
    apart = SWAY_TURNS * sine(splat(record.sway[voice]))
    record.sway_cos[voice] = lane(cosine(apart), 0)
    record.sway_sin[voice] = lane(sine(apart), 0)
    opened = brightness - record.channel_brightness + VELOCITY_EFFORT * (velocity - 0.5)
    record.opened[voice] = opened
    effort = min(max(opened + record.channel_brightness, 0.0), 1.0)
    wanted = exp2_scalar(-cycles * sample_rate / between(SOFTEST_HZ, FULLEST_HZ, effort))
    record.rolloff[voice] = min(max(wanted, LEAST_ROLLOFF), record.highest[voice])
    record.tone[voice] = 0.0
    record.air[voice] = 0.0
    for number in range(MEMORIES):
        record.memory[number * VOICES + voice] = 0.0
    place(record, voice, LEVEL * loudness(velocity), pan)
    begin(
        record.envelope, voice, max(attack_s, SHORTEST_ATTACK_S), HELD_S, 1.0,
        max(release_s, SHORTEST_RELEASE_S), sample_rate,
    )


@kernel
def formant(number, vowel):
    """(Hz, gain) of a formant on a vowel from 0 (oo) to 1 (ah). Eight lanes."""
    hz = exp2(LOG2_HZ[number] + OPENING[number] * vowel)
    return hz, exp2(LOG2_GAIN[number] + GAIN_OPENING[number] * vowel)


@kernel
def render_choir(record, left, right, sample_rate, breath):
    """Add one quantum of every sounding note to the lane buses; `breath` -1 (lungs empty) to 1 (full)."""
    flow = outflow(record, breath)
    for at in range(0, VOICES, WIDTH):
        if any_of(load(record.envelope.stage, at) > IDLE):
            render_notes(record, at, left, right, sample_rate, breath, flow)


@kernel
def sung(tone, breath, memory, coefficients, gains):
    """(sound, memory) one frame later, of one ear's eight singers.

    tone, breath    what comes from the glottis; breath begins where the second formant does
    memory          (band, low) of each formant's filter
    coefficients    (p, q, r) of each
    gains           of the low-pass that is the first formant, of the band-passes that are the second and the
                    third, and of what lies over them; the second is turned over, as what passes the first is
                    by then, so that neighbours never cancel
    """
    band_1, low_1, band_2, low_2, band_3, low_3 = memory
    first, second, third = coefficients
    both = tone + breath
    heard = low_1 * gains[0] - band_2 * gains[1] + band_3 * gains[2]
    over = DAMPINGS[2] * band_3 + low_3
    band_1, low_1 = svf_step(tone, band_1, low_1, first[0], first[1], first[2])
    band_2, low_2 = svf_step(both, band_2, low_2, second[0], second[1], second[2])
    band_3, low_3 = svf_step(both, band_3, low_3, third[0], third[1], third[2])
    heard = heard + low_1 * gains[0] - band_2 * gains[1] + band_3 * gains[2]
    over = both - 0.5 * (over + DAMPINGS[2] * band_3 + low_3)
    return heard + gains[3] * over, (band_1, low_1, band_2, low_2, band_3, low_3)


@kernel
def recalled(memory, at):
    """The memories of one ear, eight lanes each."""
    return (
        load(memory, at), load(memory, at + VOICES), load(memory, at + 2 * VOICES),
        load(memory, at + 3 * VOICES), load(memory, at + 4 * VOICES), load(memory, at + 5 * VOICES),
    )  # fmt: skip


@kernel
def kept(memory, at, values):
    """Store them again."""
    for number in range(MEMORIES // 2):
        store(memory, at + number * VOICES, values[number])


@kernel
def render_notes(record, at, left, right, sample_rate, breath, flow):
    level = advance(record.envelope, at)
    drift = next_phase(record.drift, record.drift_rate, at)
    vibrato = next_phase(record.vibrato, record.vibrato_rate, at)
    apart = SWAY_TURNS * sine(next_phase(record.sway, record.sway_rate, at))
    wander = sine(drift)
    trembling = (0.5 * VIBRATO_CENTS) * (1.0 + wander) * level * sine(vibrato)
    cycles = load(record.cycles, at) * (1.0 + CENTS * (DRIFT_CENTS * wander + trembling))

    opened = record.channel_brightness + load(record.opened, at)
    vowel = opened + BREATH_VOWEL * breath + VOWEL_DRIFT * sine(drift * 2.0 + 0.3)
    vowel = minimum(maximum(vowel, 0.0), 1.0)
    f0 = cycles * sample_rate
    hz_1, gain_1 = formant(0, vowel)
    hz_2, gain_2 = formant(1, vowel)
    hz_3, gain_3 = formant(2, vowel)
    opens = maximum(1.0, OVER_FUNDAMENTAL * f0 / hz_1)
    coefficients = (
        svf_coefficients(hz_1 * opens / sample_rate, splat(DAMPINGS[0])),
        svf_coefficients(maximum(hz_2, hz_1 * opens) / sample_rate, splat(DAMPINGS[1])),
        svf_coefficients(hz_3 / sample_rate, splat(DAMPINGS[2])),
    )
    gains = (
        0.5 * gain_1,
        (0.5 * DAMPINGS[1]) * gain_2,
        (0.5 * DAMPINGS[2]) * gain_3,
        BRILLIANCE * gain_3,
    )

    effort = minimum(maximum(opened, 0.0), 1.0)
    tilt_hz = SOFTEST_HZ * exp2(effort * EFFORT_OCTAVES)
    rolloff_after = minimum(maximum(exp2(-1.0 * f0 / tilt_hz), LEAST_ROLLOFF), load(record.highest, at))
    tone_after = level / rolloff_after
    air = AIR * as_dense(sample_rate) * exp2_scalar(OUTFLOW * flow)
    air_after = square_root(maximum(level, 0.0)) * air
    rolloff, rolloff_step = interpolated(record.rolloff, at, rolloff_after)
    tone, tone_step = interpolated(record.tone, at, tone_after)
    air, air_step = interpolated(record.air, at, air_after)
    apart_cos, apart_cos_step = interpolated(record.sway_cos, at, cosine(apart))
    apart_sin, apart_sin_step = interpolated(record.sway_sin, at, sine(apart))

    cos, sin, cos_step, sin_step, twice_versine = swinging(record, at, cycles)
    noise_left = load_int(record.noise, at)
    noise_right = load_int(record.noise, at + VOICES)
    in_right = at + (MEMORIES // 2) * VOICES
    memory_left = recalled(record.memory, at)
    memory_right = recalled(record.memory, in_right)
    gain_left, gain_right = placed(record, at)
    for i in range(QUANTUM):
        cos, sin, cos_step, sin_step = swing(cos, sin, cos_step, sin_step, twice_versine)
        rolloff += rolloff_step
        apart_cos += apart_cos_step
        apart_sin += apart_sin_step
        x, sin_x, y, sin_y = saws_apart(rolloff * cos, rolloff * sin, apart_cos, apart_sin)
        noise_left = scrambled(noise_left)
        noise_right = scrambled(noise_right)
        air += air_step
        shut = GATE * air
        breath_left = white(noise_left) * (air + shut * sin_x)
        breath_right = white(noise_right) * (air + shut * sin_y)
        tone += tone_step
        x, memory_left = sung(x * tone, breath_left, memory_left, coefficients, gains)
        y, memory_right = sung(y * tone, breath_right, memory_right, coefficients, gains)
        bus = i * WIDTH
        store(left, bus, load(left, bus) + x * gain_left)
        store(right, bus, load(right, bus) + y * gain_right)

    keep_phasor(record, at, cos, sin, 1.0)
    store_int(record.noise, at, noise_left)
    store_int(record.noise, at + VOICES, noise_right)
    kept(record.memory, at, memory_left)
    kept(record.memory, in_right, memory_right)


CHOIR = Playable(CHOIR_VOICES, prepare_choir, start_choir, render_choir)
