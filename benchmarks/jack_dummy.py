"""A JACK server on its dummy device: real time without a sound card, and C programs to watch it."""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import TextIO

SOURCES = Path(__file__).parent / "realtime"
BUILD = Path(__file__).parent / "build"
REAL_TIME_PRIORITY = 70
PORTS = 64  # JACK maps every port's buffer into each client: 100 MB at its default of 2048 ports
SERVERS = 4  # at one time on this machine
NAMES_VARIABLE = "CALANDO_TEST_SERVERS"  # what their names begin with, for several suites on one machine
PERIOD = 1024  # frames; shared machines cannot hold less, not even in C (PEERS.md)
ANSWER_S = 15.0
PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


def missing(*, watched: bool = True) -> list[str]:
    """What this machine lacks for a run on the dummy device; empty when all is there.

    `watched` by the C programs, which have to be built.
    """
    programs = ("jackd", "jack_lsp", "gcc") if watched else ("jackd", "jack_lsp")
    absent = [program for program in programs if not shutil.which(program)]
    if watched and not absent and not Path("/usr/include/jack/jack.h").exists():
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


class JackServer:
    """`jackd -d dummy` for as long as the `with` block lasts; it can be stopped, killed and started again.

    period        frames a cycle
    rate_hz       may be changed between two starts
    environment   what a client needs in its environment to find this server and no other
    real_time     whether the server was allowed real-time priority; known once started
    xruns         late cycles the server has reported; known once stopped
    """

    def __init__(self, period: int = PERIOD, rate_hz: int = 48_000) -> None:
        self.period = period
        self.rate_hz = rate_hz
        # JACK keeps the names of killed servers in a table of eight and frees one only when its name
        # comes back, so names are few and are taken in turns.
        self._lock, self._name = _free_name()
        self.environment = os.environ | {
            "JACK_DEFAULT_SERVER": self._name,
            "JACK_NO_START_SERVER": "1",
            "JACK_NO_AUDIO_RESERVATION": "1",
            "ALSA_CONFIG_PATH": str(SOURCES / "no_card.conf"),  # a desktop's default is one of ALSA's plugins
        }
        self.real_time = False
        self.xruns = 0
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 — closed in __exit__
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> JackServer:
        try:
            self.start()
        except RuntimeError:
            self._let_go()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is None:
            self.start()  # a killed server's shared memory is cleared by its successor's clean end
        self.stop()
        self._let_go()

    def _let_go(self) -> None:
        self._log.close()
        self._lock.close()

    def start(self) -> None:
        """Start and wait until it answers; one at a time, or two may take one place in JACK's table."""
        with (Path(tempfile.gettempdir()) / "calando-jack-start.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._start()

    def _start(self) -> None:
        end_s = time.monotonic() + ANSWER_S
        command = ["jackd", "-n", self._name, "--port-max", str(PORTS), "-R", "-P", str(REAL_TIME_PRIORITY)]
        command += ["-d", "dummy", "-r", str(self.rate_hz), "-p", str(self.period)]
        while time.monotonic() < end_s:
            self._process = subprocess.Popen(
                command, env=self.environment, stdout=self._log, stderr=subprocess.STDOUT,
                preexec_fn=end_with_parent,
            )  # fmt: skip
            while self._process.poll() is None and time.monotonic() < end_s:
                if self.ports() is not None:
                    self.real_time = "Cannot use real-time" not in self._read_log()
                    return
                time.sleep(0.05)
            time.sleep(0.2)  # right after a kill the first attempt may find the old server's remains
        raise RuntimeError(f"jackd did not start:\n{self._read_log()}")

    def stop(self) -> None:
        """As an administrator stops it."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As a crash ends it."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """As a machine that swaps, or a suspended one, halts it; `go_on` is the end of it."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(how)
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        self.xruns = self._read_log().count("XRun")

    def ports(self) -> list[str] | None:
        """Names of all ports, or None where no server answers."""
        listing = subprocess.run(
            ["jack_lsp"], env=self.environment, capture_output=True, text=True, check=False
        )
        return listing.stdout.split() if listing.returncode == 0 else None

    def players(self) -> int:
        """Output ports of clients that play into the server."""
        return sum("PortAudio" in port and ":out" in port for port in self.ports() or [])

    def _read_log(self) -> str:
        # The server writes where the file's end is, so reading must not leave it elsewhere.
        position = self._log.seek(0, os.SEEK_END)
        self._log.seek(0)
        text = self._log.read()
        self._log.seek(position)
        return text


def end_with_parent() -> None:
    """In a forked child: ask the kernel to end it when its parent dies, however that happens."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _free_name() -> tuple[TextIO, str]:
    prefix = os.environ.get(NAMES_VARIABLE, "calando-test")
    for number in range(SERVERS):
        lock = (Path(tempfile.gettempdir()) / f"{prefix}-{number}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
        else:
            return lock, f"{prefix}-{number}"
    raise RuntimeError(f"{SERVERS} such servers are running already")
