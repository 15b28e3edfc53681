"""Check a profile's table against the schema and say in plain sentences what is wrong with it."""

from __future__ import annotations

import re
from dataclasses import fields
from difflib import get_close_matches
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from profiles.schema import MODES, Letters, Profile, Within


def complaints(table: dict[str, Any]) -> list[str]:
    """What is wrong with a profile's table, a sentence for each key; empty where nothing is.

    Each sentence names the key, the value it has and what it may be. Keys that only make sense
    together (a low that lies over its high) are looked at once every key is right by itself.
    """
    try:
        _adapter().validate_python(table)
    except ValidationError as found:
        return list(dict.fromkeys(_sentence(error) for error in found.errors(include_url=False)))
    return [*_upside_down("", table), *_contradictions(table)]


@cache
def _adapter() -> TypeAdapter[Profile]:
    return TypeAdapter(Profile)


def _sentence(error: Any) -> str:
    """One of pydantic's findings in a person's words."""
    loc: tuple[str | int, ...] = tuple(part for part in error["loc"] if part != "[key]")
    key, kind = _dotted(loc), error["type"]
    if kind == "unexpected_keyword_argument" or (kind == "literal_error" and "[key]" in error["loc"]):
        return _unknown_key(loc, key)
    if kind in ("missing", "missing_argument"):
        return f"{key} is missing; it has to be {_allowed(_hint(loc))}."
    return f"{key} is {_shown(error['input'])}; it has to be {_allowed(_hint(loc))}."


def _unknown_key(loc: tuple[str | int, ...], key: str) -> str:
    known = _keys(_hint(loc[:-1]))
    near = get_close_matches(str(loc[-1]), known, n=1)
    mend = f"did you mean {near[0]}?" if near else f"there may be {_or(known)}."
    return f"{key} is not a key of a profile; {mend}"


def _dotted(loc: tuple[str | int, ...]) -> str:
    words = ""
    for part in loc:
        words += f"[{part}]" if isinstance(part, int) else f".{part}" if words else part
    return words


def _hint(loc: tuple[str | int, ...]) -> Any:
    """The annotation of the place in a profile that `loc` points to."""
    hint: Any = Profile
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
    return list(get_args(get_args(hint)[0])) if get_origin(hint) is dict else [f.name for f in fields(hint)]


def _allowed(hint: Any) -> str:
    """What a place may hold, as words that follow "it has to be"."""
    hint = _plain(hint)
    if get_origin(hint) is Annotated:
        bare, mark = get_args(hint)[:2]
        if isinstance(mark, Within):
            whole = "a whole number " if bare is int else ""
            return f"{whole}from {mark.low:g} to {mark.high:g} {mark.unit}".rstrip()
        assert isinstance(mark, Letters)
        return f"a text of {mark.low} to {mark.high} letters"
    if get_origin(hint) is Literal:
        return _or(get_args(hint))
    if get_origin(hint) is tuple:
        inner = get_args(hint)
        if inner[-1] is ...:
            return f"a list of {_or(get_args(inner[0]))}"
        return f"a list [low, high], each {_allowed(inner[0])}"
    return "a table of keys"


def _or(names: Any) -> str:
    *most, last = [str(name) for name in names]
    return f"{', '.join(most)} or {last}" if most else last


def _shown(value: Any) -> str:
    """A value as it would stand in the file, cut short where it is long."""
    if isinstance(value, dict):
        return "a table"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _upside_down(key: str, value: Any) -> list[str]:
    """Every [low, high] whose low lies over its high."""
    match value:
        case dict():
            inside = cast(dict[str, Any], value)
            return [s for name in inside for s in _upside_down(f"{key}.{name}".lstrip("."), inside[name])]
        case [int() | float() as low, int() | float() as high] if low > high and key != "breath.depth_db":
            return [f"{key} is [{low:g}, {high:g}]; the first number has to be the lower one."]
        case _:
            return []


def _contradictions(table: dict[str, Any]) -> list[str]:
    """Keys that are right by themselves and wrong together."""
    wrong: list[str] = []
    if not re.fullmatch(r"\w[\w -]*", table["name"]):
        # Sound files are named after it.
        wrong.append(f"name is {table['name']!r}; it has to be letters, digits, spaces, - and _.")
    wrong += [
        f"{key} is {table[key]!r}; it has to be on one line, of signs that can be shown."
        for key in ("title", "description")
        if not table[key].isprintable()
    ]
    if not any(table["harmony"]["modes"].values()):
        wrong.append(f"harmony.modes names no mode; give at least one mood a list of {_or(MODES)}.")
    wrong += [
        f"harmony.modes.{mood} is an empty list; name a mode or leave the mood out."
        for mood, modes in table["harmony"]["modes"].items()
        if not modes and any(table["harmony"]["modes"].values())
    ]
    if not table.get("form", {}).get("scenes", True):
        wrong.append("form.scenes is an empty list; name a scene or leave it out.")
    if not table["palette"]:
        wrong.append("palette names no instrument; give it at least one table, for example [palette.pad].")
    low, high = table["ranges"]["tempo_bpm"]
    if high < 1.5 * low:
        # A heart of any rate has to find a fold (1, 3/4 or 1/2) that lands inside the range.
        wrong.append(
            f"ranges.tempo_bpm is [{low:g}, {high:g}]; the high has to be at least 1.5 times the low, "
            "or some hearts could not be met."
        )
    bpm, limits = table["target"].get("bpm"), table.get("limits", {}).get("target_bpm")
    if bpm is not None and limits is not None and not limits[0] <= bpm <= limits[1]:
        wrong.append(
            f"target.bpm is {bpm:g}; it has to lie inside limits.target_bpm, "
            f"from {limits[0]:g} to {limits[1]:g}."
        )
    return wrong
