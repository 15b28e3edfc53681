"""Tables: what is wrong with a table of a file against a schema of dataclasses, in plain sentences.

A field that is called like a word of Python's has an underscore behind it in the schema and none in the file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from profiles.reading import pythonic
from profiles.schema import Letters, Within


@dataclass(frozen=True)
class Schema:
    """What a file of one kind may hold.

    shape     the dataclass that its table becomes
    called    the kind of file, as "a profile"
    together  what is wrong with keys that are right by themselves
    pairs     keys of two numbers that need not be [low, high]
    """

    shape: type
    called: str
    together: Callable[[dict[str, Any]], list[str]]
    pairs: tuple[str, ...] = ()

    def complaints(self, table: dict[str, Any]) -> list[str]:
        """What is wrong with a table, a sentence for each key; empty where nothing is.

        Each sentence names the key, the value it has and what it may be. Keys that only make sense together
        (a low that lies over its high) are looked at once every key is right by itself.
        """
        try:
            _adapter(self.shape).validate_python(pythonic(table))
        except ValidationError as found:
            return list(dict.fromkeys(self._sentence(error) for error in found.errors(include_url=False)))
        return [*self._upside_down("", table), *self.together(table)]

    def _sentence(self, error: Any) -> str:
        """One of pydantic's findings in a person's words."""
        loc: tuple[str | int, ...] = tuple(part for part in error["loc"] if part != "[key]")
        key, kind = _dotted(loc), error["type"]
        if kind == "unexpected_keyword_argument" or (kind == "literal_error" and "[key]" in error["loc"]):
            return self._unknown_key(loc, key)
        if kind in ("missing", "missing_argument"):
            return f"{key} is missing; it has to be {_allowed(_hint(self.shape, loc))}."
        return f"{key} is {_shown(error['input'])}; it has to be {_allowed(_hint(self.shape, loc))}."

    def _unknown_key(self, loc: tuple[str | int, ...], key: str) -> str:
        known = _keys(_hint(self.shape, loc[:-1]))
        near = get_close_matches(str(loc[-1]), known, n=1)
        mend = f"did you mean {near[0]}?" if near else f"there may be {one_of(known)}."
        return f"{key} is not a key of {self.called}; {mend}"

    def _upside_down(self, key: str, value: Any) -> list[str]:
        """Every [low, high] whose low lies over its high."""
        match value:
            case dict():
                inside = cast(dict[str, Any], value)
                below = ((f"{key}.{name}".lstrip("."), each) for name, each in inside.items())
                return [sentence for name, each in below for sentence in self._upside_down(name, each)]
            case [int() | float() as low, int() | float() as high] if low > high and key not in self.pairs:
                return [f"{key} is [{low:g}, {high:g}]; the first number has to be the lower one."]
            case _:
                return []


@cache
def _adapter(shape: type) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def _dotted(loc: tuple[str | int, ...]) -> str:
    words = ""
    for part in loc:
        name = part if isinstance(part, int) else part.removesuffix("_")
        words += f"[{name}]" if isinstance(part, int) else f".{name}" if words else str(name)
    return words


def _hint(shape: type, loc: tuple[str | int, ...]) -> Any:
    """The annotation of the place that `loc` points to."""
    hint: Any = shape
    for part in loc:
        hint = _plain(hint)
        if get_origin(hint) is dict:
            hint = get_args(hint)[1]
        elif get_origin(hint) is tuple:
            hint = get_args(hint)[0]
        else:
            hint = get_type_hints(hint, include_extras=True)[str(part)]
    return hint


def _plain(hint: Any) -> Any:
    """A hint without its `None`, so that `X | None` reads as X."""
    if get_origin(hint) in (Union, UnionType):
        return next(arg for arg in get_args(hint) if arg is not type(None))
    return hint


def _keys(hint: Any) -> list[str]:
    hint = _plain(hint)
    if get_origin(hint) is dict:
        return list(get_args(get_args(hint)[0]))
    return [field.name.removesuffix("_") for field in fields(hint)]


def _allowed(hint: Any) -> str:
    """What a place may hold, as words that follow "it has to be"."""
    hint = _plain(hint)
    if get_origin(hint) is Annotated:
        bare, mark = get_args(hint)[:2]
        if bare is bool:
            return "true or false"
        if isinstance(mark, Within):
            whole = "a whole number " if bare is int else ""
            return f"{whole}from {mark.low:g} to {mark.high:g} {mark.unit}".rstrip()
        assert isinstance(mark, Letters)
        return f"a text of {mark.low} to {mark.high} letters"
    if get_origin(hint) is Literal:
        return one_of(get_args(hint))
    if get_origin(hint) is tuple:
        inner = get_args(hint)
        if inner[-1] is ... and is_dataclass(inner[0]):
            return "a list of tables"
        if inner[-1] is ... and get_origin(inner[0]) is Literal:
            return f"a list of {one_of(get_args(inner[0]))}"
        if inner[-1] is ...:
            return f"a list, each {_allowed(inner[0])}"
        return f"a list [low, high], each {_allowed(inner[0])}"
    return "a table of keys"


def one_of(names: Any) -> str:
    *most, last = [str(name) for name in names]
    return f"{', '.join(most)} or {last}" if most else last


def _shown(value: Any) -> str:
    """A value as it would stand in the file, cut short where it is long."""
    if isinstance(value, dict):
        return "a table"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
