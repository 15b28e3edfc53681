"""In step: the phase locking value of two breaths, told only where it is earned."""

from __future__ import annotations

import numpy as np
import pytest

from dsp.native import Synth
from engine.guide.guide import Guide
from engine.guide.music_state import Stage
from engine.in_step import KNOWN_SHARE, WINDOW_S, InStep
from engine.music.composer import Composer
from engine.player import OfflineOutput
from engine.session import Moment, Session
from engine.watch import at_once
from profiles.load import load
from sensors.simulated import SimulatedHeart, SimulatedListener


def looked(
    own_per_min: float, music_per_min: float, seconds: float, known: slice = slice(None)
) -> list[float | None]:
    """The figure, ten times a second; `known` are the ticks at which the listener's phase is known."""
    in_step, told = InStep(), list[float | None]()
    heard = set(range(round(10 * seconds))[known])
    for tick in range(round(10 * seconds)):
        t_s = tick / 10
        own = (own_per_min / 60.0 * t_s + 0.3) % 1.0 if tick in heard else None
        in_step.look(t_s, own, music_per_min / 60.0 * t_s % 1.0)
        told.append(in_step.value)
    return told


def test_two_breaths_that_keep_their_distance_are_wholly_in_step() -> None:
    assert looked(9.0, 9.0, 120.0)[-1] == pytest.approx(1.0)


@pytest.mark.parametrize("music", [8.0, 10.0])
def test_one_that_passes_the_other_by_once_in_the_window_is_not_in_step_at_all(music: float) -> None:
    told = looked(9.0, music, 120.0)[-1]
    assert told is not None
    assert told < 0.02


def test_a_slow_drift_is_told_as_the_mean_of_its_turns() -> None:
    told = looked(9.0, 9.4, 120.0)[-1]
    assert told == pytest.approx(np.sinc(0.4), abs=0.01)


def test_it_is_told_once_it_is_earned_and_no_longer_than_it_is() -> None:
    told = looked(9.0, 9.0, 60.0)
    first = next(tick for tick, value in enumerate(told) if value is not None)
    assert first / 10 == pytest.approx(KNOWN_SHARE * WINDOW_S, abs=1.0)
    gone = looked(9.0, 9.0, 200.0, slice(0, 1000))
    assert gone[1000] is not None
    assert gone[1160] is None
    assert all(value is None for value in gone[1160:])


def test_a_breath_that_is_seldom_known_earns_nothing() -> None:
    assert all(value is None for value in looked(9.0, 9.0, 120.0, slice(0, None, 10)))


class Met:
    """A sitting up to `until_s`: where its swell stood beside the listener's breath, and what it told."""

    def __init__(self, listener: SimulatedListener, until_s: float) -> None:
        profile, self.heart, self._until_s = load("relax"), SimulatedHeart(listener), until_s
        self.moments: list[Moment] = []
        self.swell: list[float] = []
        self.composer = Composer(profile, 1)
        output = OfflineOutput(8_000, "Rendering.")
        guide = Guide(profile, duration_s=900.0)
        self.session = Session(
            profile, self.heart, guide, self.composer, Synth(8_000, 1), output, at_once(self)
        )
        self.session.run()

    def moment(self, moment: Moment) -> None:
        self.moments.append(moment)
        self.swell.append(self.composer.breath_at(moment.t_s)[0])
        if moment.t_s >= self._until_s:
            self.session.end()

    def apart(self, from_s: float) -> np.ndarray:
        """How far the two stood apart from then on while it was met, in breaths."""
        t = np.array([moment.t_s for moment in self.moments])
        own = np.interp(t, *np.array(self.heart.breaths_until(t[-1] + 3.0)).T)
        met = (t >= from_s) & np.array([moment.music.stage is Stage.MATCH for moment in self.moments])
        return np.abs((np.array(self.swell) - own + 0.5) % 1.0 - 0.5)[met]


def test_where_the_chest_is_heard_the_music_breathes_with_the_listener_before_it_leads() -> None:
    met = Met(SimulatedListener(breath=13.0, seed=3), 85.0)
    assert np.median(met.apart(50.0)) < 0.1
    assert np.percentile(met.apart(50.0), 90) < 0.2
    told = met.moments[-1].in_step
    assert told is not None
    assert told > 0.8


def test_where_it_is_not_nothing_of_it_is_told() -> None:
    met = Met(SimulatedListener(breath=13.0, chest=0.0, seed=3), 85.0)
    assert all(moment.in_step is None for moment in met.moments)
