"""Keys: what a listener at the terminal may press while the music plays.

Read in the session's own tick, without a thread; silent where standard input is no terminal of ours.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from engine.guide.hands import SOFTENED
from engine.guide.music_state import Hand, Intent

ACTIONS = {"-": "less", "+": "more", "=": "more", "x": "too_much", "r": "rematch", "u": "undo"}
"""Pressed once, done once. The plus sign shares its key with the equals sign on many keyboards."""

HELD = {
    "h": ("hold", ("tempo_bpm",)),
    "s": ("soften", SOFTENED),
    " ": ("hush", ("silence",)),
}
"""Pressed once, it is asked for; pressed again, what it held is given back."""

MARKERS = {
    "1": "settled", "2": "tearful", "3": "overwhelmed", "4": "restless", "5": "spoke", "6": "with the breath",
    "7": "imagery", "8": "a memory", "9": "this moment",
}  # fmt: skip
"""Words of a marker (SCIENCE.md C2, and our own for the last two)."""

END, HELP = "q", "?"
"""As Ctrl-C once, however often it is pressed; what every key does, shown and put away."""

HINTS = (
    ("-", "less"), ("+", "more"), ("x", "too much"), ("h", "hold"),
    ("r", "meet me"), ("s", "soften"), ("space", "silence"), ("1-9", "mark"),
    ("u", "undo"), (END, "end"), (HELP, "keys"),
)  # fmt: skip
"""Keys with what they do, for the view."""

_STDIN = 0


class Keys:
    """Turns keys into one hand's intents and markers. A context manager: the terminal is put back.

    `holders`  what is held now, and by whom
    `hand`     whose keys these are
    """

    def __init__(self, holders: Callable[[], Mapping[str, Hand]], hand: Hand = Hand.LISTENER) -> None:
        self._holders = holders
        self._hand = hand
        self._asked: dict[str, bool] = {}
        self._terminal = Terminal()
        self._wish: Callable[[Intent], None] | None = None
        self._mark: Callable[[float, Hand, str], None] | None = None
        self._ended = False
        self.help_wanted = False
        """Whether the listener wishes to see what every key does."""

    def serve(self, wish: Callable[[Intent], None], mark: Callable[[float, Hand, str], None]) -> None:
        """Hand everything to this session and its journal from now on."""
        self._wish, self._mark = wish, mark

    def __enter__(self) -> Keys:
        self._terminal.open()
        return self

    def __exit__(self, *failure: object) -> None:
        self._terminal.close()

    @property
    def listening(self) -> bool:
        """Whether keys are read at all: standard input is a terminal, and this program in its foreground."""
        return self._terminal.opened

    def read(self, t_s: float) -> str:
        """Do what was pressed since the last call; returns a sentence about it, or nothing."""
        said = ""
        self._asked.clear()  # the guide has answered: who holds what tells it all
        for key in self._terminal.pressed():
            said = self.press(key, t_s) or said
        return said

    def press(self, key: str, t_s: float) -> str:
        """Do what `key` stands for at engine time `t_s`; any other key does nothing.

        What the guide itself will answer is not said here.
        """
        if key == HELP:
            self.help_wanted = not self.help_wanted
        if self._wish is None or self._mark is None:
            return ""
        if key == END:
            return self._end()
        if key in ACTIONS:
            self._wish(Intent(t_s, self._hand, ACTIONS[key]))
        elif key in HELD:
            for name in self._toggled(*HELD[key]):
                self._wish(Intent(t_s, self._hand, name))
        elif key in MARKERS:
            self._mark(t_s, self._hand, MARKERS[key])
            return f"Marked: {MARKERS[key]}."
        return ""

    def _toggled(self, action: str, parameters: Sequence[str]) -> Sequence[str]:
        """The action, or what gives it back: a second press within one tick counts as a second press."""
        holders = self._holders()
        mine = [name for name in parameters if holders.get(name) is self._hand]
        held = self._asked.get(action, bool(mine))
        self._asked[action] = not held
        return (mine or parameters) if held else (action,)

    def _end(self) -> str:
        """Held down, it repeats itself: only Ctrl-C, pressed again, cuts the last fade short."""
        if self._ended:
            return "It is ending; Ctrl-C ends it at once."
        self._ended = True
        signal.raise_signal(signal.SIGINT)
        return ""


class Terminal:
    """Standard input, key by key and without echo while it is open; Ctrl-C stays what it is."""

    def __init__(self) -> None:
        self._before: list[Any] | None = None

    @property
    def opened(self) -> bool:
        return self._before is not None

    def open(self) -> None:
        """Does nothing where standard input is no terminal, or another program's."""
        if not os.isatty(_STDIN) or not _in_front():
            return
        self._before = []
        if sys.platform != "win32":
            import termios
            import tty

            self._before = termios.tcgetattr(_STDIN)
            tty.setcbreak(_STDIN, termios.TCSANOW)

    def close(self) -> None:
        """Put the terminal back. Safe to call twice."""
        before, self._before = self._before, None
        if sys.platform != "win32" and before is not None:
            import termios

            with suppress(termios.error):  # the terminal is gone
                # What was typed and not read would otherwise be typed into the shell.
                termios.tcsetattr(_STDIN, termios.TCSAFLUSH, before)

    def pressed(self) -> str:
        """Every character typed since the last call; cursor and function keys are none."""
        if not self.opened:
            return ""
        if sys.platform == "win32":
            import msvcrt

            typed = ""
            while msvcrt.kbhit():
                typed += msvcrt.getwch()
            return typed
        import select

        if not _in_front() or not select.select([_STDIN], [], [], 0.0)[0]:
            return ""
        try:
            typed = os.read(_STDIN, 256).decode("utf-8", "ignore")
        except OSError:  # the terminal is gone; the music need not be
            typed = ""
        return "" if typed.startswith("\x1b") else typed.lower()


def _in_front() -> bool:
    """Whether the terminal's keys are this program's: one in the background would be stopped for asking."""
    if sys.platform == "win32":
        return True
    try:
        return os.tcgetpgrp(_STDIN) == os.getpgrp()
    except OSError:
        return False
