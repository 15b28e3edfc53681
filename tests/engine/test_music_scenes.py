"""Scenes: sections that differ in who plays, in bass, key and chords; rests, and a soft end."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import fmean

import pytest

import profiles
from dsp.score import Note
from engine.guide.energy import SOFT_FROM, SOFTENS_FROM, energy
from engine.guide.music_state import Decision, MusicState, Stage
from engine.music.bass import BASS_HIGHEST, BASS_LOWEST, bass_under, home_bass
from engine.music.chords import ChordGraph
from engine.music.composer import Composer
from engine.music.form import DEEP_APART_S, DEEP_FROM_S, DEEP_LEFT_S, Form, Part, Phrase
from engine.music.harmony import Harmony
from engine.music.scale import Scale
from engine.music.scenes import DRAWN_BACK_DB, EVERYTHING, SCENES, mix_of
from engine.music.score import Landmark
from engine.music.voice_leading import close_semitone
from profiles.check import complaints
from profiles.load import load, names, read_table

SECONDS, BPM, BAR_S = 480, 60.0, 4.0
SOFT_DB = -60.0


def music(t: float, loudness_db: float = 0.0) -> MusicState:
    return MusicState(t, Stage.GUIDE, BPM, 0.8, 0.4, loudness_db, 8.0, 1.5, 0.5, mood=0.3)


class Written:
    """Eight minutes of one profile, with a guide that wants one thing throughout; a beat is a second."""

    def __init__(self, name: str, seed: int, loudness_db: float = 0.0) -> None:
        composer = Composer(load(name), seed)
        self.notes, self.decisions, self.marks = list[Note](), list[Decision](), list[Landmark]()
        for t in range(SECONDS):
            score = composer.compose(float(t), float(t), BPM, t + 14.0, music(t, loudness_db))
            self.notes += score.notes
            self.marks += score.landmarks
            self.decisions += score.decisions


def sections(name: str, count: int, loudness_db: float = 0.0) -> list[list[Phrase]]:
    """The first phrases of a sitting by section."""
    form, found = Form(load(name), Random(name)), list[list[Phrase]]()
    while len(found) <= count:
        phrase = form.next(BAR_S, music(0.0, loudness_db), float("inf"))
        if phrase.first_of_section:
            found.append([])
        found[-1].append(phrase)
    return found[:count]


@pytest.mark.parametrize("name", names())
def test_sections_go_through_the_scenes_of_the_profile_in_their_order(name: str) -> None:
    scenes = load(name).form.scenes
    assert len(set(scenes)) >= 3
    for n, section in enumerate(sections(name, 5)):
        assert {phrase.scene.name for phrase in section} == {scenes[n % len(scenes)]}


def test_what_begins_while_the_music_is_soft_is_an_afterglow() -> None:
    soft = sections("relax", 4, SOFT_DB)
    assert [section[0].scene.name for section in soft] == ["song", "afterglow", "afterglow", "afterglow"]


@pytest.mark.parametrize("name", names())
def test_every_section_ends_in_a_rest_and_the_bed_comes_back_alone(name: str) -> None:
    for section in sections(name, 4):
        assert section[-1].part is Part.SILENCE
    for before, after in pairwise([phrase for section in sections(name, 4) for phrase in section]):
        if before.part is Part.SILENCE:
            assert after.silent or after.part in (Part.ENTER, Part.ANCHOR)
    entering = [phrase for section in sections(name, 4) for phrase in section if phrase.part is Part.ENTER]
    assert entering
    assert all(phrase.fullness == 0.0 for phrase in entering)


@pytest.mark.parametrize("name", names())
def test_deep_rests_come_late_and_far_apart_and_leave_the_bed_time_to_come_back(name: str) -> None:
    form, at_s, deep = Form(load(name), Random(name)), 0.0, list[float]()
    before: Phrase | None = None
    while at_s < 1200.0:
        phrase = form.next(BAR_S, music(at_s), 1200.0 - at_s)
        if phrase.deep:
            assert phrase.part is Part.SILENCE
            assert 1200.0 - at_s >= DEEP_LEFT_S
            deep.append(at_s)
        if before is not None and before.deep:
            assert phrase.part is Part.ENTER
            assert phrase.bars * BAR_S >= 24.0
        at_s += phrase.bars * BAR_S
        before = phrase
    assert len(deep) >= 3
    assert deep[0] >= DEEP_FROM_S
    assert all(b - a >= DEEP_APART_S for a, b in pairwise(deep))


def test_who_is_left_out_of_a_scene_steps_back() -> None:
    for scene in SCENES.values():
        assert scene.sounding <= EVERYTHING
        for palette in (("pad", "choir"), ("choir",)):
            mix = mix_of(scene, palette)
            parts = zip(palette, DRAWN_BACK_DB, strict=False)
            left_out = {name for name, part in parts if part not in scene.sounding}
            assert {name for name in palette if mix.get(name, 0.0) < 0.0} == left_out
    assert len({scene.sounding for scene in SCENES.values()}) >= 5


def test_a_section_without_drum_or_melody_has_none() -> None:
    written = Written("energise", 3)
    scenes = [(mark.beat, SCENES[mark.text]) for mark in written.marks if mark.kind == "scene"]
    assert len(scenes) >= 3
    drums = 0
    for (begin, scene), (end, _) in pairwise([*scenes, (float(SECONDS), scenes[-1][1])]):
        here = [note for note in written.notes if begin <= note.beat < end and note.instrument == "kit"]
        assert "kit" in scene.sounding or not here
        drums += len(here)
    assert drums > 50


def test_each_scene_that_begins_is_told_once() -> None:
    written = Written("relax", 2)
    begun = [mark for mark in written.marks if mark.kind == "scene" and mark.beat < SECONDS]
    assert [decision.value for decision in written.decisions] == [mark.text for mark in begun]
    for decision, mark in zip(written.decisions, begun, strict=True):
        assert decision.t_s == pytest.approx(mark.beat, abs=1.0)
        assert SCENES[mark.text].told in decision.why


@pytest.mark.parametrize("name", names())
def test_the_bass_moves(name: str) -> None:
    written = Written(name, 1)
    bass = [note for note in written.notes if note.instrument == "drone" and note.velocity > 0.4]
    assert len({round(note.pitch) % 12 for note in bass}) >= 3
    assert all(BASS_LOWEST <= note.pitch <= BASS_HIGHEST for note in bass)


@pytest.mark.parametrize("seed", range(8))
def test_a_bass_is_a_tone_of_its_chord_and_beats_against_nothing_that_can_be_helped(seed: int) -> None:
    random = Random(seed)
    scale = Scale(random.randint(36, 50), "ionian")
    graph, bass = ChordGraph(scale), home_bass(scale, 33, 45)
    assert bass % 12 == scale.tonic % 12
    for chord in random.sample(graph.chords, 5):
        bass, before = bass_under(chord, bass, (), 33, 45), bass
        assert bass % 12 in chord.classes
        others = [pitch for pitch in range(33, 46) if pitch % 12 in chord.core]
        assert not close_semitone(bass, before) or all(close_semitone(pitch, before) for pitch in others)


def test_borrowed_chords_share_most_of_their_tones_with_the_mode_and_bring_one_of_the_other() -> None:
    scale = Scale(48, "ionian")
    graph, random = ChordGraph(scale), Random(1)
    lent = {chord.name: chord for chord in (graph.borrowed(random) for _ in range(60)) if chord}
    assert {"Fm", "Bb"} & set(lent)
    for chord in lent.values():
        assert 2 <= len(chord.classes & scale.classes) < len(chord.classes)


def test_chords_are_of_many_lengths() -> None:
    for name in ("relax", "focus"):
        written = Written(name, 4)
        beats = [mark.beat for mark in written.marks if mark.kind == "chord"]
        lengths = [b - a for a, b in pairwise(beats)]
        mean = fmean(lengths)
        assert fmean((length - mean) ** 2 for length in lengths) ** 0.5 >= 0.3 * mean


def test_sections_away_have_a_home_of_their_own_and_the_ending_comes_home() -> None:
    harmony = Harmony(load("relax"), Random(5))
    homes = list[int]()
    for section, name in enumerate(("song", "still", "light", "song")):
        phrase = Phrase(Part.STATE, 3, section, SCENES[name], first_of_section=True)
        harmony.retune(0.3, phrase)
        homes.append((harmony.scale.tonic - harmony.home) % 12)
    assert homes[0] == homes[3] == 0
    assert {homes[1], homes[2]} == {5, 7}
    harmony.retune(0.3, Phrase(Part.STATE, 3, 4, SCENES["still"], first_of_section=True))
    harmony.retune(0.3, Phrase(Part.HOME, 3, 4, SCENES["still"]), comes_home=True)
    assert harmony.scale.tonic == harmony.home


@pytest.mark.parametrize("goal", ["down", "up", "stay", "release"])
def test_the_last_third_is_softer_and_darker(goal: str) -> None:
    way = [energy(goal, Stage.GUIDE, 0.0, progress / 20.0, 0.0) for progress in range(21)]  # type: ignore[arg-type]
    early = energy(goal, Stage.GUIDE, 0.0, SOFTENS_FROM, 0.0)  # type: ignore[arg-type]
    late = energy(goal, Stage.GUIDE, 0.0, SOFT_FROM, 0.0)  # type: ignore[arg-type]
    assert late.loudness < 0.7 * early.loudness
    assert late.brightness < 0.95 * early.brightness
    assert all(abs(after.loudness - before.loudness) < 0.1 for before, after in pairwise(way))


def test_a_profile_without_a_scene_is_refused_in_one_sentence() -> None:
    table = read_table(Path(profiles.__file__).parent / "relax.toml")
    table["form"]["scenes"] = []
    assert complaints(table) == ["form.scenes is an empty list; name a scene or leave it out."]
