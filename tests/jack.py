"""A JACK server on its dummy device, which tests can stop, kill and start again: a sound card to lose."""

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

PERIOD = 1024
"""Frames. Shared machines cannot hold less, not even in C (PEERS.md)."""

ANSWER_S = 15.0
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def missing() -> str:
    """Why there can be no server here; empty where there can."""
    absent = [program for program in ("jackd", "jack_lsp") if shutil.which(program) is None]
    return f"{' and '.join(absent)} not installed" if absent else ""


class JackServer:
    """A context manager. `environment` leads a process to this server and no other."""

    def __init__(self, period: int = PERIOD) -> None:
        self._period = period
        # JACK keeps the names of killed servers in a table of eight and frees one only when its name
        # comes back, so names are few and are taken in turns.
        self._lock, self._name = _free_name()
        self.environment = {
            **os.environ,
            "JACK_DEFAULT_SERVER": self._name,
            "JACK_NO_START_SERVER": "1",
            "JACK_NO_AUDIO_RESERVATION": "1",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> JackServer:
        try:
            self.start()
        except RuntimeError:
            self._lock.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is None:
            self.start()  # a killed server's shared memory is cleared by its successor's clean end
        self.stop()
        self._lock.close()

    def start(self) -> None:
        """Start and wait until it answers."""
        end_s = time.monotonic() + ANSWER_S
        device = ["-d", "dummy", "-r", "48000", "-p", str(self._period)]
        while time.monotonic() < end_s:
            self._process = subprocess.Popen(
                ["jackd", "-n", self._name, "--no-realtime", *device],
                env=self.environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                preexec_fn=_end_with_parent,
            )
            while self._process.poll() is None and time.monotonic() < end_s:
                if self.ports() is not None:
                    return
                time.sleep(0.05)
            time.sleep(0.2)  # right after a kill the first attempt may find the old server's remains
        raise RuntimeError("jackd does not answer")

    def stop(self) -> None:
        """As an administrator stops it."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As a crash ends it."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait()
        self._process = None

    def ports(self) -> list[str] | None:
        """Names of all ports, or None where no server answers."""
        listing = subprocess.run(
            ["jack_lsp"], env=self.environment, capture_output=True, text=True, check=False
        )
        return listing.stdout.split() if listing.returncode == 0 else None

    def players(self) -> int:
        """Output ports of clients that play into the server."""
        return sum("PortAudio" in port and ":out" in port for port in self.ports() or [])


def _free_name() -> tuple[TextIO, str]:
    for number in range(4):
        lock = (Path(tempfile.gettempdir()) / f"calando-jack-{number}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
        else:
            return lock, f"calando-test-{number}"
    raise RuntimeError("four test servers are running already")


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
