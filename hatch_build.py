"""How a wheel is built: under one name, and where it is asked for with machine code inside.

In the checkout `engine`, `sensors`, `dsp`, `profiles` and `guides` lie beside `calando`; an installed wheel
gains the one name `calando`, below which they lie. So every import of them is written anew while a wheel is
built. An editable installation is left as it is.

    CALANDO_LEVELS=x86-64-v2,x86-64-v3,x86-64-v4    names of dsp.levels, all of one architecture

makes a wheel for Linux that carries machine code for those processors and needs no compiler (`make wheel`).
Without it the wheel is for every system and needs Numba.

A release is a tag: at a commit with a tag `v1.2.3` nothing is built of another version.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOMS = ("engine", "sensors", "dsp", "profiles", "guides")
_ANY = "|".join(ROOMS)
_FROM = re.compile(rf"\bfrom ((?:{_ANY})(?:\.\w+)*) import\b")
_IMPORT = re.compile(rf"^(\s*)import ((?:{_ANY})\.\w+(?:\.\w+)*) as\b", re.MULTILINE)
_NAMED = re.compile(rf"([\"'])((?:{_ANY})(?:\.\w+)+)\1")
_BARE = re.compile(rf"^\s*import (?:{_ANY})\b(?!\S* as)", re.MULTILINE)
LEVELS = "CALANDO_LEVELS"
GLIBC = "manylinux_2_17"
"""The machine code needs memcpy, memmove and memset and nothing else of a C library."""


class WheelHook(BuildHookInterface):  # pyright: ignore[reportMissingTypeArgument]
    """Puts the packages in their place and adds what the platform asks for."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        return [*self._compiler(), "numpy>=2.0", "platformdirs>=4"] if os.environ.get(LEVELS) else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        names = [name.strip() for name in os.environ.get(LEVELS, "").split(",") if name.strip()]
        if version == "editable" or not names:
            build_data["dependencies"] += self._compiler()
        if version == "editable":
            return
        if complaint := misnamed(Path(self.root), self.metadata.version):
            raise ValueError(complaint)
        self._built = TemporaryDirectory()  # until the hook is forgotten, when the wheel is whole
        place = Path(self._built.name) / "calando"
        under_one_name(Path(self.root), place)
        if names:
            build_data["tag"] = f"py3-none-{GLIBC}_{carry(Path(self.root), place / 'dsp' / 'ready', names)}"
            build_data["pure_python"] = False
        build_data["force_include"][str(place)] = "calando"

    def _compiler(self) -> list[str]:
        return list(self.metadata.core.optional_dependencies["compiler"])


def misnamed(root: Path, version: str) -> str | None:
    """What is wrong with building `version` from the commit checked out at `root`; None if all is well.

    A folder without history, as from an archive of the sources, has no tags to be measured by.
    """
    try:
        asked = ["git", "-C", str(root), "tag", "--points-at", "HEAD", "--list", "v[0-9]*"]
        tags = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
    except (OSError, subprocess.CalledProcessError):
        return None
    if not tags or f"v{version}" in tags:
        return None
    return f"this commit is tagged {tags[0]}, but engine/version.py says {version}: make them the same."


def under_one_name(root: Path, place: Path) -> None:
    """Copy the packages of the checkout to `place`, the package `calando`, and write their imports anew."""
    unseen = shutil.ignore_patterns("__pycache__", "*.pyc", "ready")
    shutil.copytree(root / "calando", place, ignore=unseen)
    for room in ROOMS:
        shutil.copytree(root / room, place / room, ignore=unseen)
    for path in place.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if bare := _BARE.search(text):
            raise ValueError(f"{path.relative_to(place)}: '{bare[0].strip()}' needs a name after `as`.")
        text = _FROM.sub(r"from calando.\1 import", text)
        text = _IMPORT.sub(r"\1import calando.\2 as", text)
        path.write_text(_NAMED.sub(r"\1calando.\2\1", text), encoding="utf-8")


def carry(root: Path, ready: Path, names: Sequence[str]) -> str:
    """Fill `ready` (dsp.carried) with machine code for those levels; returns their architecture.

    Raises ValueError for a level that there is not, or for levels of two architectures.
    """
    sys.path.insert(0, str(root))
    from dsp import carried, compiler, linker, machine
    from dsp.levels import LEVELS as KNOWN
    from dsp.sound import first_state

    known = {level.name: level for level in KNOWN}
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"there is no level '{unknown[0]}'; there are {', '.join(known)}.")
    chosen = [known[name] for name in names]
    kinds = {level.architecture for level in chosen}
    if len(kinds) > 1:
        raise ValueError(f"a wheel is for one architecture, not for {' and '.join(sorted(kinds))}.")
    ready.mkdir()
    for level in chosen:
        code = compiler.object_code(machine.neutral_ir(), level, level.triple)
        library = linker.linked(code, linker.linker_for(level), ready)
        if library is None:
            raise OSError(f"{linker.linker_for(level)[0]} could not link for {level.name}; is it installed?")
        (ready / carried.library_name(level)).write_bytes(library)
    for rate_hz in carried.RATES_HZ:
        image = machine.state_image(first_state(rate_hz))
        (ready / carried.state_name(rate_hz)).write_bytes(zlib.compress(image, 9))
    (ready / carried.DIGEST).write_text(machine.digest())
    return chosen[0].architecture
