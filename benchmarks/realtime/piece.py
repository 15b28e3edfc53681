"""The music Calando plays while it is watched: never silent, known beforehand, no longer than ten minutes."""

from __future__ import annotations

from dsp.command import Command, fade, note, ramp, tempo
from dsp.native import Synth
from dsp.score import Note, Ramp

BEATS = 600  # one a second
CHORD = (48, 55, 60, 63)  # C minor, open


def commands() -> list[Command]:
    """Everything from the first beat on, to be pushed before the stream starts.

    A drone, a pad and wind sound throughout, a pluck falls on every second beat and a bowl on every
    sixteenth, each sent to the reverb, so that a frame computed twice or not at all shows in what follows.
    """
    notes = [Note(0, BEATS, "drone", 36), Note(0, BEATS, "wind", 60, velocity=0.4)]
    notes += [Note(0, BEATS, "pad", pitch, pan=(k - 1.5) / 2) for k, pitch in enumerate(CHORD)]
    notes += [Note(beat, 1, "pluck", CHORD[beat // 2 % 4] + 12) for beat in range(0, BEATS, 2)]
    notes += [Note(beat, 4, "bowl", 60) for beat in range(0, BEATS, 16)]
    levels = [Ramp(name, "level_db", -6.0, 0.0) for name in ("drone", "wind", "pad", "pluck", "bowl")]
    return [tempo(60.0), fade(1.0, 0.0), *map(ramp, levels), *map(note, notes)]


def push_all(synth: Synth) -> None:
    """Pushes the piece into a synth that has not sounded yet. RuntimeError where it does not fit."""
    if synth.push(commands()) < len(commands()):
        raise RuntimeError("The command ring is too short for the piece.")
