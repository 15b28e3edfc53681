"""The breath's lead: how far the swell leads the breath, when it holds, when it goes back to it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.guide.arms import Arm
from engine.guide.breath_lead import LEAD, MEET_SHARE, WAIT_S, BreathLead
from engine.guide.guide import Guide
from engine.guide.music_state import MusicState
from profiles.load import load
from sensors.heart_state import HeartState

OWN = 15.0
STEP_S = 2.0


def sit(
    breath: Callable[[float, float], float | None], arm: Arm = Arm.GOVERNED, seconds: float = 1000.0
) -> list[tuple[MusicState, float | None]]:
    """A sitting with a breath that is `breath(time, swell)`; each state with the breath that was heard."""
    guide = Guide(load("relax"), arm)
    found: list[tuple[MusicState, float | None]] = []
    swell = OWN
    for i in range(int(seconds / STEP_S)):
        t = STEP_S * i
        rate = breath(t, swell)
        heart = HeartState(t, 70.0, breath_per_min=rate, breath_confidence=0.0 if rate is None else 0.9)
        state = guide.step(t, heart)
        swell = state.breath_guide_per_min
        found.append((state, rate))
    return found


class Follower:
    """A breath that goes `share` of the way from its own rate to the swell's, 30 s behind it."""

    def __init__(self, share: float, until_s: float = 1e9) -> None:
        self.rate, self._share, self._until_s = OWN, share, until_s

    def __call__(self, t_s: float, swell: float) -> float:
        share = self._share if t_s < self._until_s else 0.0
        self.rate += (OWN + share * (swell - OWN) - self.rate) * STEP_S / 30.0
        return self.rate


@given(
    st.lists(
        st.tuples(
            st.floats(0.1, 4000.0), st.floats(4.5, 24.0),
            st.one_of(st.none(), st.floats(2.4, 30.0)), st.floats(4.5, 24.0),
        ),
        max_size=80,
    )
)  # fmt: skip
def test_it_never_asks_for_less_than_the_clock_nor_for_more_lead_than_it_may(
    steps: list[tuple[float, float, float | None, float]],
) -> None:
    lead = BreathLead()
    for dt_s, path, breath, swell in steps:
        want = lead.want(dt_s, path, breath, swell)
        assert want >= path
        if breath is not None and swell >= (1.0 - LEAD) * breath:
            assert want >= (1.0 - LEAD) * breath - 1e-9


def test_a_breath_that_stands_still_is_led_by_twelve_hundredths_waited_for_and_met_again() -> None:
    states = sit(lambda _t, _swell: OWN)
    swells = [state.breath_guide_per_min for state, _ in states]
    assert min(swells) == pytest.approx((1.0 - LEAD) * OWN, abs=0.1)
    reached = next(i for i, swell in enumerate(swells) if swell < (1.0 - 0.9 * LEAD) * OWN)
    rises = next(i for i in range(reached, len(swells)) if swells[i] > swells[i - 1] + 1e-6)
    assert WAIT_S - 10.0 <= STEP_S * (rises - reached) <= WAIT_S + 10.0
    back = max(swells[rises : rises + 60])
    assert back == pytest.approx(MEET_SHARE * OWN, rel=0.015)
    assert min(swells[rises + 60 : rises + 150]) == pytest.approx((1.0 - LEAD) * OWN, abs=0.15)
    said = [each.why for state, _ in states for each in state.decisions if "did not come along" in each.why]
    assert len(said) == 1  # and not at every turn


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_breath_that_comes_along_is_led_on_without_a_step_back(share: float) -> None:
    states = sit(Follower(share))
    swells = [state.breath_guide_per_min for state, _ in states]
    assert all(later <= before + 1e-9 for before, later in pairwise(swells[75:]))
    assert swells[-1] < 0.97 * (1.0 - LEAD) * OWN
    # What is heard is the middle of the last minute, behind a breath that falls: the true lead is smaller.
    for state, rate in states[75:]:
        assert rate is not None
        assert state.breath_guide_per_min >= (1.0 - LEAD) * rate - 0.05


def test_a_listener_who_drifts_off_is_met_and_led_anew() -> None:
    states = sit(Follower(0.8, until_s=500.0))
    swells = [state.breath_guide_per_min for state, _ in states]
    low = min(swells[:250])
    assert low < 0.75 * OWN
    assert max(swells[250:]) > 0.95 * OWN
    # It held first: for as long as a lapse may be, nothing is taken back.
    held = next(i for i in range(250, len(swells)) if swells[i] > low + 0.2)
    assert STEP_S * (held - 250) >= WAIT_S


def test_a_breath_that_cannot_be_heard_is_led_by_the_clock() -> None:
    governed = [state.breath_guide_per_min for state, _ in sit(lambda _t, _swell: None)]
    by_clock = [state.breath_guide_per_min for state, _ in sit(lambda _t, _swell: None, Arm.OPEN_LOOP)]
    assert governed == by_clock
