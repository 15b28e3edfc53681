"""Recordings of every format, dirty ones too; their replay; the names of sensors."""

from __future__ import annotations

import gzip
import random
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensors.beat import BadPacket, Link, LinkChange, TimedBeat
from sensors.recording import RecordingError, read_recording
from sensors.replay import Replay
from sensors.simulated import SimulatedHeart
from sensors.spec import SensorSpecError, open_sensor


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "text",
    [
        "800\n810\n790\n",
        "# a comment\n\n800\r\n810\r\n790\r\n",
        "rr_ms\n800\n810\n790\n",
        "time_s,rr_ms\n0.8,800\n1.61,810\n2.4,790\n",
        "0.8;800\n1.61;810\n2.4;790\n",
        "0.8, 800\n1.61, 810\n2.4, 790\n",
        "time_s, rr_ms\n0.8, 800\n1.61, 810\n2.4, 790\n",
        "time_s;rr_ms\n0,8;800,0\n1,61;810,0\n2,4;790,0\n",
        "0.8  800\n1.61  810\n2.4  790\n",
        "[Params]\nVersion=106\n[HRData]\n800\n810\n790\n",
        "0.800\n0.810\n0.790\n",
        ",rr\n0,800\n1,810\n2,790\n",
        "timestamp,rr,since_start\n\n1622959867016,800,0\n1622959867826,810,800\n1622959868616,790,1610\n",
    ],
)
def test_every_format_gives_the_same_intervals(tmp_path: Path, text: str) -> None:
    recording = read_recording(write(tmp_path / "r.txt", text))
    assert [beat.rr_ms for beat in recording.beats] == pytest.approx([800, 810, 790])
    assert recording.skipped == ()


def test_gzip_is_read_through(tmp_path: Path) -> None:
    path = tmp_path / "r.txt.gz"
    path.write_bytes(gzip.compress(b"800\n810\n", mtime=0))
    assert len(read_recording(path).beats) == 2


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("r.gz", gzip.compress(b"", mtime=0)[:10] + b"\xff" * 50, "damaged"),
        ("r.gz", gzip.compress(b"800\n810\n" * 99, mtime=0)[:-9], "damaged"),
        ("r.gz", b"800\n810\n", "not gzipped"),
        ("r.txt", bytes(range(256)), "UTF-8"),
        ("r.txt", b"800,531\n790,125\n810,25\n" * 20, "decimal points"),
        ("r.txt", b"8\n9\n", "point"),
        ("r.txt", b"\x1b[31mred,blue\n1,2\n", "no column"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_sentence(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=said) as trouble:
        read_recording(path)
    assert name in str(trouble.value)
    assert str(trouble.value).isprintable()


def test_dirt_is_skipped_counted_and_leaves_a_hole(tmp_path: Path) -> None:
    path = write(tmp_path / "r.txt", "800\n810\n4294903395\n790\nnoise\n@\n805\n")
    recording = read_recording(path)
    assert [beat.rr_ms for beat in recording.beats] == [800, 810, 790, 805]
    assert len(recording.skipped) == 3
    times = [beat.t_s for beat in recording.beats]
    assert times[2] - times[1] > 1.5


def test_an_interval_too_short_for_a_beat_counts_for_what_it_is(tmp_path: Path) -> None:
    text = "\n".join(["420"] * 50 + ["380", "40"] + ["420"] * 50)
    recording = read_recording(write(tmp_path / "r.txt", text))
    assert len(recording.skipped) == 1
    assert recording.beats[-1].t_s == pytest.approx(0.42 * 101)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_no_bytes_raise_anything_but_the_plain_error(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(raw)
    with suppress(RecordingError):
        recording = read_recording(path)
        assert all(100 <= beat.rr_ms <= 10_000 for beat in recording.beats if beat.rr_ms is not None)


def test_a_replay_is_due_by_the_clock_and_ends(tmp_path: Path) -> None:
    replay = Replay.of(str(write(tmp_path / "r.txt", "1000\n" * 10)))
    first = replay.poll(2.5)
    assert [type(event) for event in first] == [LinkChange, TimedBeat, TimedBeat]
    rest = replay.poll(100.0)
    assert len(rest) == 9
    assert isinstance(rest[-1], LinkChange)
    assert rest[-1].link is Link.ENDED
    assert replay.poll(200.0) == []


def test_dirt_travels_as_bad_packets(tmp_path: Path) -> None:
    replay = Replay.of(str(write(tmp_path / "r.txt", "800\nnoise\n810\n")))
    assert sum(isinstance(event, BadPacket) for event in replay.poll(9.0)) == 1


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("replay:/nowhere.txt", "does not exist"),
        ("replay:", "replay:FILE"),
        ("replay:/nowhere.txt?rate=fast", "is not a number"),
        ("replay:/nowhere.txt?rate=1", "impossible"),
        ("sim:rest=ten", "is not a number"),
        ("sim:rest=900", "between 30 and 180"),
        ("sim:pulse=70", "is not a setting"),
        ("sim:seed=1.5", "is not a number"),
        ("osc:9000", "no heart is heard over OSC"),
        ("strap", "is not known"),
        ("", "is not known"),
    ],
)
def test_a_sensor_that_cannot_be_meant_gets_one_plain_sentence(spec: str, says: str) -> None:
    with pytest.raises(SensorSpecError, match=says) as caught:
        open_sensor(spec)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_an_empty_recording_says_so(tmp_path: Path) -> None:
    with pytest.raises(SensorSpecError, match="no numbers"):
        open_sensor(f"replay:{write(tmp_path / 'empty.txt', '')}")


def test_a_simulated_heart_is_made_as_asked() -> None:
    heart = open_sensor("sim:rest=58,breath=9,seed=7,coupling=0.2")
    assert isinstance(heart, SimulatedHeart)
    assert (heart.listener.rest, heart.listener.seed, heart.listener.coupling) == (58, 7, 0.2)
    assert heart.simulated


def ecg(rate_hz: float, seconds: float, seed: int, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """A train of narrow QRS shapes at known moments, with T waves, wander and noise."""
    rng = random.Random(seed)
    beats, t = [], 0.4
    while t < seconds - 0.4:
        beats.append(t)
        t += 0.85 + rng.gauss(0, 0.05)
    grid = np.arange(0, seconds, 1 / rate_hz)
    x = 0.3 * np.sin(2 * np.pi * 0.25 * grid)
    for beat in beats:
        x += np.exp(-0.5 * ((grid - beat) / 0.011) ** 2)
        x -= 0.2 * np.exp(-0.5 * ((grid - beat - 0.03) / 0.012) ** 2)
        x += 0.25 * np.exp(-0.5 * ((grid - beat - 0.26) / 0.05) ** 2)
    return x + np.random.default_rng(seed).normal(0, noise, grid.size), np.array(beats)


@pytest.mark.parametrize("rate_hz", [130.0, 250.0, 360.0])
def test_r_peaks_are_all_found_and_good_to_half_a_sample(rate_hz: float) -> None:
    from sensors.peaks import r_peaks

    signal, beats = ecg(rate_hz, 60.0, 1, 0.03)
    for polarity in (1.0, -1.0):
        found = r_peaks(polarity * signal, rate_hz) / rate_hz
        assert found.size == beats.size
        error = found - beats
        assert np.max(np.abs(error - np.median(error))) < 0.5 / rate_hz


@pytest.mark.parametrize("every", [2, 3, 4])
@pytest.mark.parametrize("tall", [2.7, -2.7, 2.2])
@pytest.mark.parametrize("rate_hz", [130.0, 360.0])
def test_small_beats_beside_tall_ectopic_ones_are_found(every: int, tall: float, rate_hz: float) -> None:
    """Every second to fourth beat early, broad and of another height, as in bigeminy: none is left out."""
    from sensors.peaks import beats

    grid = np.arange(0.0, 60.0, 1.0 / rate_hz)
    x = np.random.default_rng(1).normal(0.0, 0.015, grid.size)
    moments, t, k = [], 0.5, 0
    while t < 59.0:
        early = k % every == every - 1
        height, width = (tall, 0.045) if early else (0.9, 0.012)
        x += height * np.exp(-0.5 * ((grid - t) / width) ** 2)
        x -= 0.4 * height * np.exp(-0.5 * ((grid - t - 2.2 * width) / (1.2 * width)) ** 2)
        if not early:
            x += 0.15 * np.exp(-0.5 * ((grid - t - 0.27) / 0.05) ** 2)
        moments.append(t)
        t += 0.5 if (k + 1) % every == every - 1 else 1.0 if early else 0.75
        k += 1
    found, _ = beats(x, rate_hz)
    assert found.size == len(moments)
    assert np.max(np.abs(found - moments)) < 0.12


def pulse(every_s: float) -> np.ndarray:
    """Twenty seconds of a finger's pulse wave at 100 Hz."""
    t_s = np.arange(0.0, 20.0, 0.01)
    return np.exp(-(((t_s % every_s) - 0.2) ** 2) / 0.005)


def test_heartpy_canary() -> None:
    """Fails loudly when a new numpy, heartpy or setuptools moves the ground under the adapter."""
    from sensors.peaks import r_peaks

    before = np.geterr()
    first = r_peaks(pulse(0.8), 100.0, "ppg")
    assert np.geterr() == before
    assert "heartpy" in sys.modules
    r_peaks(pulse(1.0), 100.0, "ppg")
    again = r_peaks(pulse(0.8), 100.0, "ppg")
    assert np.array_equal(first, again), "results leak from one call into the next"
    assert abs(first.size - 25) <= 1
    assert np.allclose(np.diff(first)[1:], 80.0, atol=0.5)


def test_without_heartpy_an_ecg_is_read_and_a_ppg_names_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sensors.peaks import r_peaks

    monkeypatch.setitem(sys.modules, "heartpy", None)
    signal, beats = ecg(130.0, 20.0, 3, 0.02)
    assert r_peaks(signal, 130.0).size == beats.size
    path = tmp_path / "pulse.txt"
    np.savetxt(path, 500.0 + 100.0 * pulse(0.8), fmt="%.3f")
    with pytest.raises(RecordingError, match=r"a PPG needs heartpy.*pip install 'calando\[pulse\]'"):
        read_recording(path, 100.0, "ppg")


@pytest.mark.parametrize("signal", [np.zeros(2000), np.full(2000, np.nan), np.zeros(10)])
def test_signals_without_a_beat_give_none(signal: np.ndarray) -> None:
    from sensors.peaks import r_peaks

    assert r_peaks(signal, 130.0).size == 0


def test_an_ecg_recording_is_read_with_a_rate_or_with_times(tmp_path: Path) -> None:
    signal, beats = ecg(130.0, 40.0, 2, 0.02)
    bare = tmp_path / "bare.csv"
    bare.write_text("ecg\n" + "\n".join(f"{x:.5f}" for x in signal))
    timed = tmp_path / "timed.csv"
    timed.write_text("time_s,ecg\n" + "\n".join(f"{k / 130:.5f},{x:.5f}" for k, x in enumerate(signal)))
    with pytest.raises(RecordingError, match=r"\?rate=HZ"):
        read_recording(bare)
    for recording in (read_recording(bare, 130.0), read_recording(timed)):
        assert len(recording.beats) == pytest.approx(beats.size, abs=1)
        assert all(beat.arrival_s >= beat.t_s for beat in recording.beats)
