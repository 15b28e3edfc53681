"""The sound as a whole: the same samples always, commands on time, silence when nobody speaks."""

from __future__ import annotations

import numpy as np
import pytest

from dsp import command
from dsp.native import Synth
from dsp.quantum import QUANTUM
from dsp.score import CHANNEL_PARAMETERS, INSTRUMENTS, Note, Ramp
from dsp.telemetry import Applied, Dropped, Meter

RATE = 48000


def opening() -> list[command.Command]:
    """Every instrument audible, every effect in use."""
    ramps = [
        Ramp(channel, parameter, value, 0.0)
        for channel in INSTRUMENTS
        for parameter, value in (("level_db", -6.0), ("reverb", 0.4), ("echo", 0.2), ("chorus", 0.3))
    ]
    ramps += [Ramp("master", "breath_per_min", 6.0, 0.0), Ramp("master", "breath_depth_db", 2.0, 0.0)]
    return [command.tempo(72.0), *map(command.ramp, ramps)]


def music(seed: int = 1, beats: int = 24) -> list[command.Command]:
    """Notes on every instrument, ramps and tempo changes, drawn from a seed."""
    draw = np.random.default_rng(seed)
    written = [
        command.note(
            Note(
                float(draw.uniform(0, beats)), float(draw.uniform(0.3, 6)), str(draw.choice(INSTRUMENTS)),
                float(draw.integers(38, 80)), float(draw.uniform(0.2, 0.9)), float(draw.uniform(-0.3, 0.3)),
                float(draw.uniform(-1, 1)),
            )
        )
        for _ in range(120)
    ]
    written += [command.tempo(72 + 0.2 * k, 1.0, beat=4.0 * k) for k in range(1, 6)]
    written.append(command.ramp(Ramp("pad", "level_db", -20.0, 3.0)).at_frame(3 * RATE))
    return written


def rendered(period: int, seconds: float = 8.0, seed: int = 1) -> np.ndarray:
    """A fixed score, rendered in portions of `period` frames."""
    synth = Synth(RATE, seed=7)
    score = opening() + music(seed)
    assert synth.push(score) == len(score)
    out = np.zeros((round(seconds * RATE), 2), np.float32)
    for at in range(0, len(out), period):
        synth.render(out[at : at + period])
    return out


@pytest.fixture(scope="module")
def reference() -> np.ndarray:
    return rendered(len(INSTRUMENTS) * 1000)


@pytest.mark.parametrize("period", [16, 64, 100, 256, 441, 1024, 4096])
def test_samples_do_not_depend_on_the_period(period: int, reference: np.ndarray) -> None:
    assert np.array_equal(rendered(period), reference)
    assert np.abs(reference).max() > 0.05


def test_different_scores_sound_different(reference: np.ndarray) -> None:
    assert not np.array_equal(rendered(480, seed=2), reference)


def test_nothing_is_ever_not_a_number(reference: np.ndarray) -> None:
    assert np.isfinite(reference).all()


@pytest.mark.parametrize("rate", [8000, 44100, 96000])
def test_other_sample_rates_sound(rate: int) -> None:
    synth = Synth(rate)
    synth.push([*opening(), *music()])
    out = np.zeros((3 * rate, 2), np.float32)
    synth.render(out)
    assert np.isfinite(out).all()
    assert np.abs(out).max() > 0.02


@pytest.mark.parametrize("rate", [0, 7999, 192001])
def test_impossible_sample_rates_are_refused(rate: int) -> None:
    with pytest.raises(ValueError, match=f"{rate} Hz is outside"):
        Synth(rate)


def test_commands_take_effect_in_the_first_quantum_at_or_after_their_frame() -> None:
    synth = Synth(RATE)
    frames = [0, 1, 64, 65, 1000, 4800]
    synth.push([command.alive().at_frame(frame) for frame in frames])
    synth.render(np.zeros((9600, 2), np.float32))
    applied = [report for report in synth.poll() if isinstance(report, Applied)]
    assert [report.sequence for report in applied] == list(range(len(frames)))
    assert [report.frame for report in applied] == [-(-frame // QUANTUM) * QUANTUM for frame in frames]


def test_a_full_ring_takes_what_fits_and_the_rest_later() -> None:
    synth = Synth(RATE)
    flood = [command.alive()] * 5000
    taken = synth.push(flood)
    assert taken == 4096
    assert synth.push(flood) == 0
    synth.render(np.zeros((RATE, 2), np.float32))
    assert synth.push(flood) == 4096
    assert sum(isinstance(report, Applied) for report in synth.poll()) == 4096


def test_more_notes_than_can_wait_are_reported_as_dropped() -> None:
    synth = Synth(RATE)
    synth.push([command.note(Note(1000.0, 1.0, "pad", 60.0))] * 1100)
    synth.render(np.zeros((RATE, 2), np.float32))
    assert sum(isinstance(report, Dropped) for report in synth.poll()) == 1100 - 1024


def test_tempo_moves_notes_that_are_already_waiting() -> None:
    starts = []
    for bpm in (60.0, 120.0):
        synth = Synth(RATE)
        synth.push([*opening(), command.tempo(bpm), command.note(Note(4.0, 2.0, "drone", 45.0, 0.9))])
        out = np.zeros((6 * RATE, 2), np.float32)
        synth.render(out)
        starts.append(np.flatnonzero(np.abs(out[:, 0]) > 1e-6)[0] / RATE)
    assert starts[0] == pytest.approx(4.0, abs=0.05)
    assert starts[1] == pytest.approx(2.0, abs=0.05)


def test_the_transport_integrates_a_tempo_ramp() -> None:
    synth = Synth(RATE)
    synth.push([command.tempo(60.0), command.tempo(90.0, seconds=10.0, beat=0.0)])
    synth.render(np.zeros((10 * RATE, 2), np.float32))
    assert synth.beat == pytest.approx(12.5, abs=0.01)
    assert synth.tempo_bpm == pytest.approx(90.0)


def test_panic_is_silent_within_its_time_and_does_not_click() -> None:
    synth = Synth(RATE)
    synth.push([*opening(), *(command.note(Note(0.0, 60.0, "pad", 48.0 + 5 * k, 0.8)) for k in range(6))])
    before = np.zeros((6 * RATE, 2), np.float32)
    synth.render(before)
    synth.push([command.panic()])
    after = np.zeros((RATE, 2), np.float32)
    synth.render(after)
    steps = np.abs(np.diff(np.vstack([before[-RATE:], after]), axis=0)).max(axis=1)
    assert np.abs(after[round(0.17 * RATE) :]).max() == 0.0
    assert steps[RATE:].max() <= steps[:RATE].max() * 1.02


def test_without_commands_the_music_coasts_then_fades_and_comes_back() -> None:
    synth = Synth(RATE)
    synth.push([*opening(), command.note(Note(0.0, 500.0, "drone", 45.0, 0.8))])
    out = np.zeros((60 * RATE, 2), np.float32)
    synth.render(out)
    loudness = [np.sqrt(np.mean(out[s * RATE : (s + 1) * RATE] ** 2)) for s in range(60)]
    assert min(loudness[5:29]) > 0.3 * max(loudness)
    assert max(loudness[52:]) == 0.0
    synth.push([command.alive()])
    synth.render(out[: 5 * RATE])
    assert np.abs(out[4 * RATE : 5 * RATE]).max() > 0.2 * np.abs(out[10 * RATE : 20 * RATE]).max()


def test_meters_come_ten_times_a_second() -> None:
    synth = Synth(RATE)
    synth.render(np.zeros((2 * RATE, 2), np.float32))
    assert sum(isinstance(report, Meter) for report in synth.poll()) == pytest.approx(20, abs=1)


def test_released_voices_ring_on_and_then_cost_nothing() -> None:
    synth = Synth(RATE)
    short = command.note(Note(0.0, 1.0, "pad", 60.0, 0.8))
    synth.push([*opening(), short, command.release_all().at_frame(RATE)])
    out = np.zeros((30 * RATE, 2), np.float32)
    synth.render(out)
    assert np.abs(out[: 2 * RATE]).max() > 0.01
    assert np.abs(out[-RATE:]).max() < 1e-4


def test_every_command_rejects_what_is_not_finite() -> None:
    with pytest.raises(ValueError, match="finite"):
        command.tempo(float("nan"))
    with pytest.raises(ValueError, match="no instrument 'organ'"):
        command.note(Note(0.0, 1.0, "organ", 60.0))
    with pytest.raises(ValueError, match="no parameter 'sparkle'"):
        command.ramp(Ramp("pad", "sparkle", 1.0, 1.0))
    assert command.parameter_index("drone", "reverb") == len(CHANNEL_PARAMETERS) + 1


def test_the_meter_tells_momentary_loudness_from_short_term() -> None:
    """A second after a note the last 400 ms have forgotten it, and the last three seconds have not."""
    synth = Synth(RATE)
    synth.push([*opening(), command.note(Note(0.0, 500.0, "drone", 45.0, 0.8))])
    synth.render(np.zeros((6 * RATE, 2), np.float32))
    loud = [report for report in synth.poll() if isinstance(report, Meter)][-1]
    assert loud.lufs_momentary == pytest.approx(loud.lufs_short_term, abs=3.0)
    synth.push([command.panic()])
    synth.render(np.zeros((RATE, 2), np.float32))
    after = [report for report in synth.poll() if isinstance(report, Meter)][-1]
    assert after.lufs_momentary < loud.lufs_momentary - 40.0
    assert loud.lufs_short_term - 6.0 < after.lufs_short_term < loud.lufs_short_term
    assert after.gain_db <= 0.0
    assert after.true_peak_dbtp < loud.true_peak_dbtp
