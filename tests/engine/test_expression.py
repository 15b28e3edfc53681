"""A phrase leans on the exhale: what is played where air flows out is stronger and brighter."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

import pytest

from dsp.score import Note
from engine.guide.music_state import MusicState, Stage
from engine.music.composer import Composer
from engine.music.expression import LEANING, leaning
from engine.music.orchestration import FOREGROUND
from profiles.load import load

INHALE = 0.4
NOTE = Note(3.0, 1.0, "piano", 60.0, 0.5, 0.1, -0.2)


@pytest.mark.parametrize(("phase", "share"), [(0.7, LEANING), (0.2, -LEANING)])
def test_a_note_is_strongest_in_the_middle_of_the_exhale_and_softest_in_the_inhale(
    phase: float, share: float
) -> None:
    played = leaning(NOTE, phase, INHALE)
    assert played.velocity == pytest.approx(NOTE.velocity * (1.0 + share))
    assert (played.brightness > NOTE.brightness) is (share > 0.0)
    assert replace(played, velocity=NOTE.velocity, brightness=NOTE.brightness) == NOTE


@pytest.mark.parametrize("phase", [0.0, INHALE, 1.0])
def test_a_note_is_as_written_where_no_air_flows(phase: float) -> None:
    assert leaning(NOTE, phase, INHALE).velocity == pytest.approx(NOTE.velocity)


def written(per_min: float, seed: int) -> list[Note]:
    """The foreground of two minutes at a beat a second with a breath that goes on evenly from 0 s."""
    composer, notes = Composer(load("relax"), seed), list[Note]()
    for tick in range(1200):
        t = tick / 10.0
        music = MusicState(t, Stage.MATCH, 60.0, 0.9, 0.4, 0.0, per_min, 1.5, 0.5)
        notes += composer.compose(t, t, 60.0, t + 12.0, music).notes
    return [note for note in notes if note.instrument in FOREGROUND]


def test_of_one_piece_the_notes_on_the_exhale_are_stronger_than_without_a_breath() -> None:
    ways: dict[bool, list[float]] = {True: [], False: []}
    for seed in range(1, 7):
        by_beat = {(round(note.beat), note.instrument, note.pitch): note for note in written(0.0, seed)}
        for note in written(6.0, seed):
            twin = by_beat.get((round(note.beat), note.instrument, note.pitch))
            phase = note.beat / 10.0 % 1.0
            if twin is not None and min(abs(phase - 0.2), abs(phase - 0.7)) < 0.1:
                ways[phase > INHALE].append(note.velocity / twin.velocity)
    assert min(len(found) for found in ways.values()) >= 30
    # What the law of rises leaves no room for is not played: the exhale gains less than the inhale loses.
    stronger, softer = median(ways[True]), median(ways[False])
    assert softer < 1.0 - 0.4 * LEANING < 1.0 < stronger
    assert stronger / softer > 1.0 + 0.6 * LEANING
