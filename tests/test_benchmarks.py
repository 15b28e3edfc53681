"""The benchmarks start, say what they are, and measure on a small scale; their own reckoning is right."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
NAMES = ["first_sound", "hands", "held", "memory", "realtime", "stop", "throughput"]


@pytest.fixture(autouse=True)
def plain_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Benchmarks import one another by plain names, as they do when run."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def run(name: str, folder: Path, *words: str) -> str:
    """What a benchmark prints; its figures go into `folder` rather than over real ones."""
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / f"{name}.py"), *words],
        env=os.environ | {"CALANDO_BENCHMARK_RESULTS": str(folder)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_help_says_what_is_claimed(name: str, tmp_path: Path) -> None:
    said = run(name, tmp_path, "--help")
    assert "usage:" in said
    assert len(said.splitlines()) > 8


@pytest.mark.live
def test_throughput_measures_the_synth(tmp_path: Path) -> None:
    if not shutil.which("g++") or not Path("/usr/include/sndfile.h").exists():
        pytest.skip("g++ or libsndfile's header is not installed")
    asked = ("--rounds", "1", "--voices", "8", "128", "--seconds", "12", "--engines", "c++")
    run("throughput", tmp_path, *asked)
    figures = json.loads((tmp_path / "throughput.json").read_text())["figures"]
    by_voices = figures["engines"]["C++ by hand"]["voices"]
    assert 10 < by_voices["128"]["times_real_time"] < 1e5
    if level := by_voices["8"]["level"]:
        assert level["seconds"] == pytest.approx(4 * 12, abs=0.01)
        assert -40 < level["rms_db"] < -20


@pytest.mark.live
def test_realtime_counts_a_python_callback(tmp_path: Path) -> None:
    import jack_dummy

    if missing := jack_dummy.missing():
        pytest.skip(f"no JACK dummy device: {', '.join(missing)} not found")
    words = [
        "--rounds",
        "1",
        "--seconds",
        "5",
        "--periods",
        "1024",
        "--loads",
        "hold",
        "--exact-seconds",
        "0",
    ]
    run("realtime", tmp_path, *words, "--clients", "sounddevice")
    table = json.loads((tmp_path / "realtime.json").read_text())["figures"]["table"]
    lost = {row["client"]: row["lost_percent"]["median"] for row in table}
    assert lost["sounddevice"] > 20  # the GIL is held for 2 of the 5 seconds
    assert lost["C, idle"] < lost["sounddevice"] / 4


class TestComparison:
    """Live recordings against offline renderings, with damage done on purpose."""

    period = 64

    def offline(self) -> np.ndarray:
        sound = np.random.default_rng(1).standard_normal((40 * self.period, 2)).astype(np.float32)
        sound[: 3 * self.period + 10] = 0
        return sound

    def times(self, cycles: int) -> np.ndarray:
        return (self.period * np.arange(cycles)).astype(np.uint32)

    def test_the_same(self) -> None:
        from recording import Comparison, compare

        offline = self.offline()
        live = offline[3 * self.period + 10 : 30 * self.period]  # begins with the first sound, in mid-cycle
        assert compare(live, self.times(27), offline, self.period) == Comparison(len(live), 0, 0)

    def test_cycles_that_were_passed_over(self) -> None:
        from recording import Comparison, compare

        offline = self.offline()
        live = np.delete(
            offline[3 * self.period + 10 : 30 * self.period], np.s_[5 * 64 - 10 : 7 * 64 - 10], axis=0
        )
        passed = 2 * self.period
        assert compare(live, self.times(25), offline, self.period) == Comparison(len(live), 0, passed)

    def test_a_recorder_that_was_connected_after_the_first_sound(self) -> None:
        from recording import Comparison, compare

        offline = self.offline()
        began = 3 * self.period + 10
        live = offline[began + 13 * self.period : 30 * self.period]  # its first cycle is no whole one either
        found = compare(live, self.times(14), offline, self.period)
        assert found == Comparison(len(live), 0, 13 * self.period)
        live = live.copy()
        live[5] += np.float32(1e-6)
        assert compare(live, self.times(14), offline, self.period).differing >= 1

    def test_a_cycle_that_a_late_recorder_missed_for_the_next_one(self) -> None:
        from recording import Comparison, compare

        offline = self.offline()
        live, times = offline[3 * self.period + 10 : 30 * self.period].copy(), self.times(27)
        sixth = slice(6 * self.period - 10, 7 * self.period - 10)
        live[sixth], times[6] = offline[10 * self.period : 11 * self.period], times[7]
        once = len(live) - self.period
        assert compare(live, times, offline, self.period) == Comparison(once, 0, self.period)
        times[6] = 6 * self.period  # the engine's own repetition differs
        assert compare(live, times, offline, self.period).differing >= self.period

    def test_frames_that_differ(self) -> None:
        from recording import Comparison, compare

        offline = self.offline()
        live = offline[3 * self.period + 10 : 30 * self.period].copy()
        live[[100, 101, 900], 1] += np.float32(1e-6)
        assert compare(live, self.times(27), offline, self.period) == Comparison(len(live), 3, 0)


def test_every_engine_gets_the_same_voices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS / "peers"))
    from csound_score import document
    from faust_program import program
    from reference_patch import as_text, voices

    table = voices(32)
    assert table[0].frequency_hz == pytest.approx(65.406, abs=1e-3)  # C2
    assert table[5].frequency_hz == pytest.approx(130.813, abs=1e-3)  # C3, one octave above
    assert sum(v.gain**2 for v in table) == pytest.approx(0.12**2)
    rows = [list(map(float, line.split())) for line in as_text(32).splitlines()]
    assert [row[0] for row in rows] == pytest.approx([v.frequency_hz for v in table])
    assert document(32, 60).count("\ni 1 0 56") == 32
    assert program(32).count('nentry("v31_') == 4
