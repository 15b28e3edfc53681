"""The pacer: paces that are led as they are, with rests between, and begin anew where the heart was lost."""

from __future__ import annotations

from itertools import pairwise

import pytest

from engine.guide.arms import Arm
from engine.guide.guide import Guide
from engine.guide.music_state import Hand, MusicState
from engine.guide.pacer import AGAIN_S, AWAY_S, EACH_S, FIRST_REST_S, REST_S, Paces
from engine.sitting.asked import Asked, AskedError, asked_of, prepared
from profiles.load import load
from tests.engine.guided import Heart, sit

FIVE = Paces((6.5, 6.0, 5.5, 5.0, 4.5), search=True)


def led(paces: Paces, heart: Heart = lambda _t: 64.0, until_s: float = 900.0) -> list[MusicState]:
    guide = Guide(load("breathe"), Arm.PACED, duration_s=max(paces.longest_s, 600.0), paces=paces)
    return sit(guide, heart, until_s)


def told(states: list[MusicState]) -> list[tuple[float, float | str | None]]:
    """When which pace began, or a rest."""
    return [
        (each.t_s, each.value) for state in states for each in state.decisions if each.parameter == "pace"
    ]


def test_one_pace_is_led_from_the_first_second_to_the_last() -> None:
    states = led(Paces((6.0,)))
    assert {state.breath_guide_per_min for state in states} == {6.0}
    deep = load("breathe").breath.depth_db[1]
    assert all(abs(state.breath_depth_db - deep) < 0.05 for state in states[20:600])
    assert told(states) == [(0.0, 6.0)]


def test_a_search_leads_each_pace_for_two_minutes_with_a_rest_before_it() -> None:
    states = led(FIVE, until_s=FIVE.usual_s + 30.0)
    turns = told(states)
    assert [value for _, value in turns] == [None, 6.5, None, 6.0, None, 5.5, None, 5.0, None, 4.5, None]
    lengths = [after - before for (before, _), (after, _) in pairwise(turns)]
    assert lengths == pytest.approx([FIRST_REST_S, *[EACH_S, REST_S] * 4, EACH_S])
    for at_s, pace in turns[:-1]:
        depths = [state.breath_depth_db for state in states[round(at_s) + 20 : round(at_s) + 28]]
        assert max(depths) < 0.1 if pace is None else min(depths) > 1.5
    for at_s, pace in turns:
        if pace is not None:
            assert states[round(at_s)].breath_guide_per_min == pytest.approx(pace, abs=0.01)
    assert states[-1].ended
    assert turns[-1][0] == pytest.approx(FIVE.usual_s)


def test_a_pace_that_the_heart_was_lost_in_begins_anew() -> None:
    lost_s = FIRST_REST_S + 60.0
    turns = told(led(FIVE, lambda t: None if lost_s <= t < lost_s + 40.0 else 64.0))
    begun = [(at_s, value) for at_s, value in turns if value is not None]
    assert [value for _, value in begun] == [6.5, 6.5, 6.0, 5.5, 5.0, 4.5][: len(begun)]
    assert begun[1][0] == pytest.approx(lost_s + 40.0 + AGAIN_S, abs=5.0)
    assert begun[2][0] - begun[1][0] == pytest.approx(EACH_S + REST_S)


def test_a_short_hole_is_no_loss() -> None:
    turns = told(led(FIVE, lambda t: None if 100.0 <= t < 106.0 else 64.0))
    assert [value for _, value in turns if value is not None].count(6.5) == 1


def test_a_search_whose_heart_stays_away_ends() -> None:
    states = led(FIVE, lambda t: 64.0 if t < 100.0 else None, until_s=400.0)
    assert states[-1].ended
    assert told(states)[-1][0] == pytest.approx(100.0 + AWAY_S, abs=15.0)


def test_one_pace_needs_no_heart() -> None:
    states = led(Paces((5.5,)), lambda _t: None)
    assert {state.breath_guide_per_min for state in states} == {5.5}
    assert told(states) == [(0.0, 5.5)]


def test_a_breath_asks_for_a_pacer_and_for_music_that_breathes() -> None:
    plan = prepared(Asked(sensor="sim", breath=5.5))
    assert (plan.profile.name, plan.arm, plan.guide.arm) == ("breathe", "paced:5.5", Arm.PACED)
    assert prepared(Asked("sleep", sensor="sim", breath=6)).profile.name == "sleep"
    assert prepared(asked_of({"breath": 6, "sensor": "sim"})).arm == "paced"
    assert prepared(Asked(sensor="sim", arm="paces:6,5.5")).duration_s == Paces((6.0, 5.5), True).longest_s
    assert prepared(Asked(sensor="sim", arm="paced:7")).arm == "paced:7"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Asked(breath=3.0), "4.5 to 24"),
        (Asked(breath=float("nan")), "4.5 to 24"),
        (Asked(breath=6.0, arm="open-loop"), "exclude each other"),
        (Asked(arm="paced:quick"), "'quick' is none"),
        (Asked(arm="paced:30"), "4.5 to 24"),
        (Asked(arm="paces:6,,5"), "'' is none"),
    ],
)
def test_what_cannot_be_led_is_refused_in_a_sentence(asked: Asked, said: str) -> None:
    with pytest.raises(AskedError, match=said) as wrong:
        prepared(asked)
    assert "\n" not in str(wrong.value)


def test_a_pacer_gives_way_to_a_hand_that_ends_it() -> None:
    guide = Guide(load("breathe"), Arm.PACED, duration_s=FIVE.longest_s, paces=FIVE)
    states = sit(guide, lambda _t: 64.0, 120.0, {60: ("end", None)})
    assert states[80].ended
    assert any(each.hand is Hand.LISTENER for state in states for each in state.decisions)
