"""Find a profile, by name among a person's own and the shipped ones or by path, and read it.

A shipped profile is checked by the tests, once and for all; a person's own file is checked here and
now, which is when pydantic is imported.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from profiles.own import own_file, own_folder, own_names
from profiles.schema import (
    Arc,
    Breath,
    Channel,
    Form,
    Harmony,
    Limits,
    Master,
    Profile,
    Pulse,
    Ranges,
    Target,
)

_FOLDER = Path(__file__).parent
"""The shipped profiles lie beside the code: importlib.resources would cost a fifth of the loading time."""

MOST_BYTES = 2**20
"""Largest profile that is read; the shipped ones have 2 KB. Own choice."""

_SECTIONS = {
    "arc": Arc, "target": Target, "limits": Limits, "ranges": Ranges, "breath": Breath, "pulse": Pulse,
    "harmony": Harmony, "form": Form, "master": Master,
}  # fmt: skip


class ProfileError(ValueError):
    """A profile that cannot be found, read or played; the message says what and how to mend it."""


def names() -> tuple[str, ...]:
    """The shipped profiles, in the order of the alphabet."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.toml")))


def is_name(name_or_path: str) -> bool:
    """A word without a slash or `.toml` is a profile's name, everything else a path."""
    return not ("/" in name_or_path or "\\" in name_or_path or name_or_path.endswith(".toml"))


def load(name_or_path: str) -> Profile:
    """The profile of that name, a person's own before the shipped one, or the one in that file.

    Raises ProfileError where there is no such profile, where the file cannot be read, or where a key
    in it has a value it may not have (every such key, one sentence each, a line each).
    """
    file = file_of(name_or_path)
    named = is_name(name_or_path)
    if named and file.parent == _FOLDER:
        return _shipped(name_or_path)
    table = read_table(file)
    if named:
        # In the folder of one's own a profile is called as its file is, whatever it was copied from.
        table["name"] = name_or_path
    from profiles.check import complaints

    wrong = complaints(table)
    if wrong:
        raise ProfileError("\n".join(f"{file.name}: {sentence}" for sentence in wrong))
    return build(table)


def file_of(name_or_path: str) -> Path:
    """The file that `load` reads. Raises ProfileError where no profile has that name."""
    if not is_name(name_or_path):
        return Path(name_or_path).expanduser()
    if own := own_file(name_or_path):
        return own
    if name_or_path not in names():
        raise ProfileError(
            f"There is no profile called {name_or_path!r}; there are {_listed()}. "
            "A file of your own is named by its path, for example ./mine.toml."
        )
    return _FOLDER / f"{name_or_path}.toml"


def shadowing(name_or_path: str) -> str:
    """A sentence where that name means a person's own profile and a shipped one has it too, or nothing."""
    if not is_name(name_or_path) or name_or_path not in names() or own_file(name_or_path) is None:
        return ""
    return f"The profile {name_or_path} is your own, from {own_folder()}, in place of the shipped one."


def read_table(path: Path) -> dict[str, Any]:
    """The TOML in `path` as plain values, not yet checked. Raises ProfileError."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise ProfileError(f"{path} is larger than {MOST_BYTES // 2**20} MB; a profile has a few lines.")
        return tomllib.loads(raw.decode("utf-8-sig"))
    except FileNotFoundError:
        raise ProfileError(f"There is no profile file {path}; profiles are {_listed()}.") from None
    except IsADirectoryError:
        raise ProfileError(f"{path} is a folder; name a .toml file in it.") from None
    except PermissionError:
        raise ProfileError(f"{path} may not be read; give yourself permission to read it.") from None
    except UnicodeDecodeError:
        raise ProfileError(f"{path} is not a text file in UTF-8; save it as UTF-8.") from None
    except OSError as trouble:
        raise ProfileError(f"{path} cannot be read: {trouble.strerror}.") from None
    except tomllib.TOMLDecodeError as trouble:
        raise ProfileError(f"{path} is not TOML: {str(trouble).rstrip('.')}.") from None
    except RecursionError:
        raise ProfileError(f"{path} is no profile: its lists lie too deep in one another.") from None


def build(table: dict[str, Any]) -> Profile:
    """A profile from a table that has been checked (`profiles.check.complaints` found nothing)."""
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key == "palette":
            values[key] = {name: Channel(**_frozen(channel)) for name, channel in value.items()}
        elif key in _SECTIONS:
            values[key] = _SECTIONS[key](**_frozen(value))
        else:
            values[key] = value
    return Profile(**values)


@cache
def _shipped(name: str) -> Profile:
    return build(tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8")))


def _listed() -> str:
    *first, last = sorted({*names(), *own_names()})
    return f"{', '.join(first)} and {last}"


def _frozen(value: Any) -> Any:
    """Lists become tuples, all the way down, so that a profile cannot be changed after it is read."""
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)  # pyright: ignore[reportUnknownVariableType]
    return value
