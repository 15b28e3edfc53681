"""The transport: tempo integrated into beats, quantum by quantum.

Notes wait in beats, so a change of tempo moves them all. Tempo changes wait for their beat in a
short queue of their own and are drawn as straight lines.
"""

# pyright: basic

from __future__ import annotations

import numpy as np

from dsp.approximations import ceiling
from dsp.compiled import kernel
from dsp.quantum import QUANTUM
from dsp.record import record_dtype

CHANGES = 64
"""Tempo changes that may wait, a power of two: over a minute of bars at any calm tempo."""

SLOWEST_BPM, FASTEST_BPM = 20.0, 200.0
"""Tempo limits of the transport; a profile's own are narrower."""

LONGEST_CHANGE_S = 86400.0
"""A change of tempo takes a day at most, so that its quanta can be counted."""

CHANGE = record_dtype([("beat", np.float64), ("bpm", np.float64), ("seconds", np.float64)])

TRANSPORT = record_dtype(
    [
        ("beat", np.float64),
        ("bpm", np.float64),
        ("target", np.float64),
        ("step", np.float64),
        ("quanta_left", np.int64),
        ("first", np.int64),
        ("count", np.int64),
        ("change", CHANGE, (CHANGES,)),
    ],
)


@kernel
def plan_tempo(transport, beat, bpm, seconds):
    """Queue a tempo change for a beat; False where the queue is full."""
    if transport.count >= CHANGES:
        return False
    change = transport.change[(transport.first + transport.count) & (CHANGES - 1)]
    change.beat = beat
    change.bpm = min(max(bpm, SLOWEST_BPM), FASTEST_BPM)
    change.seconds = min(max(seconds, 0.0), LONGEST_CHANGE_S)
    transport.count += 1
    return True


@kernel
def forget_tempo_changes(transport):
    """Drop the changes that have not come into effect."""
    transport.count = 0


@kernel
def run(transport, sample_rate):
    """Advance by one quantum; returns the beat at its end."""
    while transport.count > 0 and transport.change[transport.first].beat <= transport.beat:
        change = transport.change[transport.first]
        quanta = max(np.int64(ceiling(change.seconds * sample_rate / QUANTUM)), 1)
        transport.target = change.bpm
        transport.step = (change.bpm - transport.bpm) / quanta
        transport.quanta_left = quanta
        transport.first = (transport.first + 1) & (CHANGES - 1)
        transport.count -= 1
    before = transport.bpm
    if transport.quanta_left > 0:
        transport.quanta_left -= 1
        transport.bpm = transport.target if transport.quanta_left == 0 else before + transport.step
    transport.beat += 0.5 * (before + transport.bpm) * QUANTUM / (60.0 * sample_rate)
    return transport.beat
