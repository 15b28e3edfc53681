"""MIDI: what was played as a standard MIDI file, so that somebody can write a song over it.

One track for each instrument, one for tempo, sections of the sitting and chord names. Beats are those of
the sitting; pitches that lie between two keys are given to the nearer one, and the sounds of the General
MIDI set stand in for the instruments. What somebody played along is there as it sounded and, in a track that
is turned down, as it was pressed, before its pitches were drawn to the harmony.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import pairwise
from typing import Any

from dsp import command
from dsp.palette.instruments import TABLE, Instrument
from dsp.score import INSTRUMENTS
from engine.clock import BeatClock
from engine.desk import lyric
from engine.hand_notes import HandNote, hand_notes
from engine.journal.record import Record, SentCommand
from engine.music.chords import named
from engine.music.orchestration import CHORDS

TICKS_PER_BEAT = 480

DRUM_CHANNEL = 9
MELODIC_CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)

CHARSET = "utf-8"
"""Of all text. The standard names none beyond ASCII; this is what MuseScore and karaoke players read."""

KEYS_CHANNEL = MELODIC_CHANNELS[-1]
VOLUME = 7
"""Of the keys as they were pressed, and the controller that turns a channel down (MIDI 1.0)."""

CHORD_GAP_BEATS = 2.0
"""The pad's voices of one chord end closer together than this, those of two chords further apart."""

CARRIED_VELOCITY = 0.26
"""Softer pad notes only carry a silence over (engine.music.bed) and are no chord."""


class MidiError(ValueError):
    """A sitting that cannot be given as MIDI; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Played:
    """A note, in beats from the start of the sitting; it may be meant to last beyond the end."""

    instrument: str
    beat: float
    until_beat: float
    pitch: float
    velocity: float


@dataclass(frozen=True, slots=True)
class Performance:
    """All that was played. `tempo` holds (beat, beats a minute) in order, the first at beat 0."""

    notes: tuple[Played, ...]
    tempo: tuple[tuple[float, float], ...]
    transport: BeatClock
    end_beat: float


def performance(record: Record) -> Performance:
    """Notes and tempo of a sitting, up to the last frame whose commands are known.

    Raises MidiError where nothing was played.
    """
    rate_hz = record.head.rate_hz
    sent = [each for each in record.commands if not each.dropped]
    first = next((each.command.a for each in sent if each.command.kind == command.TEMPO), None)
    if first is None:
        raise MidiError("Nothing was played in this sitting, so there is no MIDI of it.")
    transport, tempo = BeatClock(first), [(0.0, first)]
    for each in sent:
        if each.command.kind == command.TEMPO:
            at_s = max(_frame(each) / rate_hz, transport.second(each.command.beat))
            if at_s > 0.0 and each.command.a != tempo[-1][1]:
                tempo.append((transport.beat(at_s), each.command.a))
                transport.step(at_s, each.command.a)
    end_beat = transport.beat(record.head.length_s)
    notes: list[Played] = []
    for each in sent:
        asked, at_beat = each.command, transport.beat(_frame(each) / rate_hz)
        if asked.kind == command.RELEASE:
            notes = [replace(n, until_beat=min(n.until_beat, at_beat)) for n in notes if n.beat < at_beat]
        elif asked.kind == command.FORGET:
            gone = INSTRUMENTS[asked.target]
            notes = [n for n in notes if n.beat < at_beat or n.instrument != gone]
        elif asked.kind in (command.NOTE_AT_BEAT, command.NOTE_AT_FRAME):
            beat = asked.beat
            if asked.kind == command.NOTE_AT_FRAME:
                beat = transport.beat(asked.beat / rate_hz)
            if beat < end_beat:
                instrument = INSTRUMENTS[asked.target]
                notes.append(Played(instrument, beat, beat + asked.beats, asked.a, asked.b))
    for hand in hand_notes(record.played, end_beat):
        notes.append(Played(hand.instrument, hand.beat, hand.until_beat, hand.pitch, hand.value))
    kept = tuple(sorted(notes, key=lambda note: (note.beat, note.pitch)))
    return Performance(kept, tuple(step for step in tempo if step[0] < end_beat), transport, end_beat)


def chords(notes: Sequence[Played]) -> list[tuple[float, str]]:
    """(beat, name) of every chord, as it changes, of what plays the harmony: a pad, or a choir where there is
    none. What the drone has, that leaves to it."""
    playing = {note.instrument for note in notes}
    whole = next((name for name in CHORDS if name in playing), None)
    below = [note for note in notes if note.instrument == "drone"]
    pad = [note for note in notes if note.instrument == whole and note.velocity > CARRIED_VELOCITY]
    found: list[tuple[float, str]] = []
    chord: list[Played] = []
    for note in sorted(pad, key=lambda note: note.until_beat):
        if chord and note.until_beat - chord[-1].until_beat > CHORD_GAP_BEATS:
            _add_chord(found, chord, below)
            chord = []
        chord.append(note)
    _add_chord(found, chord, below)
    return found


def as_midi(record: Record) -> bytes:
    """The sitting as a standard MIDI file of format 1. Raises MidiError."""
    try:
        mido: Any = import_module("mido")
    except ImportError:
        raise MidiError("MIDI needs the package mido: pip install 'calando[midi]'.") from None
    played = performance(record)
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT, charset=CHARSET)
    file.tracks.append(_conductor(mido, record, played))
    for number, row in enumerate(TABLE):
        notes = [note for note in played.notes if note.instrument == row.name]
        if notes:
            channel = MELODIC_CHANNELS[number % len(MELODIC_CHANNELS)]
            file.tracks.append(_track(mido, row, channel, notes, played.end_beat))
    pressed = hand_notes(record.played, played.end_beat)
    if pressed:
        file.tracks.append(_keys(mido, pressed, played.end_beat))
    written = io.BytesIO()
    file.save(file=written)
    return written.getvalue()


def _frame(sent: SentCommand) -> int:
    return sent.command.frame if sent.frame is None else sent.frame


def _add_chord(
    found: list[tuple[float, str]], chord: Sequence[Played], below: Sequence[Played]
) -> None:
    pitches = [note.pitch for note in chord]
    middle = max((0.5 * (note.beat + note.until_beat) for note in chord), default=0.0)
    bass = [note.pitch for note in below if note.beat <= middle < note.until_beat]
    name = named(pitches) or named([*pitches, *bass[:1]])
    if name is not None and (not found or found[-1][1] != name):
        found.append((min(note.beat for note in chord), name))


def _conductor(mido: Any, record: Record, played: Performance) -> Any:
    """Tempo map, chords, and as cue points the stages of the sitting and what was marked."""
    head, meta = record.head, mido.MetaMessage
    beats_a_bar = int(head.profile_table.get("form", {}).get("beats_per_bar", 4))
    title = f"Calando {head.profile_table.get('title', head.profile)} {head.began_at[:10]}"
    events = [
        (0, meta("track_name", name=_text(title))),
        (0, meta("time_signature", numerator=beats_a_bar, denominator=4)),
    ]
    events += [(_tick(beat), meta("set_tempo", tempo=round(60e6 / bpm))) for beat, bpm in played.tempo]
    events += [(_tick(beat), meta("marker", text=name)) for beat, name in chords(played.notes)]
    states = record.states
    changes = [b for a, b in pairwise(states) if a.music.stage is not b.music.stage]
    cues = [(state.t_s, state.music.stage.value) for state in (*states[:1], *changes)]
    cues += [(marker.t_s, marker.words) for marker in record.markers if lyric(marker.words) is None]
    events += [
        (_tick(played.transport.beat(marker.t_s)), meta("lyrics", text=_text(line)))
        for marker in record.markers if (line := lyric(marker.words))
    ]  # fmt: skip
    events += [
        (_tick(played.transport.beat(t_s)), meta("cue_marker", text=_text(words))) for t_s, words in cues
    ]
    return _in_order(mido, events)


def _track(mido: Any, row: Instrument, channel: int, notes: Sequence[Played], end_beat: float) -> Any:
    events: list[tuple[int, Any]] = [(0, mido.MetaMessage("track_name", name=row.name))]
    if row.program is None:
        channel = DRUM_CHANNEL
    else:
        events.append((0, mido.Message("program_change", channel=channel, program=row.program)))
    sounding: dict[int, int] = {}
    for note in notes:
        key = min(max(round(note.pitch), 0), 127)
        velocity = min(max(round(127.0 * note.velocity), 1), 127)
        start = _tick(note.beat)
        end = max(_tick(min(note.until_beat, end_beat)), start + 1)
        if sounding.get(key, -1) > start:
            index = next(
                i for i in reversed(range(len(events)))
                if events[i][1].type == "note_off" and events[i][1].note == key
            )  # fmt: skip
            end = max(end, sounding[key])
            if row.ties:
                events[index] = (end, events[index][1])
                sounding[key] = end
                continue
            # A key that is struck again while it sounds is let go first: MIDI knows only one of each.
            events[index] = (start, events[index][1])
        sounding[key] = end
        events.append((start, mido.Message("note_on", channel=channel, note=key, velocity=velocity)))
        events.append((end, mido.Message("note_off", channel=channel, note=key)))
    return _in_order(mido, events)


def _keys(mido: Any, pressed: Sequence[HandNote], end_beat: float) -> Any:
    """The keys as they were pressed, on a piano whose volume is down: turn it up, and the others down."""
    row = Instrument("keys as pressed", "", "hand", program=0)
    notes = [Played(row.name, n.beat, n.until_beat, n.key, n.value) for n in pressed]
    track = _track(mido, row, KEYS_CHANNEL, notes, end_beat)
    track.insert(1, mido.Message("control_change", channel=KEYS_CHANNEL, control=VOLUME, value=0, time=0))
    return track


def _in_order(mido: Any, events: Sequence[tuple[int, Any]]) -> Any:
    """A track of these events, each with its distance from the one before; at one tick notes end first."""
    track, last = mido.MidiTrack(), 0
    for tick, message in sorted(events, key=lambda event: (event[0], event[1].type != "note_off")):
        track.append(message.copy(time=tick - last))
        last = tick
    track.append(mido.MetaMessage("end_of_track"))
    return track


def _tick(beat: float) -> int:
    return max(round(beat * TICKS_PER_BEAT), 0)


def _text(words: str) -> str:
    """Text that can be written; half of a pair, as a broken terminal sends it, cannot."""
    return words.encode(CHARSET, "replace").decode(CHARSET)
