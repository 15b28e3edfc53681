"""What a sitting's MIDI export says of its music, read by pretty_midi: melody, bass, chords, close semitones.

Definitions are those of MEASURES.md. `midi` is the whole file; times are in seconds, pitches MIDI numbers.
"""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import mido
import numpy as np
import pretty_midi

from engine.music.foreground import ARPEGGIO_BEATS, MARK_BEATS, STROKE_BEATS
from engine.music.orchestration import FOREGROUND

ACCOMPANYING = (STROKE_BEATS, ARPEGGIO_BEATS, MARK_BEATS)
SAME_BEATS, AT_ONCE_S = 0.01, 0.05
CHORDS = ("pad", "choir")
"""What may play the harmony: the first that a palette has plays all of it, another its upper voices alone."""

STEPS_ST, LEAP_ST = (1, 2), 5
GRAM = 4
LOW_HZ, TOGETHER_S = 300.0, 0.7
BASS_LEAST_S = 2.0
"""A lowest note that lasts less is a crossing of two chords, not a bass (own choice)."""


@dataclass(frozen=True)
class Tone:
    """One note."""

    pitch: int
    start_s: float
    end_s: float
    beats: float


Line = list[Tone]


def parts(midi: bytes) -> dict[str, Line]:
    """Every instrument's notes in order of time."""
    read = pretty_midi.PrettyMIDI(io.BytesIO(midi))

    def beats(at_s: float) -> float:
        return read.time_to_tick(at_s) / read.resolution

    found: dict[str, Line] = {}
    for played in read.instruments:
        notes = sorted(played.notes, key=lambda note: (note.start, note.pitch))
        found[played.name] = [Tone(n.pitch, n.start, n.end, beats(n.end) - beats(n.start)) for n in notes]
    return found


def lead_of(played: dict[str, Line]) -> Line:
    """The line that sings: the foreground but for strokes and figures, the upper note of what begins at once.

    Strokes and figures are known by their lengths, which no note of a melody has.
    """
    lead: Line = []
    front = [tone for name in FOREGROUND for tone in played.get(name, [])]
    for tone in sorted(front, key=lambda each: each.start_s):
        if min(abs(tone.beats - length) for length in ACCOMPANYING) < SAME_BEATS:
            continue
        if lead and tone.start_s - lead[-1].start_s < AT_ONCE_S:
            lead[-1] = max(lead[-1], tone, key=lambda each: each.pitch)
        else:
            lead.append(tone)
    return lead


def intervals(line: Line) -> tuple[float, float]:
    """Shares of a line's intervals that are steps (1 or 2 semitones) and leaps (5 or more)."""
    sizes = [abs(b.pitch - a.pitch) for a, b in pairwise(line)]
    if not sizes:
        return 0.0, 0.0
    return float(np.mean([s in STEPS_ST for s in sizes])), float(np.mean([s >= LEAP_ST for s in sizes]))


def recurrence(line: Line) -> float:
    """Share of the line's 4-grams of (direction, length in half beats) that occur at least twice."""
    moves = [((b.pitch > a.pitch) - (b.pitch < a.pitch), round(2.0 * b.beats)) for a, b in pairwise(line)]
    grams = [tuple(moves[i : i + GRAM]) for i in range(len(moves) - GRAM + 1)]
    if not grams:
        return 0.0
    counts = Counter(grams)
    return sum(count for count in counts.values() if count > 1) / len(grams)


def bed_of(played: dict[str, Line]) -> Line:
    """The notes of harmony and drone."""
    harmony = next((played[name] for name in CHORDS if played.get(name)), [])
    return [*harmony, *played.get("drone", [])]


def bass_classes(played: dict[str, Line]) -> int:
    """How many pitch classes the lowest sounding note of the bed takes, for BASS_LEAST_S at a time."""
    bed = bed_of(played)
    edges = sorted({tone.start_s for tone in bed} | {tone.end_s for tone in bed})
    found: dict[int, float] = {}
    held, since = None, 0.0
    for begin, _ in pairwise(edges):
        sounding = [tone.pitch for tone in bed if tone.start_s <= begin < tone.end_s]
        lowest = min(sounding, default=None)
        if lowest != held:
            if held is not None:
                found[held % 12] = max(found.get(held % 12, 0.0), begin - since)
            held, since = lowest, begin
    if held is not None:
        found[held % 12] = max(found.get(held % 12, 0.0), edges[-1] - since)
    return sum(longest >= BASS_LEAST_S for longest in found.values())


def chord_lengths_s(midi: bytes) -> list[float]:
    """Times between one chord marker and the next."""
    file = mido.MidiFile(file=io.BytesIO(midi))
    at_s, marks = 0.0, list[float]()
    for message in file:
        at_s += message.time
        if message.type == "marker":
            marks.append(at_s)
    return [b - a for a, b in pairwise(marks)]


def variation(values: list[float]) -> float:
    """Coefficient of variation: deviation over mean."""
    return float(np.std(values) / np.mean(values)) if len(values) > 1 else 0.0


def close_semitones(played: dict[str, Line]) -> int:
    """Pairs of bed notes a semitone apart, the lower under 300 Hz, that sound together for over 0.7 s."""
    bed = sorted(bed_of(played), key=lambda tone: tone.start_s)
    count = 0
    for i, one in enumerate(bed):
        for other in bed[i + 1 :]:
            if other.start_s >= one.end_s - TOGETHER_S:
                break
            together_s = min(one.end_s, other.end_s) - other.start_s
            low_hz = 440.0 * 2.0 ** ((min(one.pitch, other.pitch) - 69) / 12.0)
            count += abs(one.pitch - other.pitch) == 1 and low_hz < LOW_HZ and together_s > TOGETHER_S
    return count


def of_notes(midi: bytes) -> dict[str, float | None]:
    """All that is told of one sitting, by its name in the tables."""
    played = parts(midi)
    lead = lead_of(played)
    steps, leaps = intervals(lead)
    lengths_s = chord_lengths_s(midi)
    return {
        "4-grams that recur, share": recurrence(lead),
        "steps, share": steps,
        "leaps, share": leaps,
        "bass pitch classes": float(bass_classes(played)),
        "chord, s": float(np.mean(lengths_s)) if lengths_s else None,
        "chord lengths, variation": variation(lengths_s),
        "low semitones": float(close_semitones(played)),
    }
