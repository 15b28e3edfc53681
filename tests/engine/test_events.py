"""Events: what has come to pass is marked, once, in its time, and nothing else is."""

from __future__ import annotations

import random
import re
from collections import deque
from collections.abc import Callable, Sequence
from itertools import pairwise
from math import inf, nan, pi, sin

import numpy as np
import pytest

from engine.guide.arms import Arm
from engine.guide.events import APART_S, HEARD_BY_S, Events, Settling, together
from engine.guide.guide import Guide
from engine.guide.music_state import Decision, Event, Hand, Intent, MusicState, Stage
from engine.journal import account
from engine.journal.rendition import Rendition
from engine.journal.report import page
from profiles.load import load
from sensors.beat import TimedBeat
from sensors.heart_state import HeartState
from sensors.monitor import HeartMonitor
from tests.engine.recorded import recorded

Rate = Callable[[float], float]

LENGTH_S = 1200.0


def intervals(
    rate: Rate, seconds: float, seed: int, swing: float = 0.03, per_min: float = 14.0
) -> list[float]:
    """RR, ms, of a heart on a course, with a respiratory swing, 8 ms of noise and 1 % artefacts."""
    dice, t_s, found = random.Random(seed), 0.0, list[float]()
    phase = dice.uniform(0.0, 2 * pi)
    while t_s < seconds:
        rr_ms = 60_000.0 / rate(t_s) * (1.0 + swing * sin(phase + 2 * pi * per_min * t_s / 60.0))
        rr_ms += dice.gauss(0.0, 8.0)
        t_s += rr_ms / 1000.0
        found.append(rr_ms * (dice.choice((0.6, 1.5, 2.0)) if dice.random() < 0.01 else 1.0))
    return found


def led(
    guide: Guide, rr_ms: Sequence[float], intents: Sequence[Intent] = (), until_s: float = LENGTH_S
) -> list[MusicState]:
    """A sitting of the guide, once a second, over these intervals, or as much of it as is asked about."""
    monitor, told, t_s = HeartMonitor(), list[MusicState](), 0.0
    beats = iter(rr_ms)
    for second in range(int(until_s)):
        while t_s <= second and (rr := next(beats, None)) is not None:
            t_s += rr / 1000.0
            monitor.feed(TimedBeat(t_s, t_s, rr))
        due = [intent for intent in intents if second - 1 < intent.t_s <= second]
        told.append(guide.step(float(second), monitor.state(float(second)), due))
    return told


def marked(told: Sequence[MusicState]) -> list[tuple[float, Event]]:
    return [(music.t_s, music.event) for music in told if music.event is not None]


def steady(_: float) -> float:
    return 70.0


def falls(t_s: float) -> float:
    """By 8 beats a minute from 500 s on, most of it within a minute."""
    return 70.0 - (8.0 * (1.0 - 2.0 ** (-(t_s - 500.0) / 42.0)) if t_s > 500.0 else 0.0)


@pytest.mark.parametrize(("swing", "per_min"), [(0.03, 14.0), (0.06, 6.0), (0.0, 14.0)])
def test_nothing_is_marked_in_a_steady_heart(swing: float, per_min: float) -> None:
    for seed in range(2):
        rr_ms = intervals(steady, LENGTH_S, seed, swing, per_min)
        assert marked(led(Guide(load("relax"), duration_s=LENGTH_S), rr_ms)) == []


def test_a_heart_that_settles_is_marked_soon_and_once() -> None:
    for seed in range(3):
        told = led(Guide(load("relax"), duration_s=LENGTH_S), intervals(falls, LENGTH_S, seed))
        settled = [t_s for t_s, event in marked(told) if event is Event.SETTLED]
        assert len(settled) == 1
        assert 530.0 < settled[0] < 600.0
        said = [decision for music in told for decision in music.decisions if decision.parameter == "event"]
        assert said[0].hand is Hand.AUTO
        assert (said[0].t_s, said[0].value) == (settled[0], "settled")
        assert re.match(r"the heart has settled by [34] a minute: ", said[0].why)
        assert [event for _, event in marked(told)] == [Event(str(each.value)) for each in said]


def test_a_sitting_that_leads_up_marks_a_heart_that_comes_up() -> None:
    up = intervals(lambda t_s: 140.0 - falls(t_s), LENGTH_S, 1)
    rises = led(Guide(load("energise"), duration_s=LENGTH_S), up)
    sinks = led(Guide(load("energise"), duration_s=LENGTH_S), intervals(falls, LENGTH_S, 1))
    assert Event.SETTLED in {event for _, event in marked(rises)}
    assert Event.SETTLED not in {event for _, event in marked(sinks)}


@pytest.mark.parametrize("arm", [Arm.OPEN_LOOP, Arm.PACED, Arm.FOLLOW])
def test_only_the_governed_arm_marks_anything(arm: Arm) -> None:
    assert marked(led(Guide(load("relax"), arm, duration_s=LENGTH_S), intervals(falls, LENGTH_S, 1))) == []


@pytest.mark.parametrize("wish", [("too_much", None), ("hush", None), ("foreground_db", -20.0)])
def test_a_hand_that_wants_less_hears_no_mark(wish: tuple[str, float | None]) -> None:
    asked = Intent(520.0, Hand.LISTENER, *wish)
    told = led(Guide(load("relax"), duration_s=LENGTH_S), intervals(falls, LENGTH_S, 1), [asked], 600.0)
    assert Event.SETTLED not in {event for _, event in marked(told)}


def wild(seed: int, profile: str) -> list[MusicState]:
    """A sitting over a heart and a breath that do anything, and hands that ask for anything."""
    dice, guide = random.Random(seed), Guide(load(profile), duration_s=LENGTH_S)
    told, hr, goal, per_min, phase, goes_with = list[MusicState](), 75.0, 75.0, 14.0, 0.0, False
    beats = deque[tuple[float, float]](maxlen=100)
    for second in range(int(LENGTH_S) + 10):
        t_s = float(second)
        goal = dice.uniform(50.0, 110.0) if dice.random() < 0.01 else goal
        hr += (goal - hr) / 20.0
        goes_with = goes_with is not (dice.random() < 0.005)
        if goes_with and told:
            per_min += (told[-1].breath_guide_per_min - per_min) / 5.0
        phase += per_min / 60.0
        beats.append((t_s, 60_000.0 / hr * (1.0 + 0.05 * sin(2 * pi * phase))))
        seen = dice.choice((nan, inf, None)) if dice.random() < 0.01 else hr
        heart = HeartState(
            t_s, hr_bpm=seen, breath_per_min=per_min, breath_confidence=0.8,
            irregular=dice.random() < 0.002, last_beat_s=t_s, intervals=tuple(beats),
        )  # fmt: skip
        wish = dice.choice(("too_much", "undo", "hush", "resume", "less"))
        intents = [Intent(t_s, Hand.LISTENER, wish)] if dice.random() < 0.003 else []
        told.append(guide.step(t_s, heart, intents))
    return told


def test_whatever_the_heart_does_marks_are_two_minutes_apart_and_never_where_there_is_no_room() -> None:
    kinds: set[Event] = set()
    for seed, profile in enumerate(["relax"] * 8 + ["release", "sleep", "energise", "focus"]):
        told = wild(seed, profile)
        assert all(b - a >= APART_S for (a, _), (b, _) in pairwise(marked(told)))
        kinds |= {event for _, event in marked(told)}
        end_s = next(music.t_s for music in told if music.stage is Stage.END)
        for music in told:
            if music.event is not None:
                assert music.stage not in (Stage.BACK_OFF, Stage.COAST, Stage.END)
                assert not music.silence
                assert not music.rests
                assert music.t_s < end_s
                assert any(each.value == music.event.value for each in music.decisions)
    assert kinds == set(Event), "these hearts do not show all that is to be seen"


def settles(rates: Sequence[float | None]) -> list[int]:
    """The seconds at which a heart with these rates, one a second, is marked."""
    law, found = Settling(), list[int]()
    for second, rate in enumerate(rates):
        if law.step(1.0, rate):
            law.marked()
            found.append(second)
    return found


def test_a_heart_has_to_come_back_before_it_can_settle_again() -> None:
    assert settles([70.0] * 200 + [66.0] * 60) == [219]
    assert len(settles([70.0] * 200 + [66.0] * 60 + [58.0] * 100)) == 1
    assert len(settles([70.0] * 200 + [66.0] * 60 + [70.0] * 60 + [62.0] * 60)) == 2


def test_a_dip_of_a_few_breaths_and_a_hole_are_no_settling() -> None:
    assert settles([70.0] * 200 + [62.0] * 18 + [70.0] * 200) == []
    assert settles([80.0] * 200 + [None] * 60 + [66.0] * 200) == []


def heard(events: Events, seconds: float, stage: Stage, breath: float, room: bool = True) -> Event | None:
    return events.step(seconds, 1.0, stage, 70.0, breath, room)


def test_a_breath_is_found_only_where_the_swell_has_led_it_away() -> None:
    assert together(0.9, 10.5, 14.0) == 0.9
    assert together(0.9, 13.0, 14.0) == 0.0
    assert together(None, 10.5, 14.0) == 0.0


def test_an_event_waits_for_its_turn_and_each_arrival_and_find_is_marked_once() -> None:
    told: list[Decision] = []
    events = Events("down", lambda hand, name, value, why: told.append(Decision(0.0, hand, name, value, why)))
    found = list[tuple[float, Event]]()
    for second in range(600):
        breath = 0.0 if second < 100 else 0.9
        stage = Stage.GUIDE if second < 150 else Stage.ARRIVE
        if (event := heard(events, second, stage, breath, room=second != 109)) is not None:
            found.append((second, event))
    assert found == [(110, Event.FOUND), (230, Event.ARRIVED)]
    assert [each.value for each in told] == ["found", "arrived"]
    events.turn_to("down")
    assert heard(events, 700.0, Stage.ARRIVE, 0.0) is Event.ARRIVED


def test_no_event_comes_too_late_to_be_heard() -> None:
    late = lambda t_s: falls(t_s - 480.0)  # noqa: E731
    told = led(Guide(load("relax"), duration_s=LENGTH_S), intervals(late, LENGTH_S, 1))
    end_s = next(music.t_s for music in told if music.stage is Stage.END)
    assert all(t_s < end_s - HEARD_BY_S for t_s, _ in marked(told))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory):
    """A short sitting whose heart settles, as the journal has it, and its sound."""
    rates = lambda t_s: falls(t_s + 300.0)  # noqa: E731
    path = tmp_path_factory.mktemp("falls") / "rr.txt"
    path.write_text("\n".join(f"{rr:.1f}" for rr in intervals(rates, 440.0, 1)))
    sound = list[np.ndarray]()
    record = recorded(f"replay:{path}", duration_s=420.0, client="ANNA", sink=sound.append)
    return record, np.concatenate(sound)


def test_the_record_has_each_event_with_its_reason(kept) -> None:
    record, _ = kept
    (t_s, event), *_ = account.events(record)
    assert event is Event.SETTLED
    assert 230.0 < t_s < 300.0
    assert any("own motif returns" in words for at_s, words in account.doings(record) if at_s == t_s)


def test_the_report_names_it_in_words_and_in_the_chart(kept) -> None:
    record, _ = kept
    drawn = page(record)
    at = account.clock(account.events(record)[0][0])
    assert f"Marked by the music: {at} settled" in drawn
    assert drawn.count(">settled</text>") == 2  # on a wide and on a narrow screen


def test_a_sitting_with_events_is_rendered_again_sample_for_sample(kept) -> None:
    record, sound = kept
    replay = Rendition.of(record)
    again = np.concatenate([*replay.portions()])
    assert replay.inexact == 0
    assert np.array_equal(again, sound[: len(again)])
    assert len(again) > 400 * replay.rate_hz
