"""Reverb: an eight-line feedback delay network whose lines are the eight lanes of one vector.

Jot and Chaigne, "Digital delay networks for designing artificial reverberators" (AES 90, 1991):
delays of incommensurate length, an orthogonal matrix (here Hadamard, by butterflies) and in each
line an absorbent low-pass whose gain depends on the line's length, so that all modes of one
frequency decay at one rate. The lengths wander slowly, which breaks up standing resonances. Two
allpass diffusers a channel (Schroeder 1962) thicken the first reflections.
"""

# pyright: basic

from __future__ import annotations

import math

import numpy as np

from dsp.approximations import LOG2_OF_1000, cosine, exp2, sine
from dsp.compiled import kernel
from dsp.crossing import hadamard, transpose
from dsp.interpolation import interpolated
from dsp.lanes import WIDTH, load, maximum, minimum, select, splat, square_root, store
from dsp.oscillator import next_phase
from dsp.quantum import QUANTUM
from dsp.record import record_dtype

LINE_ROWS = 16384
"""Frames of each delay line, a power of two: room for the longest at 192 kHz."""

GUARD = 2 * WIDTH
"""The first frames of a line stand again behind its end, for reads that straddle it."""

LINE_STRIDE = LINE_ROWS + GUARD

LINE_LENGTHS_AT_48K = (1327, 1523, 1789, 2069, 2357, 2657, 3011, 3343)
"""Primes from 28 to 70 ms, near a geometric series, so that echoes never line up. Our own choice."""

WANDER_FRAMES_AT_48K = 30.0
"""Peak to peak of each line's slow change of length: at most 1.5 to 2.5 cents of pitch a round. Our own
choice: at 12 single resonances stood out of the late tail by 12 dB."""

WANDER_HZ = (0.31, 0.37, 0.41, 0.47, 0.53, 0.59, 0.67, 0.73)
"""Rates of that change, prime hundredths of a hertz so that they do not fall into step."""

DIFFUSER_ROWS = 1024
DIFFUSER_LENGTHS_AT_48K = ((113, 337), (149, 401))
"""Allpass lengths of the left and the right channel: primes, all longer than a quantum."""

DIFFUSION = 0.6
"""Allpass gain: dense without ringing of its own. Our own choice."""

HIGH_PASS_HZ = 150.0
"""Bass stays dry (SCIENCE.md D4)."""

INPUT_GAIN = 0.35
"""Level of the network against its input; a unit impulse decays from about this level. By ear."""

DIFFUSER = record_dtype([("memory", np.float32, (DIFFUSER_ROWS + WIDTH,)), ("length", np.int64)])

REVERB = record_dtype(
    [
        ("memory", np.float32, (LINE_STRIDE * WIDTH,)),
        ("delayed", np.float32, (QUANTUM * WIDTH,)),
        ("lanes", np.float32, (QUANTUM * WIDTH,)),
        ("absorbed", np.float32, (WIDTH,)),
        ("gain", np.float32, (WIDTH,)),
        ("pole", np.float32, (WIDTH,)),
        ("bass", np.float32, (WIDTH,)),
        ("wander_phase", np.float32, (WIDTH,)),
        ("wander_rate", np.float32, (WIDTH,)),
        ("wander", np.float32, (WIDTH,)),
        ("wander_end", np.float32, (WIDTH,)),
        ("wander_depth", np.float32),
        ("high_pass", np.float32),
        ("length", np.float32, (WIDTH,)),
        ("count", np.float32, (WIDTH,)),
        ("to_left", np.float32, (WIDTH,)),
        ("to_right", np.float32, (WIDTH,)),
        ("row", np.int64),
        ("diffuser", DIFFUSER, (4,)),
        ("left", np.float32, (QUANTUM,)),
        ("right", np.float32, (QUANTUM,)),
    ],
)


def prepare_reverb(reverb: np.void, sample_rate: int) -> None:
    """Set lengths and rates of a zeroed REVERB record for a sample rate in Hz."""
    scale = sample_rate / 48000.0
    reverb["length"] = [round(n * scale) | 1 for n in LINE_LENGTHS_AT_48K]
    reverb["count"] = range(1, WIDTH + 1)
    reverb["wander_rate"] = np.array(WANDER_HZ) * QUANTUM / sample_rate
    reverb["wander_phase"] = np.arange(WIDTH) / WIDTH
    reverb["wander_depth"] = WANDER_FRAMES_AT_48K * scale * 0.5
    reverb["high_pass"] = 1.0 - math.exp(-2.0 * math.pi * HIGH_PASS_HZ / sample_rate)
    reverb["to_left"] = [1, 0, -1, 0, 1, 0, -1, 0]
    reverb["to_right"] = [0, 1, 0, -1, 0, 1, 0, -1]
    for channel, lengths in enumerate(DIFFUSER_LENGTHS_AT_48K):
        for k, length in enumerate(lengths):
            reverb["diffuser"][2 * channel + k]["length"] = round(length * scale) | 1


@kernel
def diffuse(diffuser, row, block):
    """Pass a quantum through one allpass, in place.

    The delay is longer than the quantum, so nothing read was written in it: eight frames at a time.
    The first vector of the memory is kept again behind its end, for reads that straddle it.
    """
    for i in range(0, QUANTUM, WIDTH):
        write = (row + i) & (DIFFUSER_ROWS - 1)
        read = (row + i - diffuser.length) & (DIFFUSER_ROWS - 1)
        delayed = load(diffuser.memory, read)
        fed = load(block, i) + DIFFUSION * delayed
        store(diffuser.memory, write, fed)
        if write == 0:
            store(diffuser.memory, DIFFUSER_ROWS, fed)
        store(block, i, delayed - DIFFUSION * fed)


@kernel
def absorption(length, decay_s, damping_hz, sample_rate):
    """(input gain, pole) of the absorbent one-pole of each line, eight lanes.

    The gain at low frequencies lets `decay_s` pass until -60 dB; at `damping_hz` the decay is twice
    as fast: there the filter's magnitude must be the low-frequency gain rho once more. What the
    linear interpolation of a wandering length already takes there, on average 1 - (1 - cos w) / 6,
    counts. With m the magnitude that is left to the filter, its pole b is the smaller root of
    (1 - m^2) b^2 - 2 (1 - m^2 cos w) b + (1 - m^2) = 0.
    """
    rho = exp2(length * (-LOG2_OF_1000 / (decay_s * sample_rate)))
    cosine_w = cosine(splat(damping_hz / sample_rate))
    m = minimum(rho / (1.0 - (1.0 - cosine_w) * (1.0 / 6.0)), 1.0)
    lost = 1.0 - m * m
    middle = 1.0 - m * m * cosine_w
    pole = lost / (middle + square_root(maximum(middle * middle - lost * lost, 0.0)))
    return rho * (1.0 - pole), pole


@kernel
def render_reverb(reverb, decay_s, damping_hz, sample_rate):
    """Turn the quantum in `reverb.left` and `reverb.right` from dry to wet, in place.

    decay_s      time until -60 dB below the damping frequency, 0.1 to 30
    damping_hz   frequency at which that time has halved
    """
    for k in range(2):
        diffuse(reverb.diffuser[k], reverb.row, reverb.left)
        diffuse(reverb.diffuser[2 + k], reverb.row, reverb.right)

    length = load(reverb.length, 0)
    gain_after, pole_after = absorption(length, decay_s, damping_hz, sample_rate)
    gain_after = gain_after * (1.0 / math.sqrt(WIDTH))
    gain, gain_step = interpolated(reverb.gain, 0, gain_after)
    pole, pole_step = interpolated(reverb.pole, 0, pole_after)
    store(reverb.wander, 0, reverb.wander_depth * (1.0 + sine(load(reverb.wander_phase, 0))))
    phase = next_phase(reverb.wander_phase, reverb.wander_rate, 0)
    store(reverb.wander_end, 0, reverb.wander_depth * (1.0 + sine(phase)))

    for line in range(WIDTH):
        recall(reverb, line)
    for i in range(0, QUANTUM, WIDTH):
        transpose(reverb.delayed, i, QUANTUM, reverb.lanes, i * WIDTH, WIDTH)

    from_left = load(reverb.to_left, 0) * INPUT_GAIN
    from_right = load(reverb.to_right, 0) * INPUT_GAIN
    absorbed = load(reverb.absorbed, 0)
    bass = load(reverb.bass, 0)
    taken = reverb.high_pass
    kept = 1.0 - taken
    for i in range(QUANTUM):
        gain += gain_step
        pole += pole_step
        absorbed = gain * load(reverb.lanes, i * WIDTH) + pole * absorbed
        fed = from_left * reverb.left[i] + from_right * reverb.right[i]
        bass = kept * bass + taken * fed
        store(reverb.lanes, i * WIDTH, hadamard(absorbed) + (fed - bass))
    store(reverb.absorbed, 0, absorbed)
    store(reverb.bass, 0, bass)

    row = reverb.row & (LINE_ROWS - 1)
    for i in range(0, QUANTUM, WIDTH):
        transpose(reverb.lanes, i * WIDTH, WIDTH, reverb.memory, row + i, LINE_STRIDE)
        if row + i < GUARD:
            transpose(reverb.lanes, i * WIDTH, WIDTH, reverb.memory, row + i + LINE_ROWS, LINE_STRIDE)
    reverb.row += QUANTUM
    for i in range(0, QUANTUM, WIDTH):
        store(reverb.left, i, heard(reverb.delayed, i))
        store(reverb.right, i, heard(reverb.delayed, i + QUANTUM))


@kernel
def recall(reverb, line):
    """Read one line's quantum from its memory, eight frames at a time, into `reverb.delayed`.

    Linear interpolation between neighbouring frames. In a quantum the wandering length moves by a few
    hundredths of a frame, so it crosses a whole number at most once, and in most quanta not at all.
    """
    wander = reverb.wander[line]
    end = reverb.wander_end[line]
    whole = np.int64(min(wander, end))
    crosses = max(wander, end) >= whole + 1
    step = (end - wander) * (1.0 / QUANTUM)
    first = reverb.row - np.int64(reverb.length[line]) - whole
    base = line * LINE_STRIDE
    for i in range(0, QUANTUM, WIDTH):
        oldest = base + ((first + i - 2) & (LINE_ROWS - 1))
        older = load(reverb.memory, oldest + 1)
        fraction = (wander - whole) + step * (i + load(reverb.count, 0))
        frames = older + (1.0 - fraction) * (load(reverb.memory, oldest + 2) - older)
        if crosses:
            beyond = older + (fraction - 1.0) * (load(reverb.memory, oldest) - older)
            frames = select(fraction < 1.0, frames, beyond)
        store(reverb.delayed, line * QUANTUM + i, frames)


@kernel
def heard(delayed, at):
    """What one side hears of eight frames: every other line, with alternating signs."""
    first = load(delayed, at) - load(delayed, at + 2 * QUANTUM)
    return first + (load(delayed, at + 4 * QUANTUM) - load(delayed, at + 6 * QUANTUM))
