"""Sustained voices: two sawtooths that sway apart, through a low-pass that breathes. Warm pad and low drone.

The two never run away from each other as detuned ones do, which would cancel at every beat: the angle
between them swings within bounds, so a held note stands still. Each ear has one of them, through a filter of
its own, and the sound is wide for it: the pad from its fundamental on, the drone, whose two swing by less,
from its third partial on, with what is lowest in the middle, as low tones should be.

A chord stands still too, and pad and drone together. Tones whole octaves apart share partials, which would
come and go with every beat. So all wander by one clock, and begin in the phase that this clock has for their
pitch and a quarter turn: with t that of the lowest, the others have 2^k t + 1/4, and each two of them are a
quarter turn apart, or three, at the fundamental of the upper one. What one ear gains by their sway the other
loses, and their powers add up.

Eight voices to a vector. What changes slowly (envelope, drift, sway, cutoff) is computed once a quantum
and drawn as a straight line through it; the frame loop holds only the phasors, an arctangent and a filter
for each ear, and the mix.
"""

# pyright: basic

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from dsp.approximations import cosine, exp2, exp2_scalar, sine
from dsp.compiled import kernel
from dsp.crossing import any_of
from dsp.envelope import IDLE, VOICES, advance, begin, envelope_dtype
from dsp.filter import svf_coefficients, svf_step
from dsp.interpolation import interpolated
from dsp.lanes import WIDTH, lane, load, maximum, minimum, splat, store
from dsp.noise import draw, noise_seeds
from dsp.note import between, hertz, loudness, octaves_above_middle_c, place
from dsp.oscillator import (
    TURN,
    highest_rolloff,
    keep_phasor,
    next_phase,
    saw_pair,
    saws_apart,
    swing,
    swinging,
)
from dsp.playable import Playable
from dsp.quantum import QUANTUM
from dsp.record import floats, record_dtype

CENTS = 0.6931471805599453 / 1200.0
"""Natural logarithm of a cent: for small drifts 2^(c/1200) is 1 + c CENTS."""

DRIFT_HZ = 0.07
SLOWEST_SWEEP_HZ, FASTEST_SWEEP_HZ = 0.03, 0.15
"""Rates of the drift and of the breathing cutoff (SCIENCE.md D4)."""

SWAYS_A_SWEEP = 2.0
"""The sawtooths sway at 0.06 to 0.3 Hz: so many times as quick."""

DRIFT_TURNS = 13.0
GOLDEN_RATIO = 21.0 / DRIFT_TURNS
"""Ratio of the two sines of a drift, near the one that fractions approximate least well. After thirteen
turns of the first the second has made a whole number too: there the phase may go back to zero."""

SHORTEST_ATTACK_S = 0.03
"""Pads never speak faster than this, whatever they are asked (SCIENCE.md D1: never under 10 ms)."""

OCTAVE = 12.0
"""Semitones."""


@dataclass(frozen=True, slots=True)
class SustainedPatch:
    """What tells one sustained instrument from another. The values are our own, by ear."""

    sway_turns: float
    """How far each of the two sawtooths swings from the middle. A tone's fundamental then loses at most
    -20 log cos(2 pi sway_turns) dB where both are heard as one: 1.3 dB at 0.085."""
    drift_cents: float
    """How far all voices together wander from their pitch (SCIENCE.md D4: 4 to 7); the same for instruments
    that shall stand still together."""
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
    edge: float = 0.0
    """Of the same filter's band-pass, added to its low-pass: 0 to 1. Tones above the cutoff then fall off
    by 6 dB an octave less. Only where each ear has its own filter."""
    clear: float = 0.0
    """Of the unfiltered sawtooth, mixed in at full brightness, 0 to 1: above the cutoff tones then fall off
    by 6 dB an octave, as those of strings do. Only where each ear has its own filter."""
    breath_octaves: float = 0.0
    """Octaves of cutoff from the middle of a breath to full lungs, and as many down to empty ones."""

    def to_row(self) -> tuple[float, ...]:
        """In the order of PATCH."""
        return (
            self.sway_turns, self.drift_cents, self.body, 1.0 / self.resonance, self.sweep, self.darkest_hz,
            math.log2(self.brightest_hz / self.darkest_hz), self.keyboard_tracking, self.decay_s,
            self.sustain, self.level, self.velocity_brightness, self.edge, self.clear,
            self.breath_octaves,
        )


WARM_PAD = SustainedPatch(
    sway_turns=0.085, drift_cents=4.0, body=0.3, resonance=0.8, sweep=0.12,
    darkest_hz=320.0, brightest_hz=4500.0, keyboard_tracking=0.5,
    decay_s=3.0, sustain=0.97, level=0.12, velocity_brightness=0.3, edge=0.5, clear=0.3, breath_octaves=0.3,
)

LOW_DRONE = SustainedPatch(
    sway_turns=0.04, drift_cents=4.0, body=3.0, resonance=0.7, sweep=0.25,
    darkest_hz=140.0, brightest_hz=900.0, keyboard_tracking=0.35,
    decay_s=6.0, sustain=0.97, level=0.056, velocity_brightness=0.2,
)


PATCH = np.dtype(
    [
        (name, np.float32)
        for name in (
            "sway_turns", "drift_cents", "body", "damping", "sweep", "darkest_hz", "octaves",
            "keyboard_tracking", "decay_s", "sustain", "level", "velocity_brightness", "edge", "clear",
            "breath_octaves",
        )
    ]
)


def sustained_dtype(voices: int) -> np.dtype:
    """Record of `voices` sustained voices (a multiple of 8), lane by lane.

    Held notes follow `channel_brightness` and `frame`, the sound's clock, which dsp.parts keeps up to date.

    cycles            pitch in cycles per frame
    cos, sin          phasor of length a between the two sawtooths
    sway              turns, of the swing between them; sway_rate: turns a quantum
    sway_cos/sin      of the angle between each of them and the phasor, at the end of the last quantum
    low, band         filter memory, of the left ear's filter where there are two
    low_2, band_2     of the right ear's; p, q, r: coefficients at the end of the last quantum
    opened            brightness of the note over its channel's; tracked: cutoff in cycles per frame for 1 Hz
    rolloff           `a` of the sawtooth equation
    sweep_phase/rate  turns, turns per quantum; drift_rate: turns per frame
    left, right       gains, panning and velocity included
    """
    lanes = (
        "cycles", "cos", "sin", "sway", "sway_rate", "sway_cos", "sway_sin", "low", "band", "low_2", "band_2",
        "p", "q", "r", "opened", "tracked", "rolloff", "sweep_phase", "sweep_rate", "left", "right",
    )
    return record_dtype(
        [
            *floats(voices, *lanes),
            ("envelope", envelope_dtype(voices)),
            ("patch", PATCH),
            ("channel_brightness", np.float32),
            ("frame", np.int64),
            ("drift_rate", np.float64),
            ("random", np.int64),
        ],
    )


def prepare_sustained(voices: np.void, sample_rate: int, seed: int, patch: SustainedPatch) -> None:
    """Make a zeroed record the instrument `patch`; the seed decides how its notes drift."""
    voices["patch"] = patch.to_row()
    voices["random"] = noise_seeds(seed, 1)[0]
    voices["rolloff"] = 0.5
    voices["cos"] = 0.5
    voices["sway_cos"] = 1.0
    voices["drift_rate"] = DRIFT_HZ / sample_rate


@kernel
def start_sustained(voices, voice, pitch, velocity, brightness, pan, attack_s, release_s, sample_rate):
    """Start a note on an idle voice, in the phase that the clock has for its pitch.

    Where that pitch sounds already, it begins a quarter turn from it.
    """
    patch = voices.patch
    octaves = max(int(pitch / OCTAVE), 0)
    lowest = float(np.float32(hertz(pitch - OCTAVE * octaves) / sample_rate))
    cycles = lowest * (1 << octaves)
    rolloff = highest_rolloff(cycles)
    turns = cycles * clock(voices.frame, patch.drift_cents, voices.drift_rate)
    phase = splat(turns - int(turns) + (0.5 if sounds(voices, cycles) else 0.25))
    voices.cycles[voice] = cycles
    voices.rolloff[voice] = rolloff
    voices.cos[voice] = rolloff * lane(cosine(phase), 0)
    voices.sin[voice] = rolloff * lane(sine(phase), 0)
    voices.sway[voice] = draw(voices)
    voices.sway_rate[voice] = SWAYS_A_SWEEP * slow_rate(draw(voices), sample_rate)
    apart = patch.sway_turns * sine(splat(voices.sway[voice]))
    voices.sway_cos[voice] = lane(cosine(apart), 0)
    voices.sway_sin[voice] = lane(sine(apart), 0)
    voices.sweep_phase[voice] = draw(voices)
    voices.sweep_rate[voice] = slow_rate(draw(voices), sample_rate)

    own = brightness - voices.channel_brightness
    voices.opened[voice] = own + patch.velocity_brightness * (velocity - 0.5)
    tracked = exp2_scalar(patch.keyboard_tracking * octaves_above_middle_c(pitch))
    voices.tracked[voice] = tracked / sample_rate
    hz = cutoff_hz(patch, splat(voices.channel_brightness + voices.opened[voice]), 0.0)
    sweep = 1.0 + patch.sweep * lane(sine(splat(voices.sweep_phase[voice])), 0)
    p, q, r = svf_coefficients(hz * (voices.tracked[voice] * sweep), patch.damping)
    voices.p[voice] = lane(p, 0)
    voices.q[voice] = lane(q, 0)
    voices.r[voice] = lane(r, 0)
    voices.low[voice] = 0.0
    voices.band[voice] = 0.0
    voices.low_2[voice] = 0.0
    voices.band_2[voice] = 0.0

    place(voices, voice, patch.level * loudness(velocity), pan)
    begin(
        voices.envelope, voice, max(attack_s, SHORTEST_ATTACK_S), patch.decay_s, patch.sustain, release_s,
        sample_rate,
    )


@kernel
def slow_rate(share, sample_rate):
    """Turns a quantum of a sweep; `share` from 0 (slowest) to 1."""
    return between(SLOWEST_SWEEP_HZ, FASTEST_SWEEP_HZ, share) * QUANTUM / sample_rate


@kernel
def sounds(voices, cycles):
    """Whether a voice sounds at so many cycles per frame."""
    found = False
    for voice in range(VOICES):
        found = found or (voices.envelope.stage[voice] != IDLE and voices.cycles[voice] == np.float32(cycles))
    return found


@kernel
def drift_turns(frame, rate):
    """How far the drift has come at a frame, at `rate` turns a frame; below DRIFT_TURNS."""
    turns = rate * frame
    return turns - DRIFT_TURNS * int(turns / DRIFT_TURNS)


@kernel
def wander(turns):
    """How far the clock goes too fast there, -1 to 1. Eight lanes."""
    return 0.6 * sine(turns) + 0.4 * sine(turns * GOLDEN_RATIO + 0.3)


@kernel
def clock(frame, cents, rate):
    """What a clock tells, in frames, that wanders by so many cents at `rate` turns a frame."""
    turns = splat(drift_turns(frame, rate))
    summed = -0.6 * cosine(turns) - (0.4 / GOLDEN_RATIO) * cosine(turns * GOLDEN_RATIO + 0.3)
    return frame + cents * CENTS / (TURN * rate) * lane(summed, 0)


@kernel
def cutoff_hz(patch, brightness, breath):
    """Cutoff of a note at middle C, from `darkest_hz` to `brightest_hz` in equal ratios. Eight lanes."""
    opened = minimum(maximum(brightness, 0.0), 1.0)
    return patch.darkest_hz * exp2(opened * patch.octaves + patch.breath_octaves * breath)


def rendering(in_each_ear):
    """A kernel (voices, count, left, right, breath): one quantum of `count` voices, onto the lane buses.

    The buses hold QUANTUM vectors: lane k of frame i is at [8 i + k]. Groups of eight silent voices
    cost nothing.

    in_each_ear   whether each ear has one of the two sawtooths, or both have their sum
    """

    @kernel
    def render_sustained(voices, count, left, right, breath):
        patch = voices.patch
        edge = patch.edge
        drift = wander(splat(drift_turns(voices.frame, voices.drift_rate)))
        detuned = 1.0 + (patch.drift_cents * CENTS) * drift
        for at in range(0, count, WIDTH):
            before = load(voices.envelope.level, at)
            if not any_of(load(voices.envelope.stage, at) > IDLE):
                continue
            after = advance(voices.envelope, at)

            cycles = load(voices.cycles, at) * detuned

            apart = patch.sway_turns * sine(next_phase(voices.sway, voices.sway_rate, at))
            apart_cos, apart_cos_step = interpolated(voices.sway_cos, at, cosine(apart))
            apart_sin, apart_sin_step = interpolated(voices.sway_sin, at, sine(apart))

            sweep_phase = next_phase(voices.sweep_phase, voices.sweep_rate, at)
            opened = voices.channel_brightness + load(voices.opened, at)
            hz = cutoff_hz(patch, opened, breath)
            clear = 2.0 * patch.clear * minimum(maximum(opened, 0.0), 1.0)
            cutoff = hz * load(voices.tracked, at) * (1.0 + patch.sweep * sine(sweep_phase))
            p_after, q_after, r_after = svf_coefficients(cutoff, patch.damping)
            p, p_step = interpolated(voices.p, at, p_after)
            q, q_step = interpolated(voices.q, at, q_after)
            r, r_step = interpolated(voices.r, at, r_after)

            amplitude = before
            amplitude_step = (after - before) * (1.0 / QUANTUM)
            rolloff = load(voices.rolloff, at)
            half_remainder = 0.5 - 0.5 * rolloff * rolloff
            body = patch.body / rolloff
            cos, sin, cos_step, sin_step, twice_versine = swinging(voices, at, cycles)
            low_memory = load(voices.low, at)
            band_memory = load(voices.band, at)
            low_memory_2 = load(voices.low_2, at)
            band_memory_2 = load(voices.band_2, at)
            gain_left = 0.5 * load(voices.left, at)
            gain_right = 0.5 * load(voices.right, at)
            for i in range(QUANTUM):
                cos, sin, cos_step, sin_step = swing(cos, sin, cos_step, sin_step, twice_versine)
                apart_cos += apart_cos_step
                apart_sin += apart_sin_step
                p += p_step
                q += q_step
                r += r_step
                amplitude += amplitude_step
                bus = i * WIDTH
                if in_each_ear:
                    x, sin_x, y, sin_y = saws_apart(cos, sin, apart_cos, apart_sin)
                    x = (x + body * sin_x) * amplitude
                    y = (y + body * sin_y) * amplitude
                    before = low_memory + edge * band_memory
                    before_2 = low_memory_2 + edge * band_memory_2
                    band_memory, low_memory = svf_step(x, band_memory, low_memory, p, q, r)
                    band_memory_2, low_memory_2 = svf_step(y, band_memory_2, low_memory_2, p, q, r)
                    # Far above the cutoff the low-pass turns the sawtooth over, so it is taken away here.
                    x = before + (low_memory + edge * band_memory) - clear * x
                    y = before_2 + (low_memory_2 + edge * band_memory_2) - clear * y
                    store(left, bus, load(left, bus) + x * gain_left)
                    store(right, bus, load(right, bus) + y * gain_right)
                else:
                    x = (saw_pair(cos, sin, apart_cos, half_remainder) + body * sin) * amplitude
                    before = low_memory
                    band_memory, low_memory = svf_step(x, band_memory, low_memory, p, q, r)
                    low = before + low_memory
                    store(left, bus, load(left, bus) + low * gain_left)
                    store(right, bus, load(right, bus) + low * gain_right)

            keep_phasor(voices, at, cos, sin, rolloff)
            store(voices.low, at, low_memory)
            store(voices.band, at, band_memory)
            store(voices.low_2, at, low_memory_2)
            store(voices.band_2, at, band_memory_2)

    return render_sustained


render_sustained = rendering(in_each_ear=False)
render_in_each_ear = rendering(in_each_ear=True)


@kernel
def render_wide(voices, left, right, sample_rate, breath):  # noqa: ARG001
    """Add one quantum of VOICES with a sawtooth in each ear."""
    render_in_each_ear(voices, VOICES, left, right, breath)


SUSTAINED = sustained_dtype(VOICES)

PAD = Playable(SUSTAINED, partial(prepare_sustained, patch=WARM_PAD), start_sustained, render_wide)
DRONE = Playable(SUSTAINED, partial(prepare_sustained, patch=LOW_DRONE), start_sustained, render_wide)
