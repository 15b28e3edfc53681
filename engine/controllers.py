"""Controllers: knobs and pedals of a MIDI device that do what hands may do, learnt by moving them.

What each does is one line of a TOML file, controllers.toml beside the listener's own profiles:

    [controllers]
    21 = "brightness"      # turned, it holds this parameter over its whole range
    67 = "soften"          # pressed, it does this
"""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from dsp.telemetry import Played
from dsp.touch import CONTROL
from engine.desk import Act, Ask, AskRefusedError, Desk, Learn, Mark, Touch
from engine.guide.hands import ACTIONS, PARAMETERS
from engine.guide.music_state import Hand
from profiles.own import own_folder

if TYPE_CHECKING:
    from engine.session import Moment

PRESSED = 0.5
"""Of a controller's way from which it is pressed (MIDI 1.0: 64 and more are on)."""

SUSTAIN = 64
"""The pedal (MIDI 1.0), which `dsp.jack` hears."""

KNOBS = frozenset(str(number) for number in range(120) if number != SUSTAIN)
"""Controllers that can be taught: the pedal and the modes (120 and on) are the keyboard's own."""

LARGEST_FILE = 65_536


def controllers_file() -> Path:
    """Where they are kept."""
    return own_folder().parent / "controllers.toml"


class Controllers:
    """A watcher, to be called at once: asks on the desk what a device's controllers ask.

    file    where they are kept; it need not exist
    ranges  low and high of every parameter
    hand    whose hand is on the device
    say     told what is wrong with the file, in one sentence
    """

    def __init__(
        self, file: Path, ranges: Mapping[str, tuple[float, float]], desk: Desk, hand: Hand,
        say: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._file, self._ranges, self._desk, self._hand, self._say = file, ranges, desk, hand, say
        self._unread = False
        self.known = self._read()
        """What each controller does, by its number."""
        self._learning: str | None = None
        self._values: dict[int, float] = {}

    def moment(self, moment: Moment) -> None:
        for ask in moment.asks:
            if isinstance(ask.wish, Learn):
                self._learning = ask.wish.name
        newest = {
            news.touch.key: news.touch.value
            for news in moment.news if isinstance(news, Played) and news.touch.kind == CONTROL
        }  # fmt: skip
        for number, value in newest.items():
            if self._learning is not None:
                self._learn(number, self._learning)
                self._learning = None
            elif number in self.known:
                self._do(self.known[number], self._values.get(number, 0.0), value)
            self._values[number] = value

    def _do(self, name: str, before: float, value: float) -> None:
        if name in PARAMETERS:
            low, high = self._ranges[name]
            self._ask(Touch(name, low + value * (high - low)))
        elif before < PRESSED <= value:
            self._ask(Act(name))

    def _learn(self, number: int, name: str) -> None:
        self.known = {each: does for each, does in self.known.items() if does != name} | {number: name}
        words = f"Controller {number} is {name} from now on"
        if self._unread:
            self._ask(Mark(f"{words}, in this sitting alone: {self._file} is not read"))
            return
        lines = [f'{each} = "{does}"' for each, does in sorted(self.known.items())]
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text("\n".join(["[controllers]", *lines, ""]))
        except OSError as trouble:
            words = f"{words}, in this sitting alone: {self._file} cannot be written ({trouble.strerror})"
        self._ask(Mark(words))

    def _ask(self, wish: Touch | Act | Mark) -> None:
        with contextlib.suppress(AskRefusedError):  # too much at once: the next turn of the knob says more
            self._desk.put(Ask(wish, self._hand, "controller"))

    def _read(self) -> dict[int, str]:
        try:
            if not self._file.exists():
                return {}
            text = self._file.read_bytes()[:LARGEST_FILE].decode()
            table: Any = tomllib.loads(text).get("controllers", {})
        except OSError as trouble:
            return self._left(f"it cannot be opened ({trouble.strerror})")
        except UnicodeDecodeError:
            return self._left("it is no text in UTF-8")
        except tomllib.TOMLDecodeError as wrong:
            return self._left(f"{wrong}")
        if not isinstance(table, dict):
            return self._left('it has no [controllers] with lines like 21 = "brightness"')
        lines = cast("dict[str, Any]", table)
        unfit = [f"{n} = {does!r}" for n, does in lines.items() if not _fits(n, does)]
        if unfit:
            self._say(
                f"{self._file}: {', '.join(unfit)[:200]} cannot be: 0 to 119 without the pedal, {SUSTAIN}, "
                "and what `calando say` can."
            )
        return {int(n): does for n, does in lines.items() if _fits(n, does)}

    def _left(self, why: str) -> dict[int, str]:
        """Say that the file is not read; nothing is written over it."""
        self._unread = True
        self._say(
            f"{self._file} is not read, so no controller does anything: {why}; mend it, or delete it and "
            "teach the knobs anew."
        )
        return {}


def _fits(number: str, does: object) -> bool:
    return number in KNOBS and does in (*PARAMETERS, *ACTIONS)
