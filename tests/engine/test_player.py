"""Playing on a sound device that a test can take away: a real JACK server on its dummy device."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue
from signal import SIGINT, SIGTERM

import pytest
import soundfile

from benchmarks import jack_dummy
from benchmarks.jack_dummy import JackServer
from dsp.native import Synth
from tests.calando import calando, start
from tests.idle_worker import IdleWorker

pytestmark = pytest.mark.live

ABSENT = jack_dummy.missing(watched=False)
needs_jack = pytest.mark.skipif(bool(ABSENT), reason=f"not installed: {', '.join(ABSENT)}")

LEAVE_S = 5.0
"""Within which a process has to be gone after it was asked twice, on a busy machine too."""

RETURN_S = 2.0
"""A device plays again within a second of its return; one second more for starting the server. On a busy
machine as many times longer as an idle program in C waits for a processor."""


class Playing:
    """A `calando play --json` in the making: its states as they come."""

    def __init__(self, folder: Path, *more: str, also: dict[str, str] | None = None) -> None:
        arguments = ("play", "--sensor", "sim", "--json", "--seed", "1", *more)
        self.process = start(*arguments, cwd=folder, also=also)
        self._lines: Queue[dict] = Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Playing:
        return self

    def __exit__(self, *failure: object) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(json.loads(line))
        self._lines.put({"type": "gone"})

    def next(self, timeout_s: float = 120.0) -> dict:
        line = self._lines.get(timeout=timeout_s)
        assert line["type"] != "gone", "it ended by itself"
        return line

    def until(self, true: Callable[[dict], bool], timeout_s: float = 120.0) -> dict:
        end_s = time.monotonic() + timeout_s
        while time.monotonic() < end_s:
            state = self.next()
            if true(state):
                return state
        raise AssertionError("it never came to that")

    def latest(self) -> dict:
        """The newest state, after waiting for one."""
        state = self.next()
        while not self._lines.empty():
            state = self.next()
        return state

    def leave(self) -> int:
        """Ctrl-C twice; the exit code, or a failure where it hangs."""
        self.process.send_signal(SIGINT)
        time.sleep(0.3)
        self.process.send_signal(SIGINT)
        return self.process.wait(LEAVE_S)


@pytest.fixture(scope="module", autouse=True)
def _machine_code() -> None:
    """Compiled before anything here counts seconds."""
    Synth()


@pytest.fixture
def server() -> Iterator[JackServer]:
    with JackServer() as running:
        yield running


@pytest.fixture
def playing(server: JackServer, tmp_path: Path) -> Iterator[Playing]:
    with Playing(tmp_path, also=server.environment) as run:
        yield run


def heard_again_after(server: JackServer) -> float:
    """Seconds until somebody plays into the server."""
    began_s = time.monotonic()
    while not server.players() and time.monotonic() - began_s < 10.0:
        time.sleep(0.02)
    return time.monotonic() - began_s


@needs_jack
def test_it_plays_in_real_time(playing: Playing, server: JackServer, idle_worker: IdleWorker) -> None:
    first = playing.next()
    began_s = time.monotonic()
    later = playing.until(lambda state: state["t"] >= 4.0)
    assert time.monotonic() - began_s == pytest.approx(
        later["t"] - first["t"], abs=0.5 * idle_worker.slowness()
    )
    assert server.players() == 2
    assert later["lufs_m"] is not None
    assert later["hr_bpm"] is not None
    assert playing.leave() == 0


@needs_jack
@pytest.mark.parametrize("how", [JackServer.stop, JackServer.kill])
def test_the_device_goes_and_returns(
    playing: Playing, server: JackServer, how: Callable[[JackServer], None], idle_worker: IdleWorker
) -> None:
    before = playing.until(lambda state: state["t"] >= 1.0)
    began_s = time.monotonic()
    for _ in range(2):
        how(server)
        time.sleep(1.5)
        server.start()
        returned_s = heard_again_after(server)
        assert playing.process.poll() is None
        assert returned_s < RETURN_S * idle_worker.slowness()
        time.sleep(0.5)  # its ports show before it has started: see engine.device
    after = playing.latest()
    # The score went on while nobody heard it, in step with the wall clock.
    late_s = 1.5 * idle_worker.slowness()
    assert after["t"] - before["t"] == pytest.approx(time.monotonic() - began_s, abs=late_s)
    assert playing.leave() == 0


@needs_jack
@pytest.mark.parametrize("how", [JackServer.stop, JackServer.kill])
def test_it_leaves_cleanly_while_the_device_is_away(
    playing: Playing, server: JackServer, how: Callable[[JackServer], None]
) -> None:
    playing.until(lambda state: state["t"] >= 1.0)
    how(server)
    time.sleep(1.0)
    assert playing.leave() == 0


@needs_jack
@pytest.mark.parametrize("how", [JackServer.stop, JackServer.kill])
def test_it_leaves_cleanly_right_when_the_device_goes(
    playing: Playing, server: JackServer, how: Callable[[JackServer], None]
) -> None:
    playing.until(lambda state: state["t"] >= 1.0)
    playing.process.send_signal(SIGINT)
    time.sleep(0.3)  # two signals at once would count as one
    playing.process.send_signal(SIGINT)
    how(server)
    assert playing.process.wait(LEAVE_S) == 0


@needs_jack
@pytest.mark.parametrize("after_s", [0.2, 0.28, 0.36, 0.44, 0.52, 0.6])
def test_a_server_that_goes_while_its_device_is_found_and_opened_aborts_nothing(
    server: JackServer, tmp_path: Path, after_s: float
) -> None:
    # PortAudio asserts in these moments that its server answers; a failed assertion ends with SIGABRT.
    run = start("play", "--sensor", "sim", "--json", cwd=tmp_path, also=server.environment)
    time.sleep(after_s)
    server.kill()
    time.sleep(1.0)
    for _ in range(2):
        if run.poll() is None:
            run.send_signal(SIGINT)
            time.sleep(0.3)
    _, said = run.communicate(timeout=LEAVE_S)
    # On a slow machine Ctrl-C comes before anything of ours has begun, and ends Python itself.
    assert run.returncode in (0, 1, -SIGINT), said
    assert "Traceback" not in said


@needs_jack
def test_each_loss_and_return_is_told(playing: Playing, server: JackServer) -> None:
    playing.until(lambda state: state["t"] >= 1.0)
    server.kill()
    lost = playing.until(lambda line: line["type"] == "output")
    assert lost["words"].startswith("The sound device system is away.")
    server.start()
    back = playing.until(lambda line: line["type"] == "output")
    assert back["words"] == "Playing on system again."
    assert playing.leave() == 0


@needs_jack
def test_a_device_that_returns_at_another_rate_is_played_on(
    playing: Playing, server: JackServer, idle_worker: IdleWorker
) -> None:
    playing.until(lambda state: state["t"] >= 1.0)
    server.kill()
    server.rate_hz = 44_100
    server.start()
    back = playing.until(lambda line: line["type"] == "output" and "again" in line["words"])
    assert "44100 Hz" in back["words"]
    first, began_s = playing.until(lambda line: line["type"] == "state"), time.monotonic()
    later = playing.until(lambda line: line["type"] == "state" and line["t"] >= first["t"] + 3.0)
    assert server.players() == 2
    # At the old rate it would run 9 % slow; at the new one it keeps the wall clock.
    assert time.monotonic() - began_s == pytest.approx(
        later["t"] - first["t"], abs=0.2 * idle_worker.slowness()
    )
    assert later["lufs_m"] is not None
    assert playing.leave() == 0


@needs_jack
def test_no_trouble_of_a_device_ends_doubles_or_silences_the_music(tmp_path: Path) -> None:
    """benchmarks/device_trouble.py in small: several sittings in one process, each kind of trouble."""
    program = Path(__file__).parents[2] / "benchmarks" / "device_trouble.py"
    kinds = ["pause", "pause while it ends", "freeze and kill", "freeze itself"]
    asked = ["--times", "2", "--a-sitting", "1", "--looks", "120", "--at-once", "2", "--kinds", *kinds]
    done = subprocess.run(
        [sys.executable, str(program), *asked], capture_output=True, text=True, timeout=600.0,
        env=os.environ | {"CALANDO_BENCHMARK_RESULTS": str(tmp_path)}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads((tmp_path / "device_trouble.json").read_text())["figures"]
    for kind in kinds:
        run = figures[kind]
        assert (run["exit_code"], run["heard_again"]) == (0, 2)
        assert run["sittings"] >= 2
        assert run["clocks_apart_most_s"] < 1.0
    early, late = figures["search"]["early"], figures["search"]["late"]
    assert late["file_handles"] <= early["file_handles"]
    assert late["threads"] <= early["threads"]
    assert len(late["children"]) == 1


@needs_jack
def test_an_unknown_device_is_named(server: JackServer, tmp_path: Path) -> None:
    arguments = ("play", "--sensor", "sim", "--output", "device:Stradivari")
    done = start(*arguments, cwd=tmp_path, also=server.environment)
    _, said = done.communicate(timeout=120.0)
    assert done.returncode == 2
    assert "'Stradivari'" in said
    assert "system" in said


def test_without_a_sound_card_it_plays_into_a_file_and_says_so(tmp_path: Path) -> None:
    done = calando("play", "--sensor", "sim", "--duration", "60s", "--fast", cwd=tmp_path)
    assert done.returncode == 0
    (file,) = tmp_path.iterdir()
    assert file.name in done.stdout
    assert soundfile.info(file).duration == pytest.approx(60.0, abs=6.0)


def test_ctrl_c_ends_a_recording_with_a_fade_and_keeps_it(tmp_path: Path) -> None:
    with Playing(tmp_path, "--output", "file:piece.wav") as run:
        run.until(lambda state: state["t"] >= 2.0)
        run.process.send_signal(SIGINT)
        assert run.until(lambda state: state["type"] == "session")["path"] == "piece.wav"
        assert run.process.wait(LEAVE_S) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["piece.wav"]
    sound, rate_hz = soundfile.read(tmp_path / "piece.wav")
    assert 11.0 <= len(sound) / rate_hz <= 16.0
    assert abs(sound[-rate_hz // 10 :]).max() < 1e-4


def test_ctrl_c_twice_ends_it_at_once_and_keeps_what_was_played(tmp_path: Path) -> None:
    with Playing(tmp_path, "--output", "file:piece.flac") as run:
        run.until(lambda state: state["t"] >= 2.0)
        assert run.leave() == 0
    assert [path.name for path in tmp_path.iterdir()] == ["piece.flac"]
    assert 2.0 <= soundfile.info(tmp_path / "piece.flac").duration <= 5.0


@pytest.mark.parametrize("number", [SIGINT, SIGTERM])
def test_an_interrupted_rendering_leaves_nothing(number: int, tmp_path: Path) -> None:
    run = start("render", "relax", "-o", "piece.wav", "--duration", "4h", cwd=tmp_path)
    end_s = time.monotonic() + 60.0
    while not any(tmp_path.iterdir()) and time.monotonic() < end_s:
        time.sleep(0.05)
    time.sleep(1.0)
    run.send_signal(number)
    _, said = run.communicate(timeout=LEAVE_S)
    assert run.returncode == 1
    assert said.strip().endswith("nothing was kept.")
    assert list(tmp_path.iterdir()) == []


def test_a_rendering_can_be_repeated(tmp_path: Path) -> None:
    for name in ("one.wav", "two.wav"):
        done = calando("render", "relax", "-o", name, "--seed", "7", "--duration", "60s", cwd=tmp_path)
        assert done.returncode == 0
    assert (tmp_path / "one.wav").read_bytes() == (tmp_path / "two.wav").read_bytes()
