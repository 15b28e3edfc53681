"""Readers of plain values: each takes what a TOML file holds, and gives it checked or says what it must be.

A reader raises WrongValueError with the rest of a sentence that begins with the key: "must be ...".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from math import isfinite
from typing import Any, TypeVar, cast

from engine.durations import duration_s

Reader = Callable[[Any], Any]

T = TypeVar("T")

LONGEST_TEXT = 1000
"""Characters of any text: a long path, and no more (own choice)."""


class WrongValueError(ValueError):
    """A value that cannot be meant; the message goes on behind its key."""


def read_by(reader: Reader, default: Any, key: str | None = None) -> Any:
    """A dataclass field that is read from a table under `key`, its own name where that is None."""
    return field(default=default, metadata={"reader": reader, "key": key})


def text(value: Any) -> str:
    """One line of text that is not empty."""
    written = isinstance(value, str) and value.strip() and value.isprintable()
    if not written or len(value) > LONGEST_TEXT:
        raise WrongValueError(f"must be one line of text; it is {shown(value)}")
    return value


def flag(value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise WrongValueError(f"must be true or false; it is {shown(value)}")
    return value


def choice(*words: str) -> Reader:
    """One of these words."""

    def read(value: Any) -> str:
        if value not in words:
            raise WrongValueError(f"must be one of {', '.join(words)}; it is {shown(value)}")
        return value

    return read


def number(low: float, high: float, unit: str) -> Reader:
    """A finite number from `low` to `high`, in `unit`."""

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise WrongValueError(f"must be a number in {unit}; it is {shown(value)}")
        if not low <= value <= high:
            raise WrongValueError(f"must lie between {low:g} and {high:g} {unit}; it is {value:g}")
        return float(value)

    return read


def whole(low: int, high: int) -> Reader:
    """A whole number from `low` to `high`."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise WrongValueError(f"must be a whole number from {low} to {high}; it is {shown(value)}")
        return value

    return read


def seconds(low: str, high: str, off: str | None = None) -> Reader:
    """A duration from `low` to `high`, written like them; in seconds. The word `off` gives 0."""

    def read(value: Any) -> float:
        if off is not None and value == off:
            return 0.0
        otherwise = "" if off is None else f", or {off!r}"
        try:
            read_s = duration_s(value) if isinstance(value, str) else None
        except ValueError:
            read_s = None
        if read_s is None:
            raise WrongValueError(f"must be a duration like 90s, 12m or 1h{otherwise}; it is {shown(value)}")
        if not duration_s(low) <= read_s <= duration_s(high):
            raise WrongValueError(f"must lie between {low} and {high}{otherwise}; it is {value}")
        return read_s

    return read


def several(reader: Reader, least: int = 0, most: int = 64) -> Reader:
    """A list of what `reader` reads."""

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or not least <= len(cast("list[Any]", value)) <= most:
            entries = f"{least} to {most} entries"
            raise WrongValueError(f"must be a list in brackets, {entries}; it is {shown(value)}")
        return tuple(reader(each) for each in cast("list[Any]", value))

    return read


def matching(pattern: str, called: str) -> Reader:
    """Text of this pattern."""
    compiled = re.compile(pattern)

    def read(value: Any) -> str:
        if not isinstance(value, str) or compiled.fullmatch(value) is None:
            raise WrongValueError(f"must be {called}; it is {shown(value)}")
        return value

    return read


def shown(value: Any) -> str:
    """A value in a sentence, shortened."""
    words = repr(value)
    return words if len(words) <= 60 else words[:57] + "..."


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong with a file: where, and the rest of the sentence."""

    where: str
    words: str

    def __str__(self) -> str:
        return f"{self.where} {self.words}."


def read_table(kind: type[T], where: str, table: Any, wrong: list[Wrong]) -> T:
    """The dataclass `kind` from a table; what cannot be meant goes to `wrong`, and its default stands."""
    if not isinstance(table, Mapping):
        wrong.append(Wrong(where, f"must be a table of its own; it is {shown(table)}"))
        return kind()
    given = dict(cast("Mapping[str, Any]", table))
    values: dict[str, Any] = {}
    keys: list[str] = []
    for each in fields(cast("Any", kind)):
        if "reader" not in each.metadata:
            continue
        key = each.metadata["key"] or each.name
        keys.append(key)
        if key not in given:
            continue
        try:
            values[each.name] = each.metadata["reader"](given.pop(key))
        except WrongValueError as refused:
            wrong.append(Wrong(f"{where}.{key}" if where else key, str(refused)))
    for key in given:
        known = ", ".join(keys)
        wrong.append(Wrong(f"{where}.{key}" if where else key, f"is not known here; there are {known}"))
    return kind(**values)
