"""The terminal's second screen, ours while a view lasts: nothing of it stays behind, however it is resized.

What other parts of the program print meanwhile would tear the picture; it is kept aside, handed to the view
and printed when the first screen is back.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, TextIO

from rich.console import Console, RenderableType
from rich.live import Live


class Screen:
    """Shows one picture after the other. A context manager, entered in the main thread.

    Ctrl-Z gives the first screen back until the program goes on. What would otherwise end the program on the
    spot (Ctrl-C, a closed terminal) raises KeyboardInterrupt, so that the first screen comes back then too.
    """

    def __init__(self) -> None:
        self.console = Console(file=sys.stdout)  # which others print to is put aside below
        self._aside = _Aside()
        self._before: tuple[TextIO, TextIO] | None = None
        self._handlers: dict[int, Any] = {}
        self._live: Live | None = None

    def show(self, picture: RenderableType) -> None:
        """Draw `picture` over the last one; a terminal that is gone is no error. From any thread."""
        live = self._live
        if live is not None:
            with suppress(OSError, ValueError):
                live.update(picture, refresh=True)

    def heard(self) -> str:
        """The last line that was put aside since the last call, or nothing."""
        return self._aside.take()

    def __enter__(self) -> Screen:
        self._before = sys.stdout, sys.stderr
        sys.stdout = self._aside
        if sys.stderr.isatty():
            sys.stderr = self._aside
        if threading.current_thread() is threading.main_thread():
            self._take_signals()
        self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        if self._before is not None:
            sys.stdout, sys.stderr = self._before
        with suppress(OSError):
            print(self._aside.everything(), end="", file=sys.stderr, flush=True)

    def _take_signals(self) -> None:
        for name, handler in (
            ("SIGINT", signal.default_int_handler),
            ("SIGTERM", signal.default_int_handler),
            ("SIGHUP", signal.default_int_handler),
            ("SIGTSTP", self._stop),
        ):
            number = getattr(signal, name, None)  # Windows knows the first two
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                self._handlers[number] = signal.signal(number, handler)

    def _open(self) -> None:
        self._live = Live(
            console=self.console,
            screen=True,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        with suppress(OSError):
            self._live.start()

    def _close(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            with suppress(OSError):
                live.stop()

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        self._close()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)  # stands still here
        signal.signal(number, self._stop)
        self._open()


class _Aside(io.StringIO):
    """Takes what is printed meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self._taken = 0

    def take(self) -> str:
        lines = self.getvalue()[self._taken :].split("\n")
        self._taken = len(self.getvalue()) - len(lines[-1])
        return next((line for line in reversed(lines[:-1]) if line.strip()), "")

    def everything(self) -> str:
        return self.getvalue()
