"""Meeting: hearts and words that differ are met by music that differs, which fades as the lead goes on."""

from __future__ import annotations

from itertools import pairwise
from statistics import median

import pytest

from dsp.command import NOTE_AT_FRAME
from engine.guide.arms import Arm
from engine.guide.guide import Guide
from engine.guide.meeting import Whom, Words
from engine.guide.music_state import Hand, Intent, MusicState
from engine.session import Moment
from profiles.load import load, names
from sensors.heart_state import HeartState
from sensors.simulated import SimulatedListener
from tests.engine.guided import sit
from tests.engine.kept import RATE_HZ, offline

HEARTS = (58.0, 74.0, 104.0)


def opening(guide: Guide, hr: float | None, found_s: float = 5.0, until_s: float = 30.0) -> list[MusicState]:
    return sit(guide, lambda t: hr if t >= found_s else None, until_s)


@pytest.mark.parametrize("name", names())
def test_a_calm_a_middle_and_a_quick_heart_are_met_by_three_pieces(name: str) -> None:
    met = [opening(Guide(load(name)), hr)[-1] for hr in HEARTS]
    low, high = load(name).ranges.brightness
    for calmer, quicker in pairwise(met):
        assert quicker.density > 1.3 * calmer.density
        assert quicker.brightness > calmer.brightness + 0.15 * (high - low)
        assert quicker.register_st > calmer.register_st + 1.5
    grave = -1.0 if name == "energise" else 1.0
    assert (met[0].mood - met[2].mood) * grave > 0.4


def test_another_heart_begins_in_another_mode() -> None:
    modes = [load("relax").harmony.modes_for(opening(Guide(load("relax")), hr)[-1].mood)[0] for hr in HEARTS]
    assert modes == ["lydian", "ionian", "mixolydian"]


def test_a_heart_is_met_while_the_bed_sounds_and_walked_to_later() -> None:
    whole = opening(Guide(load("relax")), 104.0)
    assert whole[4].density == pytest.approx(0.15 + 0.85 * 0.65)
    assert whole[8].density == pytest.approx(1.0)
    late = opening(Guide(load("relax")), 104.0, found_s=40.0, until_s=140.0)
    assert max(abs(b.density - a.density) for a, b in pairwise(late)) < 0.01
    assert late[-1].density == pytest.approx(1.0, abs=0.12)


def test_what_is_met_fades_out_as_the_lead_goes_on() -> None:
    def course(hr: float) -> list[MusicState]:
        return sit(Guide(load("relax"), Arm.OPEN_LOOP), lambda _: hr)

    calm, quick = course(58.0), course(104.0)
    gaps = [quick[t].density - calm[t].density for t in (60, 400, 700, 1000, 1075)]
    assert all(later < earlier for earlier, later in pairwise(gaps))
    assert gaps[-1] < 0.05 < 0.4 < gaps[0]
    assert calm[1079].register_st == pytest.approx(0.0, abs=0.01)
    assert calm[1079].mood == pytest.approx(quick[1079].mood, abs=0.1)


def test_the_first_rate_counts_and_no_later_one() -> None:
    states = sit(Guide(load("relax"), Arm.OPEN_LOOP), lambda t: 74.0 if t < 10 else 110.0, 60.0)
    told = [d for s in states for d in s.decisions if d.parameter == "meeting"]
    assert [(d.hand, d.value) for d in told] == [(Hand.AUTO, 74.0)]
    assert states[-1].density == pytest.approx(states[5].density, abs=0.01)


def test_a_sitting_that_replays_a_path_meets_no_heart() -> None:
    path = [(0.0, 60.0, 0.5, 0.3, -1.0, 12.0, 1.5), (600.0, 55.0, 0.4, 0.3, -2.0, 8.0, 1.5)]
    calm, quick = (
        opening(Guide(load("relax"), Arm.YOKED, duration_s=600.0, path=path), hr) for hr in (58.0, 104.0)
    )
    assert [(s.density, s.brightness, s.mood, s.register_st) for s in calm] == [
        (s.density, s.brightness, s.mood, s.register_st) for s in quick
    ]


def test_a_hand_keeps_what_it_holds_when_a_heart_is_met() -> None:
    guide = Guide(load("relax"))
    for t in range(30):
        asked = [Intent(2.0, Hand.LISTENER, "density", 0.3)] if t == 2 else []
        heart = HeartState(float(t), 104.0 if t >= 5 else None, last_beat_s=float(t))
        state = guide.step(float(t), heart, asked)
    assert state.density == pytest.approx(0.3)


@pytest.mark.parametrize("name", names())
def test_two_feelings_under_one_profile_begin_as_two_pieces(name: str) -> None:
    """Before any heart is known, and with the same heart."""
    for hr in (None, 70.0):
        tense, calm, sad, glad = (
            opening(Guide(load(name), words=words), hr)[-1]
            for words in (Words(-0.6, 0.7), Words(0.6, -0.6), Words(-0.7, -0.4), Words(0.7, 0.3))
        )
        assert tense.density > 1.15 * calm.density
        assert tense.mood < calm.mood
        assert glad.density > 1.15 * sad.density
        assert glad.register_st > sad.register_st + 5.0
        assert glad.brightness > sad.brightness
        assert glad.mood > sad.mood


def test_words_are_met_from_the_first_moment_and_told_once() -> None:
    states = opening(Guide(load("relax"), words=Words(-0.7, -0.4)), 74.0)
    plain = opening(Guide(load("relax")), 74.0)
    assert states[0].density < plain[0].density
    assert states[0].mood == pytest.approx(0.35 + 0.75 * (-0.7 - 0.35))
    told = [(d.t_s, d.hand, d.value) for s in states for d in s.decisions if d.parameter == "meeting"]
    assert told == [(0.0, Hand.LISTENER, "valence -0.7, arousal -0.4"), (5.0, Hand.AUTO, 74.0)]


def test_what_was_met_is_told_in_plain_words() -> None:
    told = [Whom(None, hr).sentence(0.35, "down") for hr in HEARTS]
    assert told == [
        "thinner, darker, lower and lighter",
        "as it does for most",
        "fuller, brighter, higher and graver",
    ]
    assert Whom(Words(-0.7, -0.4)).sentence(0.35, "down") == "thinner, darker, lower and graver"
    assert Whom(Words(0.35, 0.0)).sentence(0.35, "down") == "brighter and higher"


def test_the_heart_voice_keeps_to_the_heart_where_the_music_plays_three_beats_to_four() -> None:
    strokes: list[float] = []
    tempos: list[float] = []

    class Seen:
        def moment(self, moment: Moment) -> None:
            strokes.extend(c.beat / RATE_HZ for c in moment.commands if c.kind == NOTE_AT_FRAME)
            tempos.append(moment.tempo_bpm)

    listener = SimulatedListener(rest=104.0, rsa=5.0, drift=0.2, seed=3)
    offline(load("relax"), listener, 60.0, lambda _: None, Seen()).run()
    assert tempos[-100] == pytest.approx(78.0, abs=2.0)
    apart = [b - a for a, b in pairwise(strokes)]
    assert median(apart) == pytest.approx(60.0 / 104.0 / 0.97, rel=0.03)  # a little slower, as relax has it
