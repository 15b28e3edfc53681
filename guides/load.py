"""Find a guide, by name among a person's own and the shipped ones or by path, and read it.

A shipped guide is checked by the tests; a person's own file is checked here and now, which is when pydantic
is imported.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from guides.schema import Script, Step
from profiles.own import own_file, own_names
from profiles.reading import TomlFileError, frozen, is_name, named_of, pythonic, read_toml

KIND = "guides"
"""The folder of a person's own, beside their profiles."""

_FOLDER = Path(__file__).parent


class GuideError(ValueError):
    """A guide that cannot be found, read or told; the message says what and how to mend it."""


def names() -> tuple[str, ...]:
    """The shipped guides, in the order of the alphabet."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.toml")))


def load(name_or_path: str) -> Script:
    """The guide of that name, a person's own before the shipped one, or the one in that file.

    Raises GuideError where there is none, where the file cannot be read, or where a key in it has a value it
    may not have (every such key, one sentence each, a line each).
    """
    file = file_of(name_or_path)
    if file.parent == _FOLDER:
        return _shipped(file.stem)
    table = read_table(file)
    if is_name(name_or_path):
        table["name"] = name_or_path
    from guides.check import complaints

    if wrong := complaints(table):
        raise GuideError("\n".join(f"{file.name}: {sentence}" for sentence in wrong))
    return build(table)


def file_of(name_or_path: str) -> Path:
    """The file that `load` reads. Raises GuideError where no guide has that name."""
    if not is_name(name_or_path):
        return Path(name_or_path).expanduser()
    if own := own_file(name_or_path, KIND):
        return own
    if name_or_path not in names():
        raise GuideError(
            f"There is no guide called {name_or_path!r}; there are {_listed()}. "
            "A file of your own is named by its path, for example ./mine.toml."
        )
    return _FOLDER / f"{name_or_path}.toml"


def read_table(path: Path) -> dict[str, Any]:
    """The TOML in `path` as plain values, not yet checked. Raises GuideError."""
    try:
        return read_toml(path, "guide", _listed())
    except TomlFileError as trouble:
        raise GuideError(str(trouble)) from None


def build(table: dict[str, Any]) -> Script:
    """A guide from a table that has been checked (`guides.check.complaints` found nothing)."""
    values: dict[str, Any] = {key: frozen(value) for key, value in table.items() if key != "steps"}
    return Script(**values, steps=tuple(Step(**pythonic(step)) for step in table["steps"]))


@cache
def _shipped(name: str) -> Script:
    return build(tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8")))


def _listed() -> str:
    return named_of((*names(), *own_names(KIND)))
