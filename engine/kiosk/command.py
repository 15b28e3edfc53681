"""Commands: the small set that a kiosk takes from afar, a row each, with what each may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from engine.kiosk.reading import WrongValueError, choice, number, shown

LONGEST_MUTE_MIN = 1440.0
"""A day; who wants silence for longer closes the kiosk (own choice)."""

LOWEST_TRIM_DB = -24.0
"""About a sixth as loud (own choice); `mute` is silence."""


class CommandError(ValueError):
    """What is no command, or has a value that it cannot have; the message is one sentence."""


def nothing(value: Any) -> None:
    """A command that takes no value: none, or what a button sends in its place."""
    if value not in (None, "", "PRESS"):
        raise WrongValueError(f"takes no value; it is {shown(value)}")


@dataclass(frozen=True, slots=True)
class Row:
    """One command.

    reader   checks its value, plain as JSON holds it
    meaning  for people
    unit     of a number, else empty
    low, high, step   of a number
    words    of a choice
    safe     whether it is taken in safe mode too
    """

    reader: Callable[[Any], Any]
    meaning: str
    unit: str = ""
    low: float = 0.0
    high: float = 0.0
    step: float = 0.0
    words: tuple[str, ...] = ()
    safe: bool = False


def _number(low: float, high: float, step: float, unit: str, meaning: str) -> Row:
    return Row(number(low, high, unit), meaning, unit, low, high, step)


def _choice(meaning: str, *words: str) -> Row:
    return Row(choice(*words), meaning, words=words)


COMMANDS: dict[str, Row] = {
    "volume": _number(LOWEST_TRIM_DB, 0.0, 1.0, "dB", "softer than the file says by so much"),
    "softer": Row(nothing, "3 dB softer"),
    "mute": _number(0.0, LONGEST_MUTE_MIN, 1.0, "min", "silence for so many minutes; 0 ends it"),
    "programme": _choice("music that no heart leads: now, not, or as the file says", "play", "stop", "file"),
    "today": _choice("open or close for the rest of the day, or as the file says", "open", "closed", "file"),
    "identify": Row(nothing, "sound the sign of this kiosk, to find it among others"),
    "restart": Row(nothing, "replace the engine by a fresh one", safe=True),
}


@dataclass(frozen=True, slots=True)
class Command:
    """One command: a row's name and its checked value."""

    name: str
    value: Any = None


def command_of(name: str, value: Any = None, rows: Mapping[str, Row] = COMMANDS) -> Command:
    """The command of this name in a table, with a value as JSON holds it. Raises CommandError."""
    row = rows.get(name)
    if row is None:
        raise CommandError(f"There is no command {shown(name)}; there are {', '.join(rows)}.")
    try:
        return Command(name, row.reader(value))
    except WrongValueError as wrong:
        raise CommandError(f"{name} {wrong}.") from None


class Accepts(Protocol):
    """Who takes commands: the supervisor."""

    def accept(self, command: Command) -> str:
        """Do it, from any thread; a sentence that says what comes of it."""
        ...
