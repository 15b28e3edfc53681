"""The quick path: bounded, one sign, in the governed arm alone; and what it may not touch stays as it was."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsp.score import Note
from engine.guide.answer import CALMER, EVEN, LIVELIER, MOST_PER_S, Answer, words
from engine.guide.arms import Arm
from engine.guide.guide import Guide
from engine.guide.music_state import Decision, Hand, Intent, MusicState, Stage
from engine.music.composer import Composer
from engine.music.controls import FRONT, OPEN_DB, Controls
from engine.music.foreground import ORNAMENTS
from profiles.load import load, names
from sensors.heart_state import HeartState

SETTLED, STRAINED = -4.0, 4.0
"""Leans that are answered whole, beats a minute."""


def fresh() -> tuple[Answer, list[str]]:
    told: list[str] = []
    return Answer(lambda *decided: told.append(decided[-1])), told


def sit(
    guide: Guide,
    lean: Callable[[float], float | None],
    until_s: float,
    wishes: dict[float, tuple[str, float | None]] | None = None,
    heard: Callable[[float], bool] = lambda _: True,
    irregular: Callable[[float], bool] = lambda _: False,
) -> list[MusicState]:
    """Two calls a second with a heart of 70 that leans as given."""
    states: list[MusicState] = []
    beat_s = 0.0
    for half in range(round(2 * until_s)):
        t = half / 2
        beat_s = t if heard(t) else beat_s
        heart = HeartState(
            t, 70.0 if heard(t) else None, last_beat_s=beat_s, lean_bpm=lean(t), irregular=irregular(t)
        )
        asked = [Intent(t, Hand.THERAPIST, *wishes[t])] if wishes and t in wishes else []
        states.append(guide.step(t, heart, asked))
    return states


def at(states: list[MusicState], t_s: float) -> MusicState:
    return states[round(2 * t_s)]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.floats()),
            st.floats(),
            st.floats(0.0, 2.0),
            st.booleans(),
            st.integers(1, 40),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_it_stays_within_bounds_and_pace_whatever_comes(
    pieces: list[tuple[float | None, float, float, bool, int]],
) -> None:
    answer, _ = fresh()
    for lean, even, dt, free, times in pieces:
        for _ in range(times):
            before = answer.value
            value = answer.toward(lean, even, dt, free=free)
            assert -1.0 <= value <= 1.0
            assert abs(value - before) <= MOST_PER_S * dt + 1e-12


@pytest.mark.parametrize(("lean", "sign"), [(SETTLED, 1), (STRAINED, -1), (1.3, 0), (-1.3, 0), (None, 0)])
def test_settling_opens_strain_closes_and_a_heart_at_rest_does_neither(lean: float | None, sign: int) -> None:
    answer, told = fresh()
    for _ in range(40):
        answer.toward(lean, 0.0, 0.5, free=True)
    assert answer.value == pytest.approx(float(sign), abs=0.02)
    assert words(answer.value) == {1: "opens", -1: "closes a little", 0: ""}[sign]
    assert len(told) == abs(sign)


def test_it_is_heard_within_a_phrase_and_fades_slowly() -> None:
    answer, _ = fresh()
    for _ in range(20):
        answer.toward(SETTLED, 0.0, 0.5, free=True)
    assert answer.value > 0.9
    answer.toward(0.0, 0.0, 0.5, free=True)
    for _ in range(15):
        answer.toward(0.0, 0.0, 0.5, free=True)
    assert 0.3 < answer.value < 0.5


def test_a_breath_that_becomes_even_opens_too_and_the_two_are_one_answer() -> None:
    answer, told = fresh()
    for _ in range(40):
        answer.toward(None, 1.0, 0.5, free=True)
    assert answer.value == pytest.approx(1.0, abs=0.02)
    assert told == [EVEN]
    for _ in range(80):
        answer.toward(STRAINED, 1.0, 0.5, free=True)
    assert answer.value == pytest.approx(0.0, abs=0.02)


def test_the_same_answer_is_told_once_until_it_has_been_back() -> None:
    answer, told = fresh()
    for lean, times in ((SETTLED, 40), (-2.4, 40), (SETTLED, 40), (0.0, 60), (SETTLED, 40), (STRAINED, 60)):
        for _ in range(times):
            answer.toward(lean, 0.0, 0.5, free=True)
    assert told == [CALMER, CALMER, LIVELIER]


@pytest.mark.parametrize("arm", [Arm.OPEN_LOOP, Arm.PACED, Arm.FOLLOW, Arm.YOKED])
def test_only_the_governed_arm_answers(arm: Arm) -> None:
    path = [(0.0, 66.0, 0.5, 0.4, 0.0, 10.0, 2.0), (600.0, 60.0, 0.4, 0.3, 0.0, 8.0, 2.0)]
    guide = Guide(load("relax"), arm, path=path if arm is Arm.YOKED else None)
    assert {state.answer for state in sit(guide, lambda _: SETTLED, 400.0)} == {0.0}
    governed = sit(Guide(load("relax")), lambda _: SETTLED, 400.0)
    assert governed[-1].answer == pytest.approx(1.0)


def test_nothing_is_answered_while_coasting_backing_off_ending_or_silent() -> None:
    lost = sit(Guide(load("relax")), lambda _: SETTLED, 260.0, heard=lambda t: t < 200.0)
    assert at(lost, 199.0).answer == pytest.approx(1.0)
    assert lost[-1].stage is Stage.COAST
    assert lost[-1].answer < 0.02
    odd = sit(Guide(load("relax")), lambda _: SETTLED, 260.0, irregular=lambda t: t >= 200.0)
    assert odd[-1].stage is Stage.COAST
    assert odd[-1].answer < 0.02
    much = sit(Guide(load("relax")), lambda _: SETTLED, 260.0, {200.0: ("too_much", None)})
    assert much[-1].stage is Stage.BACK_OFF
    assert much[-1].answer < 0.02
    ended = sit(Guide(load("relax")), lambda _: SETTLED, 209.0, {200.0: ("end", None)})
    assert ended[-1].stage is Stage.END
    assert 0.0 < ended[-1].answer < at(ended, 201.0).answer < at(ended, 199.0).answer
    hushed = sit(Guide(load("relax")), lambda _: SETTLED, 260.0, {200.0: ("hush", None)})
    assert hushed[-1].silence
    assert hushed[-1].answer < 0.02


def test_a_hand_holds_it_and_gives_it_back() -> None:
    wishes: dict[float, tuple[str, float | None]] = {200.0: ("answer", -1.0), 230.0: ("answer", None)}
    guide = Guide(load("relax"))
    states = sit(guide, lambda _: SETTLED, 260.0, wishes)
    assert at(states, 199.0).answer == pytest.approx(1.0)
    assert at(states, 203.5).answer == -1.0
    assert at(states, 229.0).answer == -1.0
    assert states[-1].answer == pytest.approx(1.0)
    (taken,) = [d for d in at(states, 200.0).decisions if d.hand is Hand.THERAPIST]
    assert taken.why == "the therapist takes the answer to heart and breath"


def test_the_answer_moves_nothing_else_that_the_guide_asks_for() -> None:
    def plain(state: MusicState) -> MusicState:
        return replace(state, answer=0.0, decisions=tuple(d for d in state.decisions if not _answers(d)))

    wavering = sit(Guide(load("relax")), lambda t: 4.0 * math.sin(t / 15.0), 700.0)
    still = sit(Guide(load("relax")), lambda _: None, 700.0)
    assert max(abs(state.answer) for state in wavering) > 0.9
    assert [plain(state) for state in wavering] == still
    for one, other in pairwise(wavering):
        assert abs(other.answer - one.answer) <= 0.5 * MOST_PER_S + 1e-9


def _answers(decision: Decision) -> bool:
    return decision.parameter == "answer"


def written(
    name: str, seed: int, answer: Callable[[float], float]
) -> tuple[list[Note], list[tuple[float, float]]]:
    """Notes and tempo of four minutes at 60 beats a minute."""
    profile, notes, tempo = load(name), list[Note](), list[tuple[float, float]]()
    composer = Composer(profile, seed)
    density = sum(profile.ranges.density) / 2
    for tick in range(2400):
        t_s = tick / 10
        music = MusicState(t_s, Stage.GUIDE, 60.0, density, 0.4, 0.0, 8.0, 2.0, 0.0, answer=answer(t_s))
        score = composer.compose(t_s, t_s, 60.0, t_s + 14.0, music)
        notes += score.notes
        tempo += score.tempo
    return notes, tempo


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_notes_of_an_answering_piece_are_a_part_of_its_twins(name: str, sign: float) -> None:
    twin, tempo = written(name, 7, lambda _: 0.0)
    notes, same_tempo = written(name, 7, lambda t: sign if t >= 60.0 else 0.0)
    assert same_tempo == tempo
    kept = [repr(note) for note in notes]
    assert set(kept) <= {repr(note) for note in twin}
    left_out = [note for note in twin if repr(note) not in set(kept)]
    assert {note.beats for note in left_out} <= set(ORNAMENTS)
    assert {note.instrument for note in left_out} <= set(FRONT)
    assert all(note.beat > 59.0 for note in left_out)
    ornaments = [note for note in twin if note.beats in ORNAMENTS and note.beat > 66.0]
    assert 0.3 * len(ornaments) <= len(left_out) <= 0.75 * len(ornaments) + 2


def ramps(answer: float, depth_db: float = 2.0) -> dict[str, float]:
    """Where the master stands once it has come to rest."""
    controls = Controls(load("relax"))
    found = {ramp.parameter: ramp.value for ramp in controls.standing() if ramp.channel == "master"}
    for tick in range(100):
        music = MusicState(tick / 10, Stage.GUIDE, 66.0, 0.5, 0.35, -1.0, 8.0, depth_db, 0.5, answer=answer)
        for ramp in controls.follow(tick / 10, tick / 10, music):
            if ramp.channel == "master":
                found[ramp.parameter] = ramp.value
    return found


def test_opening_is_brighter_with_a_deeper_swell_and_closing_the_other_way() -> None:
    rest, opened, closed = ramps(0.0), ramps(1.0), ramps(-1.0)
    found = [each["open_db"] for each in (closed, rest, opened)]
    assert found == pytest.approx([-OPEN_DB, 0.0, OPEN_DB])
    assert closed["brightness_hz"] == rest["brightness_hz"] == opened["brightness_hz"]
    assert closed["breath_depth_db"] < rest["breath_depth_db"] < opened["breath_depth_db"] <= 3.0
    assert rest["level_db"] == opened["level_db"] == closed["level_db"]


def test_a_swell_that_a_hand_has_sent_away_is_not_brought_back_by_an_answer() -> None:
    assert ramps(1.0, depth_db=0.0)["breath_depth_db"] == 0.0
