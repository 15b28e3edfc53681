"""Chorus: four slowly wandering delay taps a channel, for a send bus.

Each tap is the channel a few milliseconds ago, at a distance that a sine moves back and forth. The
eight sines have rates that share no simple ratio, so the two sides never move alike and the pattern
does not come round. A tap is read eight frames at a time: within those its whole delay stays, and
only the fraction of the cubic interpolation moves (a little beyond its ends, where the cubic, whose
slope is continuous, still fits).
"""

# pyright: basic

from __future__ import annotations

import math

import numpy as np

from dsp.approximations import sine
from dsp.compiled import kernel
from dsp.lanes import WIDTH, load, splat, store
from dsp.oscillator import next_phase
from dsp.quantum import QUANTUM
from dsp.record import record_dtype

MEMORY_FRAMES = 4096
"""A power of two: 85 ms at 48 kHz, 21 ms at 192 kHz."""

TAPS = 4
"""Taps a channel."""

TAP_DELAY_MS = (6.1, 9.7, 13.3, 17.9, 7.3, 10.9, 14.9, 16.7)
"""Middle delays, four on the left and four on the right. Our own choice, by ear."""

TAP_RATE_HZ = (0.13, 0.23, 0.31, 0.43, 0.17, 0.19, 0.37, 0.41)
"""Rates of wandering, prime hundredths of a hertz so that they do not fall into step."""

WANDER_CENTS = 5.0
"""Largest change of pitch of any tap: what SCIENCE.md D4 allows a voice (4 to 7 cents)."""

MIX = 0.5
"""Four taps of unrelated phase at half their level are as loud as their source."""

TAP_MEMORY = np.dtype((np.float32, (MEMORY_FRAMES + WIDTH,)))

CHORUS = record_dtype(
    [
        ("left", np.float32, (QUANTUM,)),
        ("right", np.float32, (QUANTUM,)),
        ("memory_left", TAP_MEMORY),
        ("memory_right", TAP_MEMORY),
        ("row", np.int64),
        ("middle", np.float32, (WIDTH,)),
        ("depth", np.float32, (WIDTH,)),
        ("phase", np.float32, (WIDTH,)),
        ("rate", np.float32, (WIDTH,)),
        ("delay", np.float32, (WIDTH,)),
        ("step", np.float32, (WIDTH,)),
        ("ramp", np.float32, (WIDTH,)),
    ],
)


def prepare_chorus(chorus: np.void, sample_rate: int) -> None:
    """Set delays and rates of a zeroed CHORUS record for a sample rate in Hz (up to 192000)."""
    rates = np.array(TAP_RATE_HZ)
    chorus["middle"] = np.array(TAP_DELAY_MS) * 0.001 * sample_rate
    chorus["depth"] = WANDER_CENTS * math.log(2.0) / 1200.0 * sample_rate / (2.0 * math.pi * rates)
    chorus["depth"] = np.minimum(chorus["depth"], 0.3 * chorus["middle"])
    chorus["phase"] = (np.arange(2 * TAPS) * 3 % 8) / 8.0
    chorus["rate"] = rates * QUANTUM / sample_rate
    chorus["delay"] = chorus["middle"] + chorus["depth"] * np.sin(2.0 * math.pi * chorus["phase"])
    chorus["ramp"] = np.arange(WIDTH)


@kernel
def remember(memory, row, block):
    """Write a quantum into a ring; its first vector is kept again behind its end for straddling reads."""
    for i in range(0, QUANTUM, WIDTH):
        write = (row + i) & (MEMORY_FRAMES - 1)
        frames = load(block, i)
        store(memory, write, frames)
        if write == 0:
            store(memory, MEMORY_FRAMES, frames)


@kernel
def recall(chorus, memory, first_tap, block):
    """Replace `block` by the sum of the four taps from `first_tap` on."""
    for i in range(0, QUANTUM, WIDTH):
        total = splat(0.0)
        for tap in range(first_tap, first_tap + TAPS):
            step = chorus.step[tap]
            first = chorus.delay[tap] + step * (i + 1)
            whole = int(first + 3.5 * step)
            u = (first - whole) + step * load(chorus.ramp, 0)
            newest = chorus.row + i - whole + 1
            x0 = load(memory, newest & (MEMORY_FRAMES - 1))
            x1 = load(memory, (newest - 1) & (MEMORY_FRAMES - 1))
            x2 = load(memory, (newest - 2) & (MEMORY_FRAMES - 1))
            x3 = load(memory, (newest - 3) & (MEMORY_FRAMES - 1))
            slope = 0.5 * (x2 - x0)
            bend = x0 - 2.5 * x1 + 2.0 * x2 - 0.5 * x3
            twist = 0.5 * (x3 - x0) + 1.5 * (x1 - x2)
            total = total + x1 + u * (slope + u * (bend + u * twist))
        store(block, i, total * MIX)


@kernel
def render_chorus(chorus):
    """Turn the quantum in `chorus.left` and `chorus.right` from dry to wet, in place.

    The interpolation is Catmull and Rom's cubic (1974) through four neighbouring frames.
    """
    remember(chorus.memory_left, chorus.row, chorus.left)
    remember(chorus.memory_right, chorus.row, chorus.right)
    phase = next_phase(chorus.phase, chorus.rate, 0)
    after = load(chorus.middle, 0) + load(chorus.depth, 0) * sine(phase)
    store(chorus.step, 0, (after - load(chorus.delay, 0)) * (1.0 / QUANTUM))
    recall(chorus, chorus.memory_left, 0, chorus.left)
    recall(chorus, chorus.memory_right, TAPS, chorus.right)
    store(chorus.delay, 0, after)
    chorus.row += QUANTUM
