"""Melodies go by step and come back, vary one thing at a time, and strike no key under its own tail."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from random import Random

import pytest

from dsp.score import Note
from engine.guide.music_state import MusicState, Stage
from engine.music.composer import Composer
from engine.music.foreground import ARPEGGIO_BEATS, MARK_BEATS, STROKE_BEATS
from engine.music.motif import SINGABLE, Motif, invent, varied
from engine.music.orchestration import FOREGROUND
from engine.music.ringing import Ringing
from profiles.load import load, names

SECONDS, BPM, GRAM = 600, 60.0, 4


def foreground(name: str, seed: int) -> list[Note]:
    """All that is struck in ten minutes of a guide that wants one thing throughout; a beat is a second."""
    composer, notes = Composer(load(name), seed), list[Note]()
    density = sum(load(name).ranges.density) / 2.0
    for t in range(SECONDS):
        wish = MusicState(float(t), Stage.GUIDE, BPM, density, 0.4, 0.0, 8.0, 1.5, 0.5, mood=0.3)
        notes += composer.compose(float(t), float(t), BPM, t + 14.0, wish).notes
    return sorted((n for n in notes if n.instrument in FOREGROUND), key=lambda note: note.beat)


@pytest.mark.parametrize("name", names())
def test_a_lead_goes_by_step_seldom_leaps_and_comes_back(name: str) -> None:
    layers = (ARPEGGIO_BEATS, STROKE_BEATS, MARK_BEATS)
    moves = list[tuple[int, int]]()
    for seed in (1, 2):
        lead = [n for n in foreground(name, seed) if n.beats not in layers]
        moves += [(round(b.pitch - a.pitch), round(2.0 * b.beats)) for a, b in pairwise(lead)]
    sizes = [abs(move) for move, _ in moves]
    assert len(moves) > 40
    assert sum(size in (1, 2) for size in sizes) >= 0.4 * len(sizes)
    assert sum(size >= 5 for size in sizes) <= 0.2 * len(sizes)
    signs = [((move > 0) - (move < 0), beats) for move, beats in moves]
    grams = Counter(tuple(signs[i : i + GRAM]) for i in range(len(signs) - GRAM + 1))
    assert sum(n for n in grams.values() if n > 1) >= 0.3 * sum(grams.values())


@pytest.mark.parametrize("name", ["energise", "focus", "breathe"])
def test_hardly_a_figure_strikes_a_key_that_sounds(name: str) -> None:
    until, again, figures = dict[tuple[str, float], float](), 0, 0
    for note in foreground(name, 1):
        key = (note.instrument, note.pitch)
        figures += note.beats == ARPEGGIO_BEATS
        again += note.beats == ARPEGGIO_BEATS and until.get(key, 0.0) > note.beat
        until[key] = note.beat + note.beats
    assert figures > 50
    assert again <= 0.1 * figures


def test_a_key_is_free_before_and_after_it_sounds_and_one_of_all_that_sound_is_still_offered() -> None:
    ringing = Ringing()
    ringing.struck("piano", 60, 4.0, 2.0)
    assert ringing.free("piano", (60, 62), 5.0, 1.0) == (62,)
    assert ringing.free("piano", (60, 62), 3.0, 1.4) == (62,)
    assert ringing.free("piano", (60, 62), 1.0, 1.4) == (60, 62)
    assert ringing.free("pluck", (60, 62), 5.0, 1.0) == (60, 62)
    assert ringing.free("piano", (60,), 5.0, 1.0) == (60,)
    ringing.forget_before(6.5)
    assert ringing.free("piano", (60, 62), 5.0, 1.0) == (60, 62)


@pytest.mark.parametrize("seed", range(20))
def test_a_variation_changes_one_thing_and_stays_singable(seed: int) -> None:
    random = Random(seed)
    motif = invent(random, random.randint(3, 6))
    other = varied(motif, random)
    moved = sum(a != b for a, b in zip(motif.steps, other.steps, strict=True))
    assert moved <= 1
    assert sorted(other.lengths) == sorted(motif.lengths)
    assert moved == 0 or other.lengths == motif.lengths
    assert all(b - a in SINGABLE for a, b in pairwise(other.steps))
    twice = motif.followed(other, random)
    assert twice.steps[: len(motif.steps)] == motif.steps
    assert twice.steps[len(motif.steps)] - motif.steps[-1] in SINGABLE
    assert Motif(twice.steps[: len(motif.steps)], twice.lengths[: len(motif.steps)]) == motif
