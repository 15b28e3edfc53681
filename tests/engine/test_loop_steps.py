"""Whole listeners through monitor and guide: a step is answered with its sign, a heart at rest is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.program import program

STEPS = program("loop_steps")


def answers(sensor: Any, seconds: float) -> list[tuple[float, int]]:
    return STEPS.answers_of(music for _, music in STEPS.followed("relax", sensor, seconds))


@pytest.mark.parametrize("by_bpm", [6.0, -6.0])
@pytest.mark.parametrize("who", ["STEADY", "LIVING"])
def test_a_step_of_six_beats_is_answered_within_a_phrase_or_two_and_with_its_sign(
    who: str, by_bpm: float
) -> None:
    listener = replace(getattr(STEPS, who), seed=21)
    found = answers(STEPS.ChangingListener(listener, by_bpm, at_s=150.0), 180.0)
    assert [sign for _, sign in found] == [-1 if by_bpm > 0.0 else 1]
    assert found[0][0] - 150.0 <= 22.0


@pytest.mark.parametrize(("who", "most"), [("STEADY", 0), ("LIVING", 1)])
def test_a_heart_at_rest_is_hardly_answered_in_ten_minutes(who: str, most: int) -> None:
    found = answers(STEPS.ChangingListener(replace(getattr(STEPS, who), seed=22)), 600.0)
    assert len(found) <= most, "a steady heart never; one that drifts by a beat a minute now and then"


def test_a_breath_that_falls_in_with_the_swell_is_answered_within_a_minute() -> None:
    sensor = STEPS.ChangingListener(replace(STEPS.STEADY, seed=23), at_s=250.0, uneven=STEPS.UNEVEN)
    after = [(t_s - 250.0, sign) for t_s, sign in answers(sensor, 310.0) if t_s >= 250.0]
    assert after[0][1] == 1
    assert after[0][0] <= 55.0


def test_where_the_chest_is_heard_it_is_answered_in_half_a_minute_and_chance_hardly_ever() -> None:
    listener = replace(STEPS.STEADY, seed=23, chest=STEPS.CHESTS["chest"])
    sensor = STEPS.ChangingListener(listener, at_s=250.0, uneven=STEPS.UNEVEN)
    found = answers(sensor, 290.0)
    assert {sign for _, sign in found} == {1}
    assert sum(t_s < 250.0 for t_s, _ in found) <= 1, "two in twenty minutes may be chance"
    assert 0.0 < min(t_s for t_s, _ in found if t_s >= 250.0) - 250.0 <= 28.0


@pytest.mark.parametrize("uneven", [0.1, 0.2])
def test_a_breath_that_stays_a_little_uneven_is_not_answered(uneven: float) -> None:
    listener = replace(STEPS.STEADY, seed=24, chest=STEPS.CHESTS["chest"])
    assert answers(STEPS.ChangingListener(listener, uneven=uneven, finds=False), 600.0) == []
