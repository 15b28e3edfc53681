"""Runs an effect's kernels on their own: two channels in, two channels out, knobs once a quantum."""

from __future__ import annotations

import numpy as np
from numba import njit

from dsp.compiled import kernel
from dsp.lanes import WIDTH, load, store
from dsp.processor import flush_denormals, restore_denormals
from dsp.quantum import QUANTUM

RATE = 48000


@kernel
def copy_quantum(source, source_at, target, target_at):
    """QUANTUM frames from one array to another."""
    for i in range(0, QUANTUM, WIDTH):
        store(target, target_at + i, load(source, source_at + i))


class Effect:
    """A compiled driver for one effect.

    `prepare(record, rate)` fills its zeroed record; the kernel `step(record, left, right, knobs, q, rate)`
    changes one quantum in place and may write readings to `knobs[q]`.
    """

    def __init__(self, dtype, prepare, step) -> None:
        self.dtype = dtype
        self.prepare = prepare

        @njit(error_model="numpy", _nrt=False)
        def run(state, left, right, block_left, block_right, knobs, rate):
            before = flush_denormals()
            for q in range(len(left) // QUANTUM):
                copy_quantum(left, q * QUANTUM, block_left, 0)
                copy_quantum(right, q * QUANTUM, block_right, 0)
                step(state[0], block_left, block_right, knobs, q, rate)
                copy_quantum(block_left, 0, left, q * QUANTUM)
                copy_quantum(block_right, 0, right, q * QUANTUM)
            restore_denormals(before)

        self._run = run

    def record(self, rate=RATE):
        """A prepared record, as an array of one."""
        state = np.zeros(1, self.dtype)
        self.prepare(state[0], rate)
        return state

    def run(self, sound, knobs=((),), rate=RATE, state=None):
        """(2, frames) float32 of whole quanta, and the knobs with the readings, one row a quantum.

        sound   (frames,) or (2, frames); knobs: one row for all quanta, or one each
        """
        sound = np.atleast_2d(np.asarray(sound, np.float32))
        quanta = sound.shape[1] // QUANTUM
        left, right = (channel[: quanta * QUANTUM].copy() for channel in (sound[0], sound[-1]))
        knobs = np.asarray(knobs, np.float64)
        knobs = np.ascontiguousarray(np.broadcast_to(knobs, (quanta, knobs.shape[1]))).copy()
        state = self.record(rate) if state is None else state
        block_left, block_right = np.zeros((2, QUANTUM), np.float32)
        self._run(state, left, right, block_left, block_right, knobs, float(rate))
        return np.stack([left, right]), knobs


def denormals_in(state):
    """How many float32 and float64 numbers of a record are too small to be normal."""

    def count(array):
        if array.dtype.names:
            return sum(count(array[name]) for name in array.dtype.names)
        if array.dtype.kind != "f":
            return 0
        tiny = np.finfo(array.dtype).tiny
        return int(np.count_nonzero((array != 0.0) & (np.abs(array) < tiny)))

    return count(state)
