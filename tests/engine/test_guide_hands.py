"""Three hands on the controls: the last to touch a parameter keeps it until it gives it back."""

from __future__ import annotations

import math

import pytest

from engine.guide.guide import Guide
from engine.guide.music_state import Hand, Intent, MusicState, Stage
from profiles.load import load
from sensors.heart_state import HeartState


class Desk:
    """A guide with a steady heart, and hands that may be put on it."""

    def __init__(self, profile: str = "relax", hr: float = 74.0, trim_db: float = 0.0) -> None:
        self.guide, self.hr, self.t = Guide(load(profile), trim_db=trim_db), hr, 0.0
        self.state = self.run(1)

    def run(self, seconds: int) -> MusicState:
        for _ in range(seconds):
            self.state = self._step([])
        return self.state

    def touch(self, hand: Hand, parameter: str, value: float | None = None) -> MusicState:
        self.state = self._step([Intent(self.t, hand, parameter, value)])
        return self.state

    def _step(self, intents: list[Intent]) -> MusicState:
        heart = HeartState(t_s=self.t, hr_bpm=self.hr, last_beat_s=self.t)
        state = self.guide.step(self.t, heart, intents)
        self.t += 1.0
        return state


def test_a_parameter_is_taken_kept_and_given_back() -> None:
    desk = Desk()
    desk.run(170)
    taken = desk.touch(Hand.THERAPIST, "density", 0.3)
    assert [(d.hand, d.parameter, d.value, d.why) for d in taken.decisions] == [
        (Hand.THERAPIST, "density", 0.3, "the therapist takes density")
    ]
    assert desk.run(60).density == pytest.approx(0.3, abs=0.01)
    assert desk.guide.holders() == {"density": Hand.THERAPIST}
    given = desk.touch(Hand.THERAPIST, "density")
    assert given.decisions[0].why == "the therapist gives density back to the guide"
    assert desk.guide.holders() == {}
    assert desk.run(60).density > 0.4


def test_a_level_agreed_before_is_what_hands_move_and_give_back() -> None:
    plain, desk = Desk(), Desk(trim_db=-12.0)
    softer = desk.run(120).loudness_db - plain.run(120).loudness_db
    assert softer == pytest.approx(-12.0, abs=0.01)
    desk.touch(Hand.THERAPIST, "trim_db", 5.0)
    assert desk.run(60).loudness_db - plain.run(61).loudness_db == pytest.approx(-7.0, abs=0.01)
    desk.touch(Hand.THERAPIST, "trim_db")
    assert desk.run(60).loudness_db - plain.run(61).loudness_db == pytest.approx(-12.0, abs=0.01)
    for beyond in (-25.0, 6.0, math.nan):
        with pytest.raises(ValueError, match="level lies between -24 and 5 dB"):
            Desk(trim_db=beyond)


def test_the_last_hand_keeps_it_and_only_it_gives_back() -> None:
    desk = Desk()
    desk.touch(Hand.LISTENER, "brightness", 0.5)
    desk.touch(Hand.THERAPIST, "brightness", 0.2)
    refused = desk.touch(Hand.LISTENER, "brightness")
    assert refused.decisions[0].why == "brightness stays with the therapist, who touched it last"
    assert desk.guide.holders() == {"brightness": Hand.THERAPIST}
    assert desk.run(100).brightness == pytest.approx(0.2, abs=0.01)


def test_a_hand_is_held_to_the_profile_too() -> None:
    desk = Desk("sleep", hr=60.0)
    state = desk.touch(Hand.THERAPIST, "tempo_bpm", 140.0)
    assert state.decisions[0].value == 72.0
    assert "72 is as far as the profile goes" in state.decisions[0].why
    before = desk.state.tempo_bpm
    after = desk.run(60).tempo_bpm
    assert after == pytest.approx(before * 1.06, rel=1e-3)  # the hard limit, even under a hand


@pytest.mark.parametrize(("name", "value"), [("colour", 1.0), ("density", math.nan), ("tempo_bpm", math.inf)])
def test_what_cannot_be_understood_changes_nothing_and_says_so(name: str, value: float) -> None:
    desk = Desk()
    state = desk.touch(Hand.THERAPIST, name, value)
    assert state.decisions[0].why.startswith("not understood")
    assert desk.guide.holders() == {}


def test_the_music_is_told_while_a_hand_has_the_tempo_or_asked_for_a_rematch() -> None:
    desk = Desk()
    desk.run(200)
    assert not desk.state.tempo_by_hand
    assert desk.touch(Hand.THERAPIST, "hold").tempo_by_hand
    assert not desk.touch(Hand.THERAPIST, "resume").tempo_by_hand
    assert desk.touch(Hand.LISTENER, "rematch").tempo_by_hand
    assert desk.run(60).tempo_by_hand
    assert not desk.run(60).tempo_by_hand  # met again: the guide leads on


def test_less_and_more_are_felt_and_resume_undoes_them() -> None:
    desk, same = Desk(), Desk()
    desk.run(200)
    same.run(200)
    desk.touch(Hand.LISTENER, "less")
    same.run(1)
    assert desk.run(90).density < same.run(90).density - 0.05
    desk.touch(Hand.LISTENER, "more")
    desk.touch(Hand.LISTENER, "more")
    same.run(2)
    assert desk.run(300).density > same.run(300).density + 0.03
    words = desk.touch(Hand.LISTENER, "resume").decisions[0].why
    assert words == "resume: the listener gives back to the guide: energy"


def test_hold_keeps_the_tempo_and_resume_lets_it_go() -> None:
    desk = Desk()
    desk.run(170)
    held = desk.touch(Hand.THERAPIST, "hold").tempo_bpm
    assert desk.run(300).tempo_bpm == held
    desk.touch(Hand.THERAPIST, "resume")
    desk.hr = 71.0
    assert desk.run(200).tempo_bpm < held


def test_too_much_thins_at_once_meets_the_heart_and_waits() -> None:
    desk = Desk()
    desk.run(500)
    led = desk.state.tempo_bpm
    first = desk.touch(Hand.LISTENER, "too_much")
    assert first.stage is Stage.BACK_OFF
    assert first.silence
    assert [d.hand for d in first.decisions] == [Hand.LISTENER, Hand.LISTENER]
    met = desk.run(89)
    assert met.tempo_bpm == pytest.approx(74.0, abs=0.1)
    assert met.tempo_bpm > led
    assert met.density < 0.2
    assert desk.run(60).stage is Stage.BACK_OFF
    assert not desk.state.silence
    assert desk.run(80).stage is Stage.GUIDE


def test_rematch_goes_to_the_heart_at_up_to_the_hard_limit() -> None:
    desk = Desk()
    desk.run(500)
    desk.hr = 78.0
    desk.touch(Hand.THERAPIST, "rematch")
    assert desk.run(89).tempo_bpm > 74.0
    assert desk.state.stage is not Stage.BACK_OFF


def test_silence_and_soften_come_and_go_without_a_step() -> None:
    desk = Desk()
    desk.run(200)
    assert desk.touch(Hand.THERAPIST, "hush").silence
    quiet = desk.run(60)
    assert quiet.loudness_db < -28.0
    assert quiet.pulse_level < 0.01
    assert not desk.touch(Hand.THERAPIST, "resume").silence
    rises = []
    for _ in range(60):
        before = desk.state.loudness_db
        rises.append(desk.run(1).loudness_db - before)
    assert max(rises) <= 1.0 + 1e-9
    assert desk.state.loudness_db > -9.0
    desk.touch(Hand.THERAPIST, "soften")
    assert desk.run(60).density == pytest.approx(load("relax").ranges.density[0], abs=0.02)


@pytest.mark.parametrize("hand", [Hand.LISTENER, Hand.THERAPIST])
def test_a_hand_ends_the_sitting_in_ten_seconds(hand: Hand) -> None:
    desk = Desk()
    desk.run(300)
    state = desk.touch(hand, "end")
    assert state.stage is Stage.END
    assert not desk.run(8).ended
    assert desk.run(2).ended
    assert desk.state.loudness_db == -60.0


def test_an_end_in_the_first_seconds_and_in_the_last_fade() -> None:
    early = Desk()
    early.touch(Hand.LISTENER, "end")
    assert early.run(10).ended
    late = Desk()
    late.run(1100)
    assert late.state.stage is Stage.END
    late.touch(Hand.LISTENER, "end")
    assert late.run(10).ended


def test_the_therapist_can_set_a_new_target() -> None:
    desk = Desk()
    desk.run(400)
    state = desk.touch(Hand.THERAPIST, "target_bpm", 60.0)
    assert desk.guide.target_bpm == 60.0
    assert state.decisions[0].why == "the therapist takes the target"
    desk.touch(Hand.THERAPIST, "target_bpm")
    assert desk.guide.target_bpm == pytest.approx(0.9 * 74.0, abs=0.5)


def test_times_that_make_no_sense_move_nothing() -> None:
    desk = Desk()
    desk.run(100)
    heart = HeartState(t_s=0.0, hr_bpm=74.0)
    for t in (math.nan, -5.0, 3.0, math.inf):
        state = desk.guide.step(t, heart)
        assert state.tempo_bpm == desk.state.tempo_bpm
        assert state.t_s == desk.state.t_s
