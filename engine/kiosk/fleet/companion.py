"""Companion: the supervisor's end of the fleet; it starts the process that speaks there and never waits.

Standard library alone, since it runs in the supervisor. Whatever happens to that process, a broker or a
router, `tell` returns at once and the kiosk plays on.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import IO

from engine.kiosk.alerts import Alert
from engine.kiosk.command import Accepts, CommandError, command_of
from engine.kiosk.config import Kiosk
from engine.kiosk.fleet.pipe import (
    ANSWER,
    BYE,
    COMMAND,
    LONGEST_LINE,
    LONGEST_SETUP,
    NOT_INSTALLED,
    WORDS,
    Lines,
    Setup,
    put,
    setup_of,
    state_line,
)
from engine.kiosk.state import State

AGAIN_S = 30.0
"""After so long one that has ended is replaced (own choice)."""

GOODBYE_S = 4.0
"""For so long a clean stop waits for the process (own choice: the broker has 2 s of it)."""


class Companion:
    """The process that speaks for a kiosk in the fleet; none where its file asks for none.

    accept   whoever takes commands; called in a thread of the companion's own
    log      takes sentences for the log, from any thread
    """

    def __init__(
        self, kiosk: Kiosk, accept: Accepts, log: Callable[[str], None], again_s: float = AGAIN_S
    ) -> None:
        self.configured = setup_of(kiosk)
        self._accept, self._log, self._again_s = accept, log, again_s
        self._guard, self._changing = threading.Lock(), threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closing, self._closed = threading.Event(), False
        self._thread: threading.Thread | None = None
        self._start(self.configured)

    @property
    def pid(self) -> int | None:
        """Of the process; None where there is none."""
        return None if self._process is None else self._process.pid

    def tell(self, state: State, alerts: tuple[Alert, ...] = ()) -> None:
        """The newest state and the alerts that stand, once a second and at changes; returns at once."""
        self._put(state_line(state, alerts))

    def configure(self, kiosk: Kiosk) -> None:
        """The file was read again: soon it is another process, where the fleet's part of it has changed."""
        if (asked := setup_of(kiosk)) != self.configured:
            self.configured = asked
            threading.Thread(target=self._change, daemon=True).start()

    def close(self) -> None:
        """Have it say `offline` and end; twice GOODBYE_S at most, if the file was read in this moment."""
        self._closed = True
        with self._changing:
            self._end()

    def _change(self) -> None:
        with self._changing:
            self._end()
            if not self._closed:
                self._start(self.configured)

    def _end(self) -> None:
        with self._guard:
            self._closing.set()
            process = self._process
        if process is not None:
            self._put({BYE: True})
            with suppress(subprocess.TimeoutExpired):
                process.wait(GOODBYE_S)
            process.kill()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _start(self, asked: Setup) -> None:
        if asked.wanted:
            self._closing = threading.Event()
            self._thread = threading.Thread(target=self._keep, args=(asked, self._closing), daemon=True)
            self._thread.start()

    def _put(self, line: dict[str, object]) -> None:
        with self._guard:
            if self._process is not None and self._process.stdin is not None:
                put(self._process.stdin.fileno(), line)

    def _keep(self, setup: Setup, closing: threading.Event) -> None:
        while not closing.is_set():
            command = [sys.executable, "-m", "engine.kiosk.fleet.process"]
            try:
                process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
            except OSError as trouble:
                self._log(f"The fleet's process cannot be started ({trouble.strerror}).")
                closing.wait(self._again_s)
                continue
            assert process.stdin is not None
            assert process.stdout is not None
            os.set_blocking(process.stdin.fileno(), False)
            put(process.stdin.fileno(), setup.line(), LONGEST_SETUP)
            with self._guard:
                self._process = process
                if closing.is_set():  # in this very moment
                    process.kill()
            with process:
                self._hear(process.stdout)
                code = process.wait()
                with self._guard:
                    self._process = None
            if code == NOT_INSTALLED:
                return
            if not closing.is_set():
                self._log(f"The fleet's process has ended ({code}); another comes in {self._again_s:g} s.")
                closing.wait(self._again_s)

    def _hear(self, out: IO[bytes]) -> None:
        lines = Lines()
        while more := os.read(out.fileno(), LONGEST_LINE):
            for line in lines.of(more):
                if WORDS in line:
                    self._log(line[WORDS])
                elif COMMAND in line:
                    asked = line[COMMAND]
                    try:
                        words, done = self._accept.accept(command_of(asked["name"], asked["value"])), True
                    except CommandError as refused:
                        words, done = str(refused), False
                    self._put({ANSWER: {"id": asked["id"], "done": done, "words": words}})
