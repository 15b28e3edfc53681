"""Tone: one calm chord to set the volume by before a sitting, through the sitting's own output and master.

The same cap stands over it as over all music (dsp.governor.CAP_LUFS), and its level is a hand's trim of the
whole, with the trim's own range: what is set here is what a sitting may begin with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dsp import command
from dsp.native import Synth
from dsp.score import Note, Ramp
from engine.clock import Clock, tick_s
from engine.guide.hands import TRIM_DB
from engine.music.composer import Composer
from engine.player import Output
from profiles.load import load

PROFILE = "relax"
"""Whose pad and room it has."""

PITCHES = (45.0, 52.0, 57.0, 61.0)
"""A low, open major chord, MIDI."""

VELOCITY, LEVEL_DB = 0.5, -9.2
"""As loud as music in the midst of a sitting, about -24 LUFS, as measured (tests/engine/test_tone.py)."""

HELD_BEATS = 7200.0
"""Longer than anybody sets a volume."""

RAMP_S, FADE_S = 0.4, 0.6
"""How softly it follows, and how it ends (own choice)."""


def calm_tone(
    output: Output, level_db: Callable[[], float | None], pitches: Sequence[float] = PITCHES
) -> None:
    """Sound until `level_db`, asked ten times a second for the trim in dB, says None; then fade away."""
    synth = Synth(output.rate_hz, 0)
    clock, composer = Clock(output.rate_hz), Composer(load(PROFILE), 0)
    opening = [command.ramp(ramp) for ramp in composer.opening()]
    chord = [command.note(Note(0.0, HELD_BEATS, "pad", pitch, VELOCITY)) for pitch in pitches]
    synth.push([command.tempo(60.0), *opening, command.ramp(Ramp("pad", "level_db", 0.0, 1.0)), *chord])
    output.start(synth)
    try:
        number, set_db = 0, float("nan")
        while (wanted := level_db()) is not None:
            wanted = min(max(wanted, TRIM_DB[0]), TRIM_DB[1])
            moved = [command.ramp(Ramp("master", "level_db", LEVEL_DB + wanted, RAMP_S))]
            synth.push([command.alive(), *(moved if wanted != set_db else ())])
            set_db, number = wanted, number + 1
            output.advance(clock.frame(tick_s(number)))
        synth.push([command.fade(0.0, FADE_S)])
        output.advance(clock.frame(tick_s(number) + FADE_S))
    finally:
        output.close()
