"""Claim: melodies come back and go by step, the bass moves, chords breathe, by the score alone.

The figures of music_audit.py that need no sound, in seconds instead of minutes: guide and composer play a
whole sitting to a heart simulated by its rate (engine.cohort), and the product's own MIDI export is measured
(midi_measures.py).

    python benchmarks/written.py [--minutes 20] [--profiles relax,breathe] [--seeds 5] [--processes 2]
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

sys.path.append(str(Path(__file__).parent))

import midi_measures as written
from by_profile import Figures, printed
from rendering import HEART, RATE_HZ

from dsp import command
from engine.cohort.people import Person
from engine.cohort.rate_heart import STEP_S, RateHeart
from engine.journal.midi import as_midi
from engine.journal.record import Record, SentCommand
from engine.music.score import Score
from engine.player import OfflineOutput
from engine.sitting.asked import Asked, prepared
from engine.sitting.sitting import Sitting
from sensors.simulated import SimulatedListener
from sensors.spec import open_sensor

TICK_S, AHEAD_S, AHEAD_BEATS = 0.5, 0.2, 14.0
LISTENER = Person(SimulatedListener(seed=5, coupling=0.5))
"""The listener of rendering.HEART."""


def composed(name: str, seed: int, minutes: float) -> Record:
    """What would be sent to a synth in a sitting, as its record keeps it."""
    asked = Asked(name, sensor=HEART, seed=seed, duration=60.0 * minutes, record=False)
    plan = prepared(asked)
    head = Sitting(plan, open_sensor(plan.sensor), OfflineOutput(RATE_HZ, "Measuring.")).head()
    heart, sent, music = RateHeart(LISTENER), list[SentCommand](), None
    beat, bpm, coming = 0.0, 60.0, list[tuple[float, float]]()
    for tick in range(round(60.0 * minutes / TICK_S)):
        t_s = tick * TICK_S
        if tick % round(STEP_S / TICK_S) == 0:
            led = (music.tempo_bpm, music.breath_guide_per_min) if music else (None, None)
            heart.advance(t_s, *led)
        music = plan.guide.step(t_s, heart.state(t_s))
        bpm = music.tempo_bpm if tick == 0 else bpm
        score = plan.composer.compose(beat, t_s + AHEAD_S, bpm, beat + AHEAD_BEATS * bpm / 60.0, music)
        sent += [SentCommand(len(sent), each, round(t_s * RATE_HZ)) for each in _commands(score)]
        coming += score.tempo
        while coming and coming[0][0] <= beat:
            bpm = coming.pop(0)[1]
        beat += bpm / 60.0 * TICK_S
    return Record(replace(head, frames=round(60.0 * minutes * RATE_HZ)), commands=tuple(sent))


def _commands(score: Score) -> list[command.Command]:
    tempo = [command.tempo(bpm, beat=bar_line) for bar_line, bpm in score.tempo]
    gone = [command.forget(instrument) for instrument in score.forget]
    return tempo + gone + [command.note(note) for note in score.notes]


def figures(name: str, seed: int, minutes: float) -> Figures:
    """Those of one sitting."""
    midi = as_midi(composed(name, seed, minutes))
    lead = written.lead_of(written.parts(midi))
    return written.of_notes(midi) | {"lead notes": float(len(lead))}


if __name__ == "__main__":
    printed("written", __doc__, figures, "Music as it is written", minutes=20.0)
