"""Full instruments: a note takes the voice that is missed least, in time; what is not played is told."""

from __future__ import annotations

import numpy as np
import pytest

from dsp import command
from dsp.envelope import VOICES
from dsp.native import Losses, Synth
from dsp.quantum import QUANTUM
from dsp.schedule import SCHEDULE_SLOTS
from dsp.score import INSTRUMENTS, Note, Ramp
from dsp.telemetry import Applied, Dropped, Late, Missed

RATE = 48000
CHORD_AT_S = 2.0


def written(beat: float, pitch: float, instrument: str = "pad", velocity: float = 0.6) -> command.Command:
    return command.note(Note(beat, 30.0, instrument, pitch, velocity))


def full(instrument: str = "pad", rate: int = RATE, notes: int = VOICES) -> Synth:
    """A synth at 60 beats a minute whose instrument has all voices in use: a note every 50 ms."""
    synth = Synth(rate)
    synth.push([command.tempo(60.0), command.ramp(Ramp(instrument, "level_db", 0.0, 0.0))])
    synth.push([written(0.05 * k, 40.0 + k, instrument) for k in range(notes)])
    return synth


def render(synth: Synth, seconds: float) -> list[object]:
    synth.render(np.zeros((round(seconds * synth.sample_rate), 2), np.float32))
    return list(synth.poll())


def begun_at_s(synth: Synth, instrument: str = "pad") -> list[float]:
    """When the notes that have a voice began, the earliest first."""
    lives = synth._sound["lives"][INSTRUMENTS.index(instrument)]
    return sorted(int(frame) / synth.sample_rate for frame in lives["began"])


@pytest.mark.parametrize("rate", [8000, 44100, 48000, 96000])
@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_a_chord_on_a_full_instrument_begins_on_its_beat(instrument: str, rate: int) -> None:
    synth = full(instrument, rate)
    synth.push([written(CHORD_AT_S, pitch, instrument) for pitch in (60.0, 64.0, 67.0, 71.0)])
    news = render(synth, CHORD_AT_S + 0.5)
    chord = begun_at_s(synth, instrument)[-4:]
    assert chord == pytest.approx([CHORD_AT_S] * 4, abs=1.5 * QUANTUM / rate)
    assert synth.losses() == Losses()
    assert not [report for report in news if isinstance(report, Late | Missed)]


def test_the_voices_given_up_are_the_oldest_and_the_others_sound_on() -> None:
    synth = full()
    synth.push([written(CHORD_AT_S, pitch) for pitch in (60.0, 64.0, 67.0, 71.0)])
    render(synth, CHORD_AT_S + 0.5)
    kept = begun_at_s(synth)[:-4]
    assert kept == pytest.approx([0.05 * k for k in range(4, VOICES)], abs=0.002)


def test_the_quietest_released_voice_goes_before_any_that_is_held() -> None:
    synth = full(notes=VOICES - 2)
    # Two late notes are let go before the chord comes: the youngest voices, but released.
    short = [command.note(Note(beat, 0.4, "pad", 80.0)) for beat in (0.8, 1.0)]
    synth.push([*short, written(CHORD_AT_S, 60.0), written(CHORD_AT_S, 64.0)])
    render(synth, CHORD_AT_S + 0.5)
    kept = begun_at_s(synth)
    assert kept == pytest.approx([*(0.05 * k for k in range(VOICES - 2)), CHORD_AT_S, CHORD_AT_S], abs=0.002)


def test_a_chord_written_too_late_to_make_room_comes_together_and_is_told() -> None:
    synth = full()
    render(synth, CHORD_AT_S)
    first = synth.next_sequence
    synth.push([written(synth.beat, pitch) for pitch in (60.0, 64.0, 67.0, 71.0)])
    news = [report for report in render(synth, 0.5) if isinstance(report, Late | Missed)]
    assert [(report.sequence, report.instrument) for report in news] == [(first + k, "pad") for k in range(4)]
    assert all(isinstance(report, Late) and 0.03 < report.seconds < 0.045 for report in news)
    assert np.ptp(begun_at_s(synth)[-4:]) == 0.0
    assert synth.losses() == Losses(late_notes=4)


def test_of_a_chord_larger_than_the_instrument_the_rest_is_left_out_and_told() -> None:
    synth = Synth(RATE)
    synth.push([command.tempo(60.0), command.ramp(Ramp("bowl", "level_db", 0.0, 0.0))])
    first = synth.next_sequence
    synth.push([written(0.5, 40.0 + k, "bowl") for k in range(VOICES + 3)])
    news = render(synth, 1.5)
    assert begun_at_s(synth, "bowl") == pytest.approx([0.5] * VOICES, abs=0.002)
    missed = [report for report in news if isinstance(report, Missed)]
    assert len(missed) == 3
    assert all(report.instrument == "bowl" for report in missed)
    assert all(report.pitch == 40.0 + report.sequence - first for report in missed)
    assert synth.losses() == Losses(missed_notes=3)


def test_notes_that_never_reached_an_instrument_are_counted_too() -> None:
    synth = Synth(RATE)
    synth.push([written(1000.0, 60.0)] * (SCHEDULE_SLOTS + 2))
    synth.push([command.Command(command.NOTE_AT_BEAT, target=target) for target in (-1, len(INSTRUMENTS))])
    news = render(synth, 0.1)
    assert sum(isinstance(report, Dropped) for report in news) == 4
    assert synth.losses() == Losses(missed_notes=4)


def test_a_note_whose_beat_had_passed_is_played_and_told() -> None:
    synth = Synth(RATE)
    synth.push([command.tempo(60.0), command.alive()])
    render(synth, 3.0)
    synth.push([written(1.0, 60.0)])
    (late,) = [report for report in render(synth, 0.1) if isinstance(report, Late)]
    assert late.seconds == pytest.approx(2.0, abs=0.002)


def test_what_is_counted_is_what_was_told() -> None:
    draw = np.random.default_rng(3)
    synth = Synth(RATE)
    synth.push([command.tempo(90.0)])
    sent, missed = 0, 0
    for _ in range(40):
        beats = synth.beat + draw.uniform(-0.2, 0.4, 25)
        synth.push([written(float(beat), 60.0, str(draw.choice(("pad", "kit")))) for beat in beats])
        sent += 25
        missed += sum(isinstance(report, Missed) for report in render(synth, 0.1))
    missed += sum(isinstance(report, Missed) for report in render(synth, 1.0))
    assert synth.losses().missed_notes == missed
    assert 0 < missed < sent
    assert synth.losses().reports == 0


def test_reports_that_nobody_polled_are_counted() -> None:
    synth = Synth(RATE)
    for _ in range(3):
        synth.push([command.alive()] * 4096)
        synth.render(np.zeros((RATE, 2), np.float32))
    told = synth.poll()
    assert sum(isinstance(report, Applied) for report in told) + synth.losses().reports >= 3 * 4096
    assert synth.losses().reports > 0
    assert f"Reports lost: {synth.losses().reports}." in synth.losses().words
