"""Reading: a TOML file of a person's own, and what is wrong with it in one sentence."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from keyword import iskeyword
from pathlib import Path
from typing import Any, cast

MOST_BYTES = 2**20
"""Largest file that is read; the shipped ones have 2 to 12 KB. Own choice."""


class TomlFileError(ValueError):
    """A file that cannot be read; the message says what and how to mend it."""


def is_name(name_or_path: str) -> bool:
    """A word without a slash or `.toml` is a name, everything else a path."""
    return not ("/" in name_or_path or "\\" in name_or_path or name_or_path.endswith(".toml"))


def read_toml(path: Path, kind: str, known: str) -> dict[str, Any]:
    """The TOML in `path` as plain values, not yet checked. Raises TomlFileError.

    kind    what it should be, in a word
    known   names of those that there are, for where there is no such file
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise TomlFileError(f"{path} is larger than {MOST_BYTES // 2**20} MB; a {kind} has a few lines.")
        return tomllib.loads(raw.decode("utf-8-sig"))
    except FileNotFoundError:
        raise TomlFileError(f"There is no {kind} file {path}; {kind}s are {known}.") from None
    except IsADirectoryError:
        raise TomlFileError(f"{path} is a folder; name a .toml file in it.") from None
    except PermissionError:
        raise TomlFileError(f"{path} may not be read; give yourself permission to read it.") from None
    except UnicodeDecodeError:
        raise TomlFileError(f"{path} is not a text file in UTF-8; save it as UTF-8.") from None
    except OSError as trouble:
        raise TomlFileError(f"{path} cannot be read: {trouble.strerror}.") from None
    except tomllib.TOMLDecodeError as trouble:
        raise TomlFileError(f"{path} is not TOML: {str(trouble).rstrip('.')}.") from None
    except RecursionError:
        raise TomlFileError(f"{path} is no {kind}: its lists lie too deep in one another.") from None


def named_of(names: Iterable[str]) -> str:
    """Names in the order of the alphabet, as a sentence has them."""
    *first, last = sorted(set(names))
    return f"{', '.join(first)} and {last}" if first else last


def frozen(value: Any) -> Any:
    """Lists become tuples, all the way down, so that what was read cannot be changed."""
    if isinstance(value, dict):
        return {key: frozen(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return tuple(frozen(item) for item in value)  # pyright: ignore[reportUnknownVariableType]
    return value


def pythonic(value: Any) -> Any:
    """The same tables with keys that a dataclass may have."""
    match value:
        case dict():
            inside = cast(dict[str, Any], value)
            return {f"{name}_" if iskeyword(name) else name: pythonic(inside[name]) for name in inside}
        case list():
            return [pythonic(each) for each in cast(list[Any], value)]
        case _:
            return value
