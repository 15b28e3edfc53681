"""A sine and a band of noise, each with a level of its own: what drum strokes and bubbles are made of.

Records that hold such voices have TONE_AND_NOISE among their lane fields, and `noise_state` (int32).
"""

# pyright: basic

from __future__ import annotations

from dsp.compiled import kernel
from dsp.filter import svf_step
from dsp.interpolation import interpolated
from dsp.lanes import WIDTH, load, load_int, store, store_int
from dsp.mixing import add
from dsp.noise import scrambled, white
from dsp.note import placed
from dsp.oscillator import keep_phasor, phasor, rotation, turn
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
    tone, tone_step = interpolated(record.tone_shown, at, tone_after)
    noise, noise_step = interpolated(record.noise_shown, at, noise_after)
    random = load_int(record.noise_state, at)
    cos, sin = phasor(record, at)
    low = load(record.low, at)
    band = load(record.band, at)
    gain_left, gain_right = placed(record, at)
    for i in range(QUANTUM):
        random = scrambled(random)
        cos, sin = turn(cos, sin, versine, rotation_sine)
        tone += tone_step
        noise += noise_step
        before = band
        band, low = svf_step(white(random), band, low, p, q, r)
        y = tone * sin + noise * (0.5 * (before + band))
        add(left, right, i * WIDTH, y * gain_left, y * gain_right)
    keep_phasor(record, at, cos, sin, 1.0)
    store_int(record.noise_state, at, random)
    store(record.low, at, low)
    store(record.band, at, band)
