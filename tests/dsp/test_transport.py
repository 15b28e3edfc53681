"""The transport: beats are the integral of the tempo; changes come at their beat, in order, within limits."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

from dsp.quantum import QUANTUM
from dsp.transport import (
    CHANGES,
    FASTEST_BPM,
    LONGEST_CHANGE_S,
    SLOWEST_BPM,
    TRANSPORT,
    forget_tempo_changes,
    plan_tempo,
    run,
)

RATE = 48000.0
QUANTUM_S = QUANTUM / RATE


@njit(error_model="numpy", _nrt=False)
def run_for(transports, beats, tempos):
    for q in range(len(beats)):
        beats[q] = run(transports[0], RATE)
        tempos[q] = transports[0].bpm


@njit(error_model="numpy", _nrt=False)
def plan(transports, beat, bpm, seconds):
    return plan_tempo(transports[0], beat, bpm, seconds)


@njit(error_model="numpy", _nrt=False)
def forget(transports):
    forget_tempo_changes(transports[0])


def at(bpm: float) -> np.ndarray:
    transports = np.zeros(1, TRANSPORT)
    transports[0]["bpm"] = transports[0]["target"] = bpm
    return transports


def played(transports: np.ndarray, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Beat and tempo at the end of each quantum."""
    quanta = round(seconds / QUANTUM_S)
    beats, tempos = np.zeros(quanta), np.zeros(quanta)
    run_for(transports, beats, tempos)
    return beats, tempos


def test_a_steady_tempo() -> None:
    beats, tempos = played(at(90.0), 4.0)
    assert beats[-1] == pytest.approx(6.0)
    assert (tempos == 90.0).all()


def test_a_change_over_time_is_a_straight_line_that_ends_on_its_tempo() -> None:
    transports = at(60.0)
    plan(transports, 0.0, 80.0, 2.0)
    beats, tempos = played(transports, 3.0)
    half = round(1.0 / QUANTUM_S) - 1
    assert tempos[half] == pytest.approx(70.0, abs=0.05)
    assert tempos[2 * half + 1] == 80.0
    assert (np.diff(tempos) >= 0.0).all()
    # One beat and two thirds a second in the middle, over two seconds, then one second at 80.
    assert beats[-1] == pytest.approx(2.0 * 70.0 / 60.0 + 80.0 / 60.0, abs=1e-6)


def test_changes_wait_for_their_beat_and_come_in_order() -> None:
    transports = at(60.0)
    plan(transports, 1.0, 120.0, 0.0)
    plan(transports, 2.0, 30.0, 0.0)
    beats, tempos = played(transports, 4.0)
    assert tempos[np.searchsorted(beats, 0.99)] == 60.0
    assert tempos[np.searchsorted(beats, 1.05)] == 120.0
    assert tempos[np.searchsorted(beats, 1.99)] == 120.0
    assert tempos[np.searchsorted(beats, 2.05)] == 30.0


def test_a_full_queue_refuses_and_takes_again_round_its_end() -> None:
    transports = at(60.0)
    assert all(plan(transports, 0.0, 60.0 + k, 0.0) for k in range(CHANGES))
    assert not plan(transports, 0.0, 100.0, 0.0)
    assert played(transports, 0.1)[1][-1] == 60.0 + CHANGES - 1
    for bpm in (70.0, 71.0, 72.0):
        assert plan(transports, 0.0, bpm, 0.0)
    assert played(transports, 0.1)[1][-1] == 72.0


def test_changes_that_are_forgotten_do_not_come() -> None:
    transports = at(60.0)
    plan(transports, 0.5, 120.0, 0.0)
    forget(transports)
    assert played(transports, 2.0)[1][-1] == 60.0


@pytest.mark.parametrize(("asked", "held"), [(1.0, SLOWEST_BPM), (1000.0, FASTEST_BPM), (63.0, 63.0)])
def test_tempo_is_held_within_its_limits(asked: float, held: float) -> None:
    transports = at(60.0)
    plan(transports, 0.0, asked, 0.0)
    assert played(transports, 0.1)[1][-1] == held


@pytest.mark.parametrize(("seconds", "held"), [(-5.0, 0.0), (1e300, LONGEST_CHANGE_S)])
def test_absurd_lengths_of_a_change_are_held_too(seconds: float, held: float) -> None:
    transports = at(60.0)
    plan(transports, 0.0, 120.0, seconds)
    assert transports[0]["change"][0]["seconds"] == held
    tempos = played(transports, 0.1)[1]
    assert tempos[-1] == (120.0 if held == 0.0 else pytest.approx(60.0, abs=1e-3))
