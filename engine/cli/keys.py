"""Keys: what a listener at the terminal may press while the music plays.

Silent where standard input is no terminal of ours.
"""

from __future__ import annotations

import os
import sys
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from engine.cli.choices import CHOICES, Choice
from engine.cli.played_keys import PlayedKeys
from engine.desk import Act, Ask, End, Mark, Touch, Undo, Wish
from engine.guide.hands import SOFTENED
from engine.guide.music_state import Hand

if TYPE_CHECKING:
    from dsp.touch import Touch as Touched
    from engine.session import Moment

ACTIONS = {
    "-": "less", "+": "more", "=": "more", "x": "too_much", "r": "rematch", "u": "undo", "n": "next",
    "a": "repeat", "k": "skip",
}  # fmt: skip
"""Pressed once, done once. The plus sign shares its key with the equals sign on many keyboards."""

HELD = {
    "h": ("hold", ("tempo_bpm",)),
    "s": ("soften", SOFTENED),
    " ": ("hush", ("silence",)),
    "w": ("hush_words", ("words",)),
}
"""Pressed once, it is asked for; pressed again, what it held is given back."""

MARKERS = {
    "1": "settled", "2": "tearful", "3": "overwhelmed", "4": "restless", "5": "spoke", "6": "with the breath",
    "7": "imagery", "8": "a memory", "9": "this moment",
}  # fmt: skip
"""Words of a marker (SCIENCE.md C2, and our own for the last two)."""

END, HELP = "q", "?"
"""The sitting ends with its fade, however often it is pressed; what every key does, shown and put away."""

PLAY = "\t"
"""Where somebody may play along: the letters are a piano until it is pressed again."""

HINTS = (
    ("-", "less"), ("+", "more"), ("x", "too much"), ("h", "hold"),
    ("r", "meet me"), ("s", "soften"), ("space", "silence"), ("1-9", "mark"),
    ("u", "undo"), (END, "end"), (HELP, "keys"),
)  # fmt: skip
"""Keys with what they do, for the view."""

WORDS_HINTS = (("w", "no words"), ("n", "next"), ("a", "again"), ("k", "skip part"))
"""Those for the words of a guide, where one is told."""

ALONG_HINTS = (("Tab", "play"), ("l", "loop"), ("t", "teach"))
"""Those of who plays along."""

_STDIN = 0

WINDOWS_LOOK_S = 0.005
"""Between two looks at the keyboard of a console of Windows, which nobody can wait for."""


class Keys:
    """A watcher that reads the keys once a tick and puts what they ask for on a desk.

    A context manager: the terminal is put back.

    put    takes the asks, as `Desk.put` does
    hand   whose keys these are
    touch  takes what is played on the keys, as `Sitting.touch` does; None where nobody plays along
    """

    def __init__(
        self, put: Callable[[Ask], object], hand: Hand = Hand.LISTENER,
        touch: Callable[[Sequence[Touched]], None] | None = None,
    ) -> None:  # fmt: skip
        self._put = put
        self._hand = hand
        self._terminal = Terminal()
        self._piano = None if touch is None else PlayedKeys(self._terminal, touch, PLAY)
        self._holders: Mapping[str, Hand] = {}
        self._asked: dict[str, bool] = {}
        self._ended = False
        self.help_wanted = False
        """Whether somebody wishes to see what every key does."""
        self.choosing: Choice | None = None
        """What the next key chooses from; None where it stands for itself."""

    def __enter__(self) -> Keys:
        self._terminal.open()
        return self

    def __exit__(self, *failure: object) -> None:
        if self._piano is not None:
            self._piano.end()
        self._terminal.close()

    @property
    def listening(self) -> bool:
        """Whether keys are read at all: standard input is a terminal, and this program in its foreground."""
        return self._terminal.opened

    @property
    def plays(self) -> bool:
        """Whether the keys are a piano just now, and ask for nothing else."""
        return self._piano is not None and self._piano.plays

    @property
    def may_play(self) -> bool:
        """Whether they can become one."""
        return self._piano is not None

    def moment(self, moment: Moment) -> None:
        self.read(moment.holders)

    def read(self, holders: Mapping[str, Hand]) -> None:
        """Do what was pressed since the last call; `holders` are the parameters that hands hold now."""
        self._holders = holders
        self._asked.clear()  # the guide has answered: who holds what tells it all
        if self.plays:
            return
        for key in self._terminal.pressed():
            self.press(key)

    def press(self, key: str) -> None:
        """Ask for what `key` stands for; any other key does nothing."""
        if self.choosing is not None:
            _, wish = self.choosing.does.get(key, ("", None))
            self.choosing = None
            if wish is not None:
                self._ask(wish)
        elif key in CHOICES and self._piano is not None:
            self.choosing = CHOICES[key]
        elif key == PLAY and self._piano is not None:
            if not self._piano.plays:
                self._piano.begin()
        elif key == HELP:
            self.help_wanted = not self.help_wanted
        elif key == END and not self._ended:
            self._ended = True  # held down, a key repeats itself
            self._ask(End())
        elif key in ACTIONS:
            self._ask(Undo() if ACTIONS[key] == "undo" else Act(ACTIONS[key]))
        elif key in HELD:
            for wish in self._toggled(*HELD[key]):
                self._ask(wish)
        elif key in MARKERS:
            self._ask(Mark(MARKERS[key]))

    def _toggled(self, action: str, parameters: Sequence[str]) -> Sequence[Wish]:
        """The action, or what gives it back: a second press within one tick counts as a second press."""
        mine = [name for name in parameters if self._holders.get(name) is self._hand]
        held = self._asked.get(action, bool(mine))
        self._asked[action] = not held
        return [Touch(name) for name in mine or parameters] if held else [Act(action)]

    def _ask(self, wish: Wish) -> None:
        self._put(Ask(wish, self._hand, "key"))


class Terminal:
    """Standard input, key by key and without echo while it is open; Ctrl-C stays what it is."""

    def __init__(self) -> None:
        self._before: list[Any] | None = None
        self._letters = getincrementaldecoder("utf-8")("ignore")
        """A letter may lie across two looks, as where a text is pasted."""

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

    def awaited(self, seconds: float) -> str:
        """As `pressed`, where something is typed within so long; empty else."""
        if sys.platform == "win32":
            time.sleep(WINDOWS_LOOK_S)
        elif self.opened:
            import select

            came = select.select([_STDIN], [], [], seconds)[0]
            typed = self.pressed()
            if came and not typed:  # the terminal is gone, and says so at once each time
                time.sleep(seconds)
            return typed
        else:
            time.sleep(seconds)
        return self.pressed()

    def pressed(self) -> str:
        """Every key typed since the last call, in small letters."""
        return self.typed().lower()

    def typed(self) -> str:
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

        self._take_back()
        if not _in_front() or not select.select([_STDIN], [], [], 0.0)[0]:
            return ""
        try:
            typed = self._letters.decode(os.read(_STDIN, 256))
        except OSError:  # the terminal is gone; the music need not be
            typed = ""
        return "" if typed.startswith("\x1b") else typed

    def _take_back(self) -> None:
        """A shell puts the terminal back when the program is stopped, and leaves it so when it goes on."""
        if sys.platform != "win32" and _in_front():
            import termios
            import tty

            with suppress(termios.error):
                if termios.tcgetattr(_STDIN)[3] & termios.ICANON:
                    tty.setcbreak(_STDIN, termios.TCSANOW)


def _in_front() -> bool:
    """Whether the terminal's keys are this program's: one in the background would be stopped for asking."""
    if sys.platform == "win32":
        return True
    try:
        return os.tcgetpgrp(_STDIN) == os.getpgrp()
    except OSError:
        return False
