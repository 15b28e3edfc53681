"""The breath out of a chest's acceleration: how soon, how nearly, and what is not taken for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sensors.beat import CHEST_STEP_S, ChestMotion, Measurement
from sensors.chest import ChestBreath
from sensors.heart_state import HeartState
from sensors.monitor import HeartMonitor
from sensors.simulated import SimulatedHeart, SimulatedListener

SECONDS = 120


def sat(
    listener: SimulatedListener, tilted: tuple[float, float, float] = (1.0, 1.0, 1.0)
) -> tuple[list[HeartState], np.ndarray]:
    """A state a second, and the breaths (times, breaths begun) of the listener; `tilted` turns the strap."""
    heart, monitor = SimulatedHeart(listener), HeartMonitor(simulated=True)
    states: list[HeartState] = []
    for second in range(1, SECONDS):
        for event in heart.poll(float(second)):
            if isinstance(event, ChestMotion):
                turned = tuple((x * tilted[0], y * tilted[1], z * tilted[2]) for x, y, z in event.milli_g)
                event = replace(event, milli_g=turned)
            monitor.feed(event, heart.latency_s)
        states.append(monitor.state(float(second)))
    return states, np.array(heart.breaths_until(SECONDS + 2.0)).T


def phase_errors(states: list[HeartState], breaths: np.ndarray) -> np.ndarray:
    known = [(state.t_s, state.breath_phase) for state in states if state.breath_phase is not None]
    t, told = np.array(known).T
    return np.abs((told - np.interp(t, *breaths) + 0.5) % 1.0 - 0.5)


@pytest.mark.parametrize("per_min", [5.0, 6.0, 9.0, 13.0, 18.0, 25.0])
def test_rate_and_phase_are_known_within_a_dozen_seconds(per_min: float) -> None:
    for seed in (1, 2, 3):
        states, breaths = sat(SimulatedListener(breath=per_min, seed=seed))
        sure = [state for state in states if state.breath_confidence >= 0.5]
        assert sure[0].t_s <= 12.0
        assert len(sure) > 0.85 * len(states)
        errors = phase_errors(states, breaths)
        assert np.median(errors) < 0.08
        assert np.percentile(errors, 90) <= 0.15
        assert np.median([state.breath_per_min for state in sure]) == pytest.approx(per_min, rel=0.1)


def test_the_phase_of_a_shallow_breath_is_known_beside_a_posture_that_wanders_as_far() -> None:
    errors = list[float]()
    for seed in range(1, 5):
        states, breaths = sat(SimulatedListener(chest=3.0, seed=seed))
        errors += phase_errors(states, breaths).tolist()
    assert len(errors) > 0.6 * 4 * SECONDS
    assert np.median(errors) < 0.07
    assert np.percentile(errors, 90) <= 0.15


def test_a_breath_is_told_to_begin_where_the_chest_begins_to_rise() -> None:
    """Two fifths of it in, three out: the sinusoid alone would be a twentieth ahead."""
    states, breaths = sat(SimulatedListener(breath_jitter=0.0))
    known = [(state.t_s, state.breath_phase) for state in states if state.breath_phase is not None]
    t, told = np.array(known).T
    assert np.median((told - np.interp(t, *breaths) + 0.5) % 1.0 - 0.5) == pytest.approx(0.0, abs=0.015)


@pytest.mark.parametrize("tilted", [(1, 1, -1), (-1, -1, 1), (0.2, 1, 0.5)])
def test_however_the_strap_is_worn_the_heart_tells_in_from_out(tilted: tuple[float, float, float]) -> None:
    states, breaths = sat(SimulatedListener(breath=12.0), tilted)
    errors = phase_errors(states[40:], breaths)
    assert np.percentile(errors, 90) <= 0.15


def test_coughs_and_turns_do_not_lead() -> None:
    wrong = sure = 0
    for seed in range(1, 4):
        states, breaths = sat(SimulatedListener(coughs=120.0, turns=90.0, seed=seed))
        for state in states[20:]:
            if state.breath_phase is not None and state.breath_per_min is not None:
                begun = np.interp([state.t_s - 20.0, state.t_s], *breaths)
                sure += 1
                wrong += abs(state.breath_per_min - 3.0 * float(begun[1] - begun[0])) > 2.0
    assert sure > 100
    assert wrong <= 0.03 * sure


def test_while_somebody_talks_hardly_anything_is_believed_wrongly() -> None:
    wrong = sure = 0
    for seed in range(1, 4):
        states, breaths = sat(SimulatedListener(talks=120.0, seed=seed))
        for state in states[20:]:
            if state.breath_confidence >= 0.5 and state.breath_per_min is not None:
                begun = np.interp([state.t_s - 20.0, state.t_s], *breaths)
                sure += 1
                wrong += abs(state.breath_per_min - 3.0 * float(begun[1] - begun[0])) > 2.0
    assert sure > 60
    assert wrong <= 0.05 * sure


def test_a_chest_that_does_not_move_is_not_believed() -> None:
    believed = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        chest, posture = ChestBreath(), np.array([20.0, -960.0, 240.0])
        for second in range(1, 120):
            posture = posture + rng.normal(0.0, 1.0, 3)
            samples = [tuple(posture + rng.normal(0.0, 1.5, 3)) for _ in range(5)]
            believed += chest.take(float(second), samples).confidence >= 0.5
    assert believed <= 0.03 * 6 * 119


def test_without_acceleration_the_heart_tells_the_rate_and_nothing_the_phase() -> None:
    states, _ = sat(SimulatedListener(breath=12.0, chest=0.0))
    assert states[-1].breath_confidence >= 0.5
    assert all(state.breath_phase is None for state in states)


def test_a_phase_is_not_carried_on_for_ever() -> None:
    heart, monitor = SimulatedHeart(SimulatedListener(breath=12.0)), HeartMonitor(simulated=True)
    for event in heart.poll(40.0):
        monitor.feed(event, heart.latency_s)
    assert monitor.state(40.5).breath_phase is not None
    assert monitor.state(46.0).breath_phase is None


def test_samples_that_do_not_adjoin_begin_anew() -> None:
    chest = ChestBreath()
    wave = 10.0 * np.sin(2 * np.pi * 0.2 * CHEST_STEP_S * np.arange(100))
    for k in range(0, 100, 5):
        reading = chest.take(CHEST_STEP_S * (k + 4), [(0.0, 0.0, float(z)) for z in wave[k : k + 5]])
    assert reading.confidence > 0.9
    bridged = chest.take(CHEST_STEP_S * 108, [(0.0, 0.0, float(z)) for z in wave[4:9]])
    assert bridged.per_min is not None
    assert chest.take(60.0, [(0.0, 0.0, 0.0)] * 5).confidence == 0.0


def test_a_chest_changes_nothing_of_the_beats() -> None:
    def beats(chest: float) -> list[tuple[int, ...]]:
        events = SimulatedHeart(SimulatedListener(chest=chest, seed=4)).poll(60.0)
        return [event.rr_ticks for event in events if isinstance(event, Measurement)]

    assert beats(8.0) == beats(0.0)
