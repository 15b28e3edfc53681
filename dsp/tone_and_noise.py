"""A sine and a band of noise, each with a level of its own: what drum strokes and bubbles are made of.

Records that hold such voices have TONE_AND_NOISE among their lane fields, and `noise_state` (int32).
"""

# pyright: basic

from __future__ import annotations

from dsp.compiled import kernel
from dsp.filter import svf_step
from dsp.lanes import WIDTH, load, load_int, store, store_int
from dsp.mixing import add
from dsp.noise import scrambled, white
from dsp.oscillator import kept_length, rotation, turn
from dsp.quantum import QUANTUM

TONE_AND_NOISE = ("cos", "sin", "low", "band", "tone_shown", "noise_shown", "left", "right")
"""cos, sin: the phasor; low, band: memory of the filter; *_shown: amplitudes at the end of the last
quantum; left, right: gains."""


@kernel
def render_tone_and_noise(record, at, cycles, tone_after, noise_after, coefficients, left, right):
    """Add one quantum of the eight voices from lane `at` on to the lane buses.

    cycles                    cycles per frame of the sine
    tone_after, noise_after   amplitudes at the end of the quantum, reached in straight lines
    coefficients              (p, q, r) of the noise's band-pass
    """
    p, q, r = coefficients
    versine, rotation_sine = rotation(cycles)
    tone = load(record.tone_shown, at)
    noise = load(record.noise_shown, at)
    tone_step = (tone_after - tone) * (1.0 / QUANTUM)
    noise_step = (noise_after - noise) * (1.0 / QUANTUM)
    store(record.tone_shown, at, tone_after)
    store(record.noise_shown, at, noise_after)
    random = load_int(record.noise_state, at)
    cos = load(record.cos, at)
    sin = load(record.sin, at)
    low = load(record.low, at)
    band = load(record.band, at)
    gain_left = load(record.left, at)
    gain_right = load(record.right, at)
    for i in range(QUANTUM):
        random = scrambled(random)
        cos, sin = turn(cos, sin, versine, rotation_sine)
        tone += tone_step
        noise += noise_step
        before = band
        band, low = svf_step(white(random), band, low, p, q, r)
        y = tone * sin + noise * (0.5 * (before + band))
        add(left, right, i * WIDTH, y * gain_left, y * gain_right)
    kept = kept_length(cos, sin, 1.0)
    store(record.cos, at, cos * kept)
    store(record.sin, at, sin * kept)
    store_int(record.noise_state, at, random)
    store(record.low, at, low)
    store(record.band, at, band)
