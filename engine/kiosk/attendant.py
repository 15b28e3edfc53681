"""Attendant: a process beside the supervisor that speaks for it; it is started, told and never waited for.

Standard library alone, since it runs in the supervisor. Whatever happens to that process, `put` returns at
once and the kiosk plays on.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import IO, Any, Protocol

from engine.kiosk.pipe import BYE, LONGEST_LINE, LONGEST_SETUP, NOT_INSTALLED, WORDS, Lines, put

AGAIN_S = 30.0
"""After so long one that has ended is replaced (own choice)."""

GOODBYE_S = 4.0
"""For so long a clean stop waits for the process (own choice: a broker has 2 s of it)."""


class Setup(Protocol):
    """What the process is told first."""

    @property
    def wanted(self) -> bool:
        """Whether there is to be such a process at all."""
        ...

    def line(self) -> Mapping[str, Any]:
        """As it goes through the pipe."""
        ...


class Attendant:
    """One such process, or none where `setup` wants none.

    module   what it runs
    called   what it is in sentences for the log, as in "The fleet's process"
    hear     takes its lines other than words for the log; called in a thread of the attendant's own
    log      takes sentences for the log, from any thread
    """

    def __init__(
        self,
        module: str,
        called: str,
        setup: Setup,
        log: Callable[[str], None],
        hear: Callable[[dict[str, Any]], None] = lambda _: None,
        again_s: float = AGAIN_S,
    ) -> None:
        self.setup = setup
        self._module, self._called, self._hear = module, called, hear
        self._log, self._again_s = log, again_s
        self._guard, self._changing = threading.Lock(), threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closing, self._closed = threading.Event(), False
        self._thread: threading.Thread | None = None
        self._start(setup)

    @property
    def pid(self) -> int | None:
        """Of the process; None where there is none."""
        return None if self._process is None else self._process.pid

    def put(self, line: Mapping[str, Any]) -> None:
        """Tell it something, if it has room for that; returns at once."""
        with self._guard:
            if self._process is not None and self._process.stdin is not None:
                put(self._process.stdin.fileno(), line)

    def configure(self, setup: Setup) -> None:
        """The file was read again: soon it is another process, where its part of it has changed."""
        if setup != self.setup:
            self.setup = setup
            threading.Thread(target=self._change, daemon=True).start()

    def close(self) -> None:
        """Have it say good-bye and end; twice GOODBYE_S at most, if the file was read in this moment."""
        self._closed = True
        with self._changing:
            self._end()

    def _change(self) -> None:
        with self._changing:
            self._end()
            if not self._closed:
                self._start(self.setup)

    def _end(self) -> None:
        with self._guard:
            self._closing.set()
            process = self._process
        if process is not None:
            self.put({BYE: True})
            with suppress(subprocess.TimeoutExpired):
                process.wait(GOODBYE_S)
            process.kill()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _start(self, setup: Setup) -> None:
        if setup.wanted:
            self._closing = threading.Event()
            self._thread = threading.Thread(target=self._keep, args=(setup, self._closing), daemon=True)
            self._thread.start()

    def _keep(self, setup: Setup, closing: threading.Event) -> None:
        while not closing.is_set():
            command = [sys.executable, "-m", self._module]
            try:
                process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
            except OSError as trouble:
                self._log(f"{self._called} process cannot be started ({trouble.strerror}).")
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
                self._read(process.stdout)
                code = process.wait()
                with self._guard:
                    self._process = None
            if code == NOT_INSTALLED:
                return
            if not closing.is_set():
                self._log(f"{self._called} process has ended ({code}); another comes in {self._again_s:g} s.")
                closing.wait(self._again_s)

    def _read(self, out: IO[bytes]) -> None:
        lines = Lines()
        while more := os.read(out.fileno(), LONGEST_LINE):
            for line in lines.of(more):
                if WORDS in line:
                    self._log(line[WORDS])
                else:
                    self._hear(line)
