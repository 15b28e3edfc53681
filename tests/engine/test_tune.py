"""What somebody played becomes the sitting's motif: sung soon, and where the own one is."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from dsp.score import Note
from engine.guide.music_state import Event, MusicState, Stage
from engine.music.composer import Composer
from engine.music.foreground import ARPEGGIO_BEATS, MARK_BEATS, STROKE_BEATS
from engine.music.orchestration import FOREGROUND
from engine.music.scale import Scale
from engine.music.score import Landmark
from engine.music.tune import MOST_NOTES, Line, motif_of
from profiles.load import load, names

C_MAJOR = Scale(60, "ionian")
STAR = [(0.0, 60.0), (1.0, 60.0), (2.0, 67.0), (3.0, 67.0), (4.0, 69.0), (5.0, 69.0), (6.0, 67.0)]
"""The first line of a song that everybody knows, over two bars."""
TAKEN_S, RETURN_S, LONG_S = 90.0, 260.0, 420.0


def test_a_tune_is_its_upper_voice_from_its_longest_rest_to_its_breath_on_the_scale() -> None:
    plain = motif_of(STAR, 16.0, C_MAJOR)
    assert plain is not None
    assert plain.steps == (0, 0, 4, 4, 5, 5, 4)
    assert plain.pitches == (60, 60, 67, 67, 69, 69, 67)
    assert plain.lengths[:6] == (1.0,) * 6
    # With the left hand under it, fingers that are not quite together, and a bar line in its midst.
    played: list[tuple[float, float]] = []
    for beat, pitch in STAR:
        played += [((beat + 11.05) % 16.0, pitch), ((beat + 10.95) % 16.0, pitch - 24.0)]
    assert motif_of(played, 16.0, C_MAJOR) == plain
    # A second line begins after a breath, and is no more of the motif.
    assert motif_of([*STAR[:4], *((beat + 6.0, pitch) for beat, pitch in STAR[:4])], 16.0, C_MAJOR) == (
        motif_of(STAR[:4], 6.0, C_MAJOR)
    )
    long = motif_of([(beat / 2.0, 60.0 + beat % 5) for beat in range(30)], 16.0, C_MAJOR)
    assert long is not None
    assert len(long.steps) == MOST_NOTES
    off = motif_of([(0.0, 60.4), (1.0, 63.4), (2.0, 66.1)], 16.0, C_MAJOR)
    assert off is not None
    assert {pitch % 12 for pitch in off.pitches} <= C_MAJOR.classes


@pytest.mark.parametrize("line", [[], STAR[:2], [(0.0, 60.0), (0.1, 64.0), (0.2, 67.0), (4.0, 72.0)]])
def test_too_few_notes_one_after_another_are_no_motif_and_change_nothing(line: Line) -> None:
    assert motif_of(line, 16.0, C_MAJOR) is None
    untouched, asked = written("relax", 120.0), written("relax", 120.0, line)
    assert untouched == asked


@pytest.mark.parametrize("name", names())
def test_the_melody_sings_it_as_soon_as_it_sings_and_again_where_the_own_one_is(name: str) -> None:
    notes, markers = written(name, LONG_S, STAR)
    as_without, _ = written(name, LONG_S)
    assert [n for n in notes if n.beat < TAKEN_S] == [n for n in as_without if n.beat < TAKEN_S]
    sung = [
        [n for n in notes if begin - 0.1 <= n.beat < end - 0.1]
        for (begin, part), (end, _) in pairwise(markers)
        if begin > TAKEN_S and part in ("statement", "variation", "contrast", "leaving", "home", "return")
    ]
    first = next((phrase for phrase in sung if phrase), [])
    if not first:
        assert not any("lead" in part for part in load(name).form.scenes), "its scenes have no melody"
        return
    assert is_it(first)
    returned = [
        [n for n in notes if begin - 0.1 <= n.beat < end - 0.1]
        for (begin, part), (end, _) in pairwise(markers) if part == "return"
    ]  # fmt: skip
    assert returned
    assert is_it(returned[0])


def is_it(notes: list[Note]) -> bool:
    """Whether these are the tune's notes: none goes another way, and at most one stays where it should go, in
    a mode that does not have its tone. The last leans on its chord."""
    if len(notes) != len(STAR):
        return False
    ours, asked = ([(b > a) - (b < a) for a, b in pairwise(pitches[:-1])] for pitches in (
        [note.pitch for note in notes], [pitch for _, pitch in STAR],
    ))  # fmt: skip
    off = [way for way, wanted in zip(ours, asked, strict=True) if way != wanted]
    return off in ([], [0])


def written(
    name: str, seconds: float, line: Line | None = None
) -> tuple[list[Note], list[tuple[float, str]]]:
    """The melody and the phrases of a piece at 60 beats a minute, with a tune taken up on the way."""
    profile = load(name)
    composer, notes, marks = Composer(profile, 3, "ANNA"), list[Note](), list[Landmark]()
    density = sum(profile.ranges.density) / 2
    plain = MusicState(0.0, Stage.GUIDE, 60.0, density, 0.35, 0.0, 8.0, 2.0, 0.0, mood=profile.harmony.mood)
    for tick in range(round(10 * seconds)):
        t_s = tick / 10
        if line is not None and t_s == TAKEN_S:
            home = composer.home % 12
            composer.take_up([(beat, pitch + home) for beat, pitch in line], 16.0)
        music = replace(plain, t_s=t_s, event=Event.SETTLED if t_s == RETURN_S else None)
        score = composer.compose(t_s, t_s, 60.0, t_s + 14.0, music)
        notes = [n for n in notes if n.instrument not in score.forget or n.beat < t_s] + list(score.notes)
        marks += score.landmarks
    layers = (STROKE_BEATS, ARPEGGIO_BEATS, MARK_BEATS)
    melody = [n for n in notes if n.instrument in FOREGROUND and n.beats not in layers]
    phrases = [(mark.beat, mark.text) for mark in marks if mark.kind == "phrase"]
    return sorted(melody, key=lambda note: note.beat), phrases
