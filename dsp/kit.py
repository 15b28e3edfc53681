"""A soft lo-fi kit: kick, rim, brush and hat, each a falling sine and a breath of filtered noise.

Eight voices to a vector, any drum on any voice. Nothing here is loud or sharp: the kit is a floor to
walk on, not a drum set (SCIENCE.md D1: percussion well under the pads, or none).
"""

# pyright: basic

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dsp.approximations import LOG2_OF_1000, exp2, exp2_scalar
from dsp.compiled import kernel
from dsp.envelope import VOICES, advance, begin_stroke, envelope_dtype
from dsp.filter import svf_coefficients
from dsp.lanes import lane, load, maximum, minimum, select, splat, store
from dsp.noise import draw, noise_seeds
from dsp.note import loudness, place
from dsp.playable import Playable
from dsp.quantum import QUANTUM
from dsp.record import floats, record_dtype
from dsp.score import DRUM_PITCHES
from dsp.sounding import fall_silent, in_groups
from dsp.tone_and_noise import TONE_AND_NOISE, render_tone_and_noise


@dataclass(frozen=True, slots=True)
class Drum:
    """One drum at middle brightness. Values by ear."""

    tone_hz: float
    """Pitch to which its sine sinks."""
    fall_octaves: float
    fall_s: float
    tone_level: float
    tone_decay_s: float
    """Time to -60 dB."""
    noise_hz: float
    """Centre of the noise's band-pass."""
    noise_damping: float
    """1/Q of the band-pass."""
    noise_level: float
    noise_decay_s: float
    noise_rise_s: float
    rise_s: float
    """Onset of the whole; smoothstep."""


DRUMS = {
    "kick": Drum(46.0, 1.1, 0.035, 0.42, 0.5, 220.0, 1.2, 0.25, 0.06, 0.004, 0.006),
    "rim": Drum(410.0, 0.15, 0.01, 0.10, 0.12, 1150.0, 0.25, 0.30, 0.09, 0.002, 0.003),
    "brush": Drum(180.0, 0.2, 0.03, 0.03, 0.12, 2300.0, 1.1, 0.30, 0.40, 0.035, 0.012),
    "hat": Drum(320.0, 0.0, 0.01, 0.0, 0.05, 6200.0, 0.9, 0.16, 0.14, 0.004, 0.003),
}
"""By the names of dsp.score.DRUM_PITCHES. A pitch between two drums plays the lower one."""

DRUM_COUNT = len(DRUMS)
FIELDS = tuple(Drum.__slots__)

DRUM_KIT = record_dtype(
    [
        *floats(DRUM_COUNT, *FIELDS, "pitch"),
        *floats(
            VOICES, *TONE_AND_NOISE, "cycles", "fall", "fall_rate", "tone", "tone_loss", "hiss", "hiss_loss",
            "hiss_rise", "age", "rise", "p", "q", "r", "sounding",
        ),
        ("noise_state", np.int32, (VOICES,)),
        ("quantum_s", np.float32),
        ("envelope", envelope_dtype(VOICES)),
        ("random", np.int64),
    ],
)
"""Sixteen strokes. tone, hiss: amplitudes of sine and noise, losing *_loss a quantum; hiss_rise, rise:
seconds; fall: octaves above the final pitch; p, q, r: coefficients of the noise's band-pass."""


def prepare_kit(record: np.void, sample_rate: int, seed: int) -> None:
    """Fill a zeroed DRUM_KIT record with the drums; the seed decides the noise and how strokes differ."""
    for k, (name, drum) in enumerate(DRUMS.items()):
        record["pitch"][k] = DRUM_PITCHES[name]
        for field in FIELDS:
            record[field][k] = getattr(drum, field)
    record["noise_state"] = noise_seeds(seed, VOICES)
    record["random"] = noise_seeds(seed + 1, 1)[0]
    record["quantum_s"] = QUANTUM / sample_rate
    record["rise"] = 1.0
    record["hiss_rise"] = 1.0


@kernel
def start_kit(record, voice, pitch, velocity, brightness, pan, attack_s, release_s, sample_rate):  # noqa: ARG001
    """Start a stroke on an idle voice; two strokes are never quite alike (5 % of pitch and colour)."""
    drum = 0
    for k in range(DRUM_COUNT):
        if pitch >= record.pitch[k] - 0.5:
            drum = k
    opened = min(max(brightness + 0.4 * (velocity - 0.5), 0.0), 1.0) - 0.5
    colour = exp2_scalar(1.2 * opened + 0.14 * (draw(record) - 0.5))
    detuned = exp2_scalar(0.04 * (draw(record) - 0.5))
    record.cycles[voice] = record.tone_hz[drum] * detuned / sample_rate
    record.fall[voice] = record.fall_octaves[drum] * (0.7 + 0.3 * velocity)
    record.fall_rate[voice] = exp2_scalar(-1.442695 * record.quantum_s / record.fall_s[drum])
    record.tone[voice] = record.tone_level[drum]
    record.tone_loss[voice] = exp2_scalar(-LOG2_OF_1000 * record.quantum_s / record.tone_decay_s[drum])
    record.hiss[voice] = record.noise_level[drum] * (1.0 + 0.8 * opened)
    record.hiss_loss[voice] = exp2_scalar(-LOG2_OF_1000 * record.quantum_s / record.noise_decay_s[drum])
    record.hiss_rise[voice] = record.noise_rise_s[drum]
    record.rise[voice] = max(record.rise_s[drum], min(attack_s, 0.012))
    record.age[voice] = 0.0
    record.cos[voice] = 1.0
    record.sin[voice] = 0.0
    record.low[voice] = 0.0
    record.band[voice] = 0.0
    damping = record.noise_damping[drum]
    p, q, r = svf_coefficients(splat(record.noise_hz[drum] * colour / sample_rate), splat(damping))
    record.p[voice] = lane(p, 0)
    record.q[voice] = lane(q, 0)
    record.r[voice] = lane(r, 0)
    record.tone_shown[voice] = 0.0
    record.noise_shown[voice] = 0.0
    place(record, voice, loudness(velocity), pan)
    record.sounding[voice] = 1.0
    begin_stroke(record.envelope, voice, sample_rate)


@kernel
def smoothstep(x):
    """0 to 1 without corners as x goes from 0 to 1. Eight lanes."""
    u = minimum(x, 1.0)
    return u * u * (3.0 - 2.0 * u)


@kernel
def render_strokes(record, at, left, right, sample_rate, breath):  # noqa: ARG001
    """Add one quantum of eight strokes to the lane buses."""
    level = advance(record.envelope, at)
    age = load(record.age, at) + record.quantum_s
    store(record.age, at, age)
    level = level * smoothstep(age / load(record.rise, at))
    tone_level = load(record.tone, at) * load(record.tone_loss, at)
    hiss_level = load(record.hiss, at) * load(record.hiss_loss, at)
    fall = load(record.fall, at) * load(record.fall_rate, at)
    store(record.tone, at, tone_level)
    store(record.hiss, at, hiss_level)
    store(record.fall, at, fall)
    tone_after = level * tone_level
    hiss_after = level * hiss_level * smoothstep(age / load(record.hiss_rise, at))
    cycles = load(record.cycles, at) * exp2(fall)
    coefficients = (load(record.p, at), load(record.q, at), load(record.r, at))
    render_tone_and_noise(record, at, cycles, tone_after, hiss_after, coefficients, left, right)

    fall_silent(record, at, maximum(tone_after, hiss_after), select(age > 0.05, 1.0, 0.0))


render_kit = in_groups(render_strokes)
KIT = Playable(DRUM_KIT, prepare_kit, start_kit, render_kit)
