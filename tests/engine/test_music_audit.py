"""What benchmarks/music_audit.py says of tones and written notes is what was put in."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

pytest.importorskip("librosa", reason="the audit listens with librosa")
pretty_midi = pytest.importorskip("pretty_midi", reason="the audit reads MIDI with pretty_midi")
if shutil.which("ffmpeg") is None:
    pytest.skip("loudness is measured with ffmpeg", allow_module_level=True)

pytestmark = pytest.mark.usefixtures("ears")

RATE_HZ = 48_000
BPM = 60.0


@pytest.fixture(scope="module")
def written() -> Any:
    import midi_measures

    return midi_measures


@pytest.fixture(scope="module")
def tones() -> Any:
    import tones

    return tones


def midi(**parts: list[tuple[int, float, float]]) -> bytes:
    """A file at 60 beats a minute: by instrument (pitch, begin, length), in s."""
    file = pretty_midi.PrettyMIDI(initial_tempo=BPM)
    for name, notes in parts.items():
        played = pretty_midi.Instrument(0, name=name)
        played.notes = [pretty_midi.Note(80, pitch, begin, begin + length) for pitch, begin, length in notes]
        file.instruments.append(played)
    into = io.BytesIO()
    file.write(into)
    return into.getvalue()


def line(*pitches: int, length: float = 1.0) -> list[tuple[int, float, float]]:
    return [(pitch, float(k), length) for k, pitch in enumerate(pitches)]


def test_steps_and_leaps_of_a_line(written: Any) -> None:
    lead = written.lead_of(written.parts(midi(piano=line(60, 62, 63, 70, 67, 67))))
    assert written.intervals(lead) == pytest.approx((2 / 5, 1 / 5))


def test_the_lead_is_the_upper_note_and_no_figure(written: Any) -> None:
    struck = [*line(60, 62, 64), (72, 0.0, 1.0), (48, 1.5, written.ACCOMPANYING[0])]
    assert [tone.pitch for tone in written.lead_of(written.parts(midi(piano=struck)))] == [72, 62, 64]


def test_what_recurs_is_contour_and_rhythm_not_pitch(written: Any) -> None:
    """Of six 4-grams the first is the last, a fourth higher; with other lengths none is another."""
    again = line(60, 62, 61, 65, 64, *(p + 5 for p in (60, 62, 61, 65, 64)))
    assert written.recurrence(written.lead_of(written.parts(midi(piano=again)))) == pytest.approx(2 / 6)
    lengths = [0.5, 1.0, 2.0, 1.0, 0.5, 1.5, 0.5, 2.5, 1.0, 3.0]
    other = [(pitch, 4.0 * k, lengths[k]) for k, (pitch, _, _) in enumerate(again)]
    assert written.recurrence(written.lead_of(written.parts(midi(piano=other)))) == 0.0


def test_a_bass_moves_where_the_lowest_note_does(written: Any) -> None:
    drone, pad = [(36, 0.0, 10.0), (43, 10.0, 10.0)], [(48, 0.0, 20.0), (33, 20.0, 1.0)]
    held = written.parts(midi(drone=drone, pad=pad))
    assert written.bass_classes(held) == 2, "a second of A is a crossing"
    assert written.bass_classes(written.parts(midi(pad=[(60, 0.0, 9.0), (48, 0.0, 9.0)]))) == 1


@pytest.mark.parametrize(("pitch", "begin", "count"), [(61, 1.0, 1), (61, 4.6, 0), (62, 1.0, 0)])
def test_semitones_that_rub(written: Any, pitch: int, begin: float, count: int) -> None:
    held = written.parts(midi(pad=[(60, 0.0, 5.0), (pitch, begin, 5.0), (80, 0.0, 5.0), (81, 0.0, 5.0)]))
    assert written.close_semitones(held) == count, "E5 and F5 lie too high to rub"


def test_two_tones_a_semitone_apart_are_rougher_than_an_octave(tones: Any) -> None:
    t = np.arange(4 * RATE_HZ) / RATE_HZ

    def rough(ratio: float) -> float:
        sum_of = 0.1 * (np.sin(2.0 * np.pi * 220.0 * t) + np.sin(2.0 * np.pi * 220.0 * ratio * t))
        return tones.roughness(np.stack([sum_of, sum_of], axis=1).astype(np.float32))

    assert rough(2.0 ** (1.0 / 12.0)) > 0.8
    assert rough(1.5) < 0.3
    assert rough(2.0) < 0.05


def test_a_null_in_a_held_tone_is_found_and_its_ends_are_not(tones: Any, written: Any) -> None:
    """A2 for a minute, 20 dB down for two seconds, and a louder tone beside it."""
    t = np.arange(60 * RATE_HZ) / RATE_HZ
    level = np.clip(np.abs(t - 31.0) - 1.0, 0.1, 1.0) * np.clip(t / 5.0, 0.0, 1.0)
    sum_of = 0.1 * level * np.sin(2.0 * np.pi * 110.0 * t) + 0.3 * np.sin(2.0 * np.pi * 330.0 * t)
    sound = np.stack([sum_of, sum_of], axis=1).astype(np.float32)
    held = written.parts(midi(drone=[(45, 0.0, 30.0), (45, 30.0, 30.0)]))["drone"]
    count, deepest_db = tones.nulls(sound, held, 0.0, 60.0)
    assert count == 1
    assert deepest_db == pytest.approx(-20.0, abs=1.0)
    assert tones.nulls(sound, held, 0.0, 28.0) == (0, 0.0)


def test_a_sitting_is_measured_whole() -> None:
    """Two minutes: every figure is there and is a number."""
    import music_audit

    figures, colours = music_audit.heard("relax", 1, 2.0)
    assert set(music_audit.ASKED) <= figures.keys()
    assert all(value is None or np.isfinite(value) for value in figures.values())
    assert figures["LUFS by pyloudnorm"] == pytest.approx(-24.0, abs=3.0)
    assert colours.shape == (3, 12)
