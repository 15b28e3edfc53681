"""Notes that are forgotten: one instrument's, those that have not begun, and nothing else."""

from __future__ import annotations

import numpy as np

from dsp import command
from dsp.native import Synth
from dsp.schedule import SCHEDULE_SLOTS
from dsp.score import Note, Ramp
from dsp.telemetry import Applied, Missed

RATE = 48000


def played(*commands: command.Command, seconds: float = 4.0) -> np.ndarray:
    synth = Synth(RATE)
    levels = [command.ramp(Ramp(name, "level_db", -6.0, 0.0)) for name in ("piano", "drone")]
    opening = [command.tempo(60.0), *levels]
    assert synth.push([*opening, *commands]) == len(opening) + len(commands)
    sound = np.zeros((round(seconds * RATE), 2), np.float32)
    synth.render(sound)
    return sound


FIRST, LATER = Note(0.0, 0.5, "piano", 60.0, 0.8), Note(2.0, 0.5, "piano", 64.0, 0.8)
DRONE = Note(2.0, 2.0, "drone", 45.0, 0.8)
AT = RATE  # a second


def test_what_waits_is_left_out_and_what_sounds_rings_on() -> None:
    notes = [command.note(note) for note in (FIRST, DRONE, LATER)]
    forgot = played(*notes, command.forget("piano").at_frame(AT))
    assert np.array_equal(forgot, played(*notes[:2]))
    assert not np.array_equal(forgot, played(*notes))


def test_a_note_that_is_written_afterwards_is_played() -> None:
    forgot = played(command.note(FIRST), command.note(LATER), command.forget("piano").at_frame(AT),
                    command.note(LATER).at_frame(AT))  # fmt: skip
    assert np.array_equal(forgot, played(command.note(FIRST), command.note(LATER).at_frame(AT)))


def test_a_note_of_engine_time_is_forgotten_too() -> None:
    late = command.note_at_frame(LATER, 2 * RATE)
    assert np.array_equal(played(late, command.forget("piano").at_frame(AT)), played())


def test_a_full_schedule_is_forgotten_misses_nothing_and_takes_notes_again() -> None:
    synth = Synth(RATE)
    synth.push([command.ramp(Ramp("piano", "level_db", -6.0, 0.0))])
    out = np.zeros((RATE, 2), np.float32)
    waiting = [command.note(Note(1.5, 0.1, "piano", 60.0, 0.8))] * SCHEDULE_SLOTS
    for first in range(0, len(waiting), 128):
        assert synth.push(waiting[first : first + 128]) == 128
        synth.render(out[:256])
    synth.push([command.forget("piano")])
    synth.render(out)
    synth.render(out)
    assert np.abs(out).max() == 0.0  # as many as there is room for have come and gone
    synth.push([command.note(Note(2.5, 0.1, "piano", 60.0, 0.8))])
    synth.render(out)
    assert np.abs(out).max() > 0.001
    news = synth.poll()
    assert not any(isinstance(report, Missed) for report in news)
    assert sum(isinstance(report, Applied) for report in news) == SCHEDULE_SLOTS + 3
    assert synth.losses().missed_notes == 0
