"""MIDI, read back by mido and pretty_midi: the right notes at the right times, tempo map, chord names."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import replace
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
import pytest

from dsp import command
from dsp.score import INSTRUMENTS, Note
from engine.guide.music_state import Hand, Intent, MusicState, Stage
from engine.journal.midi import DRUM_CHANNEL, TICKS_PER_BEAT, MidiError, Played, as_midi, chords, performance
from engine.journal.record import Marker, Record, SentCommand
from engine.music.chords import named
from engine.music.composer import Composer
from profiles.load import load
from tests.calando import calando
from tests.engine.recorded import RATE_HZ, recorded

mido = pytest.importorskip("mido")
pytestmark = pytest.mark.filterwarnings("ignore:pkg_resources is deprecated")
TICK_S = 60.0 / 40.0 / TICKS_PER_BEAT
"""At the slowest tempo there is."""


MARKED = {100.0: "smiles – twice", 110.0: "/ тихая ночь", 120.0: "♪ 静かな夜 \udce9", 130.0: "ő"}


@pytest.fixture(scope="module")
def sitting() -> Record:
    record = recorded(
        "sim:seed=3,rest=66,start=84", duration_s=240.0, profile="energise",
        intents=[Intent(60.0, Hand.THERAPIST, "tempo_bpm", 104.0)],
    )  # fmt: skip
    markers = [Marker(t_s, Hand.THERAPIST, words) for t_s, words in MARKED.items()]
    return replace(record, markers=tuple(markers))


@pytest.fixture(scope="module")
def file(sitting: Record, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("midi") / "sitting.mid"
    path.write_bytes(as_midi(sitting))
    return path


def pretty(path: Path):
    pretty_midi = pytest.importorskip("pretty_midi")
    return pretty_midi.PrettyMIDI(str(path))


def sent_notes(record: Record) -> list[SentCommand]:
    """Notes that sounded: due before the end, on a transport of the test's own reckoning."""
    last = record.states[-1]
    end = last.beat + (record.head.length_s - last.t_s) * last.tempo_bpm / 60.0
    return [
        each for each in record.commands
        if (each.command.kind == command.NOTE_AT_BEAT and each.command.beat < end)
        or (each.command.kind == command.NOTE_AT_FRAME and each.command.beat < record.head.frames)
    ]  # fmt: skip


def test_a_track_for_each_instrument_with_all_its_notes(sitting: Record, file: Path) -> None:
    read = mido.MidiFile(file)
    assert read.type == 1
    wanted = Counter(INSTRUMENTS[each.command.target] for each in sent_notes(sitting))
    assert {"pad", "drone", "heart", "kit"} <= set(wanted)
    tied = wanted - Counter(note.instrument for note in begun(performance(sitting).notes))
    assert set(tied) <= {"pad", "drone"}
    assert tied["pad"] > 10
    wanted -= tied
    found = {
        track.name: sum(message.type == "note_on" for message in track) for track in read.tracks[1:]
    }
    assert found == dict(wanted)
    for track in read.tracks[1:]:
        channels = {message.channel for message in track if not message.is_meta}
        assert len(channels) == 1
        assert (channels == {DRUM_CHANNEL}) == (track.name == "kit")


def begun(notes: tuple[Played, ...]) -> list[Played]:
    """Notes that begin: of pad and drone those whose pitch is not held already."""
    until: dict[tuple[str, float], float] = {}
    found: list[Played] = []
    for note in notes:
        key = note.instrument, note.pitch
        if note.instrument not in ("pad", "drone") or until.get(key, -1.0) <= note.beat:
            found.append(note)
        until[key] = max(until.get(key, -1.0), note.until_beat)
    return found


def test_a_tie_is_one_note_as_long_as_both_and_the_performance_keeps_the_two(sitting: Record) -> None:
    few = replace(
        sitting, head=replace(sitting.head, frames=60 * RATE_HZ), states=(), markers=(),
        commands=tuple(
            SentCommand(number, asked.at_frame(0), 0)
            for number, asked in enumerate((
                command.tempo(60.0), command.note(Note(0.0, 8.0, "pad", 60.0)),
                command.note(Note(6.0, 10.0, "pad", 60.0)), command.note(Note(10.0, 2.0, "pad", 60.0)),
            ))
        ),
    )  # fmt: skip
    kept = [(note.beat, note.until_beat) for note in performance(few).notes]
    assert kept == [(0.0, 8.0), (6.0, 16.0), (10.0, 12.0)]
    track = mido.MidiFile(file=io.BytesIO(as_midi(few))).tracks[1]
    at, told = 0, []
    for message in track:
        at += message.time
        if message.type in ("note_on", "note_off"):
            told.append((message.type, at / TICKS_PER_BEAT))
    assert told == [("note_on", 0.0), ("note_off", 16.0)]


def test_no_key_sounds_twice_at_once_or_for_ever(file: Path) -> None:
    for track in mido.MidiFile(file).tracks[1:]:
        sounding: set[int] = set()
        for message in track:
            if message.type == "note_on":
                assert message.note not in sounding
                sounding.add(message.note)
            elif message.type == "note_off":
                sounding.remove(message.note)
        assert not sounding


def test_the_tempo_map_is_the_transport(sitting: Record, file: Path) -> None:
    read = pretty(file)
    for state in sitting.states:
        assert read.tick_to_time(round(state.beat * TICKS_PER_BEAT)) == pytest.approx(state.t_s, abs=0.02)
    times, tempi = read.get_tempo_changes()
    assert len(tempi) > 5
    for state in sitting.states:
        around = np.searchsorted(times, [state.t_s - 0.005, state.t_s + 0.005]) - 1
        assert min(abs(tempi[around] / state.tempo_bpm - 1.0)) < 1e-4


def test_heart_strokes_fall_at_their_frames(sitting: Record, file: Path) -> None:
    strokes = [
        each.command.beat / RATE_HZ for each in sent_notes(sitting)
        if each.command.kind == command.NOTE_AT_FRAME
    ]  # fmt: skip
    heart = next(track for track in pretty(file).instruments if track.name == "heart")
    heard = sorted(note.start for note in heart.notes)
    assert heard == pytest.approx(sorted(strokes), abs=2 * TICK_S + 1e-3)


def test_chords_and_stages_are_named(file: Path) -> None:
    conductor = mido.MidiFile(file, charset="utf-8").tracks[0]
    names = [message.text for message in conductor if message.type == "marker"]
    assert len(names) >= 5
    assert all(one != two for one, two in pairwise(names))
    cues = [message.text for message in conductor if message.type == "cue_marker"]
    assert cues[0] == "match"
    assert {"guide", "end", "smiles – twice", "ő"} <= set(cues)


def test_lines_of_any_script_are_lyrics_in_utf_8(file: Path) -> None:
    conductor = mido.MidiFile(file, charset="utf-8").tracks[0]
    lyrics = [message.text for message in conductor if message.type == "lyrics"]
    assert lyrics == ["тихая ночь", "静かな夜 ?"]
    for line in lyrics:  # the bytes themselves, as any other reader sees them
        written = line.encode()
        assert b"\xff\x05" + bytes([len(written)]) + written in file.read_bytes()


NOTES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
QUALITIES = {
    "": (0, 4, 7), "m": (0, 3, 7), "sus2": (0, 2, 7), "sus4": (0, 5, 7), "add9": (0, 2, 4, 7),
    "madd9": (0, 2, 3, 7), "maj7": (0, 4, 7, 11), "m7": (0, 3, 7, 10), "sus47": (0, 5, 7, 10),
    "sus27": (0, 2, 7, 10), "6": (0, 4, 7, 9),
}  # fmt: skip


def tones(name: str) -> frozenset[int]:
    """Pitch classes of a chord's name, from any book of harmony."""
    letter, flat = name[0], name[1:2] == "b"
    return frozenset((NOTES[letter] - flat + step) % 12 for step in QUALITIES[name[1 + flat :]])


@pytest.mark.parametrize("profile", ["relax", "sleep", "focus"])
def test_chord_names_are_those_the_composer_meant(profile: str) -> None:
    chosen = load(profile)
    composer, played, meant = Composer(chosen, 11), list[Played](), list[tuple[float, str]]()
    phrases = list[tuple[float, str]]()
    music = MusicState(0.0, Stage.GUIDE, 60.0, 0.5, 0.4, 0.0, 8.0, 2.0, 0.5)
    for now_s in range(900):
        music = replace(music, t_s=float(now_s))
        score = composer.compose(float(now_s), float(now_s), 60.0, now_s + 12.0, music)
        meant += [(marker.beat, marker.text) for marker in score.landmarks if marker.kind == "chord"]
        phrases += [(marker.beat, marker.text) for marker in score.landmarks if marker.kind == "phrase"]
        played += [
            Played(note.instrument, note.beat, note.beat + note.beats, note.pitch, note.velocity)
            for note in score.notes
        ]
    found = chords(played)
    assert len(found) > 20
    # After a deep silence the next chord is there before it is heard.
    silences = [(at, until) for (at, text), (until, _) in pairwise(phrases) if text == "silence"]
    same = 0
    for beat, name in found:
        heard = next((until for at, until in silences if at < beat < until), beat)
        wanted = tones([text for at, text in meant if at <= heard + 0.01][-1])
        assert tones(name) <= wanted, (beat, name)
        same += tones(name) == wanted
    # Where a voice cannot reach every tone, what sounds is named, and two names may bear the same tones.
    assert same >= 0.8 * len(found)
    # None is passed over that stands alone between two others; after a silence both sound at once.
    last = max(note.beat for note in played if note.instrument == "pad")
    after = {until for _, until in silences}
    alone = groupby(tones(text) for at, text in meant if at <= last and at not in after)
    assert len(found) >= 0.9 * len(list(alone))


@pytest.mark.parametrize(
    ("pitches", "name"),
    [((48, 52, 55), "C"), ((57, 60, 64), "Am"), ((45, 52, 59), "Asus2"), ((48, 52, 55, 62), "Cadd9"),
     ((57, 60, 64, 67), "Am7"), ((48, 52, 55, 57), "C6"), ((52, 60, 67), "C"),
     ((48, 49, 50), None), ((), None)],
)  # fmt: skip
def test_names_of_chords(pitches: tuple[int, ...], name: str | None) -> None:
    assert named(pitches) == name


def test_a_release_ends_what_sounds_and_forgets_what_is_to_come(sitting: Record) -> None:
    def sent(number: int, asked: command.Command, frame: int) -> SentCommand:
        return SentCommand(number, asked.at_frame(frame), frame)

    few = replace(
        sitting,
        head=replace(sitting.head, frames=60 * RATE_HZ),
        states=(),
        markers=(),
        commands=(
            sent(0, command.tempo(60.0), 0),
            sent(1, command.note(Note(0.0, 30.0, "pad", 60.0)), 0),
            sent(2, command.note(Note(20.0, 4.0, "pad", 62.0)), 0),
            sent(3, command.release_all(), 10 * RATE_HZ),
            sent(4, command.note(Note(12.0, 100.0, "pad", 64.0)), 11 * RATE_HZ),
            replace(sent(5, command.note(Note(13.0, 1.0, "pad", 65.0)), 11 * RATE_HZ), dropped=True),
        ),
    )
    told = [(note.beat, note.until_beat, note.pitch) for note in performance(few).notes]
    assert told == [(0.0, 10.0, 60.0), (12.0, 112.0, 64.0)]
    assert mido.MidiFile(file=io.BytesIO(as_midi(few))).length == pytest.approx(60.0, abs=0.01)


def test_a_sitting_without_music_has_no_midi(sitting: Record) -> None:
    with pytest.raises(MidiError, match="Nothing was played"):
        as_midi(replace(sitting, commands=()))


def test_the_command_line_writes_report_and_midi(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "data"))
    call = ("play", "--sensor", "sim", "--fast", "--duration", "60s", "--output", "null", "--seed", "1")
    done = calando(*call, *data, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = calando("sessions", "export", "last", "--format", "midi", "-o", "x.mid", *data, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert mido.MidiFile(tmp_path / "x.mid").length == pytest.approx(60.0, abs=3.0)
    for form in ("csv", "json", "rr", "chordpro", "sheet"):
        export = ("sessions", "export", "last", "--format", form, *data)
        plain, named = calando(*export, cwd=tmp_path), calando(*export, "-o", "-", cwd=tmp_path)
        assert plain.stdout == named.stdout != ""
    assert not (tmp_path / "-").exists()
    done = calando("sessions", "report", "last", "-o", "x.html", *data, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "The report is in x.html.\n"
    assert (tmp_path / "x.html").read_text().startswith("<!DOCTYPE html>")
    for name, said in (("x.html", "exists"), ("x.doc", ".pdf"), ("away/x.html", "away")):
        done = calando("sessions", "report", "last", "-o", name, *data, cwd=tmp_path)
        assert done.returncode in (1, 2)
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 1
    done = calando("sessions", "report", "nobody", *data, cwd=tmp_path)
    assert done.returncode == 2


def test_a_tone_that_the_pad_leaves_to_the_drone_belongs_to_the_chord() -> None:
    pad = [Played("pad", 0.0, 8.0, pitch, 0.4) for pitch in (50, 53, 57)]
    drone = Played("drone", 0.0, 8.5, 46, 0.5)
    assert chords(pad) == [(0.0, "Dm")]
    third = [note for note in pad if note.pitch != 57]
    assert chords(third) == []
    assert chords([*third, drone]) == [(0.0, "Bb")]
