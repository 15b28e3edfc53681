"""The `calando` command as a benchmark starts it: alone, its folders in a place of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
INSTALLED = Path(sys.executable).with_name("calando")
RUN_MAIN = "from engine.cli.main import main; main()"
COMMAND = [str(INSTALLED)] if INSTALLED.exists() else [sys.executable, "-c", RUN_MAIN]


def environment(folder: Path, also: dict[str, str] | None = None) -> dict[str, str]:
    """An environment whose cache, data and settings lie under `folder`; an empty one means a cold start."""
    names = ("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "CALANDO_CACHE")
    places = {name: str(folder / name.lower()) for name in names}
    return os.environ | (also or {}) | places | {"PYTHONPATH": str(REPOSITORY)}
