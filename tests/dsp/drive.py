"""Runs one instrument's kernels on their own: notes in, two channels of sound out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from dsp.crossing import column_sums
from dsp.envelope import IDLE, release, steal
from dsp.lanes import splat, store
from dsp.playable import Playable
from dsp.processor import flush_denormals, restore_denormals
from dsp.quantum import QUANTUM

RATE = 48000
START, RELEASE, STEAL = 0.0, 1.0, 2.0


@dataclass(frozen=True, slots=True)
class Event:
    """Something done to one voice at the start of the quantum in which `at_s` lies."""

    at_s: float
    voice: int = 0
    kind: float = START
    pitch: float = 60.0
    velocity: float = 1.0
    brightness: float = 0.5
    pan: float = 0.0
    attack_s: float = 0.02
    release_s: float = 1.0


@njit
def tell_frame(record, quantum):
    """As dsp.parts tells it."""
    record.frame = quantum * QUANTUM


@njit
def tell_nothing(record, quantum):
    pass


class Instrument:
    """A compiled driver for one instrument."""

    def __init__(self, playable: Playable) -> None:
        self.dtype = playable.record
        self.prepare = playable.prepare
        start, render = playable.start, playable.render
        tell = tell_frame if "frame" in (playable.record.names or ()) else tell_nothing

        @njit(error_model="numpy", _nrt=False)
        def run(state, events, breath_curve, lanes_left, lanes_right, left, right, stages, rate):
            before = flush_denormals()
            record = state[0]
            next_event = 0
            for q in range(len(left) // QUANTUM):
                tell(record, q)
                while next_event < events.shape[0] and events[next_event, 0] <= q:
                    e = next_event
                    voice = int(events[e, 2])
                    if events[e, 1] == START:
                        start(
                            record, voice, events[e, 3], events[e, 4], events[e, 5], events[e, 6],
                            events[e, 7], events[e, 8], rate,
                        )
                    elif events[e, 1] == RELEASE:
                        release(record.envelope, voice)
                    else:
                        steal(record.envelope, voice, rate)
                    next_event += 1
                for i in range(0, QUANTUM * 8, 8):
                    store(lanes_left, i, splat(0.0))
                    store(lanes_right, i, splat(0.0))
                render(record, lanes_left, lanes_right, rate, breath_curve[q])
                for i in range(0, QUANTUM, 8):
                    store(left, q * QUANTUM + i, column_sums(lanes_left, i * 8))
                    store(right, q * QUANTUM + i, column_sums(lanes_right, i * 8))
                for voice in range(stages.shape[1]):
                    stages[q, voice] = record.envelope.stage[voice]
            restore_denormals(before)

        self._run = run

    def prepared_by(self, prepare):
        """The same compiled kernels on a record that `prepare` fills."""
        other = object.__new__(Instrument)
        other.dtype, other.prepare, other._run = self.dtype, prepare, self._run
        return other

    def record(self, seed=1, rate=RATE):
        """A prepared record, as an array of one."""
        state = np.zeros(1, self.dtype)
        self.prepare(state[0], rate, seed)
        return state

    def play(self, events, seconds, seed=1, rate=RATE, breath=None, state=None):
        """(2, frames) float32 and the stage of each voice after each quantum."""
        quanta = int(seconds * rate / QUANTUM)
        state = self.record(seed, rate) if state is None else state
        rows = np.array(
            [
                (
                    int(e.at_s * rate / QUANTUM), e.kind, e.voice, e.pitch, e.velocity, e.brightness,
                    e.pan, e.attack_s, e.release_s,
                )
                for e in sorted(events, key=lambda e: e.at_s)
            ],
            dtype=np.float64,
        ).reshape(-1, 9)
        sound = np.zeros((2, quanta * QUANTUM), np.float32)
        voices = len(state["envelope"]["stage"][0])
        stages = np.full((quanta, voices), IDLE, np.float32)
        curve = np.zeros(quanta, np.float32) if breath is None else breath(np.arange(quanta) * QUANTUM / rate)
        self._run(
            state, rows, curve.astype(np.float32), np.zeros(QUANTUM * 8, np.float32),
            np.zeros(QUANTUM * 8, np.float32), sound[0], sound[1], stages, float(rate),
        )
        return sound, stages


def note(pitch=60.0, **asked):
    """One note at the beginning."""
    return [Event(0.0, pitch=pitch, **asked)]
