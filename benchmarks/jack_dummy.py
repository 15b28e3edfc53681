"""A JACK server on its dummy device: real time without a sound card, and C programs to watch it."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType

SOURCES = Path(__file__).parent / "realtime"
BUILD = Path(__file__).parent / "build"
REAL_TIME_PRIORITY = 70
PORTS = 64  # JACK maps every port's buffer into each client: 100 MB at its default of 2048 ports
SERVER = "calando-benchmark"
"""One name for all runs: JACK keeps the names of killed servers in a table of eight, and frees one only
when its name comes back."""
START_TIMEOUT_S = 10.0
PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


def missing() -> list[str]:
    """What this machine lacks for a run on the dummy device; empty when all is there."""
    absent = [program for program in ("jackd", "jack_lsp", "gcc") if not shutil.which(program)]
    if not absent and not Path("/usr/include/jack/jack.h").exists():
        absent.append("jack/jack.h (libjack-jackd2-dev)")
    return absent


def compiled(name: str) -> Path:
    """The program built from realtime/NAME.c, built again when its source is newer."""
    source, program = SOURCES / f"{name}.c", BUILD / name
    newest = max(path.stat().st_mtime for path in (source, SOURCES / "port_wait.h"))
    if not program.exists() or program.stat().st_mtime < newest:
        BUILD.mkdir(exist_ok=True)
        command = ["gcc", "-O2", "-Wall", "-Wextra", str(source), "-o", str(program), "-ljack", "-lm"]
        subprocess.run(command, check=True)
    return program


class DummyServer:
    """`jackd -d dummy` for as long as the `with` block lasts.

    period        frames a cycle, at 48 kHz
    environment   what a client needs in its environment to find this server and no other
    real_time     whether the server was allowed real-time priority; known once entered
    xruns         late cycles the server has reported; known once left
    """

    def __init__(self, period: int) -> None:
        self.period = period
        self.environment = os.environ | {
            "JACK_DEFAULT_SERVER": SERVER,
            "JACK_NO_START_SERVER": "1",
            "JACK_NO_AUDIO_RESERVATION": "1",
        }
        self.real_time = False
        self.xruns = 0

    def __enter__(self) -> DummyServer:
        self._log = TemporaryFile("w+")
        command = [
            "jackd",
            "--port-max",
            str(PORTS),
            "-R",
            "-P",
            str(REAL_TIME_PRIORITY),
            "-n",
            self.environment["JACK_DEFAULT_SERVER"],
        ]
        command += ["-d", "dummy", "-r", "48000", "-p", str(self.period)]
        self._server = subprocess.Popen(
            command, stdout=self._log, stderr=subprocess.STDOUT, preexec_fn=end_with_parent
        )
        deadline = time.monotonic() + START_TIMEOUT_S
        while subprocess.run(["jack_lsp"], env=self.environment, capture_output=True).returncode:
            if self._server.poll() is not None or time.monotonic() > deadline:
                self._server.kill()
                raise RuntimeError(f"jackd did not start:\n{self._read_log()}")
            time.sleep(0.05)
        self.real_time = "Cannot use real-time" not in self._read_log()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.terminate()
        try:
            self._server.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self.xruns = self._read_log().count("XRun")
        self._log.close()

    def _read_log(self) -> str:
        self._log.seek(0)
        return self._log.read()


def end_with_parent() -> None:
    """In a forked child: ask the kernel to end it when its parent dies, however that happens."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
