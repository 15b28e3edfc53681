"""The numbers of the law (SCIENCE.md A7), each from both of its sides."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import exp, nan
from random import Random

import pytest

from engine.guide.arms import Path
from engine.guide.breath import BreathPath
from engine.guide.course import course_of
from engine.guide.guide import Guide
from engine.guide.music_state import Hand, MusicState, Stage
from engine.guide.senses import RunningMedian
from engine.guide.target import Aim, DurationError, Usual, aim, asked_of, checked_duration
from engine.guide.tempo import BoundedTempo, fold_for
from profiles.load import load
from sensors.heart_state import HeartState
from tests.engine.guided import Heart, begins, sit


def to_62(then: float, at_s: float = 200.0) -> list[MusicState]:
    return sit(Guide(load("relax"), target_bpm=62.0), lambda t: 74.0 if t < at_s else then)


@pytest.mark.parametrize(("hr", "arrives"), [(64.9, True), (65.2, False), (67.9, False), (60.0, True)])
def test_arrived_is_within_3_bpm_of_the_target_for_three_minutes(hr: float, arrives: bool) -> None:
    found = begins(to_62(hr), Stage.ARRIVE)
    assert found == ([379.0] if arrives else [])


@pytest.mark.parametrize(("hr", "leaves"), [(67.9, False), (68.1, True)])
def test_arrived_it_stays_until_6_bpm_off_for_a_minute(hr: float, leaves: bool) -> None:
    states = sit(
        Guide(load("relax"), target_bpm=62.0), lambda t: 74.0 if t < 200 else 62.0 if t < 500 else hr
    )
    assert begins(states, Stage.GUIDE, 400.0) == ([559.0] if leaves else [])


@pytest.mark.parametrize(("hr", "stalls"), [(73.4, True), (72.9, False)])
def test_a_heart_has_followed_once_it_is_1_bpm_from_its_start(hr: float, stalls: bool) -> None:
    states = sit(Guide(load("relax"), target_bpm=50.0), lambda t: 74.2 if t < 160 else hr)
    assert begins(states, Stage.STALL) == ([390.0] if stalls else [])


def test_a_stall_is_over_once_the_heart_has_followed_for_a_minute() -> None:
    states = sit(Guide(load("relax"), target_bpm=50.0), lambda t: 74.2 if t < 500 else 72.0)
    assert begins(states, Stage.GUIDE, 400.0) == [559.0]
    short = sit(Guide(load("relax"), target_bpm=50.0), lambda t: 72.0 if 500 <= t < 555 else 74.2)
    assert begins(short, Stage.GUIDE, 400.0) == []


@pytest.mark.parametrize(
    ("rest", "up", "backs_off"),
    [(60.0, 8.1, False), (60.0, 8.6, True), (79.0, 7.9, False), (79.0, 9.0, True), (95.0, 9.0, False),
     (95.0, 10.6, True)],
)  # fmt: skip
def test_risen_is_8_bpm_and_a_tenth_over_the_median(rest: float, up: float, backs_off: bool) -> None:
    states = sit(Guide(load("relax"), target_bpm=50.0), lambda t: rest if t < 500 else rest + up, 600.0)
    assert begins(states, Stage.BACK_OFF) == ([545.0] if backs_off else [])


def test_after_a_back_off_none_comes_for_five_minutes() -> None:
    guide = Guide(load("relax"), target_bpm=50.0, duration_s=3000.0)
    states = sit(guide, lambda t: 70.0 if t < 1000 else 86.0, 1700.0)
    first, second = begins(states, Stage.BACK_OFF)
    assert first == 1045.0
    over = begins(states, Stage.GUIDE, 1045.0)[0]
    assert over == 1045.0 + 90.0 + 120.0
    assert second == over + 300.0 + 45.0


def test_a_way_up_is_no_reason_to_back_off_until_well_past_its_target() -> None:
    up = Guide(load("energise"), target_bpm=80.0, duration_s=1200.0)
    assert begins(sit(up, lambda t: 66.0 if t < 200 else 87.5), Stage.BACK_OFF) == []
    up = Guide(load("energise"), target_bpm=80.0, duration_s=1200.0)
    assert begins(sit(up, lambda t: 66.0 if t < 200 else 88.5), Stage.BACK_OFF) == [245.0]


@pytest.mark.parametrize(
    ("stage", "back"),
    [(Stage.MATCH, Stage.MATCH), (Stage.GUIDE, Stage.GUIDE), (Stage.STALL, Stage.GUIDE),
     (Stage.ARRIVE, Stage.ARRIVE), (Stage.BACK_OFF, Stage.GUIDE)],
)  # fmt: skip
def test_a_heart_that_comes_back_is_led_on_but_never_stalled_at_once(stage: Stage, back: Stage) -> None:
    hearts: dict[Stage, tuple[float, Heart]] = {
        Stage.MATCH: (40.0, lambda _: 74.0),
        Stage.GUIDE: (200.0, lambda _: 74.0),
        Stage.STALL: (450.0, lambda _: 74.0),
        Stage.ARRIVE: (450.0, lambda t: 74.0 if t < 180 else 62.0),
        Stage.BACK_OFF: (370.0, lambda t: 70.0 if t < 300 else 86.0),
    }
    lost_s, heart = hearts[stage]
    guide = Guide(load("relax"), target_bpm=62.0)
    states = sit(guide, lambda t: None if lost_s <= t < lost_s + 40 else heart(t), lost_s + 60)
    assert states[round(lost_s)].stage is stage
    assert begins(states, Stage.COAST) == [lost_s + 9.0]
    coast_over = next(s for s in states if s.t_s > lost_s + 20 and s.stage is not Stage.COAST)
    assert (coast_over.t_s, coast_over.stage) == (lost_s + 45.0, back)


def test_a_lost_heart_holds_half_a_minute_then_drifts_by_one_percent_a_minute() -> None:
    states = sit(Guide(load("relax")), lambda t: None if t >= 200 else 76.0, 400.0)
    tempo = {s.t_s: s.tempo_bpm for s in states}
    assert tempo[228.0] == tempo[209.0]
    assert tempo[230.0] < tempo[228.0]
    assert tempo[290.0] / tempo[230.0] == pytest.approx(1 / 1.01, rel=1e-4)
    said = [d for s in states for d in s.decisions if "two minutes" in d.why]
    assert [d.t_s for d in said] == [319.0]


def test_the_lead_is_seven_percent_and_no_faster_than_three_a_minute() -> None:
    states = sit(Guide(load("relax"), target_bpm=50.0), lambda _: 80.0)
    led = [s.tempo_bpm for s in states if 150 <= s.t_s <= 380]
    assert led[60] / led[0] == pytest.approx(1 / 1.03, rel=1e-3)
    assert led[-1] == pytest.approx(80.0 * 0.93)


def test_a_whole_sitting_leads_away_by_a_fifth_at_most() -> None:
    guide = Guide(load("relax"), target_bpm=48.0)
    states = sit(guide, lambda t: max(82.0 - max(t - 150.0, 0.0) / 20.0, 50.0))
    assert min(s.tempo_bpm for s in states) == pytest.approx(0.8 * 82.0, rel=0.01)


@pytest.mark.parametrize(("jump", "moves"), [(1.4, False), (1.6, True)])
def test_differences_under_the_dead_band_set_nothing_in_motion(jump: float, moves: bool) -> None:
    states = sit(Guide(load("relax")), lambda t: 74.0 if t < 30 else 74.0 - jump, 140.0)
    assert (states[-1].tempo_bpm != 74.0) is moves
    assert not moves or states[-1].tempo_bpm == pytest.approx(74.0 - jump)  # a way begun is gone to its end


@pytest.mark.parametrize(("over", "turns"), [(1.13, False), (1.17, True)])
def test_against_its_way_the_tempo_moves_only_past_the_ratchet(over: float, turns: bool) -> None:
    guide = Guide(load("relax"), target_bpm=50.0)
    led = sit(guide, lambda _: 64.0, 330.0)[-1].tempo_bpm
    states = [
        guide.step(t, HeartState(t, led * over / 0.93, last_beat_s=t)) for t in map(float, range(330, 370))
    ]
    assert (states[-1].tempo_bpm > led) is turns


def test_a_tempo_that_has_turned_turns_again_only_after_twenty_minutes() -> None:
    tempo = BoundedTempo(60.0, 40.0, 80.0)
    tempo.move(50.0, 0.0, 1.0, 0.03)
    down = tempo.bpm
    tempo.move(70.0, 100.0, 1.0, 0.03)  # the one turn
    up = tempo.bpm
    assert up > down
    assert tempo.move(70.0, 100.5, 0.5, 0.03) > up  # the same way on is no turn
    up = tempo.bpm
    for t in (101.0, 700.0, 800.0, 1299.0):
        assert tempo.move(50.0, t, 1.0, 0.03) == up
        assert not tempo.may_turn(50.0, t)
    assert tempo.move(50.0, 1301.0, 1.0, 0.03) < up
    assert tempo.move(70.0, 1302.0, 1.0, 0.03) == tempo.bpm  # and that was a turn too
    free = tempo.bpm
    assert tempo.move(70.0, 1303.0, 1.0, 0.03, free=True) > free  # a hand is bound by no turns
    assert tempo.move(50.0, 1304.0, 1.0, 0.03) < tempo.bpm + 1.0


def test_no_swell_goes_under_its_floor_or_over_its_ceiling() -> None:
    breath = load("relax").breath
    path = BreathPath(breath, "down", 180.0, 4.6)
    assert {path.at(float(t)) for t in range(-10, 3000, 10)} == {4.6}
    low = BreathPath(breath, "down", 180.0, 2.0)
    assert {low.at(float(t)) for t in range(-10, 3000, 10)} == {4.5}
    assert low.beside(100.0, 2.0) == 4.5
    assert BreathPath(breath, "down", 180.0, 30.0).at(-1.0) == 24.0
    guide = Guide(load("breathe"))
    states = sit(guide, lambda _: 70.0, 400.0, {100: ("breath_guide_per_min", 2.0)})
    assert states[-1].breath_guide_per_min == 4.5
    states = sit(Guide(load("breathe")), lambda _: 70.0, 400.0, {100: ("breath_guide_per_min", 99.0)})
    assert states[-1].breath_guide_per_min == 24.0


def test_a_breath_path_settles_at_its_share_then_glides_to_where_it_ends() -> None:
    path = BreathPath(load("relax").breath, "down", 180.0, 16.0)
    assert path.at(0.0) == 16.0
    assert path.at(90.0) == pytest.approx(14.0)
    assert path.at(180.0) == pytest.approx(12.0)
    assert path.at(240.0) == pytest.approx(11.75)
    assert path.at(3600.0) == 6.0
    slow = BreathPath(load("relax").breath, "down", 180.0, 5.5)
    assert slow.at(3600.0) == 5.5  # who breathes slower already is not hurried
    assert slow.beside(400.0, 5.2) == 5.5  # within what the estimate may err
    assert slow.beside(400.0, 4.9) == 4.9
    assert slow.beside(400.0, 5.4) == 5.4  # and stays with them until they are quicker again
    assert slow.beside(400.0, 5.6) == 5.5
    assert slow.beside(400.0, 5.4) == 5.5


def test_it_begins_where_meeting_a_heart_has_its_place() -> None:
    """Nothing has to glide there first: a heart in the middle at 0.65 of the ranges on a way down, 0.3 up."""
    for name, place in (("relax", 0.65), ("energise", 0.3), ("focus", 0.5), ("release", 0.6)):
        ranges = load(name).ranges
        for seconds in (1.0, 30.0):
            states = sit(Guide(load(name)), lambda _: 76.0, seconds)
            low, high = ranges.density
            assert states[-1].density == pytest.approx(low + place * (high - low))
            low, high = ranges.brightness
            assert states[-1].brightness == pytest.approx(low + place * (high - low))
            assert states[-1].breath_depth_db == load(name).breath.depth_db[0]
        low, high = ranges.loudness_db
        assert states[-1].loudness_db == pytest.approx(low + (0.75 + 0.25 * place) * (high - low), abs=0.01)


@pytest.mark.parametrize(
    ("hr", "playing", "over", "fold"),
    [(70.0, None, 0.0, 1.0), (40.0, None, 0.0, 1.0), (180.0, None, 0.15, 0.5), (88.0, None, 0.0, 0.75),
     (104.0, None, 0.0, 0.75), (120.0, None, 0.0, 0.5), (120.0, None, 0.15, 0.75), (90.0, None, 0.15, 0.75),
     (88.0, 64.0, 0.0, 0.75), (96.0, 50.0, 0.15, 0.5), (96.0, 70.0, 0.15, 0.75), (120.0, 70.0, 0.15, 0.5),
     (120.0, 76.0, 0.15, 0.75)],
)  # fmt: skip
def test_the_fold_is_the_first_that_lands_inside_or_the_nearest(
    hr: float, playing: float | None, over: float, fold: float
) -> None:
    """Inside 46 to 84, three to four a little over it too; where music plays already, the smallest change."""
    assert fold_for(hr, 46.0, 84.0, over, playing) == fold


def test_a_profiles_own_target_goes_before_what_is_usual() -> None:
    relax = load("relax")
    own = replace(relax, target=replace(relax.target, bpm=61.0))
    assert aim(own, None, Usual(resting_bpm=70.0), 80.0) == Aim(61.0, Hand.PROFILE, "as the profile says")
    assert aim(own, asked_of(Hand.THERAPIST, 59.0), None, 80.0).hand is Hand.THERAPIST
    usual = aim(relax, None, Usual(resting_bpm=70.0), 80.0)
    assert usual == Aim(66.5, Hand.PROFILE, "your usual resting rate less 5 %")
    assert aim(relax, None, None, 80.0) == Aim(72.0, Hand.PROFILE, "the rate you came with less 10 %")
    assert aim(relax, None, None, 50.0).bpm == 48.0
    assert aim(relax, None, None, 50.0).why.endswith(", brought inside the profile's limits")
    up = load("energise")
    assert aim(up, None, Usual(resting_bpm=50.0), 70.0).bpm >= 70.0


@pytest.mark.parametrize("seed", range(4))
def test_the_running_median_is_the_median(seed: int) -> None:
    random, running, heard = Random(seed), RunningMedian(), list[float]()
    for _ in range(400):
        bpm = random.gauss(random.choice((60.0, 75.0, 110.0)), 8.0)
        heard.append(bpm)
        running.add(bpm, 1.0)
        assert sum(rate < running.value - 0.26 for rate in heard) <= len(heard) / 2
        assert sum(rate > running.value + 0.26 for rate in heard) <= len(heard) / 2
    for _ in range(1300):  # and comes back from wherever it was
        running.add(45.0, 1.0)
    assert running.value == pytest.approx(45.0, abs=0.5)


def test_what_stays_is_told_as_staying() -> None:
    states = sit(Guide(load("focus"), duration_s=1200.0), lambda t: 70.0 if t < 600 else 77.5, 700.0)
    said = [d.why for s in states for d in s.decisions if d.parameter == "stage"]
    first, settled, again = said
    assert first.startswith("staying with the heart at 70")
    assert settled.startswith("settled")
    assert again.startswith("staying again")


def test_a_path_is_read_between_its_points() -> None:
    path = Path([(0.0, 60.0, 1.0, 0.2, -2.0, 12.0, 1.0), (10.0, 50.0, 0.5, 0.4, -4.0, 8.0, 3.0)])
    assert path.at(-1.0) == path.at(0.0)
    assert path.at(99.0)[1:] == (50.0, 0.5, 0.4, -4.0, 8.0, 3.0)
    assert path.at(2.5) == pytest.approx((2.5, 57.5, 0.875, 0.25, -2.5, 11.0, 1.5))
    assert path.end_s == 10.0


@pytest.mark.parametrize(("at_s", "was"), [(300, Stage.GUIDE), (450, Stage.STALL)])
def test_a_turn_leads_again_where_the_law_had_stopped_leading(at_s: int, was: Stage) -> None:
    guide = Guide(load("relax"))
    assert sit(guide, lambda _: 74.0, at_s)[-1].stage is was
    guide.turn_to(load("sleep"), Hand.THERAPIST)
    state = guide.step(float(at_s), HeartState(float(at_s), 74.0, last_beat_s=float(at_s)))
    assert state.stage is Stage.GUIDE
    led = [d.hand for d in state.decisions if d.parameter == "stage"]
    assert led == ([] if was is Stage.GUIDE else [Hand.THERAPIST])


def test_the_pulse_and_the_swell_move_at_their_own_pace() -> None:
    states = sit(Guide(load("relax")), lambda _: 74.0, 600.0)
    for t in (4, 8, 16):
        assert states[t].pulse_level == pytest.approx(0.5 * (1.0 - exp(-t / 8.0)))
    swells = [s.breath_guide_per_min for s in states]
    assert max(abs(a - b) for a, b in pairwise(swells)) <= 2.0 / 60.0 + 1e-9


def test_loudness_comes_back_from_a_back_off_at_the_laws_own_pace() -> None:
    guide = Guide(load("relax"), target_bpm=50.0)
    states = sit(guide, lambda t: 86.0 if 300 <= t < 360 else 70.0)
    (over,) = (int(t) for t in begins(states, Stage.GUIDE, 345.0)[:1])
    # Later than that the way makes the music softer by itself.
    low, soon, late = (states[over + t].loudness_db for t in (0, 25, 100))
    assert 0.35 < (soon - low) / (late - low) < 0.65


def test_no_move_is_no_turn() -> None:
    tempo = BoundedTempo(60.0, 40.0, 80.0)
    tempo.move(70.0, 0.0, 1.0, 0.03)
    for want, dt in ((tempo.bpm, 1.0), (50.0, 0.0), (50.0, -1.0), (nan, 1.0)):
        tempo.move(want, 1.0, dt, 0.03)
        assert tempo.direction == 1
    assert tempo.move(50.0, 2.0, 1.0, 0.03) < tempo.move(70.0, 1300.0, 1.0, 0.03)  # one turn is still free


def test_a_length_has_to_have_room_for_its_fades_and_to_end() -> None:
    assert (checked_duration(10.0), checked_duration(14_400.0)) == (10.0, 14_400.0)
    for seconds in (9.9, 14_401.0, nan):
        with pytest.raises(DurationError):
            checked_duration(seconds)


def test_a_course_keeps_its_proportions_in_a_short_sitting() -> None:
    relax = load("relax")
    whole, short = course_of(relax, 1200.0), course_of(relax, 200.0)
    assert (whole.match_s, whole.end_s, whole.fade_out_s, whole.fade_in_s) == (150.0, 1080.0, 120.0, 12.0)
    assert (short.match_s, short.end_s, short.fade_out_s, short.fade_in_s) == (50.0, 170.0, 30.0, 12.0)
    assert course_of(relax, 60.0).fade_in_s == 8.0
    assert whole.wait(240.0) == 240.0
    assert course_of(relax, 2400.0).wait(240.0) == 240.0
    assert course_of(relax, 600.0).wait(240.0) == 120.0
    assert course_of(relax, 60.0).wait(240.0) == 60.0
    assert course_of(relax, 60.0).wait(45.0) == 45.0
    release = course_of(load("release"), 1500.0)
    assert release.match_s == load("release").arc.match_s + load("release").arc.plateau_s
