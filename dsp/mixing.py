"""Mixing: one instrument's lanes, summed onto the dry bus and the sends of the effects."""

# pyright: basic

from __future__ import annotations

import numpy as np

from dsp.approximations import decibels_to_gain
from dsp.compiled import kernel
from dsp.crossing import column_sums
from dsp.lanes import WIDTH, load, splat, store
from dsp.parameters import LEVEL, TO_CHORUS, TO_ECHO, TO_REVERB
from dsp.quantum import QUANTUM
from dsp.record import record_dtype
from dsp.score import CHANNEL_PARAMETERS

MAKE_UP = 4.0
"""Gain between the mix and the master, 12 dB: a palette whose channels stand around -10 dB then sounds
near -24 LUFS, and every instrument keeps headroom of its own. By measurement (benchmarks/sound_audit.py)."""

SENDS = record_dtype([(name, np.float32, (QUANTUM,)) for name in ("left", "right")])


@kernel
def mix(sound, instrument, gain_before, gain_after):
    """Bring one instrument's lanes to the dry bus and the sends, every gain a straight line."""
    before = sound.parameters.before
    value = sound.parameters.value
    at = instrument * len(CHANNEL_PARAMETERS)
    first = decibels_to_gain(float(before[at + LEVEL])) * gain_before
    last = decibels_to_gain(float(value[at + LEVEL])) * gain_after
    for i in range(0, QUANTUM, WIDTH):
        t = load(sound.slope, i)
        gain = first + (last - first) * t
        left = column_sums(sound.lanes_left, i * WIDTH) * gain
        right = column_sums(sound.lanes_right, i * WIDTH) * gain
        to_reverb = before[at + TO_REVERB] + (value[at + TO_REVERB] - before[at + TO_REVERB]) * t
        to_echo = before[at + TO_ECHO] + (value[at + TO_ECHO] - before[at + TO_ECHO]) * t
        to_chorus = before[at + TO_CHORUS] + (value[at + TO_CHORUS] - before[at + TO_CHORUS]) * t
        add(sound.dry.left, sound.dry.right, i, left, right)
        add(sound.reverb.left, sound.reverb.right, i, left * to_reverb, right * to_reverb)
        add(sound.echo.left, sound.echo.right, i, left * to_echo, right * to_echo)
        add(sound.chorus.left, sound.chorus.right, i, left * to_chorus, right * to_chorus)


@kernel
def layer_gain(level_db):
    """Gain of a layer that steps back for the guest; exactly 1 where it does not."""
    return 1.0 if level_db == 0.0 else float(decibels_to_gain(float(level_db)))


@kernel
def add(bus_left, bus_right, i, left, right):
    """Add eight frames to a bus."""
    store(bus_left, i, load(bus_left, i) + left)
    store(bus_right, i, load(bus_right, i) + right)


@kernel
def clear(left, right, count):
    """Zero the first `count` samples of two arrays."""
    for i in range(0, count, WIDTH):
        store(left, i, splat(0.0))
        store(right, i, splat(0.0))
