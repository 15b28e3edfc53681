"""Sustained voices: a pair of detuned sawtooths through a low-pass that breathes. Warm pad and low drone.

Eight voices to a vector. What changes slowly (envelope, drift, cutoff) is computed once a quantum
and drawn as a straight line through it; the frame loop holds only the phasors, one arctangent, the
filter and the mix.
"""

# pyright: basic

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from dsp.approximations import exp2_scalar, sine
from dsp.compiled import kernel
from dsp.crossing import any_of
from dsp.envelope import IDLE, VOICES, advance, begin, envelope_dtype
from dsp.filter import svf_coefficients, svf_step
from dsp.lanes import WIDTH, floor, lane, load, splat, store
from dsp.noise import draw, noise_seeds
from dsp.note import between, hertz, loudness, octaves_above_middle_c, pan_gains
from dsp.oscillator import (
    backward_steps,
    cosine_sweep,
    highest_rolloff,
    kept_length,
    rotation,
    saw_pair,
    swing,
)
from dsp.playable import Playable
from dsp.quantum import QUANTUM
from dsp.record import record_dtype

CENTS = 0.6931471805599453 / 1200.0
"""Natural logarithm of a cent: for small drifts 2^(c/1200) is 1 + c CENTS."""

DRIFT_TURNS = 13.0
GOLDEN_RATIO = 21.0 / DRIFT_TURNS
"""Ratio of the two sines of a drift, near the one that fractions approximate least well. After thirteen
turns of the first the second has made a whole number too: there the phase may go back to zero."""

SHORTEST_ATTACK_S = 0.03
"""Pads never speak faster than this, whatever they are asked (SCIENCE.md D1: never under 10 ms)."""

SLOWEST_DRIFT_HZ, FASTEST_DRIFT_HZ = 0.03, 0.15
"""Rates of drift and of the breathing cutoff (SCIENCE.md D4)."""

SPLIT_AT_START = 0.12
"""Turns by which the two sawtooths of a new note may already stand apart: never so far as an octave."""


@dataclass(frozen=True, slots=True)
class SustainedPatch:
    """What tells one sustained instrument from another. The values are our own, by ear."""

    detune_cents: float
    """Half the distance between the two sawtooths of a voice."""
    drift_cents: float
    """How far a voice wanders from its pitch (SCIENCE.md D4: 4 to 7)."""
    body: float
    """Level of an added sine at the fundamental."""
    resonance: float
    """Q of the low-pass."""
    sweep: float
    """Share of the cutoff by which it breathes up and down, 0 to 1."""
    darkest_hz: float
    brightest_hz: float
    """Cutoff at channel brightness 0 and 1, for a note at middle C."""
    keyboard_tracking: float
    """Octaves of cutoff per octave of pitch."""
    decay_s: float
    sustain: float
    """Envelope decay and the level it decays to, 0 to 1."""
    level: float
    """Amplitude at velocity 1."""
    velocity_brightness: float
    """Share of the brightness range that velocity 0 to 1 opens."""

    def to_row(self) -> tuple[float, ...]:
        """In the order of PATCH."""
        return (
            self.detune_cents, self.drift_cents, self.body, 1.0 / self.resonance, self.sweep,
            self.darkest_hz, self.brightest_hz, self.keyboard_tracking, self.decay_s, self.sustain,
            self.level, self.velocity_brightness,
        )


WARM_PAD = SustainedPatch(
    detune_cents=7.0, drift_cents=4.0, body=2.2, resonance=0.8, sweep=0.12,
    darkest_hz=260.0, brightest_hz=2800.0, keyboard_tracking=0.5,
    decay_s=3.0, sustain=0.97, level=0.049, velocity_brightness=0.3,
)

LOW_DRONE = SustainedPatch(
    detune_cents=6.0, drift_cents=4.0, body=6.0, resonance=0.7, sweep=0.25,
    darkest_hz=140.0, brightest_hz=900.0, keyboard_tracking=0.35,
    decay_s=6.0, sustain=0.97, level=0.028, velocity_brightness=0.2,
)


PATCH = np.dtype(
    [
        (name, np.float32)
        for name in (
            "detune_cents", "drift_cents", "body", "damping", "sweep", "darkest_hz", "brightest_hz",
            "keyboard_tracking", "decay_s", "sustain", "level", "velocity_brightness",
        )
    ]
)


def sustained_dtype(voices: int) -> np.dtype:
    """Record of `voices` sustained voices (a multiple of 8), lane by lane.

    cycles            pitch in cycles per frame
    cos, sin          phasor of length a between the two sawtooths
    split             turns by which each of them has run away from it
    low, band         filter memory; p, q, r: its coefficients at the end of the last quantum
    cutoff            cycles per frame, before the sweep
    rolloff           `a` of the sawtooth equation
    sweep_phase/rate  turns, turns per quantum; drift likewise, wrapped at DRIFT_TURNS
    left, right       gains, panning and velocity included
    """
    lanes = (
        "cycles", "cos", "sin", "split", "low", "band", "p", "q", "r", "cutoff", "rolloff",
        "sweep_phase", "sweep_rate", "drift_phase", "drift_rate", "left", "right",
    )
    return record_dtype(
        [
            *((name, np.float32, (voices,)) for name in lanes),
            ("envelope", envelope_dtype(voices)),
            ("patch", PATCH),
            ("random", np.int64),
        ],
    )


def prepare_sustained(voices: np.void, sample_rate: int, seed: int, patch: SustainedPatch) -> None:  # noqa: ARG001
    """Make a zeroed record the instrument `patch`; the seed decides how its notes drift."""
    voices["patch"] = patch.to_row()
    voices["random"] = noise_seeds(seed, 1)[0]
    voices["rolloff"] = 0.5
    voices["cos"] = 0.5


@kernel
def start_sustained(voices, voice, pitch, velocity, brightness, pan, attack_s, release_s, sample_rate):
    """Start a note on an idle voice.

    Its phase is where both sawtooths together cross zero on a slope, half a turn from their jump.
    """
    patch = voices.patch
    cycles = hertz(pitch) / sample_rate
    rolloff = highest_rolloff(cycles)
    voices.cycles[voice] = cycles
    voices.rolloff[voice] = rolloff
    voices.cos[voice] = -rolloff
    voices.sin[voice] = 0.0
    voices.split[voice] = SPLIT_AT_START * (2.0 * draw(voices) - 1.0)
    voices.drift_phase[voice] = DRIFT_TURNS * draw(voices)
    voices.drift_rate[voice] = slow_rate(draw(voices), sample_rate)
    voices.sweep_phase[voice] = draw(voices)
    voices.sweep_rate[voice] = slow_rate(draw(voices), sample_rate)

    opened = min(max(brightness + patch.velocity_brightness * (velocity - 0.5), 0.0), 1.0)
    tracked = exp2_scalar(patch.keyboard_tracking * octaves_above_middle_c(pitch))
    voices.cutoff[voice] = between(patch.darkest_hz, patch.brightest_hz, opened) * tracked / sample_rate
    sweep = lane(sine(splat(voices.sweep_phase[voice])), 0)
    p, q, r = svf_coefficients(splat(voices.cutoff[voice] * (1.0 + patch.sweep * sweep)), patch.damping)
    voices.p[voice] = lane(p, 0)
    voices.q[voice] = lane(q, 0)
    voices.r[voice] = lane(r, 0)
    voices.low[voice] = 0.0
    voices.band[voice] = 0.0

    gain = patch.level * loudness(velocity)
    left, right = pan_gains(pan)
    voices.left[voice] = gain * left
    voices.right[voice] = gain * right
    begin(
        voices.envelope, voice, max(attack_s, SHORTEST_ATTACK_S), patch.decay_s, patch.sustain, release_s,
        sample_rate,
    )


@kernel
def slow_rate(share, sample_rate):
    """Turns a quantum of a drift; `share` from 0 (slowest) to 1."""
    return between(SLOWEST_DRIFT_HZ, FASTEST_DRIFT_HZ, share) * QUANTUM / sample_rate


@kernel
def render_sustained(voices, count, left, right):
    """Add one quantum of the first `count` voices to the lane buses `left` and `right`.

    The buses hold QUANTUM vectors: lane k of frame i is at [8 i + k]. Groups of eight silent voices
    cost nothing.
    """
    patch = voices.patch
    for at in range(0, count, WIDTH):
        before = load(voices.envelope.level, at)
        if not any_of(load(voices.envelope.stage, at) > IDLE):
            continue
        after = advance(voices.envelope, at)

        drift_phase = load(voices.drift_phase, at) + load(voices.drift_rate, at)
        store(voices.drift_phase, at, drift_phase - DRIFT_TURNS * floor(drift_phase * (1.0 / DRIFT_TURNS)))
        wander = 0.6 * sine(drift_phase) + 0.4 * sine(drift_phase * GOLDEN_RATIO + 0.3)
        cycles = load(voices.cycles, at) * (1.0 + (patch.drift_cents * CENTS) * wander)
        versine, rotation_sine = rotation(cycles)
        split_step = cycles * (patch.detune_cents * CENTS)
        split_phase = load(voices.split, at)
        split, split_slope, split_bend = cosine_sweep(split_phase, split_step)
        split_phase += split_step * QUANTUM
        store(voices.split, at, split_phase - floor(split_phase))

        sweep_phase = load(voices.sweep_phase, at) + load(voices.sweep_rate, at)
        sweep_phase = sweep_phase - floor(sweep_phase)
        store(voices.sweep_phase, at, sweep_phase)
        cutoff = load(voices.cutoff, at) * (1.0 + patch.sweep * sine(sweep_phase))
        p_after, q_after, r_after = svf_coefficients(cutoff, patch.damping)
        p = load(voices.p, at)
        q = load(voices.q, at)
        r = load(voices.r, at)
        store(voices.p, at, p_after)
        store(voices.q, at, q_after)
        store(voices.r, at, r_after)

        step = 1.0 / QUANTUM
        p_step = (p_after - p) * step
        q_step = (q_after - q) * step
        r_step = (r_after - r) * step
        amplitude = before
        amplitude_step = (after - before) * step
        rolloff = load(voices.rolloff, at)
        half_remainder = 0.5 - 0.5 * rolloff * rolloff
        body = patch.body / rolloff
        cos = load(voices.cos, at)
        sin = load(voices.sin, at)
        cos_step, sin_step = backward_steps(cos, sin, versine, rotation_sine)
        twice_versine = versine + versine
        low_memory = load(voices.low, at)
        band_memory = load(voices.band, at)
        gain_left = 0.5 * load(voices.left, at)
        gain_right = 0.5 * load(voices.right, at)
        for i in range(QUANTUM):
            cos, cos_step = swing(cos, cos_step, twice_versine)
            sin, sin_step = swing(sin, sin_step, twice_versine)
            x = saw_pair(cos, sin, split, half_remainder) + body * sin
            split += split_slope
            split_slope += split_bend
            p += p_step
            q += q_step
            r += r_step
            amplitude += amplitude_step
            before = low_memory
            band_memory, low_memory = svf_step(x * amplitude, band_memory, low_memory, p, q, r)
            low = before + low_memory
            bus = i * WIDTH
            store(left, bus, load(left, bus) + low * gain_left)
            store(right, bus, load(right, bus) + low * gain_right)

        kept = kept_length(cos, sin, rolloff)
        store(voices.cos, at, cos * kept)
        store(voices.sin, at, sin * kept)
        store(voices.low, at, low_memory)
        store(voices.band, at, band_memory)


@kernel
def render_instrument(voices, left, right, sample_rate, breath):  # noqa: ARG001
    """Add one quantum of an instrument's VOICES."""
    render_sustained(voices, VOICES, left, right)


SUSTAINED = sustained_dtype(VOICES)

PAD = Playable(SUSTAINED, partial(prepare_sustained, patch=WARM_PAD), start_sustained, render_instrument)
DRONE = Playable(SUSTAINED, partial(prepare_sustained, patch=LOW_DRONE), start_sustained, render_instrument)
