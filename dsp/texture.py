"""Wind and water: textures of filtered noise and small bubbles. Eight bands or bubbles make one voice.

Wind is noise through eight resonances that wander, each from its own place; with the listener's
breath guide they rise in pitch on the way in, and swell and sink in pitch on the way out: the inhale is
heard as light (dsp.lean), the exhale as breath. Water is bubbles, each a sine that rises while it dies
(Minnaert, Philosophical Magazine 16, 1933; van den Doel, "Physically based models for liquid sounds", ACM
TAP 2, 2005), over a faint stream of noise that swells alike.
"""

# pyright: basic

from __future__ import annotations

import numpy as np

from dsp.approximations import exp2, exp2_scalar, root, sine
from dsp.compiled import kernel
from dsp.envelope import VOICES, begin, envelope_dtype
from dsp.filter import svf_coefficients, svf_step
from dsp.interpolation import interpolated
from dsp.lanes import WIDTH, load, load_int, minimum, select, splat, square_root, store, store_int
from dsp.noise import draw, noise_seeds, scrambled, white
from dsp.note import between, hertz, loudness, placed, spread_gains
from dsp.oscillator import next_phase
from dsp.playable import Playable
from dsp.quantum import QUANTUM
from dsp.record import floats, record_dtype
from dsp.sounding import frame_by_frame, one_by_one
from dsp.tone_and_noise import TONE_AND_NOISE, render_tone_and_noise

SHORTEST_ATTACK_S = 0.2
"""Weather does not begin at once."""

BED_LEVEL_S = 1.0e4
"""Decay time of the envelope, without effect: textures sustain at their full level."""

WIND_LEVEL = 0.105
WATER_LEVEL = 0.85
"""Amplitude at velocity 1, by measurement: -20 LUFS for a note at middle C."""

BAND_OCTAVES = (0.0, 0.5, 1.0, 1.55, 2.15, 2.75, 3.4, 4.15)
"""Band centres above the note's pitch, for middle C 262 Hz to 4.6 kHz: uneven, so that no chord is heard.
Own choice: the highest keeps the air of a mix from ending at 2 kHz (benchmarks/music_audit.py)."""

BAND_DAMPINGS = (0.9, 0.5, 0.6, 0.35, 0.5, 0.4, 0.6, 0.8)
"""1/Q of each band: a few whistle a little, most do not. By ear."""

BAND_PLACES = (0.0, -0.45, 0.4, 0.7, -0.75, 0.9, -0.95, 0.2)
"""Places of the bands: wider with rising frequency (SCIENCE.md D4)."""

BAND_TILT = -0.6
"""Octaves of amplitude per octave of frequency; the skirts of the bands do the rest (SCIENCE.md D1)."""

BREATH_OCTAVES = 0.4
"""Rise of the bands from the end of an out-breath to the end of an in-breath, halved each way."""

SLOWEST_GUST_HZ, FASTEST_GUST_HZ = 0.012, 0.06
"""How often each band comes and goes: once in 17 to 83 s, so that weather changes from one half minute to the
next, and no band by so much that the whole would rise. By ear."""

GUST = 0.6
"""Powers of two of a band's amplitude by which it comes and goes: 3.6 dB up and down. By ear."""

OUTFLOW = 0.5
"""Powers of two of the wind's amplitude where most air flows out: 3 dB. By ear."""

WAVE = 1.5
"""The same of the stream of water, which is faint beside the bubbles: 9 dB. By ear."""

LANES = VOICES * WIDTH

WIND_VOICES = record_dtype(
    [
        ("noise", np.int32, (LANES,)),
        *floats(
            LANES, "cutoff", "strength", "dull", "low", "band", "p", "q", "r", "level", "wander",
            "wander_rate", "left", "right",
        ),
        *floats(WIDTH, "octaves", "damping", "place"),
        ("sounding", np.float32, (VOICES,)),
        ("breath", np.float64),
        ("envelope", envelope_dtype(VOICES)),
        ("random", np.int64),
    ],
)
"""Sixteen voices of eight bands.

breath      a quantum ago
cutoff      cycles per frame at rest
strength    amplitude that makes a band's noise as loud as the tilt wants
dull        memory of a low-pass at the cutoff, which makes the band's upper skirt steeper
level       amplitude at the end of the last quantum
wander      turns, of the gusts and of the wandering cutoff; wander_rate: turns a quantum
"""


def prepare_wind(record: np.void, sample_rate: int, seed: int) -> None:  # noqa: ARG001
    """Seed a zeroed WIND_VOICES record."""
    record["noise"] = noise_seeds(seed, LANES)
    record["random"] = noise_seeds(seed + 1, 1)[0]
    record["octaves"] = BAND_OCTAVES
    record["damping"] = BAND_DAMPINGS
    record["place"] = BAND_PLACES


@kernel
def start_wind(record, voice, pitch, velocity, brightness, pan, attack_s, release_s, sample_rate):
    """Start a gust on an idle voice; the pitch places its bands, brightness lifts the upper ones."""
    at = voice * WIDTH
    octaves = load(record.octaves, 0)
    damping = load(record.damping, 0)
    cutoff = exp2(octaves) * (hertz(pitch) / sample_rate)
    opened = min(max(brightness + 0.3 * (velocity - 0.5), 0.0), 1.0)
    tilt = exp2((BAND_TILT + 1.2 * (opened - 0.5)) * octaves)
    store(record.cutoff, at, cutoff)
    store(record.strength, at, tilt * square_root(damping / minimum(cutoff, 0.25)))
    store(record.level, at, splat(0.0))
    store(record.dull, at, splat(0.0))
    store(record.low, at, splat(0.0))
    store(record.band, at, splat(0.0))
    p, q, r = svf_coefficients(cutoff, damping)
    store(record.p, at, p)
    store(record.q, at, q)
    store(record.r, at, r)
    for k in range(at, at + WIDTH):
        record.wander[k] = draw(record)
        gusts_hz = between(SLOWEST_GUST_HZ, FASTEST_GUST_HZ, draw(record))
        record.wander_rate[k] = gusts_hz * QUANTUM / sample_rate
    gain = WIND_LEVEL * loudness(velocity)
    left, right = spread_gains(pan, load(record.place, 0))
    store(record.left, at, left * gain)
    store(record.right, at, right * gain)
    record.sounding[voice] = 1.0
    begin(record.envelope, voice, max(attack_s, SHORTEST_ATTACK_S), BED_LEVEL_S, 1.0, release_s, sample_rate)


@kernel
def outflow(record, breath):
    """How much air flows out of the lungs, 0 to 1, from where `breath` (-1 to 1) was a quantum ago."""
    falls = breath < record.breath
    record.breath = breath
    return float(root(max(1.0 - breath * breath, 0.0))) if falls else 0.0


@kernel
def gust_frame(state, held):
    noise, dull, band, low, p, q, r, level = state
    follow, p_step, q_step, r_step, level_step = held
    noise = scrambled(noise)
    dull += follow * (white(noise) - dull)
    p += p_step
    q += q_step
    r += r_step
    level += level_step
    before = band
    band, low = svf_step(dull, band, low, p, q, r)
    return (noise, dull, band, low, p, q, r, level), (0.5 * (before + band)) * level


gust_frames = frame_by_frame(gust_frame)


@kernel
def render_gust(record, voice, left, right, breath, flow):
    at = voice * WIDTH
    damping = load(record.damping, 0)
    wander = next_phase(record.wander, record.wander_rate, at)
    swing = sine(wander)
    cutoff = load(record.cutoff, at) * exp2(0.15 * swing + (0.5 * BREATH_OCTAVES) * breath)
    p_after, q_after, r_after = svf_coefficients(cutoff, damping)
    gust = exp2(GUST * sine(wander + 0.2) + OUTFLOW * flow)
    level_after = load(record.strength, at) * damping * gust * record.envelope.level[voice]
    p, p_step = interpolated(record.p, at, p_after)
    q, q_step = interpolated(record.q, at, q_after)
    r, r_step = interpolated(record.r, at, r_after)
    level, level_step = interpolated(record.level, at, level_after)
    noise, dull, band, low, _, _, _, _ = gust_frames(
        left, right, *placed(record, at),
        (
            load_int(record.noise, at), load(record.dull, at), load(record.band, at), load(record.low, at),
            p, q, r, level,
        ),
        (minimum(cutoff * 6.0, 1.0), p_step, q_step, r_step, level_step),
    )  # fmt: skip
    store_int(record.noise, at, noise)
    store(record.dull, at, dull)
    store(record.low, at, low)
    store(record.band, at, band)


render_gusts = one_by_one(render_gust)


@kernel
def render_wind(record, left, right, sample_rate, breath):  # noqa: ARG001
    """Add one quantum of every sounding gust; `breath` -1 (lungs empty) to 1 (full)."""
    render_gusts(record, left, right, breath, outflow(record, breath))


BUBBLE_OCTAVES = (0.8, 1.1, 1.4, 1.65, 1.9, 2.15, 2.4, 2.7)
"""Lowest pitch of each lane's bubbles above the note's: small ones are high. By ear."""

BUBBLES_PER_S = (1.1, 1.8, 2.6, 3.4, 4.0, 4.2, 3.5, 2.6)
"""How often each lane drips at velocity 1. By ear: a trickle, not a tap."""

BUBBLE_PLACES = (0.1, -0.3, 0.4, -0.5, 0.6, -0.7, 0.8, -0.85)

RISE_S = 0.006
"""Time constant of a bubble's onset: 10 to 90 % in over 10 ms."""

STREAM = 0.12
"""Amplitude of the stream against the bubbles."""

WATER_VOICES = record_dtype(
    [
        ("noise_state", np.int32, (LANES,)),
        *floats(
            LANES, *TONE_AND_NOISE, "base", "cycles", "growth", "ringing", "rising", "loss", "rate", "wander",
            "wander_rate",
        ),
        *floats(WIDTH, "octaves", "often", "place"),
        *floats(VOICES, "sounding", "opened"),
        ("rise_loss", np.float32),
        ("quanta_per_s", np.float32),
        ("breath", np.float64),
        ("envelope", envelope_dtype(VOICES)),
        ("random", np.int64),
    ],
)
"""Sixteen voices of eight bubble lanes.

base              cycles per frame of a lane's lowest bubble; cycles: of the bubble that sounds
ringing, rising   a bubble's amplitude is their difference; they lose `loss` and `rise_loss` a quantum
growth            factor of its pitch a quantum
rate              chance of a new bubble a quantum
wander            turns, of the stream's swelling; wander_rate: turns a quantum
opened            brightness of the voice, 0 to 1
"""


def prepare_water(record: np.void, sample_rate: int, seed: int) -> None:
    """Seed a zeroed WATER_VOICES record."""
    record["noise_state"] = noise_seeds(seed, LANES)
    record["random"] = noise_seeds(seed + 1, 1)[0]
    record["octaves"] = BUBBLE_OCTAVES
    record["often"] = BUBBLES_PER_S
    record["place"] = BUBBLE_PLACES
    record["rise_loss"] = np.exp(-QUANTUM / (sample_rate * RISE_S))
    record["quanta_per_s"] = sample_rate / QUANTUM


@kernel
def start_water(record, voice, pitch, velocity, brightness, pan, attack_s, release_s, sample_rate):
    """Start a trickle on an idle voice; the pitch sizes its bubbles, brightness adds small ones."""
    at = voice * WIDTH
    octaves = load(record.octaves, 0)
    base = exp2(octaves) * (hertz(pitch) / sample_rate)
    opened = min(max(brightness + 0.3 * (velocity - 0.5), 0.0), 1.0)
    record.opened[voice] = opened
    store(record.base, at, minimum(base, 0.2))
    store(record.rate, at, load(record.often, 0) * ((0.4 + 0.6 * velocity) / record.quanta_per_s))
    zero = splat(0.0)
    store(record.cos, at, splat(1.0))
    store(record.sin, at, zero)
    store(record.ringing, at, zero)
    store(record.rising, at, zero)
    store(record.tone_shown, at, zero)
    store(record.noise_shown, at, zero)
    store(record.low, at, zero)
    store(record.band, at, zero)
    store(record.cycles, at, base)
    store(record.growth, at, splat(1.0))
    store(record.loss, at, splat(0.9))
    gain = WATER_LEVEL * loudness(velocity)
    left, right = spread_gains(pan, load(record.place, 0))
    store(record.left, at, left * gain)
    store(record.right, at, right * gain)
    for k in range(at, at + WIDTH):
        record.wander[k] = draw(record)
        record.wander_rate[k] = (0.1 + 0.3 * draw(record)) * QUANTUM / sample_rate
    record.sounding[voice] = 1.0
    begin(record.envelope, voice, max(attack_s, SHORTEST_ATTACK_S), BED_LEVEL_S, 1.0, release_s, sample_rate)


@kernel
def render_trickle(record, voice, left, right, flow):
    at = voice * WIDTH
    noise = load_int(record.noise_state, at)
    noise = scrambled(noise)
    chance = 0.5 + 0.5 * white(noise)
    noise = scrambled(noise)
    size = 0.5 + 0.5 * white(noise)
    noise = scrambled(noise)
    force = 0.5 + 0.5 * white(noise)

    ringing = load(record.ringing, at) * load(record.loss, at)
    rising = load(record.rising, at) * record.rise_loss
    cycles = load(record.cycles, at) * load(record.growth, at)
    bursts = (chance < load(record.rate, at)) & (ringing < 0.002)
    bubble = load(record.base, at) * exp2(0.8 * size)
    # A bubble of radius r sounds at 3 / r Hz and loses amplitude at the rate 0.13 / r + 0.0072 r^-1.5
    # (van den Doel, equation 2), that is 0.043 f + 0.0014 f^1.5; ours ring a third as fast for softness.
    hertz_of_bubble = bubble * record.quanta_per_s * QUANTUM
    loss_rate = (0.043 + 0.0014 * square_root(hertz_of_bubble)) * hertz_of_bubble * 0.35
    share = (1.0 / record.quanta_per_s) * 1.442695
    tilt = exp2((record.opened[voice] - 1.2) * load(record.octaves, 0))
    amplitude = force * force * tilt
    cycles = select(bursts, bubble, minimum(cycles, 0.4))
    ringing = select(bursts, amplitude, ringing)
    rising = select(bursts, amplitude, rising)
    store(record.loss, at, select(bursts, exp2(loss_rate * -share), load(record.loss, at)))
    store(record.growth, at, select(bursts, exp2(loss_rate * (0.06 * share)), load(record.growth, at)))
    store(record.cycles, at, cycles)
    store(record.ringing, at, ringing)
    store(record.rising, at, rising)

    envelope = record.envelope.level[voice]
    level_after = (ringing - rising) * envelope
    wander = next_phase(record.wander, record.wander_rate, at)
    stream = envelope * STREAM * exp2_scalar(WAVE * flow)
    stream_after = stream * (0.6 + 0.4 * sine(wander)) * tilt
    coefficients = svf_coefficients(load(record.base, at) * 1.5, 0.7)
    store_int(record.noise_state, at, noise)
    render_tone_and_noise(record, at, cycles, level_after, stream_after, coefficients, left, right)


render_trickles = one_by_one(render_trickle)


@kernel
def render_water(record, left, right, sample_rate, breath):  # noqa: ARG001
    """Add one quantum of every sounding trickle; `breath` -1 (lungs empty) to 1 (full)."""
    render_trickles(record, left, right, outflow(record, breath))


WIND = Playable(WIND_VOICES, prepare_wind, start_wind, render_wind)
WATER = Playable(WATER_VOICES, prepare_water, start_water, render_water)
