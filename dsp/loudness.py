"""Loudness by ITU-R BS.1770-4: K-weighting, momentary (400 ms) and short-term (3 s), of several signals.

A vector has eight lanes, so one meter weighs up to four stereo signals for the price of one: lanes
0 and 1 are the first, lanes 2 and 3 the second. Both weighting filters are kept as two states and
nine coefficients a section (bilinear transform of the analog prototype, in the state space of
Zavalishin's filter): exact at every sample rate, and well conditioned in float32 at 38 Hz, where
the direct form is not.
"""

# pyright: basic

from __future__ import annotations

import math
from importlib import import_module
from typing import Any

import numpy as np

from dsp.approximations import log2_scalar
from dsp.compiled import kernel
from dsp.lanes import WIDTH, load, splat, store
from dsp.quantum import QUANTUM
from dsp.record import record_dtype

PROGRAMMES = WIDTH // 2
"""Stereo signals a meter holds."""

SHELF_HZ, SHELF_Q, SHELF_DB = 1681.974450955533, 0.7071752369554196, 3.999843853973347
SHELF_BAND_EXPONENT = 0.4996667741545416
"""The first stage, the head's shelf: analog values that give the recommendation's table at 48 kHz."""

HIGH_PASS_HZ, HIGH_PASS_Q = 38.13547087602444, 0.5003270373238773
"""The second stage (RLB), likewise."""

OFFSET_DB = -0.691
"""BS.1770-4 equation (2)."""

SILENCE_LUFS = -120.0
"""What is reported where the recommendation says minus infinity."""

BLOCK_S = 0.02
"""Resolution of the windows. Our own choice: five times finer than EBU Tech 3341 asks."""

MOMENTARY_S = 0.4
SHORT_TERM_S = 3.0

MOST_BLOCKS = 256
"""Blocks kept: 3 s of them need 150 at 20 ms."""

SECTION = np.dtype([(name, np.float32) for name in ("a11", "a12", "a21", "a22", "b1", "b2", "c1", "c2", "d")])
"""s' = A s + b x, y = c s + d x."""

METER = record_dtype(
    [
        ("shelf", SECTION),
        ("high_pass", SECTION),
        ("shelf_1", np.float32, (WIDTH,)),
        ("shelf_2", np.float32, (WIDTH,)),
        ("high_pass_1", np.float32, (WIDTH,)),
        ("high_pass_2", np.float32, (WIDTH,)),
        ("energy", np.float32, (WIDTH,)),
        ("latest", np.float32, (WIDTH,)),
        ("block_quanta", np.int64),
        ("quanta", np.int64),
        ("block", np.int64),
        ("momentary_blocks", np.int64),
        ("short_term_blocks", np.int64),
        ("mean_square", np.float64, (PROGRAMMES, MOST_BLOCKS)),
        ("momentary", np.float64, (PROGRAMMES,)),
        ("short_term", np.float64, (PROGRAMMES,)),
    ],
)
"""`momentary` and `short_term` are K-weighted mean squares summed over both channels; `lufs` reads them.
`latest` is the weighted energy of the last quantum, lane by lane."""


def section(
    hz: float, q: float, sample_rate: float, high: float, band: float, low: float
) -> tuple[float, ...]:
    """A SECTION: the state-variable filter at `hz` mixed from its high-, band- and low-pass outputs.

    The analog prototype is (high s^2 + band s + low) / (s^2 + s / q + 1), s in units of the corner.
    """
    g = math.tan(math.pi * hz / sample_rate)
    k = 1.0 / q
    a = 1.0 / (1.0 + g * (g + k))
    to_band = np.array([a, -a * g, a * g])
    to_low = np.array([0.0, 1.0, 0.0]) + g * to_band
    to_high = np.array([0.0, 0.0, 1.0]) - k * to_band - to_low
    first = 2.0 * to_band - np.array([1.0, 0.0, 0.0])
    second = 2.0 * to_low - np.array([0.0, 1.0, 0.0])
    out = high * to_high + band * to_band + low * to_low
    return (first[0], first[1], second[0], second[1], first[2], second[2], out[0], out[1], out[2])


def weighting(sample_rate: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The two SECTIONs of K-weighting for a sample rate in Hz.

    The recommendation's high-pass has the numerator 1, -2, 1, which is a little more than unity at
    high frequencies; that gain at 48 kHz is kept at every rate.
    """
    high = 10.0 ** (SHELF_DB / 20.0)
    shelf = section(SHELF_HZ, SHELF_Q, sample_rate, high, high**SHELF_BAND_EXPONENT / SHELF_Q, 1.0)
    warped = math.tan(math.pi * HIGH_PASS_HZ / 48000.0)
    gain = 1.0 + warped * (warped + 1.0 / HIGH_PASS_Q)
    return shelf, section(HIGH_PASS_HZ, HIGH_PASS_Q, sample_rate, gain, 0.0, 0.0)


def prepare_meter(meter: np.void, sample_rate: int) -> None:
    """Set coefficients and windows of a zeroed METER record for a sample rate in Hz (8000 to 192000)."""
    meter["shelf"], meter["high_pass"] = weighting(sample_rate)
    quanta_per_second = sample_rate / QUANTUM
    meter["block_quanta"] = max(round(BLOCK_S * quanta_per_second), 1)
    blocks_per_second = quanta_per_second / float(meter["block_quanta"])
    meter["momentary_blocks"] = round(MOMENTARY_S * blocks_per_second)
    meter["short_term_blocks"] = min(round(SHORT_TERM_S * blocks_per_second), MOST_BLOCKS)


@kernel
def two_states(section, x, s1, s2):
    """One frame of a SECTION: (output, s1, s2)."""
    y = section.c1 * s1 + (section.c2 * s2 + section.d * x)
    return (
        y,
        section.a11 * s1 + (section.a12 * s2 + section.b1 * x),
        section.a21 * s1 + (section.a22 * s2 + section.b2 * x),
    )


@kernel
def weigh(meter, bus):
    """Take in one quantum; True when a block ended and the readings are new.

    bus   QUANTUM vectors, frame i of lane k at [8 i + k]; unused lanes zero
    """
    shelf_1 = load(meter.shelf_1, 0)
    shelf_2 = load(meter.shelf_2, 0)
    high_pass_1 = load(meter.high_pass_1, 0)
    high_pass_2 = load(meter.high_pass_2, 0)
    energy = splat(0.0)
    for i in range(QUANTUM):
        y, shelf_1, shelf_2 = two_states(meter.shelf, load(bus, i * WIDTH), shelf_1, shelf_2)
        y, high_pass_1, high_pass_2 = two_states(meter.high_pass, y, high_pass_1, high_pass_2)
        energy = energy + y * y
    store(meter.shelf_1, 0, shelf_1)
    store(meter.shelf_2, 0, shelf_2)
    store(meter.high_pass_1, 0, high_pass_1)
    store(meter.high_pass_2, 0, high_pass_2)
    store(meter.latest, 0, energy)
    store(meter.energy, 0, load(meter.energy, 0) + energy)
    meter.quanta += 1
    if meter.quanta < meter.block_quanta:
        return False
    meter.quanta = 0
    meter.block = (meter.block + 1) % MOST_BLOCKS
    frames = meter.block_quanta * QUANTUM
    for p in range(PROGRAMMES):
        energy = float(meter.energy[2 * p]) + float(meter.energy[2 * p + 1])
        meter.mean_square[p, meter.block] = energy / frames
        meter.momentary[p] = mean_of_last(meter, p, meter.momentary_blocks)
        meter.short_term[p] = mean_of_last(meter, p, meter.short_term_blocks)
    store(meter.energy, 0, splat(0.0))
    return True


@kernel
def mean_of_last(meter, programme, blocks):
    """Mean of the newest blocks, added up anew each time so that no error can build up."""
    total = 0.0
    for back in range(blocks):
        total += meter.mean_square[programme, (meter.block - back) % MOST_BLOCKS]
    return total / blocks


@kernel
def lufs(mean_square):
    """Loudness of a K-weighted mean square in LUFS, at least SILENCE_LUFS."""
    if mean_square < 1e-12:
        return SILENCE_LUFS
    return OFFSET_DB + 3.010299956639812 * float(log2_scalar(mean_square))


def integrated_lufs(sound: np.ndarray, sample_rate: int) -> float:
    """Gated integrated loudness of a whole recording (BS.1770-4 annex 1), -inf for silence.

    sound   (2, frames), full scale 1
    Blocks of 400 ms overlap by 75 %; gates at -70 LUFS and at 10 LU under the mean above that.
    Needs scipy, so not for the live path.
    """
    sosfilt: Any = import_module("scipy.signal").sosfilt

    sections = [as_biquad(s) for s in weighting(sample_rate)]
    weighted = sosfilt(sections, np.asarray(sound, np.float64), axis=1)
    hop = round(0.1 * sample_rate)
    hops = weighted.shape[1] // hop
    energy = np.mean(weighted[:, : hops * hop].reshape(2, hops, hop) ** 2, axis=2).sum(axis=0)
    blocks = np.convolve(energy, np.full(4, 0.25), "valid") if hops >= 4 else np.zeros(0)
    for gate_offset_db in (None, -10.0):
        if gate_offset_db is None:
            gate = 10.0 ** ((-70.0 - OFFSET_DB) / 10.0)
        else:
            gate = blocks.mean() * 10.0 ** (gate_offset_db / 10.0)
        blocks = blocks[blocks > gate]
        if not blocks.size:
            return -math.inf
    return OFFSET_DB + 10.0 * math.log10(blocks.mean())


def as_biquad(section: tuple[float, ...]) -> np.ndarray:
    """The transfer function of a SECTION as second-order section b0 b1 b2 1 a1 a2."""
    a11, a12, a21, a22, b1, b2, c1, c2, d = section
    trace, determinant = a11 + a22, a11 * a22 - a12 * a21
    first = c1 * b1 + c2 * b2
    second = c1 * (a12 * b2 - a22 * b1) + c2 * (a21 * b1 - a11 * b2)
    return np.array([d, first - d * trace, second + d * determinant, 1.0, -trace, determinant])
