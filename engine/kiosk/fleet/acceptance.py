"""Acceptance: bytes from a broker become a command or are refused in one sentence, before anything else.

Anyone who may write on the topic can write anything there, so what is cheap to check comes first: length,
encoding, form, then the name and the range by the table of commands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, cast

from engine.kiosk.command import COMMANDS, Command, CommandError, Row, command_of, nothing
from engine.kiosk.fleet.topics import LARGEST_COMMAND
from engine.kiosk.reading import shown

ID = re.compile(r"[A-Za-z0-9_.:-]{1,40}")
"""What an asker may call a command, to know its answer by."""

FIELDS = ("command", "value", "id")

BURST, PER_S = 10.0, 2.0
"""Commands at once, and a second in the long run: more than hands, less than a loop gone wrong (own
choice)."""


class RefusedError(ValueError):
    """What is no command; the message is one sentence, `id` the asker's own, where it could be read."""

    def __init__(self, words: str, asked: str | None = None) -> None:
        super().__init__(words)
        self.id = asked


@dataclass(frozen=True, slots=True)
class Accepted:
    """A command, and what its asker calls it; None where it does not matter to them."""

    command: Command
    id: str | None


def accepted(payload: bytes, *, retained: bool = False, rows: Mapping[str, Row] = COMMANDS) -> Accepted:
    """The command in a payload: `{"command": NAME}`, where it takes one `"value"`, where wished an `"id"`.

    retained   whether the broker had kept it: what was asked of nobody in particular is not done
    rows       the commands that there are

    Raises RefusedError.
    """
    if retained:
        raise RefusedError("A retained command is not done; send it without the retain flag.")
    if len(payload) > LARGEST_COMMAND:
        raise RefusedError(f"A command has at most {LARGEST_COMMAND} bytes; this one has {len(payload)}.")
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        raise RefusedError("A command is text in UTF-8; this is not.") from None
    try:
        read = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except RefusedError:
        raise
    except (ValueError, RecursionError):
        raise RefusedError(f"A command is JSON; this is not: {shown(text)}.") from None
    if not isinstance(read, dict):
        one = next(name for name, row in rows.items() if row.reader is nothing)
        raise RefusedError(f'A command is an object like {{"command": "{one}"}}; it is {shown(read)}.')
    return _of(cast("dict[str, Any]", read), rows)


def _of(read: dict[str, Any], rows: Mapping[str, Row]) -> Accepted:
    asked = read.get("id")
    if asked is not None and (not isinstance(asked, str) or not ID.fullmatch(asked)):
        raise RefusedError(f"An id has 1 to 40 letters, digits and _ . : -; it is {shown(asked)}.")
    for name in read:
        if name not in FIELDS:
            known = ", ".join(FIELDS)
            raise RefusedError(f"A command has no field {shown(name)}; there are {known}.", asked)
    name = read.get("command")
    if not isinstance(name, str):
        raise RefusedError(f"A command is called by a word; it is {shown(name)}.", asked)
    try:
        return Accepted(command_of(name, read.get("value"), rows), asked)
    except CommandError as wrong:
        raise RefusedError(str(wrong), asked) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose fields are named once each, so that two readers never see two commands in it."""
    read = dict(pairs)
    if len(read) < len(pairs):
        raise RefusedError("A command names each field once; this one names one twice.")
    return read


def _no_number(word: str) -> NoReturn:
    raise RefusedError(f"A command has finite numbers alone; {word} is none.")


class Rate:
    """Lets commands through at a bounded rate: BURST at once, PER_S in the long run."""

    def __init__(self, clock_s: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._left, self._at_s = BURST, clock_s()

    def take(self) -> bool:
        """Whether one more may pass now."""
        now_s = self._clock_s()
        self._left = min(BURST, self._left + PER_S * (now_s - self._at_s))
        self._at_s = now_s
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
