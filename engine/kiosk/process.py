"""One process that plays, as the supervisor holds it: a group of its own, ordered by lines, ended whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from engine.kiosk.liveness import Liveness
from engine.kiosk.orders import LONGEST_LINE, Status, Wanted, order, wanted_line

_ROOT = Path(__file__).parents[__name__.count(".")]

OVER = 0xA5
"""With which bytes freed memory is overwritten (own choice)."""

WIPED = {
    "PYTHONMALLOC": "malloc",
    "MALLOC_ARENA_MAX": "1",
    "GLIBC_TUNABLES": ":".join(
        (
            "glibc.malloc.tcache_count=0",
            f"glibc.malloc.perturb={OVER}",
            "glibc.pthread.stack_cache_size=0",
        )
    ),
}
"""Environment in which all of a process's objects are in one heap of the C library, which overwrites whatever
is freed, keeps no blocks aside for a thread, and unmaps the stack of a thread that ends: so nothing of what a
heart did outlives its use (engine.kiosk.forgetting; mallopt(3), and the manual of glibc, Tunables)."""


class Process:
    """A process that plays. Nothing here waits; `now_s` is of the supervisor's monotonic clock."""

    def __init__(self, device: str, now_s: float, command: tuple[str, ...] = ()) -> None:
        paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | WIPED | {"PYTHONPATH": os.pathsep.join(paths)}
        environment["CALANDO_KIOSK_DEVICE"] = device
        # -P: a file in the current folder must not stand in for a module of the library. What goes wrong in
        # it is said where the supervisor's own words go.
        self._process = subprocess.Popen(
            command or (sys.executable, "-P", "-m", "engine.kiosk.playing"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, start_new_session=True, bufsize=0,
        )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._orders, self._statuses = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._orders, False)
        os.set_blocking(self._statuses, False)
        self._waiting = b""
        self.liveness = Liveness(now_s)
        self.ended = False
        self.first = 0
        """Which of the profiles it begins with."""
        self.counted = Status()
        """As far as its visits and frames have been counted."""
        self.sounds = False
        """Whether it was told to open the sound card."""

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def output(self) -> int:
        """The file on which its statuses come, for a selector."""
        return self._statuses

    @property
    def status(self) -> Status:
        return self.liveness.status or Status()

    def read(self, now_s: float) -> None:
        """Take in what it has told; `ended` where it has closed its output."""
        while not self.ended:
            try:
                came = os.read(self._statuses, 65_536)
            except BlockingIOError:
                return
            except OSError:
                came = b""
            if not came:
                self.ended = True
                return
            *lines, self._waiting = (self._waiting + came).split(b"\n")
            if len(self._waiting) > LONGEST_LINE:
                self._waiting = b""
            for line in lines:
                status = Status.of(line)
                if status is not None:
                    self.liveness.look(status, now_s)

    def want(self, wanted: Wanted) -> None:
        self._send(wanted_line(wanted))

    def sound(self, now_s: float, resume: tuple[str, float] | None) -> None:
        """Open the sound card, and go on with what another could not finish."""
        self.sounds = True
        self.liveness.asked_to_sound(now_s)
        self._send(order("sound", resume=resume))

    def order(self, deed: str, **more: Any) -> None:
        self._send(order(deed, **more))

    def _send(self, line: bytes) -> None:
        # A process that reads nothing is about to be replaced; half a line harms nobody then.
        with suppress(OSError):
            os.write(self._orders, line)

    def hush(self) -> None:
        """Have what its sound card's process still plays fade out; nobody else in it needs to be awake."""
        with suppress(OSError):
            os.killpg(self._process.pid, signal.SIGUSR1)

    def kill(self) -> None:
        """End it with all that it has started, stopped or not, and let go of it."""
        with suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                assert stream is not None
                stream.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(2.0)
        self.ended = True

    def gone(self) -> bool:
        """Whether it has ended by itself."""
        return self._process.poll() is not None
