"""The linker: a shared library of an object file, by the system's own tools."""

from __future__ import annotations

import platform
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from dsp.levels import Level, architecture


def linker() -> list[str] | None:
    """The command with which this system makes a shared library of an object, or None where it has none."""
    names, flag = {"Linux": (("ld", "cc"), "-shared"), "Darwin": (("cc",), "-dynamiclib")}.get(
        platform.system(), ((), "")
    )
    found = next(filter(None, map(shutil.which, names)), None)
    return None if found is None else [found, flag]


def linker_for(level: Level) -> list[str]:
    """The command that links for a level of processors under Linux, on this machine or for another."""
    own = level.architecture == architecture()
    return ["ld" if own else f"{level.architecture}-linux-gnu-ld", "-shared"]


def linked(object_code: bytes, command: Sequence[str], folder: Path) -> bytes | None:
    """The shared library that a linker makes of the object, within a folder; None where it fails."""
    try:
        with tempfile.TemporaryDirectory(dir=folder) as apart:
            source, library = Path(apart) / "sound.o", Path(apart) / "sound.so"
            source.write_bytes(object_code)
            whole = [*command, "-o", str(library), str(source)]
            done = subprocess.run(whole, capture_output=True, check=False)
            return library.read_bytes() if done.returncode == 0 else None
    except OSError:
        return None
