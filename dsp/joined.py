"""Joined: the guest (dsp.guest) beside the music, both under one cap.

    music, governed (dsp.master) ------------------------------> + -> governor of the sum -> limiter
    guest -> sub-sonic high-pass -> level and fade of the master ^

Words must be heard as soon as they are spoken, so the law of the rise (dsp.rise) is the music's alone, which
is weighed by itself while the guest is there; the cap on loudness is that of the sum. Once the guest has
been silent for as long as short-term loudness remembers, and the sum needs no gain, the two are one again.
"""

# pyright: basic

from __future__ import annotations

import numpy as np

from dsp.approximations import DECIBELS_PER_OCTAVE, exp2_scalar
from dsp.compiled import kernel
from dsp.governor import CAP_LUFS, GOVERNOR, advance_gain, govern, prepare_governor
from dsp.lanes import WIDTH, lane, load, splat, store
from dsp.loudness import METER, MOST_BLOCKS, SHORT_TERM_S, lufs, prepare_meter, two_states, weigh
from dsp.quantum import QUANTUM
from dsp.record import record_dtype

JOINED = record_dtype(
    [
        ("sounds", np.int64),
        ("quanta_left", np.int64),
        ("bus", np.float32, (QUANTUM * WIDTH,)),
        ("high_pass_1", np.float32, (WIDTH,)),
        ("high_pass_2", np.float32, (WIDTH,)),
        ("meter", METER),
        ("governor", GOVERNOR),
        ("gain", np.float32),
        ("out_left", np.float32, (QUANTUM,)),
        ("out_right", np.float32, (QUANTUM,)),
    ],
)
"""sounds: 1 where `bus` holds a quantum of the guest, its two sides in lanes 0 and 1; quanta_left: for which
the two are weighed together yet, 0 while there is no guest; out_left, out_right: the last output."""


def prepare_joined(joined: np.void, sample_rate: int, cap_lufs: float = CAP_LUFS) -> None:
    """Set up a zeroed JOINED record."""
    prepare_meter(joined["meter"], sample_rate)
    prepare_governor(joined["governor"], cap_lufs)
    joined["gain"] = 1.0


@kernel
def is_joined(joined, music_meter, sample_rate):
    """Whether there is a guest, or was one a moment ago; a new one finds the loudness that there is."""
    if joined.sounds != 0:
        if joined.quanta_left == 0:
            begin(joined, music_meter)
        joined.quanta_left = int(SHORT_TERM_S * sample_rate / QUANTUM) + 1
    elif joined.quanta_left > 1 or (joined.quanta_left == 1 and joined.governor.gain_db == 0.0):
        joined.quanta_left -= 1
    return joined.quanta_left > 0


@kernel
def begin(joined, music_meter):
    """What the music's meter knows of the output is what both are until now."""
    meter = joined.meter
    for state in range(2):
        meter.shelf_1[state] = meter.shelf_1[2 + state] = music_meter.shelf_1[2 + state]
        meter.shelf_2[state] = meter.shelf_2[2 + state] = music_meter.shelf_2[2 + state]
        meter.high_pass_1[state] = meter.high_pass_1[2 + state] = music_meter.high_pass_1[2 + state]
        meter.high_pass_2[state] = meter.high_pass_2[2 + state] = music_meter.high_pass_2[2 + state]
        meter.energy[state] = meter.energy[2 + state] = music_meter.energy[2 + state]
    meter.quanta = music_meter.quanta
    meter.block = music_meter.block
    for p in range(2):
        meter.momentary[p] = music_meter.momentary[1]
        meter.short_term[p] = music_meter.short_term[1]
        for k in range(MOST_BLOCKS):
            meter.mean_square[p, k] = music_meter.mean_square[1, k]


@kernel
def join(joined, high_pass, left, right, amplitude, amplitude_after, governor, sample_rate):
    """Add the guest to a quantum of the governed music, in place, and hold the sum under the cap.

    high_pass    the master's sub-sonic SECTION
    amplitude    of the master's level and fade where the quantum begins; amplitude_after: where it ends
    governor     the music's, whose cap it is
    """
    if joined.sounds == 0:
        for i in range(QUANTUM):
            store(joined.bus, i * WIDTH, splat(0.0))
    step = (amplitude_after - amplitude) * (1.0 / QUANTUM)
    high_pass_1 = load(joined.high_pass_1, 0)
    high_pass_2 = load(joined.high_pass_2, 0)
    for i in range(QUANTUM):
        amplitude += step
        heard = load(joined.bus, i * WIDTH)
        x, high_pass_1, high_pass_2 = two_states(high_pass, heard, high_pass_1, high_pass_2)
        guest = x * amplitude
        left[i] += lane(guest, 0)
        right[i] += lane(guest, 1)
        joined.bus[i * WIDTH] = left[i]
        joined.bus[i * WIDTH + 1] = right[i]
        joined.bus[i * WIDTH + 2] = joined.out_left[i]
        joined.bus[i * WIDTH + 3] = joined.out_right[i]
    store(joined.high_pass_1, 0, high_pass_1)
    store(joined.high_pass_2, 0, high_pass_2)
    meter = joined.meter
    joined.governor.cap_lufs = governor.cap_lufs
    joined.governor.lowered_cap_lufs = governor.lowered_cap_lufs
    if weigh(meter, joined.bus):
        block_s = meter.block_quanta * QUANTUM / sample_rate
        govern(joined.governor, lufs(meter.momentary[0]), lufs(meter.short_term[1]), 0.0, block_s)
    gain_db = advance_gain(joined.governor, QUANTUM / sample_rate)
    after = float(exp2_scalar(gain_db / DECIBELS_PER_OCTAVE))
    gain = float(joined.gain)
    step = (after - gain) * (1.0 / QUANTUM)
    for i in range(QUANTUM):
        gain += step
        left[i] *= gain
        right[i] *= gain
    joined.gain = after
    joined.sounds = 0
