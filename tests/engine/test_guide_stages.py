"""The course of a sitting: each stage of SCIENCE.md A7 is reached by the heart that it is for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest

from engine.guide.arms import Arm, PathError, PathPoint
from engine.guide.guide import Guide
from engine.guide.music_state import Decision, Hand, Intent, MusicState, Stage
from engine.guide.target import DurationError, TargetError, Usual
from profiles.load import load
from sensors.heart_state import HeartState


@dataclass
class Sitting:
    """A sitting run to its end, a call a second."""

    states: list[MusicState] = field(default_factory=list)

    @property
    def decisions(self) -> list[Decision]:
        return [decision for state in self.states for decision in state.decisions]

    def stages(self) -> list[Stage]:
        found: list[Stage] = []
        for state in self.states:
            if not found or found[-1] is not state.stage:
                found.append(state.stage)
        return found

    def at(self, t_s: float) -> MusicState:
        return min(self.states, key=lambda state: abs(state.t_s - t_s))

    def why(self, stage: Stage) -> str:
        return next(d.why for d in self.decisions if d.parameter == "stage" and d.value == stage.value)


def steady(value: Any) -> Callable[[float], Any]:
    return lambda _: value


REGULAR, FOURTEEN = steady(False), steady(14.0)


def sit(
    guide: Guide,
    heart: Callable[[float], float | None],
    hands: dict[int, list[Intent]] | None = None,
    irregular: Callable[[float], bool] = REGULAR,
    breath: Callable[[float], float | None] = FOURTEEN,
) -> Sitting:
    sitting, beat = Sitting(), None
    for t in range(int(guide.duration_s) + 60):
        hr = heart(float(t))
        beat = float(t) if hr is not None else beat
        per_min = breath(float(t))
        state = HeartState(
            t_s=float(t), hr_bpm=hr, last_beat_s=beat, irregular=irregular(float(t)),
            breath_per_min=per_min, breath_confidence=0.0 if per_min is None else 0.9,
        )  # fmt: skip
        sitting.states.append(guide.step(float(t), state, (hands or {}).get(t, [])))
        if sitting.states[-1].ended:
            break
    return sitting


def falling(start: float, by: float, over_s: float = 600.0) -> Callable[[float], float]:
    return lambda t: start - by * min(t / over_s, 1.0)


def test_a_heart_that_follows_arrives_and_the_sitting_ends_in_silence() -> None:
    guide = Guide(load("relax"))
    sitting = sit(guide, falling(76.0, 8.0))
    assert sitting.stages() == [Stage.MATCH, Stage.GUIDE, Stage.ARRIVE, Stage.END]
    assert sitting.states[0].tempo_bpm == 76.0
    assert guide.fold == 1.0
    assert sitting.at(149).tempo_bpm == pytest.approx(76.0, abs=2.5)
    assert sitting.states[-1].t_s == pytest.approx(1200.0, abs=1.0)
    assert sitting.states[-1].ended
    assert sitting.states[-1].loudness_db == -60.0
    assert sitting.at(1100).density < 0.4 * sitting.at(100).density


def test_the_lead_is_bounded_where_the_heart_does_not_move() -> None:
    sitting = sit(Guide(load("relax")), steady(74.0))
    tempo = sitting.at(1000).tempo_bpm
    assert tempo == pytest.approx(74.0 * 0.93)
    assert Stage.STALL in sitting.stages()
    assert sitting.why(Stage.STALL) == "staying where the heart is; the tempo rests"


def test_a_stall_rests_the_tempo_while_the_music_goes_on_its_way() -> None:
    """Who has not followed by the middle is left with more music than who has, never with less."""
    stays = sit(Guide(load("relax")), steady(74.0))
    follows = sit(Guide(load("relax")), lambda t: 74.0 - 9.0 * min(max(t - 150.0, 0.0) / 200.0, 1.0))
    began = next(s.t_s for s in stays.states if s.stage is Stage.STALL)
    assert stays.at(began + 350).tempo_bpm == stays.at(began).tempo_bpm
    assert stays.at(began + 350).density < stays.at(began).density
    for t in (500, 900):
        assert follows.at(t).density < 0.8 * stays.at(t).density
        assert follows.at(t).brightness == stays.at(t).brightness


def test_a_heart_that_follows_after_all_is_led_again() -> None:
    sitting = sit(Guide(load("relax")), lambda t: 74.0 if t < 500 else 69.0)
    stages = sitting.stages()
    assert stages[:4] == [Stage.MATCH, Stage.GUIDE, Stage.STALL, Stage.GUIDE]


def test_a_heart_that_rises_is_met_again_and_the_music_thins() -> None:
    sitting = sit(Guide(load("relax")), lambda t: 70.0 if t < 400 else 86.0)
    began = next(s.t_s for s in sitting.states if s.stage is Stage.BACK_OFF)
    assert 445.0 <= began <= 447.0
    assert sitting.at(began + 60).silence
    assert sitting.at(began + 85).density < 0.2
    assert sitting.at(began + 88).tempo_bpm > sitting.at(began).tempo_bpm
    assert not sitting.at(began + 120).silence
    assert sitting.at(began + 205).stage is Stage.BACK_OFF
    assert sitting.at(began + 215).stage is Stage.GUIDE
    words = sitting.why(Stage.BACK_OFF)
    assert "risen" in words


def test_a_short_rise_is_no_reason_to_back_off() -> None:
    sitting = sit(Guide(load("relax")), lambda t: 86.0 if 400 <= t < 440 else 70.0)
    assert Stage.BACK_OFF not in sitting.stages()


def test_lost_beats_coast_hold_drift_and_come_back() -> None:
    sitting = sit(Guide(load("relax")), lambda t: None if 300 <= t < 500 else 76.0)
    coast = next(s.t_s for s in sitting.states if s.stage is Stage.COAST)
    assert 309.0 <= coast <= 311.0
    held = sitting.at(coast).tempo_bpm
    assert sitting.at(325).tempo_bpm == held
    assert held * 0.98 > sitting.at(480).tempo_bpm > held * 0.96
    assert sitting.at(480).pulse_level == pytest.approx(0.0, abs=1e-3)
    assert any("nothing heard from the sensor for two minutes" in d.why for d in sitting.decisions)
    assert 504.0 <= next(s.t_s for s in sitting.states if s.t_s > coast and s.stage is Stage.GUIDE) <= 507.0


def test_without_any_heart_the_music_still_has_a_shape_and_an_end() -> None:
    sitting = sit(Guide(load("relax"), duration_s=600.0), steady(None), breath=steady(None))
    assert sitting.states[-1].ended
    assert sitting.stages() == [Stage.MATCH, Stage.COAST, Stage.END]
    assert sitting.at(500).tempo_bpm < sitting.at(20).tempo_bpm
    assert sitting.at(500).density < sitting.at(60).density


def test_an_irregular_signal_goes_by_a_preset_in_neutral_words() -> None:
    sitting = sit(Guide(load("relax")), steady(76.0), irregular=lambda t: 300 <= t < 600)
    assert sitting.at(400).stage is Stage.COAST
    assert sitting.why(Stage.COAST) == "the beats are hard to make out: the music goes on gently by itself"
    assert sitting.at(500).tempo_bpm < sitting.at(311).tempo_bpm
    assert sitting.at(700).stage in (Stage.GUIDE, Stage.STALL)


def test_energise_leads_up_and_gives_way_to_no_heart_that_rises_as_asked() -> None:
    sitting = sit(Guide(load("energise")), falling(70.0, -10.0, 300.0))
    assert sitting.at(400).tempo_bpm > 73.0
    assert sitting.at(600).density > sitting.at(60).density
    assert Stage.BACK_OFF not in sitting.stages()
    assert Stage.ARRIVE in sitting.stages()


def test_focus_stays() -> None:
    sitting = sit(Guide(load("focus"), duration_s=1200.0), steady(72.0))
    tempos = [state.tempo_bpm for state in sitting.states]
    assert max(tempos) == min(tempos) == 72.0
    assert Stage.STALL not in sitting.stages()


def test_release_stays_high_before_it_comes_down() -> None:
    sitting = sit(Guide(load("release")), lambda t: 95.0 if t < 450 else 88.0)
    assert sitting.at(400).tempo_bpm == pytest.approx(95.0, abs=1.5)
    assert sitting.at(400).stage is Stage.MATCH
    assert sitting.at(1300).tempo_bpm < 88.0
    assert sitting.at(1300).density < 0.6 * sitting.at(400).density


@pytest.mark.parametrize(
    ("hr", "fold"), [(72.0, 1.0), (96.0, 0.75), (88.0, 0.75), (150.0, 0.5), (130.0, 0.5)]
)
def test_the_fold_brings_any_heart_into_range_and_never_changes(hr: float, fold: float) -> None:
    guide = Guide(load("relax"), duration_s=300.0)
    sitting = sit(guide, lambda t: hr + (8.0 if 100 < t < 140 else 0.0))
    assert guide.fold == fold
    assert sitting.states[0].tempo_bpm == pytest.approx(hr * fold)
    assert sum(d.parameter == "fold" for d in sitting.decisions) <= 1


def test_a_heart_found_late_is_met_where_the_music_already_is() -> None:
    sitting = sit(Guide(load("relax")), lambda t: None if t < 30 else 82.0)
    tempos = [state.tempo_bpm for state in sitting.states[:200]]
    assert max(abs(b - a) for a, b in pairwise(tempos)) < 0.05
    assert sitting.at(170).tempo_bpm == pytest.approx(82.0 * 0.75, abs=2.5)


def test_a_heart_found_while_only_the_bed_sounds_sets_the_tempo_at_once() -> None:
    sitting = sit(Guide(load("relax")), lambda t: None if t < 8 else 82.0)
    assert sitting.at(6).tempo_bpm == pytest.approx(68.0)
    assert sitting.at(12).tempo_bpm == pytest.approx(82.0, abs=1.0)
    assert max(abs(b.tempo_bpm - a.tempo_bpm) for a, b in pairwise(sitting.states[20:200])) < 0.05


@pytest.mark.parametrize("duration", [30.0, 90.0, 300.0])
def test_short_sittings_keep_their_shape(duration: float) -> None:
    sitting = sit(Guide(load("relax"), duration_s=duration), falling(76.0, 6.0, duration))
    stages = sitting.stages()
    assert stages[0] is Stage.MATCH
    assert Stage.GUIDE in stages
    assert stages[-1] is Stage.END
    assert sitting.states[-1].t_s == pytest.approx(duration, abs=1.5)
    loud = [state.loudness_db for state in sitting.states]
    assert max(loud[: int(duration * 0.6)]) > -6.0


def test_by_the_clock_the_breath_guide_goes_from_own_to_three_quarters_then_gently_on() -> None:
    sitting = sit(Guide(load("relax"), Arm.OPEN_LOOP), falling(76.0, 8.0), breath=steady(16.0))
    assert sitting.at(140).breath_guide_per_min == pytest.approx(16.0, abs=0.2)
    assert sitting.at(150 + 200).breath_guide_per_min == pytest.approx(12.0, abs=0.3)
    later = [sitting.at(t).breath_guide_per_min for t in (450, 510, 570, 630)]
    assert all(0.2 <= a - b <= 0.26 for a, b in pairwise(later))
    assert all(state.breath_guide_per_min >= 4.5 for state in sitting.states)


def test_an_unknown_breath_takes_the_stated_default() -> None:
    sitting = sit(Guide(load("relax")), falling(76.0, 8.0), breath=steady(None))
    assert any("takes 14 a minute" in d.why for d in sitting.decisions)
    assert sitting.at(360).breath_guide_per_min == pytest.approx(0.75 * 14.0, abs=0.3)


def test_a_slow_breather_is_not_hurried_nor_driven_under_the_floor() -> None:
    sitting = sit(Guide(load("relax")), falling(76.0, 8.0), breath=steady(5.0))
    assert all(4.5 <= state.breath_guide_per_min <= 14.0 for state in sitting.states)
    assert sitting.at(900).breath_guide_per_min == pytest.approx(5.0, abs=0.1)


def test_a_breath_found_late_is_met_without_a_jump() -> None:
    sitting = sit(Guide(load("relax")), falling(76.0, 8.0), breath=lambda t: None if t < 45 else 5.0)
    rates = [state.breath_guide_per_min for state in sitting.states]
    assert rates[53] == 14.0
    assert max(abs(b - a) for a, b in pairwise(rates)) <= 0.1 + 1e-9
    assert sitting.at(170).breath_guide_per_min == pytest.approx(5.0, abs=0.3)
    said = [d.why for d in sitting.decisions if d.parameter == "breath_guide_per_min"]
    assert said == ["the swell goes with the listener's own breathing, 5.0 a minute"]


def test_who_comes_to_breathe_slower_than_the_swell_is_not_hurried() -> None:
    def rate(name: str, arm: Arm = Arm.GOVERNED) -> float:
        slows = sit(
            Guide(load(name), arm, duration_s=1200.0), steady(70.0), breath=lambda t: 14.0 if t < 400 else 7.0
        )
        return slows.at(700).breath_guide_per_min

    assert rate("relax") == pytest.approx(7.0, abs=0.2)
    assert rate("focus") == pytest.approx(7.0, abs=0.2)
    assert rate("energise") >= 13.5  # it leads up
    assert rate("relax", Arm.OPEN_LOOP) == pytest.approx(9.0, abs=0.4)  # it does not look


def test_that_a_slower_breath_is_kept_to_is_said_once() -> None:
    slows = sit(Guide(load("relax")), steady(70.0), breath=lambda t: 14.0 if t < 400 else 7.0)
    said = [d for d in slows.decisions if d.why.endswith("which is slower")]
    assert [(d.hand, d.parameter, d.value) for d in said] == [(Hand.AUTO, "breath_guide_per_min", 7.0)]


def test_one_short_wrong_breath_moves_nothing() -> None:
    """15 s read as 4.5 a minute, at any time of a sitting, among breathing of 13.5 or before any is known."""
    own = 13.5
    for began in (5, 100, 155, 300):
        right = sit(Guide(load("relax")), steady(98.0), breath=steady(own))
        wrong = sit(
            Guide(load("relax")), steady(98.0), breath=lambda t, b=began: 4.5 if b <= t < b + 15 else own
        )
        gaps = [
            abs(a.breath_guide_per_min - b.breath_guide_per_min)
            for a, b in zip(right.states, wrong.states, strict=True)
        ]
        assert max(gaps) <= 1.0, began
        known = sit(
            Guide(load("relax")), steady(98.0), breath=lambda t, b=began: 4.5 if b <= t < b + 15 else None
        )
        assert min(s.breath_guide_per_min for s in known.states if s.t_s < 160) >= 13.0


def test_a_breath_that_changes_all_the_time_is_not_known() -> None:
    sitting = sit(Guide(load("relax")), steady(70.0), breath=lambda t: (5.0, 9.0, 14.0, 20.0)[int(t) % 4])
    said = [d for d in sitting.decisions if d.parameter == "breath_guide_per_min"]
    assert [(d.hand, d.value) for d in said] == [(Hand.PROFILE, 14.0)]


def test_the_swell_follows_back_up_to_a_listener_who_breathes_quicker_than_was_thought() -> None:
    """Read as 4.5 for two minutes where the lead begins, then 11 to 15 throughout."""

    def breath(t: float) -> float | None:
        return None if t < 50 else 4.5 if t < 190 else 11.0 + 4.0 * ((t // 9) % 2)

    sitting = sit(Guide(load("relax")), steady(98.0), breath=breath)
    assert min(s.breath_guide_per_min for s in sitting.states) < 6.0
    back = sitting.at(190 + 150)
    assert back.breath_guide_per_min > 10.0
    assert any(
        "goes back up to the listener's breathing" in d.why and 190 < d.t_s < 270 for d in sitting.decisions
    )
    assert sitting.at(1000).breath_guide_per_min < 10.5  # and leads down from there, as far as it may


def test_no_swell_goes_back_up_where_it_leads_up_or_does_not_look() -> None:
    def said(name: str, arm: Arm = Arm.GOVERNED) -> list[str]:
        quickens = sit(Guide(load(name), arm), steady(70.0), breath=lambda t: 10.0 if t < 300 else 16.0)
        return [d.why for d in quickens.decisions if "back up" in d.why]

    assert said("energise") == []
    assert said("relax", Arm.OPEN_LOOP) == []
    assert len(said("relax")) == 1


def test_targets_come_from_the_caller_the_usual_or_the_start() -> None:
    relax = load("relax")

    def target(**options: object) -> float | None:
        guide = Guide(relax, duration_s=600.0, **options)  # type: ignore[arg-type]
        sit(guide, steady(76.0))
        return guide.target_bpm

    assert target(target_bpm=61.0) == 61.0
    assert target(usual=Usual(resting_bpm=70.0)) == pytest.approx(66.5)
    assert target() == pytest.approx(0.9 * 76.0, abs=0.5)
    assert target(usual=Usual(resting_bpm=140.0)) <= 76.5  # a way down never aims up


@pytest.mark.parametrize("hand", [Hand.THERAPIST, Hand.LISTENER])
def test_a_target_is_credited_to_whoever_set_it(hand: Hand) -> None:
    """Before the sitting, before the lead, in it, and through a turn to another profile."""
    asked = sit(Guide(load("relax"), target_bpm=64.0, asked_by=hand, duration_s=600.0), steady(76.0))
    early = {20: [Intent(20.0, hand, "target_bpm", 64.0)]}
    wished = sit(Guide(load("relax"), duration_s=600.0), steady(76.0), hands=early)
    for sitting in (asked, wished):
        assert sitting.why(Stage.GUIDE) == f"leading down from 76, toward 64, as the {hand.value} asked"
    late = {500: [Intent(500.0, hand, "target_bpm", 64.0)]}
    again = sit(Guide(load("relax")), steady(76.0), hands=late)
    led = [d for d in again.decisions if d.parameter == "stage" and d.t_s == 500.0]
    assert [(d.hand, d.why) for d in led] == [(hand, "leading again: the target is now 64")]


def test_a_turn_keeps_a_target_and_who_set_it_inside_the_new_limits() -> None:
    guide = Guide(load("relax"), target_bpm=84.0, asked_by=Hand.THERAPIST)
    guide.step(0.0, HeartState(0.0, 90.0, last_beat_s=0.0))
    assert guide.turn_to(load("sleep"), Hand.THERAPIST)
    most = load("sleep").limits.target_bpm[1]
    said: list[str] = []
    for t in range(1, 300):
        heart = HeartState(float(t), 90.0, last_beat_s=float(t))
        said += [d.why for d in guide.step(float(t), heart).decisions if d.parameter == "stage"]
    assert guide.target_bpm == most < 84.0
    assert said == [f"leading down from 90, toward {most:.0f}, as the therapist asked"]


def test_targets_and_lengths_outside_are_refused_in_a_sentence() -> None:
    with pytest.raises(TargetError, match=r"A target of 30 beats a minute lies outside.*48 to 84"):
        Guide(load("relax"), target_bpm=30.0)
    with pytest.raises(TargetError):
        Guide(load("relax"), target_bpm=float("nan"))
    with pytest.raises(DurationError, match="A sitting of 2 seconds cannot be played"):
        Guide(load("relax"), duration_s=2.0)


def test_open_loop_walks_the_same_way_whatever_the_heart_does() -> None:
    def tempos(heart: Callable[[float], float | None]) -> list[float]:
        states = sit(Guide(load("relax"), Arm.OPEN_LOOP), heart).states
        return [state.tempo_bpm for state in states]

    calm = tempos(steady(76.0))
    wild = tempos(lambda t: 76.0 if t < 151 else 76.0 + (t % 50))
    assert calm == wild
    assert calm[-1] == pytest.approx(0.9 * 76.0, rel=0.01)


def test_a_yoked_sitting_replays_the_other_path() -> None:
    other = sit(Guide(load("relax")), falling(80.0, 14.0))
    path = [
        tuple(getattr(s, name) for name in PathPoint._fields)
        for s in other.states[::10]
    ]
    mine = sit(Guide(load("relax"), Arm.YOKED, path=path), steady(60.0))
    for t in range(400, 1050, 50):
        assert mine.at(t).tempo_bpm == pytest.approx(other.at(t).tempo_bpm, rel=0.01)
        assert mine.at(t).density == pytest.approx(other.at(t).density, abs=0.06)
        assert mine.at(t).breath_guide_per_min == pytest.approx(other.at(t).breath_guide_per_min, abs=0.3)


def test_a_yoked_path_has_to_be_one() -> None:
    with pytest.raises(PathError, match="needs the path"):
        Guide(load("relax"), Arm.YOKED)
    with pytest.raises(PathError, match="is empty"):
        Guide(load("relax"), Arm.YOKED, path=[])
    with pytest.raises(PathError, match="has to hold 7 numbers"):
        Guide(load("relax"), Arm.YOKED, path=[(0.0, 60.0)])
    with pytest.raises(PathError, match="forward in time"):
        Guide(load("relax"), Arm.YOKED, path=[(1.0,) * 7, (0.0, *(1.0,) * 6)])


def test_paced_is_six_a_minute_and_follow_follows() -> None:
    paced = sit(Guide(load("relax"), Arm.PACED), steady(74.0))
    assert {state.breath_guide_per_min for state in paced.states} == {6.0}
    assert {state.tempo_bpm for state in paced.states} == {74.0}
    follow = sit(Guide(load("relax"), Arm.FOLLOW), lambda t: 70.0 + 5.0 * ((t // 100) % 2))
    assert follow.at(195).tempo_bpm == 75.0
    assert follow.at(299).tempo_bpm == 70.0


def test_no_word_of_medicine_is_ever_said() -> None:
    forbidden = ("diagnos", "treat", "patient", "tachycardia", "panic", "therapy", "arrhythm", "fibrillation")
    said = [
        d.why.lower()
        for heart in (steady(74.0), lambda t: 70.0 if t < 400 else 90.0, lambda t: 70.0 if t < 300 else None)
        for name in ("relax", "energise", "focus")
        for d in sit(
            Guide(load(name), duration_s=900.0), heart, irregular=lambda t: t > 600,
            hands={100: [Intent(100.0, Hand.LISTENER, "too_much")]},
        ).decisions
    ]  # fmt: skip
    assert said
    assert not [why for why in said for word in forbidden if word in why]
