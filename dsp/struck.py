"""Struck sounds: a bank of ringing modes a voice, and the knock. Tables of modes make them instruments.

A mode is one oscillator under a straight line. The oscillator is the pair of leapfrog steps

    s += e c,   c -= e s,   e = 2 sin(w / 2)

which turns by exactly w a frame and keeps its length for ever (the determinant is one), in two
multiply-adds. Its level is computed once a quantum: two decays, as of the two directions in which a
string swings (Weinreich, "Coupled piano strings", JASA 62, 1977), the slower of which beats, as
strings and bowl modes that come in nearly equal pairs do. Eight modes to a vector.

No two strikes are alike: how strong each mode is, how it beats and on which side it stands is drawn a note.
The right ear hears the modes turned by part of a period against the left, which makes a note as wide as it is
in a room and costs little where both are heard as one. What strikes is heard too: noise under a band-pass.
"""

# pyright: basic

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from dsp.approximations import LOG2_OF_1000, cosine, exp2, exp2_scalar, log2, sine
from dsp.compiled import kernel
from dsp.crossing import sum_of
from dsp.envelope import ATTACK, IDLE, VOICES, begin_within, envelope_dtype
from dsp.filter import svf_coefficients, svf_step
from dsp.interpolation import interpolated
from dsp.lanes import (
    WIDTH,
    absolute,
    lane,
    load,
    load_int,
    minimum,
    select,
    splat,
    square_root,
    store,
    store_int,
    with_sign_of,
)
from dsp.mixing import add
from dsp.noise import as_dense, draw, noise_seeds, scrambled, white
from dsp.note import between, hertz, loudness, octaves_above_middle_c, placed, spread_gains
from dsp.oscillator import next_phase, phasor
from dsp.playable import Playable
from dsp.quantum import QUANTUM
from dsp.record import floats, record_dtype
from dsp.sounding import SILENCE, frame_by_frame, one_by_one

MODES = 24
"""Modes a voice: three vectors, whose steps hide one another's latency."""

HIGHEST_MODE = 0.42
"""Modes above this many cycles a frame stay silent."""


@dataclass(frozen=True, slots=True)
class StruckPatch:
    """A table of modes and how they answer to pitch, velocity and brightness. Values by ear."""

    ratios: tuple[float, ...]
    """Frequencies relative to the first mode, before stiffness; with the body's at most MODES."""
    amplitudes: tuple[float, ...]
    decays_s: tuple[float, ...]
    """Time to -60 dB of the slow decay of each mode, for a note at middle C."""
    body_hz: tuple[float, ...]
    """Modes of the body that is struck along, the same for every pitch."""
    body_amplitudes: tuple[float, ...]
    body_decays_s: tuple[float, ...]
    decay_octaves: float
    """Octaves of pitch in which decay times halve."""
    stiffness: float
    """Inharmonicity B at middle C: mode n of a stiff string is at n sqrt(1 + B n^2)."""
    fast_decay: float
    """Slow decay time over fast decay time."""
    slow_share: float
    """Share of a mode's first amplitude that belongs to the slow decay."""
    slowest_beat_hz: float
    fastest_beat_hz: float
    """Beating of the first mode; drawn a note."""
    beat_growth: float
    """Power of the ratio with which beating quickens for higher modes."""
    beat_depth: float
    """0 to 1: how far the slow part dips when its pair is out of phase."""
    softest_hz: float
    hardest_hz: float
    """Where the mallet or hammer begins to damp, at softness 1 and 0, for a note at middle C."""
    felt_tracking: float
    """Octaves of that frequency per octave of pitch."""
    velocity_hardness: float
    """Share of that range that velocity 0 to 1 opens; brightness opens all of it."""
    shortest_attack_s: float
    longest_attack_s: float
    shortest_release_s: float
    width: float
    """How far the modes stand apart between left and right, 0 to 1."""
    variety_octaves: float
    """How much stronger or weaker a mode may be from strike to strike, as a power of two; not the first."""
    knock_hz: float
    """Where the noise of what strikes lies, at middle hardness; half an octave either way at the ends."""
    knock: float
    """Its amplitude at hardness 1."""
    knock_s: float
    """Time in which it falls to 1/e."""
    level: float
    """Amplitude at velocity 1."""

    def fill(self, record: np.void) -> None:
        """Write the tables and numbers into a STRUCK record."""
        count = len(self.ratios)
        end = count + len(self.body_hz)
        record["ratio"] = 1.0
        record["mode_decay"] = 1.0
        record["ratio"][:count] = self.ratios
        record["strength"][:end] = self.amplitudes + self.body_amplitudes
        record["mode_decay"][:end] = self.decays_s + self.body_decays_s
        record["body"][count:end] = self.body_hz
        record["lane_pan"] = LANE_PANS
        for name in NUMBERS:
            record[name] = getattr(self, name)


NUMBERS = (
    "decay_octaves", "stiffness", "fast_decay", "slow_share", "slowest_beat_hz", "fastest_beat_hz",
    "beat_growth", "beat_depth", "softest_hz", "hardest_hz", "felt_tracking", "velocity_hardness",
    "shortest_attack_s", "longest_attack_s", "shortest_release_s", "width", "variety_octaves", "knock_hz",
    "knock", "knock_s", "level",
)

LANE_PANS = (0.0, 0.12, -0.2, 0.3, -0.4, 0.5, -0.6, 0.7)
"""Places of a voice's modes at width 1: wider with rising frequency (SCIENCE.md D4)."""

LEAST_TURN, MOST_TURN = 0.1, 0.15
"""Part of a period by which the right ear hears the modes before or after the left; drawn a note. Both as one
lose at most -20 log cos(pi MOST_TURN), 1 dB; their correlation is cos(2 pi turn), .81 to .59."""

KNOCK_DAMPING = 1.1
"""1/Q of the knock's band-pass: a thud or a tick, no tone."""

SOFTEST_KNOCK = 0.3
"""Of the knock's amplitude, at hardness 0."""

STRUCK = record_dtype(
    [
        *floats(MODES, "ratio", "strength", "mode_decay", "body"),
        ("lane_pan", np.float32, (WIDTH,)),
        *((name, np.float32) for name in NUMBERS),
        *floats(
            VOICES * MODES, "step", "cos", "sin", "amplitude", "fast", "slow", "fast_loss", "slow_loss",
            "beat", "beat_rate",
        ),
        *floats(VOICES * WIDTH, "left", "right", "low", "band"),
        ("noise", np.int32, (VOICES * WIDTH,)),
        *floats(VOICES, "turn_cos", "turn_sin", "knocking", "knock_shown", "knock_cycles", "sounding"),
        ("envelope", envelope_dtype(VOICES)),
        ("random", np.int64),
    ],
)
"""Sixteen voices of MODES modes, voice after voice.

step           e above
cos, sin       the oscillator; amplitude: its level at the end of the last quantum
fast, slow     amplitudes of the two decays; *_loss: their factors a quantum
beat           turns of the slow decay's beating; beat_rate: turns a quantum
left, right    gains of a voice's lanes; turn_cos/sin: of the angle between the ears
knocking       amplitude of the knock, whose noise and band-pass memory are noise, low, band; knock_shown: at
               the end of the last quantum; knock_cycles: its centre in cycles per frame
sounding       1 until a voice's last quantum is out
"""


def prepare_struck(record: np.void, sample_rate: int, seed: int, patch: StruckPatch) -> None:  # noqa: ARG001
    """Make a zeroed STRUCK record the instrument `patch`; the seed decides how its notes differ."""
    patch.fill(record)
    record["noise"] = noise_seeds(seed + 1, VOICES * WIDTH)
    record["random"] = noise_seeds(seed, 1)[0]


@kernel
def start_struck(record, voice, pitch, velocity, brightness, pan, attack_s, release_s, sample_rate):
    """Start a note on an idle voice, every mode at a zero crossing."""
    fundamental = hertz(pitch) / sample_rate
    octaves = octaves_above_middle_c(pitch)
    stiffness = record.stiffness * exp2_scalar(octaves * 1.2)
    shorter = exp2_scalar(octaves / record.decay_octaves)
    hardness = min(max(brightness + record.velocity_hardness * (velocity - 0.5), 0.0), 1.0)
    felt_hz = between(record.softest_hz, record.hardest_hz, hardness)
    felt = max(felt_hz * exp2_scalar(record.felt_tracking * octaves) / sample_rate, 0.5 * fundamental)
    weight = 1.0 + (fundamental / felt) * (fundamental / felt)  # felt dulls a note, it does not weaken it
    beat_rate = between(record.slowest_beat_hz, record.fastest_beat_hz, draw(record)) * QUANTUM / sample_rate
    slow_loss = -LOG2_OF_1000 * QUANTUM / sample_rate
    base = voice * MODES
    place = voice * WIDTH
    noise = load_int(record.noise, place)
    for k in range(0, MODES, WIDTH):
        ratio = load(record.ratio, k)
        cycles = fundamental * ratio * square_root((1.0 + stiffness * ratio * ratio) / (1.0 + stiffness))
        body = load(record.body, k)
        of_body = body > 0.0
        cycles = select(of_body, body / sample_rate, cycles)
        audible = cycles < HIGHEST_MODE
        cycles = minimum(cycles, HIGHEST_MODE)
        damped = cycles / felt
        strength = select(audible, load(record.strength, k) * weight / (1.0 + damped * damped), 0.0)
        decay = load(record.mode_decay, k) / select(of_body, 1.0, splat(shorter))
        varied = select(ratio > 1.0, splat(record.variety_octaves), 0.0)
        noise = scrambled(noise)
        slow = strength * exp2(varied * white(noise))
        noise = scrambled(noise)
        fast = strength * exp2(varied * white(noise))
        at = base + k
        store(record.step, at, 2.0 * sine(0.5 * cycles))
        store(record.cos, at, cosine(0.5 * cycles))
        store(record.sin, at, splat(0.0))
        store(record.amplitude, at, splat(0.0))
        store(record.slow, at, slow * record.slow_share)
        store(record.fast, at, fast * (1.0 - record.slow_share))
        store(record.slow_loss, at, exp2(slow_loss / decay))
        store(record.fast_loss, at, exp2(slow_loss * record.fast_decay / decay))
        store(record.beat, at, splat(0.0))
        store(record.beat_rate, at, beat_rate * exp2(record.beat_growth * log2(ratio)))
    gain = record.level * loudness(velocity)
    noise = scrambled(noise)
    store_int(record.noise, place, noise)
    side = with_sign_of(splat(record.width), white(noise))
    left, right = spread_gains(pan, side * load(record.lane_pan, 0))
    store(record.left, place, gain * left)
    store(record.right, place, gain * right)
    turned = LEAST_TURN + (MOST_TURN - LEAST_TURN) * draw(record)
    turned = turned if draw(record) < 0.5 else -turned
    record.turn_cos[voice] = lane(cosine(splat(turned)), 0)
    record.turn_sin[voice] = lane(sine(splat(turned)), 0)
    knock = record.knock * (SOFTEST_KNOCK + (1.0 - SOFTEST_KNOCK) * hardness)
    record.knocking[voice] = knock * as_dense(sample_rate)
    record.knock_shown[voice] = 0.0
    record.knock_cycles[voice] = record.knock_hz * exp2_scalar(hardness - 0.5) / sample_rate
    store(record.low, place, splat(0.0))
    store(record.band, place, splat(0.0))
    record.sounding[voice] = 1.0
    begin_within(record, voice, attack_s, release_s, sample_rate)


@kernel
def next_amplitude(record, at, level):
    """Level of eight modes at the end of this quantum; their decays and beats move on."""
    fast = load(record.fast, at) * load(record.fast_loss, at)
    slow = load(record.slow, at) * load(record.slow_loss, at)
    beat = next_phase(record.beat, record.beat_rate, at)
    store(record.fast, at, fast)
    store(record.slow, at, slow)
    return level * (fast + slow * (1.0 - record.beat_depth + record.beat_depth * cosine(beat)))


@kernel
def knock_frame(state, held):
    noise, band, low, shown = state
    p, q, r, slope = held
    noise = scrambled(noise)
    band, low = svf_step(white(noise), band, low, p, q, r)
    shown += slope
    return (noise, band, low, shown), shown * band


knock_frames = frame_by_frame(knock_frame)


@kernel
def render_knock(record, voice, left, right, sample_rate):
    """Add one quantum of what is heard of the hammer, mallet or nail; its noise differs from lane to lane."""
    place = voice * WIDTH
    loss = exp2_scalar(-1.442695 * QUANTUM / (record.knock_s * sample_rate))
    knocking = record.knocking[voice] * loss
    knocking = knocking if knocking > SILENCE else np.float32(0.0)
    record.knocking[voice] = knocking
    after = knocking * record.envelope.level[voice]
    shown = record.knock_shown[voice]
    record.knock_shown[voice] = after
    slope = (after - shown) * (1.0 / QUANTUM)
    p, q, r = svf_coefficients(splat(record.knock_cycles[voice]), splat(KNOCK_DAMPING))
    noise, band, low, _ = knock_frames(
        left, right, load(record.left, place), load(record.right, place),
        (load_int(record.noise, place), load(record.band, place), load(record.low, place), float(shown)),
        (p, q, r, slope),
    )  # fmt: skip
    store_int(record.noise, place, noise)
    store(record.low, place, low)
    store(record.band, place, band)


@kernel
def render_modes(record, voice, left, right):
    level = record.envelope.level[voice]
    at = voice * MODES
    at_b = at + WIDTH
    at_c = at + 2 * WIDTH
    after = next_amplitude(record, at, level)
    after_b = next_amplitude(record, at_b, level)
    after_c = next_amplitude(record, at_c, level)
    amplitude, slope = interpolated(record.amplitude, at, after)
    amplitude_b, slope_b = interpolated(record.amplitude, at_b, after_b)
    amplitude_c, slope_c = interpolated(record.amplitude, at_c, after_c)
    step = load(record.step, at)
    step_b = load(record.step, at_b)
    step_c = load(record.step, at_c)
    cos, sin = phasor(record, at)
    cos_b, sin_b = phasor(record, at_b)
    cos_c, sin_c = phasor(record, at_c)
    place = voice * WIDTH
    gain_left, gain_right = placed(record, place)
    turned = gain_right * record.turn_cos[voice]
    turned_on = gain_right * record.turn_sin[voice]
    for i in range(QUANTUM):
        sin += step * cos
        sin_b += step_b * cos_b
        sin_c += step_c * cos_c
        cos = cos - step * sin
        cos_b = cos_b - step_b * sin_b
        cos_c = cos_c - step_c * sin_c
        amplitude += slope
        amplitude_b += slope_b
        amplitude_c += slope_c
        modes = amplitude * sin + amplitude_b * sin_b + amplitude_c * sin_c
        ahead = amplitude * cos + amplitude_b * cos_b + amplitude_c * cos_c
        add(left, right, i * WIDTH, gain_left * modes, turned * modes + turned_on * ahead)
    store(record.cos, at, cos)
    store(record.cos, at_b, cos_b)
    store(record.cos, at_c, cos_c)
    store(record.sin, at, sin)
    store(record.sin, at_b, sin_b)
    store(record.sin, at_c, sin_c)
    stage = record.envelope.stage[voice]
    loudest = sum_of((absolute(after) + absolute(after_b) + absolute(after_c)) * (gain_left + gain_right))
    if stage != ATTACK and loudest < SILENCE:
        record.envelope.stage[voice] = IDLE
        record.envelope.level[voice] = 0.0


@kernel
def render_note(record, voice, left, right, sample_rate, breath):  # noqa: ARG001
    """Add one quantum of a note to the lane buses, and of what struck it."""
    if record.knocking[voice] > SILENCE or record.knock_shown[voice] > 0.0:
        render_knock(record, voice, left, right, sample_rate)
    render_modes(record, voice, left, right)


render_struck = one_by_one(render_note)


def struck(patch: StruckPatch) -> Playable:
    """The instrument that a table of modes is."""
    return Playable(STRUCK, partial(prepare_struck, patch=patch), start_struck, render_struck)
