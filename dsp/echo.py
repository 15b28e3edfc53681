"""Echo: a tempo-free stereo delay whose two lines feed one another.

What was left comes back right and the other way round, each time a little darker and thinner. A new
delay time is reached by cross-fading to a second reading point, over and over while the time is
still moving, so that nothing bends in pitch and nothing clicks. Both lines are longer than a
quantum, so reading runs eight frames at a time; only the tone filters go frame by frame.
"""

# pyright: basic

from __future__ import annotations

import math

import numpy as np

from dsp.compiled import kernel
from dsp.lanes import WIDTH, absolute, load, select, store
from dsp.quantum import QUANTUM
from dsp.record import record_dtype

MEMORY_FRAMES = 262144
"""A power of two: 5.4 s at 48 kHz, 2.7 s at 96 kHz."""

SHORTEST_S = 0.05
LONGEST_S = 1.9
HIGHEST_FEEDBACK = 0.85

CROSS_FADE_S = 0.12
"""One cross-fade between two delay times. Our own choice: long enough to be soft, short enough to follow."""

LOW_PASS_HZ = 3200.0
HIGH_PASS_HZ = 180.0
"""Corners of the one-pole tone filters that every echo passes once. Our own choice, by ear."""

NOTHING = 1e-12
"""-240 dB: smaller amplitudes are forgotten, so that no echo goes round for ever."""

LINE = np.dtype((np.float32, (MEMORY_FRAMES + WIDTH,)))

ECHO = record_dtype(
    [
        ("left", np.float32, (QUANTUM,)),
        ("right", np.float32, (QUANTUM,)),
        ("line_left", LINE),
        ("line_right", LINE),
        ("row", np.int64),
        ("delay", np.int64),
        ("next_delay", np.int64),
        ("blend", np.float32),
        ("feedback", np.float32),
        ("blend_step", np.float32),
        ("low_pass", np.float32),
        ("high_pass", np.float32),
        ("dark_left", np.float32),
        ("dark_right", np.float32),
        ("bass_left", np.float32),
        ("bass_right", np.float32),
        ("delayed_left", np.float32, (QUANTUM,)),
        ("delayed_right", np.float32, (QUANTUM,)),
        ("ramp", np.float32, (QUANTUM,)),
    ],
)


def prepare_echo(echo: np.void, sample_rate: int) -> None:
    """Set the filters of a zeroed ECHO record for a sample rate in Hz (up to 96000 for all delays)."""
    echo["low_pass"] = 1.0 - math.exp(-2.0 * math.pi * LOW_PASS_HZ / sample_rate)
    echo["high_pass"] = 1.0 - math.exp(-2.0 * math.pi * HIGH_PASS_HZ / sample_rate)
    echo["blend_step"] = QUANTUM / (CROSS_FADE_S * sample_rate)
    echo["ramp"] = np.arange(1, QUANTUM + 1) / QUANTUM


@kernel
def smooth(u):
    """The smoothstep from 0 to 1 of a progress from 0 to 1."""
    return u * u * (3.0 - 2.0 * u)


@kernel
def read(echo, line, before, after, block):
    """Read a quantum from a line, `before` to `after` being the share of the next delay in it."""
    for i in range(0, QUANTUM, WIDTH):
        now = load(line, (echo.row + i - echo.delay) & (MEMORY_FRAMES - 1))
        if after > 0.0:
            then = load(line, (echo.row + i - echo.next_delay) & (MEMORY_FRAMES - 1))
            now = now + (before + (after - before) * load(echo.ramp, i)) * (then - now)
        store(block, i, now)


@kernel
def write(echo, line, block):
    """Write a quantum into a line; its first vector is kept again behind its end."""
    for i in range(0, QUANTUM, WIDTH):
        at = (echo.row + i) & (MEMORY_FRAMES - 1)
        frames = load(block, i)
        frames = select(absolute(frames) > NOTHING, frames, 0.0)
        store(line, at, frames)
        if at == 0:
            store(line, MEMORY_FRAMES, frames)


@kernel
def kept(state):
    """A filter's memory, or zero when nothing audible is left of it."""
    if -NOTHING < state < NOTHING:
        return np.float32(0.0)
    return state


@kernel
def render_echo(echo, delay_s, feedback, sample_rate):
    """Turn the quantum in `echo.left` and `echo.right` from dry to wet, in place.

    delay_s    time between echoes, 0.05 to 1.9 s (held there)
    feedback   level of each echo against the one before, 0 to 0.85 (held there)
    """
    longest = MEMORY_FRAMES - 2 * QUANTUM
    wanted = min(int(min(max(delay_s, SHORTEST_S), LONGEST_S) * sample_rate + 0.5), longest)
    feedback = min(max(feedback, 0.0), HIGHEST_FEEDBACK)
    if echo.delay == 0:  # nothing has been asked yet
        echo.delay = wanted
        echo.next_delay = wanted
        echo.feedback = feedback
    if echo.next_delay == echo.delay and wanted != echo.delay:
        echo.next_delay = wanted
        echo.blend = 0.0
    before = smooth(echo.blend)
    after = before
    if echo.next_delay != echo.delay:
        echo.blend = min(echo.blend + echo.blend_step, 1.0)
        after = smooth(echo.blend)
    read(echo, echo.line_left, before, after, echo.delayed_left)
    read(echo, echo.line_right, before, after, echo.delayed_right)
    if echo.blend >= 1.0:
        echo.delay = echo.next_delay
        echo.blend = 0.0

    gain = echo.feedback
    gain_step = (feedback - gain) * (1.0 / QUANTUM)
    dark_left = echo.dark_left
    dark_right = echo.dark_right
    bass_left = echo.bass_left
    bass_right = echo.bass_right
    for i in range(QUANTUM):
        gain += gain_step
        dark_left += echo.low_pass * (echo.delayed_left[i] - dark_left)
        dark_right += echo.low_pass * (echo.delayed_right[i] - dark_right)
        bass_left += echo.high_pass * (dark_left - bass_left)
        bass_right += echo.high_pass * (dark_right - bass_right)
        wet_left = dark_left - bass_left
        wet_right = dark_right - bass_right
        echo.delayed_left[i] = echo.left[i] + gain * wet_right
        echo.delayed_right[i] = echo.right[i] + gain * wet_left
        echo.left[i] = wet_left
        echo.right[i] = wet_right
    echo.feedback = feedback
    echo.dark_left = kept(dark_left)
    echo.dark_right = kept(dark_right)
    echo.bass_left = kept(bass_left)
    echo.bass_right = kept(bass_right)
    write(echo, echo.line_left, echo.delayed_left)
    write(echo, echo.line_right, echo.delayed_right)
    echo.row += QUANTUM
