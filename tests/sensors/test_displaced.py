"""Displaced beats too small to be marked singly: figures are withheld, a breath made of them is doubted."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from sensors.beat import TimedBeat
from sensors.displaced import DisplacedBeats
from sensors.heart_state import HeartState
from sensors.monitor import HeartMonitor


def quiet(
    beats: int, base: float = 740.0, noise: float = 5.0, swing: float = 0.0, seed: int = 1
) -> np.ndarray:
    """RR of a quiet heart, breathing 15 times a minute."""
    t = np.cumsum(np.full(beats, base)) / 1000.0
    breath = swing * np.sin(2 * np.pi * 0.25 * t)
    return base + breath + np.random.default_rng(seed).normal(0.0, noise, beats)


def early(rr: np.ndarray, places: Iterable[int], share: float) -> np.ndarray:
    """`rr` with beats at `places` early by `share` of the interval, and pauses that make up for it."""
    moved = rr.copy()
    for k in places:
        moved[k] -= share * rr.mean()
        moved[k + 1] += share * rr.mean()
    return moved


def heard(rr: np.ndarray) -> tuple[list[HeartState], HeartMonitor]:
    """The states once a second."""
    monitor = HeartMonitor()
    states, t, due = [], 0.0, 1.0
    for x in rr:
        t += x / 1000.0
        monitor.feed(TimedBeat(t, t, float(x)))
        if t >= due:
            states.append(monitor.state(t))
            due += 1.0
    return states, monitor


def withheld(rr: np.ndarray) -> bool:
    """Whether RMSSD is withheld and no breath is believed, from a minute on."""
    states, monitor = heard(rr)
    late = states[60:]
    return (
        all(state.rmssd_ms is None and state.breath_confidence < 0.5 for state in late)
        and not monitor.whole().trusted
    )


@pytest.mark.parametrize("swing", [0.0, 8.0])
@pytest.mark.parametrize("half", [15.0, 25.0, 40.0])
def test_every_second_interval_longer_is_no_variability(half: float, swing: float) -> None:
    rr = quiet(400, swing=swing)
    assert withheld(rr + half * (-1.0) ** np.arange(rr.size))


@pytest.mark.parametrize("every", [3, 4, 5, 6, 8])
@pytest.mark.parametrize("share", [0.05, 0.08, 0.12])
def test_early_beats_with_a_pause_are_no_variability_and_no_breath(every: int, share: float) -> None:
    assert withheld(early(quiet(400), range(5, 398, every), share))


def test_early_beats_now_and_then_are_no_variability() -> None:
    places = np.cumsum(np.random.default_rng(3).integers(4, 10, 60))
    assert withheld(early(quiet(420), places[places < 418], 0.08))


@pytest.mark.parametrize("share", [0.05, 0.08])
def test_late_beats_now_and_then_are_no_variability(share: float) -> None:
    places = np.cumsum(np.random.default_rng(3).integers(4, 10, 60))
    assert withheld(early(quiet(420), places[places < 418], -share))


@pytest.mark.parametrize("share", [0.06, 0.08])
def test_two_early_beats_running_now_and_then_are_no_variability(share: float) -> None:
    places = np.cumsum(np.random.default_rng(5).integers(6, 12, 60))
    moved = quiet(420)
    for k in places[places < 415]:
        moved[k] -= share * moved.mean()
        moved[k + 2] += share * moved.mean()
    assert withheld(moved)


def test_a_heart_that_lingers_now_and_then_and_goes_on_from_there_is_no_pattern() -> None:
    """Long intervals that no later one makes up for are the sinus node's own."""
    rr = quiet(420, noise=4.0)
    for k in np.cumsum(np.random.default_rng(7).integers(6, 12, 60)):
        if k < 418:
            rr[k] += 0.05 * rr.mean()
    displaced = DisplacedBeats()
    found = 0
    for x in rr:
        displaced.push(float(x))
        found += displaced.many
    assert found <= 4


@pytest.mark.parametrize("every", [3, 4, 5, 7])
@pytest.mark.parametrize("share", [0.08, 0.12])
def test_early_beats_of_a_lively_heart_are_no_variability(every: int, share: float) -> None:
    assert withheld(early(quiet(420, noise=10.0, swing=30.0), range(5, 418, every), share))


@pytest.mark.parametrize("every", [2, 4, 5, 7])
def test_a_missed_and_a_split_beat_do_not_hide_a_pattern(every: int) -> None:
    rr = early(quiet(420), range(5, 418, every), 0.06)
    for k in (380, 330, 280, 230, 180, 130, 80, 30):
        rr[k] += rr[k + 1]
        rr = np.insert(np.delete(rr, k + 1), k + 11, 0.45 * rr[k + 11])
        rr[k + 12] *= 0.55
    states, _ = heard(rr)
    assert all(state.rmssd_ms is None for state in states[60:])


def test_a_pattern_in_the_middle_is_withheld_while_it_lasts() -> None:
    rr = early(quiet(750), range(200, 400, 5), 0.08)
    states, _ = heard(rr)
    shown = [state.rmssd_ms for state in states]
    assert all(value is not None for value in shown[60:140])
    assert all(value is None for value in shown[185:290])
    assert all(value is not None for value in shown[480:])


def test_an_early_beat_in_a_quiet_rhythm_is_marked_and_makes_no_variability() -> None:
    states, monitor = heard(early(quiet(300), [150], 0.06))
    assert [beat.label.value for beat in monitor.take_labelled()].count("ectopic") == 1
    assert all((state.rmssd_ms or 0.0) < 10.0 for state in states[60:])


def test_one_early_beat_withholds_nothing() -> None:
    states, _ = heard(early(quiet(300), [150], 0.08))
    assert not any(state.irregular for state in states)
    assert all(state.rmssd_ms is not None for state in states[60:])


@pytest.mark.parametrize("beats_a_breath", [2.4, 2.7, 3.3, 4.0, 5.0])
@pytest.mark.parametrize("swing", [10.0, 40.0, 90.0])
def test_a_breath_of_few_beats_is_no_pattern(beats_a_breath: float, swing: float) -> None:
    rng = np.random.default_rng(2)
    phase = np.cumsum(rng.normal(2 * np.pi / beats_a_breath, 0.1, 400))
    displaced = DisplacedBeats()
    found = 0
    for x in 1000.0 + swing * np.sin(phase) + rng.normal(0, 8, 400):
        displaced.push(float(x))
        found += displaced.many
    assert found <= 4


def test_what_was_before_a_hole_takes_no_turn() -> None:
    displaced = DisplacedBeats()
    for k in range(200):
        displaced.push(740.0 + 40.0 * (-1) ** k)
    assert displaced.many
    displaced.hole()
    assert not displaced.many
