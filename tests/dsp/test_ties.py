"""Ties: a note whose pitch is held already, about as strong, makes that one last, and nothing begins anew."""

from __future__ import annotations

import numpy as np
import pytest

from dsp import command
from dsp.envelope import IDLE
from dsp.native import Losses, Synth
from dsp.palette.instruments import TABLE
from dsp.quantum import QUANTUM
from dsp.score import INSTRUMENTS, Note, Ramp
from dsp.telemetry import Meter

RATE = 48000
TYING = [row.name for row in TABLE if row.ties]


def playing(*notes: command.Command, instrument: str = "pad") -> Synth:
    synth = Synth(RATE)
    ramps = [Ramp(instrument, "release_s", 0.5, 0.0), Ramp(instrument, "level_db", -6.0, 0.0)]
    synth.push([command.tempo(60.0), *map(command.ramp, ramps)])
    synth.push(notes)
    return synth


def written(
    beat: float, beats: float, pitch: float = 57.0, instrument: str = "pad", velocity: float = 0.6
) -> command.Command:
    return command.note(Note(beat, beats, instrument, pitch, velocity))


def voices(synth: Synth, seconds: float) -> list[int]:
    """How many sound, by tenths of a second."""
    synth.render(np.zeros((round(seconds * RATE), 2), np.float32))
    return [report.voices for report in synth.poll() if isinstance(report, Meter)]


@pytest.mark.parametrize("instrument", TYING)
def test_a_tie_starts_no_second_voice_and_lasts_as_long_as_the_later_note(instrument: str) -> None:
    notes = (written(0.0, 3.0, instrument=instrument), written(2.5, 3.5, instrument=instrument))
    heard = voices(playing(*notes, instrument=instrument), 8.0)
    assert max(heard) == 1
    assert heard[int(5.9 * 10)] == 1
    assert heard[int(6.7 * 10)] == 0


def test_a_tied_note_goes_on_as_if_nothing_had_been_written() -> None:
    once, tied = playing(written(0.0, 6.0)), playing(written(0.0, 3.0), written(2.5, 3.5))
    sounds = [np.zeros((6 * RATE, 2), np.float32) for _ in range(2)]
    for synth, sound in zip((once, tied), sounds, strict=True):
        synth.render(sound)
    assert np.array_equal(*sounds)
    assert tied.losses() == Losses()


def test_a_shorter_note_takes_nothing_from_the_one_it_is_tied_to() -> None:
    heard = voices(playing(written(0.0, 5.0), written(1.0, 1.0)), 6.0)
    assert heard[45] == 1


def test_other_pitches_released_notes_and_other_instruments_begin_anew() -> None:
    assert max(voices(playing(written(0.0, 3.0), written(1.0, 2.0, 57.5)), 3.0)) == 2
    assert max(voices(playing(written(0.0, 1.0), written(1.2, 2.0)), 3.0)) == 2
    for name in (name for name in INSTRUMENTS if name not in (*TYING, "kit")):
        notes = (written(0.0, 3.0, instrument=name), written(0.5, 2.0, instrument=name))
        assert max(voices(playing(*notes, instrument=name), 2.0)) == 2


@pytest.mark.parametrize("instrument", ["pad", "drone"])
@pytest.mark.parametrize("before", [0.34, 0.85])
def test_a_note_that_goes_on_stronger_or_softer_is_heard_so(instrument: str, before: float) -> None:
    """A drone's fifth that became the bass of the next chord stayed 6 dB too soft."""
    sounds = [np.zeros((14 * RATE, 2), np.float32) for _ in range(2)]
    for sound, first in zip(sounds, (before, 0.55), strict=True):
        notes = (
            written(0.0, 5.0, 45.0, instrument, first), written(4.0, 12.0, 45.0, instrument, 0.55)
        )  # fmt: skip
        playing(*notes, instrument=instrument).render(sound)
    changed, steady = (10 * np.log10(np.mean(sound[9 * RATE :] ** 2)) for sound in sounds)
    assert changed == pytest.approx(steady, abs=3.0)  # the slow filter of each stands elsewhere


def test_a_note_by_frame_and_one_by_beat_end_with_the_one_that_came_last() -> None:
    by_frame = command.note_at_frame(Note(0.0, 3.0, "pad", 57.0, 0.6), 2 * RATE)
    synth = playing(written(0.0, 60.0), by_frame)
    synth.render(np.zeros((6 * RATE, 2), np.float32))
    stage = synth._sound["instruments"]["pad"]["envelope"]["stage"]
    assert (stage == IDLE).all()
    assert synth.frame % QUANTUM == 0
