"""A bar that is sung and has not begun: a hand has it anew, or sends it away; nobody else does."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from functools import cache
from math import floor

import pytest

from dsp.score import Note
from engine.guide.music_state import MusicState, Stage
from engine.music.composer import TEMPO_STEP, Composer
from engine.music.controls import FRONT
from engine.music.form import Part
from profiles.load import load

FROM_S = 60.0
BEFORE_TICKS = 590
"""A second before it."""


@cache
def heard(
    name: str,
    hand: MusicState | None,
    at_tick: int = 10**9,
    seconds: float = 90.0,
    seed: int = 1,
    answer: float = 0.0,
) -> list[Note]:
    """The foreground as a synth plays it at 60 beats a minute, with `hand` on it from that tick on.

    `answer` is the music's to the heart, all the while: it thins the ornaments.
    """
    composer, notes = deepcopy(begun(name, seed, answer))
    for tick in range(BEFORE_TICKS, round(seconds * 10)):
        t_s = tick / 10
        music = usual(name, t_s) if hand is None or tick < at_tick else replace(hand, t_s=t_s)
        notes, forgets = looked(composer, notes, replace(music, answer=answer))
        assert not forgets or tick >= at_tick
    return sorted(notes, key=lambda note: (note.beat, note.instrument, note.pitch))


@cache
def begun(name: str, seed: int, answer: float) -> tuple[Composer, list[Note]]:
    """A piece that no hand has touched yet, and what it has come to shortly before the first does."""
    composer, notes = Composer(load(name), seed), list[Note]()
    for tick in range(BEFORE_TICKS):
        notes, _ = looked(composer, notes, replace(usual(name, tick / 10), answer=answer))
    return composer, notes


def looked(composer: Composer, notes: list[Note], music: MusicState) -> tuple[list[Note], bool]:
    """What stands of the foreground after one more look, and whether any of it was forgotten."""
    t_s = music.t_s
    score = composer.compose(t_s, t_s, 60.0, t_s + 14.0, music)
    notes = [n for n in notes if n.instrument not in score.forget or n.beat < t_s]
    return notes + [n for n in score.notes if n.instrument in FRONT], bool(score.forget)


def usual(name: str, t_s: float) -> MusicState:
    low, high = load(name).ranges.density
    return MusicState(t_s, Stage.GUIDE, 60.0, (low + high) / 2, 0.4, 0.0, 8.0, 2.0, 0.0)


def full(name: str, end: int) -> MusicState:
    return replace(usual(name, FROM_S), density=load(name).ranges.density[end], full_by_hand=True)


@pytest.fixture(scope="module", params=["relax", "energise"])
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def line(name: str) -> int:
    """A bar line after FROM_S with notes in its bar; it is sung one beat before."""
    beats = load(name).form.beats_per_bar
    sung = [n.beat for n in heard(name, None) if n.beat >= FROM_S + beats]
    return floor(sung[0] / beats) * beats


@pytest.mark.parametrize("end", [0, 1])
def test_a_hand_on_density_is_heard_in_the_bar_that_waits(
    name: str, line: int, end: int
) -> None:
    twin = heard(name, None)
    ours = heard(name, full(name, end), line * 10 - 5)
    before, bar = (
        [[n for n in notes if first <= n.beat < last] for notes in (ours, twin)]
        for first, last in ((0.0, line), (line, line + 2 * load(name).form.beats_per_bar))
    )
    assert set(before[0]) <= set(before[1])
    assert len(before[1]) - len(before[0]) <= 1 - end  # less is told by the next note, wherever it lies
    assert len(bar[0]) < len(bar[1]) if end == 0 else len(bar[0]) > len(bar[1])


def test_what_has_begun_stays(name: str, line: int) -> None:
    late = heard(name, full(name, 0), line * 10 + 1)
    twin = heard(name, None)
    assert [n for n in late if n.beat < line + 0.1] == [n for n in twin if n.beat < line + 0.1]


def test_only_a_hand_has_it_anew(name: str, line: int) -> None:
    guided = replace(full(name, 0), full_by_hand=False)
    notes = heard(name, guided, line * 10 - 5)  # nothing is forgotten before: that is asserted there
    beats = load(name).form.beats_per_bar
    twin = heard(name, None)
    assert [n for n in notes if n.beat < line + beats] == [n for n in twin if n.beat < line + beats]


def test_a_hand_sends_the_foreground_away_and_it_comes_again(name: str, line: int) -> None:
    away = replace(usual(name, FROM_S), rests=True)
    notes = heard(name, away, line * 10 - 5)
    assert not [n for n in notes if n.beat >= line - 0.5]
    assert [n for n in notes if n.beat < line - 0.5] == [n for n in heard(name, None) if n.beat < line - 0.5]


@pytest.mark.parametrize("place", range(8))
@pytest.mark.parametrize("profile", ["relax", "sleep", "energise"])
@pytest.mark.parametrize("end", [0, 1])
def test_density_by_hand_is_heard_within_a_bar_and_a_beat_wherever_in_a_bar_it_comes(
    profile: str, end: int, place: int
) -> None:
    most = load(profile).form.beats_per_bar + 1
    at_tick = round((FROM_S + place * load(profile).form.beats_per_bar / 8) * 10)
    for seed, answer in ((2, 0.0), (3, 0.0), (4, 1.0)):
        ours = heard(profile, full(profile, end), at_tick, 75.0, seed, answer)
        twin = heard(profile, None, seconds=75.0, seed=seed, answer=answer)
        due = [n for n in twin if at_tick / 10 <= n.beat < at_tick / 10 + most]
        if end == 1 or due:  # where nothing is played, nothing can be taken away
            first = min(n.beat for n in [*ours, *twin] if n not in ours or n not in twin)
            assert at_tick / 10 <= first <= at_tick / 10 + most


def test_no_answer_to_the_heart_thins_away_what_a_hand_asked_for() -> None:
    for seed in range(2, 12):
        at_tick = round(FROM_S * 10) + 5
        ours = heard("relax", full("relax", 1), at_tick, 70.0, seed, 1.0)
        twin = heard("relax", None, seconds=70.0, seed=seed, answer=1.0)
        line = FROM_S + load("relax").form.beats_per_bar
        assert [n for n in ours if line <= n.beat < line + 1.0 and n not in twin]


def test_a_hand_that_wants_more_is_answered_in_a_composed_silence_too(name: str) -> None:
    composer, silence = Composer(load(name), 1), None
    for tick in range(6000):
        t_s = tick / 10
        score = composer.compose(t_s, t_s, 60.0, t_s + 14.0, usual(name, t_s))
        silence = next((mark.beat for mark in score.landmarks if mark.text == Part.SILENCE), silence)
        if silence is not None and t_s >= silence - 0.5:
            break
    assert silence is not None
    twin = heard(name, None, seconds=silence + 2.0)
    ours = heard(name, full(name, 1), tick, silence + 2.0)
    assert not [n for n in twin if silence <= n.beat < silence + 1.0]
    assert [n for n in ours if silence <= n.beat < silence + 1.0]


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_step_of_tempo_that_waits_for_its_bar_line_is_taken_back_for_a_hand_alone(
    name: str, line: int, by_hand: bool
) -> None:
    """A guide that leads down, until somebody turns the tempo up half a beat before the bar line."""
    composer, sent = Composer(load(name), 1), list[tuple[float, float]]()
    for tick in range(line * 10 + 1):
        t_s = tick / 10
        touched = t_s >= line - 0.5
        bpm = 61.0 if touched else 60.0 - max(0.0, t_s - FROM_S + 20.0) / 100.0
        music = replace(usual(name, t_s), tempo_bpm=bpm, tempo_by_hand=by_hand and touched)
        sent += composer.compose(t_s, t_s, 60.0, t_s + 14.0, music).tempo
    before = [bpm for beat, bpm in sent if beat < line][-1]
    steps = [bpm for beat, bpm in sent if beat == line]
    assert steps[0] < before
    assert steps[1:] == ([before * (1.0 + TEMPO_STEP)] if by_hand else [])
