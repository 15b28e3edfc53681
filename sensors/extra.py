"""A package of an extra: imported, or refused in one sentence that tells what is missing and the mend."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

LONGEST = 160
"""Characters of what a package itself says."""


class ExtraError(ImportError):
    """What keeps a package from being used: one sentence."""


def imported(what: str, package: str, extra: str, module: str, needed: str = "") -> Any:
    """The module, for `what` needs it, and in it the name `needed`, where another package may be called so.

    Raises ExtraError.
    """
    absent = f"{what} needs the package {package}: pip install 'calando[{extra}]'."
    if find_spec(module.partition(".")[0]) is None:
        raise ExtraError(absent)
    try:
        found = import_module(module)
    except Exception as trouble:  # whatever comes of a damaged file
        raise ExtraError(unloadable(what, package, trouble)) from None
    if needed and not hasattr(found, needed):
        raise ExtraError(absent)
    return found


def unloadable(what: str, package: str, trouble: Exception | str) -> str:
    """The sentence about a package that is there and cannot be loaded, with what is missing."""
    return f"{what} needs {package}, which is installed and cannot be loaded: {why(package, trouble)}"


def why(package: str, trouble: Exception | str) -> str:
    """What is missing, in the words of whoever misses it, and the mend."""
    lines = [" ".join(line.split()) for line in str(trouble).splitlines()]
    said = next(filter(None, lines), type(trouble).__name__)[:LONGEST].rstrip(".")
    return f"{said}. If that names a library, install it; else {anew(package)[0].lower()}{anew(package)[1:]}"


def anew(package: str) -> str:
    """The mend of a package that is damaged."""
    return f"Install it anew with pip install --force-reinstall {package}."
