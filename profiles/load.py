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
from profiles.reading import TomlFileError, frozen, is_name, named_of, read_toml
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

_SECTIONS = {
    "arc": Arc, "target": Target, "limits": Limits, "ranges": Ranges, "breath": Breath, "pulse": Pulse,
    "harmony": Harmony, "form": Form, "master": Master,
}  # fmt: skip


class ProfileError(ValueError):
    """A profile that cannot be found, read or played; the message says what and how to mend it."""


def names() -> tuple[str, ...]:
    """The shipped profiles, in the order of the alphabet."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.toml")))


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
        return read_toml(path, "profile", _listed())
    except TomlFileError as trouble:
        raise ProfileError(str(trouble)) from None


def build(table: dict[str, Any]) -> Profile:
    """A profile from a table that has been checked (`profiles.check.complaints` found nothing)."""
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key == "palette":
            values[key] = {name: Channel(**frozen(channel)) for name, channel in value.items()}
        elif key in _SECTIONS:
            values[key] = _SECTIONS[key](**frozen(value))
        else:
            values[key] = value
    return Profile(**values)


@cache
def _shipped(name: str) -> Profile:
    return build(tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8")))


def _listed() -> str:
    return named_of((*names(), *own_names()))
