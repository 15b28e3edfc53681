"""Harmony goes on: in no profile, mode or seed does a chord stand as long as a section."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from math import inf
from random import Random

import pytest

from engine.guide.music_state import MusicState, Stage
from engine.music.chords import ChordGraph
from engine.music.form import Form
from engine.music.harmony import Harmony, Stretch
from engine.music.scale import Scale
from engine.music.voice_leading import LARGEST_STEP, rough
from profiles.load import load, names
from profiles.schema import MODES, Mode, Profile

SECTION_S = 90.0
"""The shortest section (SCIENCE.md D1): a chord that stands longer is a drone."""

LASTS_S = 600.0
SEEDS = range(3)


def in_mode(name: str, mode: Mode) -> Profile:
    profile = load(name)
    return replace(profile, harmony=replace(profile.harmony, modes={"warm": (mode,)}))


def walked(profile: Profile, seed: int) -> Iterator[tuple[float, Stretch, Scale, bool]]:
    """When each stretch of a sitting begins (s), on which scale, and whether it begins a section."""
    random = Random(seed)
    form, harmony = Form(profile, random), Harmony(profile, random)
    low, high = profile.ranges.tempo_bpm
    bpm = min(max(66.0, low), high)
    bar_s, at_s = 60.0 * profile.form.beats_per_bar / bpm, 0.0
    while at_s < LASTS_S:
        ends = at_s > LASTS_S - profile.arc.fade_out_s
        stage, left_s = (Stage.END, LASTS_S - at_s) if ends else (Stage.GUIDE, inf)
        state = MusicState(at_s, stage, bpm, 0.5, 0.35, 0.0, 8.0, 2.0, 0.5, mood=profile.harmony.mood)
        phrase = form.next(bar_s, state, left_s)
        if not phrase.silent:
            harmony.retune(state.mood, phrase, comes_home=form.closing)
            for stretch in harmony.stretches(phrase, bar_s):
                begins = phrase.first_of_section and stretch.bar == 0
                yield at_s + stretch.bar * bar_s, stretch, harmony.scale, begins
        at_s += phrase.bars * bar_s


def stood_s(stretches: list[tuple[float, Stretch]]) -> list[float]:
    """How long each chord stands: until the root is another one and other tones sound; silences count in."""
    changes = [0.0]
    for (_, before), (at_s, stretch) in pairwise(stretches):
        sounding = [{pitch % 12 for pitch in each.voicing} for each in (before, stretch)]
        if before.chord.root != stretch.chord.root and sounding[0] != sounding[1]:
            changes.append(at_s)
    return [b - a for a, b in pairwise([*changes, LASTS_S])]


@pytest.mark.parametrize("mode", sorted(MODES))
def test_no_chord_stands_as_long_as_a_section(mode: Mode) -> None:
    """In every profile, be its chords long and its register low; and the voices go by their rules."""
    for name in names():
        inside: list[bool] = []
        for seed in SEEDS:
            sitting = list(walked(in_mode(name, mode), seed))
            assert max(stood_s([(at_s, stretch) for at_s, stretch, *_ in sitting])) < SECTION_S, (name, seed)
            for (_, before, *_), (_, stretch, scale, begins) in pairwise(sitting):
                inside += [pitch % 12 in scale.parent.classes for pitch in stretch.voicing]
                assert not any(rough(a, b) for a, b in pairwise(stretch.voicing))
                if not begins and len(before.voicing) == len(stretch.voicing):
                    moves = [abs(a - b) for a, b in zip(before.voicing, stretch.voicing, strict=True)]
                    assert max(moves) <= LARGEST_STEP, (name, seed)
        assert sum(inside) / len(inside) >= 0.95, name


def test_a_five_note_mode_borrows_only_from_the_mode_it_is_taken_from() -> None:
    for mode in MODES:
        scale = Scale(50, mode)
        kin = ChordGraph(scale).kin
        assert bool(kin) == (scale.parent != scale)
        for chord in kin:
            assert chord.classes <= scale.parent.classes
            assert len(chord.classes - scale.classes) == 1
    kin = ChordGraph(Scale(53, "dorian_pentatonic")).kin
    assert {chord.name for chord in kin} == {"Gm", "Ab", "Bb", "Cm"}
