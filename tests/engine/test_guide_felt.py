"""What a hand feels: how soon each changes the music, in every stage, and how it is taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from engine.guide.guide import Guide
from engine.guide.hands import ACTIONS, SOFTENED, parameter_ranges
from engine.guide.music_state import Decision, Hand, Intent, MusicState, Stage
from engine.guide.outputs import BACK_DB_PER_S, FASTEST_RISE_DB_PER_S
from profiles.load import load
from sensors.heart_state import HeartState

STEP_S = 0.2
BACK_S = 70.0
"""In which what was silent is back (benchmarks/hands.py)."""


@dataclass
class Desk:
    """A guide, a heart that may be changed, and hands."""

    profile: str = "relax"
    duration_s: float = 1200.0
    hr: float | None = 74.0
    irregular: bool = False
    t: float = 0.0
    said: list[Decision] = field(default_factory=list[Decision])

    def __post_init__(self) -> None:
        self.guide = Guide(load(self.profile), duration_s=self.duration_s)
        self.beat_s = 0.0
        self.state = self.step()

    def step(self, *wishes: tuple[Hand, str, float | None], seconds: float = STEP_S) -> MusicState:
        self.beat_s = self.beat_s if self.hr is None else self.t
        heart = HeartState(self.t, self.hr, last_beat_s=self.beat_s, irregular=self.irregular)
        self.state = self.guide.step(self.t, heart, [Intent(self.t, *wish) for wish in wishes])
        self.said += self.state.decisions
        self.t = round(self.t + seconds, 6)
        return self.state

    def run(self, seconds: float) -> list[MusicState]:
        return [self.step() for _ in range(round(seconds / STEP_S))]

    def come(self, seconds: int) -> None:
        """The same, at the longest steps."""
        for _ in range(seconds // 2):
            self.step(seconds=2.0)

    def touch(self, name: str, value: float | None = None, hand: Hand = Hand.LISTENER) -> MusicState:
        return self.step((hand, name, value))


def to(stage: Stage) -> Desk:
    """A sitting that has come to `stage`."""
    desk = Desk()
    match stage:
        case Stage.MATCH:
            desk.come(60)
        case Stage.GUIDE:
            desk.come(200)
        case Stage.STALL:
            desk.come(450)
        case Stage.BACK_OFF:
            desk.come(300)
            desk.hr = 90.0
            desk.come(60)
        case Stage.ARRIVE:
            desk.hr = 66.5
            desk.guide = Guide(load("relax"), target_bpm=66.0)
            desk.come(400)
        case Stage.COAST:
            desk.come(200)
            desk.hr = None
            desk.come(60)
        case Stage.END:
            desk.come(1110)
    assert desk.state.stage is stage
    return desk


def irregular() -> Desk:
    desk = Desk()
    desk.come(200)
    desk.irregular = True
    desk.come(60)
    assert desk.state.stage is Stage.COAST
    return desk


def never_heard() -> Desk:
    desk = Desk(hr=None)
    desk.come(40)
    assert desk.state.stage is Stage.COAST
    return desk


PLACES: dict[str, Callable[[], Desk]] = {stage.value: lambda stage=stage: to(stage) for stage in Stage} | {
    "irregular": irregular, "never heard": never_heard,
}  # fmt: skip


def test_no_action_is_called_like_a_parameter() -> None:
    """A parameter without a value is given back; an action of that name could never be."""
    assert not {*ACTIONS} & {*parameter_ranges(load("relax"))}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("wish", ["soften", "too_much"])
def test_less_of_everything_is_felt_at_once_wherever_the_sitting_stands(place: str, wish: str) -> None:
    desk, same = PLACES[place](), PLACES[place]()
    desk.touch(wish)
    same.step()
    desk.run(2)
    same.run(2)
    assert desk.state.loudness_db <= same.state.loudness_db - 4.0
    assert desk.state.foreground_db <= same.state.foreground_db - 12.0
    assert desk.state.density <= same.state.density
    desk.run(8)
    same.run(8)
    assert desk.state.loudness_db <= same.state.loudness_db - 4.0


@pytest.mark.parametrize("place", [place for place in PLACES if place != "end"])
def test_too_much_backs_off_whatever_the_heart_does(place: str) -> None:
    desk = PLACES[place]()
    assert desk.touch("too_much").stage is Stage.BACK_OFF
    for state in desk.run(89):
        assert state.stage is Stage.BACK_OFF
        assert state.silence
    desk.run(2)
    held = desk.run(118)
    assert all(state.stage is Stage.BACK_OFF and not state.silence for state in held[:-10])
    desk.run(15)
    away = place in ("coast", "irregular", "never heard")
    assert desk.state.stage is (Stage.COAST if away else Stage.GUIDE)
    assert desk.state.foreground_db > -4.0


def test_in_the_last_fade_too_much_keeps_it_down_to_the_end() -> None:
    desk = to(Stage.END)
    desk.touch("too_much")
    assert {state.foreground_db for state in desk.run(60)} == {-15.0}
    assert desk.state.stage is Stage.END


def test_too_much_does_not_follow_an_irregular_heart() -> None:
    desk = irregular()
    tempo = desk.state.tempo_bpm
    desk.hr = 83.0
    desk.touch("too_much")
    desk.run(60)
    assert desk.state.tempo_bpm <= tempo


def test_too_much_wins_over_what_another_hand_holds_up() -> None:
    desk = to(Stage.GUIDE)
    for name, value in (("density", 0.9), ("brightness", 0.5), ("loudness_db", 0.0), ("silence", 0.0),
                        ("trim_db", 3.0), ("foreground_db", 3.0), ("breath_depth_db", 1.0)):  # fmt: skip
        desk.touch(name, value, Hand.THERAPIST)
    desk.run(20)
    told = desk.touch("too_much").decisions
    assert {d.parameter for d in told if "goes back to the guide" in d.why} == {
        "density", "brightness", "loudness_db", "silence", "trim_db", "foreground_db"
    }  # fmt: skip
    desk.run(4)
    assert desk.state.silence
    assert desk.state.loudness_db < -8.0
    assert desk.guide.holders() == {"energy": Hand.LISTENER, "breath_depth_db": Hand.THERAPIST}


def test_too_much_leaves_what_another_hand_keeps_down() -> None:
    desk = to(Stage.GUIDE)
    desk.touch("soften", hand=Hand.THERAPIST)
    desk.touch("hush", hand=Hand.THERAPIST)
    desk.touch("too_much")
    assert desk.guide.holders() == dict.fromkeys((*SOFTENED, "silence"), Hand.THERAPIST) | {
        "energy": Hand.LISTENER
    }


@pytest.mark.parametrize("at_s", [60, 300, 900])
@pytest.mark.parametrize("profile", ["relax", "sleep", "energise", "focus"])
@pytest.mark.parametrize(("wish", "sign"), [("less", -1.0), ("more", 1.0)])
def test_less_and_more_are_felt_within_four_seconds(at_s: int, profile: str, wish: str, sign: float) -> None:
    desk, same = Desk(profile), Desk(profile)
    desk.come(at_s)
    same.come(at_s)
    desk.touch(wish)
    same.step()
    desk.run(3)
    same.run(3)
    assert sign * (desk.state.loudness_db - same.state.loudness_db) >= 1.9
    front_db = desk.state.foreground_db - same.state.foreground_db
    assert front_db <= -2.0 if wish == "less" else front_db == 0.0
    low, high = load(profile).ranges.density
    step = sign * (desk.state.density - same.state.density)
    room = high - same.state.density if sign > 0 else same.state.density - low
    assert step == pytest.approx(min(0.2 * (high - low), room), abs=0.02)


def test_energy_has_an_end_and_says_so() -> None:
    for wish, most in (("less", "as thin as"), ("more", "as full as")):
        desk = to(Stage.GUIDE)
        for _ in range(5):
            assert "grows" in desk.touch(wish).decisions[0].why
        assert most in desk.touch(wish).decisions[0].why
        desk.run(20)
        low, high = load("relax").ranges.density
        assert desk.state.density == pytest.approx(low if wish == "less" else high)
        assert desk.state.foreground_db == (-15.0 if wish == "less" else 0.0)
        assert desk.state.loudness_db <= 5.0


def test_soften_says_each_thing_that_it_holds_and_goes_further_when_asked_again() -> None:
    desk = to(Stage.GUIDE)
    told = desk.touch("soften", hand=Hand.THERAPIST).decisions
    assert [(d.hand, d.parameter, d.value) for d in told] == [
        (Hand.THERAPIST, "density", 0.15), (Hand.THERAPIST, "brightness", 0.15),
        (Hand.THERAPIST, "foreground_db", -12.0), (Hand.THERAPIST, "trim_db", -6.0),
    ]  # fmt: skip
    assert desk.guide.holders() == dict.fromkeys(SOFTENED, Hand.THERAPIST)
    for trim in (-12.0, -18.0, -24.0, -24.0):
        assert desk.touch("soften").decisions[3].value == trim
    assert desk.state.foreground_db == -24.0


def test_silence_is_there_within_three_seconds_and_comes_back_no_faster_than_it_may() -> None:
    desk = to(Stage.GUIDE)
    before = desk.state.loudness_db
    desk.touch("hush")
    desk.run(1.6)
    assert desk.state.loudness_db <= before - 12.0
    desk.run(10)
    assert desk.state.loudness_db == -30.0
    desk.touch("silence")
    levels = [state.loudness_db for state in desk.run(BACK_S)]
    assert max(b - a for a, b in pairwise(levels)) <= BACK_DB_PER_S * STEP_S + 1e-9
    assert levels[-1] == pytest.approx(before, abs=1.0)


@pytest.mark.parametrize("wish", ["soften", "too_much", "hush", "less"])
def test_what_returns_rises_by_less_than_a_decibel_a_second_and_out_of_silence_slower(wish: str) -> None:
    desk = to(Stage.GUIDE)
    desk.touch(wish)
    desk.run(20)
    levels = [desk.touch("undo").loudness_db, *(state.loudness_db for state in desk.run(BACK_S))]
    fastest = BACK_DB_PER_S if wish == "hush" else FASTEST_RISE_DB_PER_S
    assert max(b - a for a, b in pairwise(levels)) <= fastest * STEP_S + 1e-9
    same = to(Stage.GUIDE)
    same.run(20.4 + BACK_S)
    assert levels[-1] == pytest.approx(same.state.loudness_db, abs=0.7)


@pytest.mark.parametrize(
    ("wish", "value", "db"), [("less", None, 3.0), ("trim_db", -8.0, 8.0), ("soften", None, 6.0)]
)
def test_less_is_less_while_the_whole_still_comes_back(wish: str, value: float | None, db: float) -> None:
    desk = to(Stage.GUIDE)
    desk.touch("hush", hand=Hand.THERAPIST)
    desk.run(6)
    desk.touch("silence", hand=Hand.THERAPIST)
    desk.run(40)
    before = desk.state.loudness_db
    desk.touch(wish, value, Hand.THERAPIST)
    levels = [desk.state.loudness_db, *(state.loudness_db for state in desk.run(2))]
    assert levels[0] < before
    assert min(levels) == pytest.approx(before - db)
    for _ in range(9):  # moved to and fro it sinks no further than a hand may move it, and comes back
        desk.touch("trim_db", 0.0, Hand.THERAPIST)
        desk.touch("trim_db", -24.0, Hand.THERAPIST)
        desk.run(2)
    assert desk.state.loudness_db >= -24.0 + desk.guide.profile.ranges.loudness_db[0]
    desk.touch("resume", hand=Hand.THERAPIST)
    desk.run(BACK_S)
    assert desk.state.loudness_db > before


def test_prompt_is_said_exactly_while_a_hand_moves_the_loudness() -> None:
    desk = to(Stage.GUIDE)
    assert not any(state.prompt for state in desk.run(5))
    moves = [desk.touch("soften"), *desk.run(10)]
    moving = [state.prompt for state in moves]
    assert moving == sorted(moving, reverse=True)
    still = next(i for i, state in enumerate(moves) if not state.prompt)
    assert moves[still].loudness_db == pytest.approx(moves[still - 1].loudness_db, abs=0.01)
    assert 3 <= still <= 6
    desk.touch("density", 0.3)
    assert not any(state.prompt for state in desk.run(5))


def test_the_law_goes_on_underneath_a_hand() -> None:
    """So that giving back needs no slow way home, which is a minute and a half for density."""
    desk, same = to(Stage.GUIDE), to(Stage.GUIDE)
    desk.touch("density", 0.2)
    desk.come(200)
    desk.touch("density")
    desk.run(2.6)
    same.run(0.2)
    same.come(200)
    same.run(2.8)
    for name in ("density", "brightness", "loudness_db", "breath_guide_per_min", "pulse_level"):
        assert getattr(desk.state, name) == pytest.approx(getattr(same.state, name), abs=0.01)


FREE = {
    "density": 0.2, "brightness": 0.2, "breath_guide_per_min": 6.0, "breath_depth_db": 3.0,
    "pulse_level": 0.0, "mood": -0.5, "trim_db": -2.5, "foreground_db": -9.0, "loudness_db": -3.0,
}  # fmt: skip


@pytest.mark.parametrize("name", FREE)
def test_undo_has_a_parameter_back_within_three_seconds(name: str) -> None:
    desk, same = to(Stage.GUIDE), to(Stage.GUIDE)
    shown = "loudness_db" if name == "trim_db" else name
    desk.touch(name, FREE[name], Hand.THERAPIST)
    desk.run(20)
    held = getattr(desk.state, shown)
    same.run(20.2)
    assert abs(held - getattr(same.state, shown)) > 0.1
    told = desk.touch("undo", hand=Hand.THERAPIST).decisions[0]
    assert (told.hand, told.parameter, told.value) == (Hand.THERAPIST, "undo", name)
    assert desk.guide.holders() == {}
    desk.run(2.8)
    same.run(3)
    assert getattr(desk.state, shown) == pytest.approx(getattr(same.state, shown), abs=0.1)


def test_undo_goes_back_act_by_act_and_gives_back_what_was_held_before() -> None:
    desk = to(Stage.GUIDE)
    desk.touch("density", 0.9)
    desk.touch("less")
    desk.touch("soften")
    desk.touch("resume")
    assert desk.guide.holders() == {}
    desk.touch("undo")
    assert set(desk.guide.holders()) == {*SOFTENED, "energy"}
    desk.touch("undo")
    assert desk.guide.holders() == {"density": Hand.LISTENER, "energy": Hand.LISTENER}
    desk.run(3)
    assert desk.state.foreground_db == -3.0
    assert "takes back less" in desk.touch("undo").decisions[0].why
    assert "takes back density" in desk.touch("undo").decisions[0].why
    assert desk.guide.holders() == {}
    assert "nothing that could be taken back" in desk.touch("undo").decisions[0].why


def test_undo_touches_nothing_of_another_hand() -> None:
    desk = to(Stage.GUIDE)
    desk.touch("density", 0.9, Hand.LISTENER)
    desk.touch("brightness", 0.2, Hand.THERAPIST)
    desk.touch("undo", hand=Hand.LISTENER)
    assert desk.guide.holders() == {"brightness": Hand.THERAPIST}
    desk.touch("mood", 0.9, Hand.LISTENER)
    desk.touch("mood", 0.1, Hand.THERAPIST)
    told = desk.touch("undo", hand=Hand.LISTENER).decisions[0]
    assert told.why == "undo: mood stays as another hand has left it since"
    assert desk.guide.holders() == {"brightness": Hand.THERAPIST, "mood": Hand.THERAPIST}
    desk.touch("undo", hand=Hand.THERAPIST)
    assert desk.guide.holders()["mood"] is Hand.LISTENER  # who had it before


def test_undo_of_hold_lets_the_tempo_go_on() -> None:
    desk = to(Stage.GUIDE)
    desk.touch("hold")
    desk.hr = 70.0
    desk.run(30)
    held = desk.state.tempo_bpm
    desk.touch("undo")
    desk.run(10)
    assert desk.state.tempo_bpm < held


def test_undo_of_too_much_goes_on_from_there() -> None:
    desk = to(Stage.STALL)
    desk.touch("tempo_bpm", 70.0, Hand.THERAPIST)
    desk.touch("too_much")
    desk.run(10)
    state = desk.touch("undo")
    assert state.stage is Stage.GUIDE
    assert [d.value for d in state.decisions if d.parameter == "stage"] == ["guide"]  # not from the beginning
    assert not state.silence
    assert desk.guide.holders() == {"tempo_bpm": Hand.THERAPIST}
    assert state.foreground_db == 0.0


def test_undo_of_a_rematch_leads_on() -> None:
    desk, same = to(Stage.STALL), to(Stage.STALL)
    desk.hr = same.hr = 76.0
    desk.touch("rematch")
    same.touch("rematch")
    desk.touch("undo")
    desk.run(60)
    same.run(60)
    assert same.state.tempo_bpm > desk.state.tempo_bpm + 1.0


def test_undo_of_a_target_aims_where_it_did_before() -> None:
    desk = to(Stage.GUIDE)
    first = desk.guide.target_bpm
    desk.touch("target_bpm", 60.0, Hand.THERAPIST)
    desk.touch("target_bpm", 58.0, Hand.THERAPIST)
    desk.touch("undo", hand=Hand.THERAPIST)
    assert desk.guide.target_bpm == 60.0
    desk.touch("undo", hand=Hand.THERAPIST)
    assert desk.guide.target_bpm == first


def test_an_end_is_not_taken_back() -> None:
    desk = to(Stage.GUIDE)
    desk.touch("end")
    desk.touch("undo")
    desk.run(10)
    assert desk.state.ended
