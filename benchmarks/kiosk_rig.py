"""A kiosk as its benchmarks run it: the service on a JACK dummy device, all it plays watched from outside.

The heart is a simulated one and is called so; sound server, processes, signals and files are real.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from jack_dummy import PERIOD, JackServer, compiled

from engine.kiosk.process import Process
from engine.kiosk.supervisor import Supervisor

ROOT = Path(__file__).parents[1]
PATIENCE_S = 120.0
MACHINE_CODE_S = 600.0
"""Until a kiosk plays for the first time: there may be no machine code yet."""
SILENT = 10 ** (-70 / 20)
"""A cycle whose greatest sample is below -70 dBFS is silent."""

ROW = np.dtype([("at_s", "<f8"), ("peak", "<f4"), ("sources", "<i4")])


def children(pid: int) -> list[int]:
    """Processes that this one has started and that have not ended."""
    try:
        told = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    alive = []
    for child in map(int, told):
        try:
            if Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                alive.append(child)
        except OSError:
            continue
    return alive


def rss_mb(pid: int) -> float:
    """Resident memory, MB of 2**20 bytes; 0 where there is no such process."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


def until(what: Callable[[], object], within_s: float = PATIENCE_S) -> float:
    """Wait for it; how long it took. Raises TimeoutError."""
    began_s = time.monotonic()
    while not what():
        if time.monotonic() - began_s > within_s:
            raise TimeoutError(f"not within {within_s:g} s")
        time.sleep(0.02)
    return time.monotonic() - began_s


class Mixed:
    """Level of all that players play together, for as long as the block lasts; `rows` afterwards."""

    def __init__(self, server: JackServer, seconds: float) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="calando-"))
        self._out = self._folder / "levels"
        cycles = int(seconds * server.rate_hz / server.period)
        command = [str(compiled("mixed_levels")), "PortAudio.*:out_0", str(cycles), str(self._out)]
        self._process = subprocess.Popen(
            command, env=server.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"
        self.cycle_s = server.period / server.rate_hz
        self.rows = np.empty(0, ROW)

    def __enter__(self) -> Mixed:
        return self

    def __exit__(self, *failure: object) -> None:
        self._process.communicate(timeout=30)
        self.rows = np.fromfile(self._out, ROW)
        shutil.rmtree(self._folder)

    def longest_silence_s(self, from_s: float, until_s: float) -> float:
        """The longest run of silent cycles between two moments of the monotonic clock."""
        rows = self.rows[(self.rows["at_s"] >= from_s) & (self.rows["at_s"] < until_s)]
        longest = run = 0
        for silent in rows["peak"] < SILENT:
            run = run + 1 if silent else 0
            longest = max(longest, run)
        return longest * self.cycle_s


class Service:
    """`python -m engine.kiosk.service` while the block lasts."""

    def __init__(self, server: JackServer, text: str, folder: Path | None = None) -> None:
        self._mine = folder is None
        self.folder = Path(tempfile.mkdtemp(prefix="calando-kiosk-")) if folder is None else folder
        self.file = self.folder / "kiosk.toml"
        self.state = self.folder / "state"
        self.file.write_text(f'state = "{self.state}"\n{text}')
        self._log_path = self.folder / "log"
        self.environment = server.environment | {
            "PYTHONPATH": str(ROOT), "HOME": str(self.folder), "XDG_RUNTIME_DIR": str(self.folder),
            "CALANDO_KIOSK_TRIAL": "1",
            "CALANDO_CACHE": os.environ.get("CALANDO_CACHE", str(Path.home() / ".cache" / "calando")),
        }  # fmt: skip

    def __enter__(self) -> Service:
        self._log = self._log_path.open("w")
        command = [sys.executable, "-m", "engine.kiosk.service", "--config", str(self.file)]
        self.process = subprocess.Popen(command, env=self.environment, stderr=self._log, cwd=self.folder)
        return self

    def __exit__(self, *failure: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                for child in children(self.process.pid):
                    os.kill(child, signal.SIGKILL)
                self.process.kill()
                self.process.wait()
        self._log.close()
        if self._mine:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def players(self) -> list[int]:
        """Processes that play, the newest last."""
        return children(self.process.pid)

    @property
    def log(self) -> str:
        return self._log_path.read_text()


class Kiosk:
    """A supervisor in a thread of this process; all else is as in a service. `folder` is for its files."""

    def __init__(self, server: JackServer, text: str, folder: Path) -> None:
        self.server = server
        self.file, self.state = folder / "kiosk.toml", folder / "state"
        self.file.write_text(text)
        self.log: list[str] = []
        self._days = timedelta()
        self._started: list[Process] = []
        self.environment = server.environment | {"CALANDO_KIOSK_TRIAL": "1"}

    def __enter__(self) -> Kiosk:
        self._before = os.environ.copy()
        os.environ.update(self.environment)
        self.supervisor = Supervisor(
            self.file, self.state, log=self.log.append, start=self._start, wall=self._wall
        )
        self.thread = threading.Thread(target=self.supervisor.run)
        self.thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.supervisor.end()
        self.thread.join(60.0)
        os.environ.clear()
        os.environ.update(self._before)

    def next_day(self) -> None:
        """Let a day pass on the clock on the wall: what was short-lived before is forgotten."""
        self._days += timedelta(days=1)

    def _wall(self) -> datetime:
        return datetime.now(UTC) + self._days

    def _start(self, device: str, now_s: float) -> Process:
        process = self._process(device, now_s)
        self._started = [each for each in self._started if not each.gone()] + [process]
        return process

    def _process(self, device: str, now_s: float) -> Process:
        return Process(device, now_s)

    @property
    def player(self) -> int:
        """Of the process that plays, or that shall; 0 where there is none."""
        return next((each.pid for each in reversed(self._started) if not each.gone()), 0)


@contextmanager
def rig(
    text: str, period: int = PERIOD, seconds: float = 3600.0
) -> Generator[tuple[JackServer, Service, Mixed]]:
    """Server, service and watcher, all at once."""
    with JackServer(period) as server, Mixed(server, seconds) as mixed, Service(server, text) as service:
        yield server, service, mixed
