"""What the composer makes of whom the music meets: another register, and quick music that is light."""

from __future__ import annotations

from statistics import fmean

import pytest

from dsp.score import Note
from engine.clock import BeatClock
from engine.guide.guide import Guide
from engine.guide.music_state import MusicState, Stage
from engine.music.composer import Composer
from engine.music.foreground import ARPEGGIO_BEATS, LIGHTER, STROKE_BEATS
from engine.music.orchestration import FOREGROUND
from engine.session import AHEAD_BEATS, AHEAD_S
from profiles.load import load, names
from sensors.heart_state import HeartState

SECONDS = 120


def written(
    name: str, seed: int, bpm: float = 66.0, density: float | None = None, register_st: float = 0.0
) -> list[Note]:
    """The foreground of two minutes with a guide that wants one thing throughout."""
    profile = load(name)
    composer, notes = Composer(profile, seed), list[Note]()
    full = sum(profile.ranges.density) / 2.0 if density is None else density
    for tick in range(2 * SECONDS):
        t = tick / 2.0
        beat = t * bpm / 60.0
        music = MusicState(
            t, Stage.MATCH, bpm, full, 0.4, 0.0, 8.0, 1.5, 0.5,
            mood=profile.harmony.mood, register_st=register_st,
        )  # fmt: skip
        notes += composer.compose(beat, t, bpm, beat + 12.0, music).notes
    return [note for note in notes if note.instrument in FOREGROUND]


def first_minute(name: str, seed: int, hr: float) -> int:
    """Onsets of the foreground from 20 to 60 s for a heart that is found after five."""
    profile = load(name)
    guide, composer, found = Guide(profile), Composer(profile, seed), list[float]()
    clock: BeatClock | None = None
    for tick in range(300):
        t = tick / 5.0
        music = guide.step(t, HeartState(t, hr if t >= 5.0 else None, last_beat_s=t))
        clock = clock or BeatClock(music.tempo_bpm)
        beat, bpm = clock.beat(t), clock.tempo(t)
        score = composer.compose(beat, t, bpm, beat + max(AHEAD_BEATS, AHEAD_S * bpm / 60.0), music)
        for bar_line, step_bpm in score.tempo:
            clock.step(max(t, clock.second(bar_line)), step_bpm)
        found += [clock.second(note.beat) for note in score.notes if note.instrument in FOREGROUND]
    return sum(20.0 <= at_s < 60.0 for at_s in found)


def melody(notes: list[Note]) -> list[Note]:
    return [note for note in notes if note.beats not in (ARPEGGIO_BEATS, STROKE_BEATS)]


@pytest.mark.parametrize("name", names())
def test_a_calm_a_middle_and_a_quick_heart_have_first_minutes_of_their_own(name: str) -> None:
    calm, middle, quick = (sum(first_minute(name, n, hr) for n in range(1, 7)) for hr in (58.0, 74.0, 104.0))
    assert middle > 1.3 * calm
    assert quick > 1.3 * middle


@pytest.mark.parametrize("name", names())
def test_all_that_is_struck_lies_higher_or_lower_inside_its_register(name: str) -> None:
    palette = load(name).palette
    for seed in (1, 2):
        low, home, high = (written(name, seed, register_st=st) for st in (-6.0, 0.0, 6.0))
        places = [fmean(note.pitch for note in notes) for notes in (low, home, high)]
        assert places[0] + 0.5 < places[1] < places[2] - 0.5
        assert places[2] > places[0] + 3.0
        for note in (*low, *high):
            assert palette[note.instrument].register[0] <= note.pitch <= palette[note.instrument].register[1]


def test_ones_own_motif_keeps_its_notes_in_every_register() -> None:
    first = [[n.pitch for n in melody(written("relax", 3, register_st=st))[:4]] for st in (-5.0, 0.0, 5.0)]
    assert first[0] == first[1] == first[2]


def test_quick_music_is_struck_more_lightly_and_its_figures_are_felt_at_half_time() -> None:
    def figures(bpm: float) -> list[Note]:
        notes = [note for seed in range(4) for note in written("relax", seed, bpm=bpm, density=0.9)]
        return [note for note in notes if note.beats == ARPEGGIO_BEATS]

    calm, quick = figures(66.0), figures(84.0)
    light = fmean(n.velocity for n in quick) / fmean(n.velocity for n in calm)
    assert light == pytest.approx(1.0 - LIGHTER, abs=0.05)

    def off_the_beat(notes: list[Note]) -> float:
        return fmean(0.25 < note.beat % 1.0 < 0.75 for note in notes)

    assert off_the_beat(quick) < 0.5 * off_the_beat(calm)


def test_a_drum_keeps_its_weight_and_its_grid() -> None:
    calm, quick = (written("energise", 2, bpm=bpm) for bpm in (66.0, 104.0))
    assert fmean(n.velocity for n in quick) == pytest.approx(fmean(n.velocity for n in calm), abs=0.04)
