"""Counters: the only thing that a kiosk writes down: visits, minutes and faults, in one small file.

Every write is a new file beside it, on disk before it takes the old one's place, so that whoever pulls the
plug finds one or the other, whole. What is damaged all the same counts from nothing.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "counters.json"


@dataclass(frozen=True, slots=True)
class Counters:
    """Since the file was made. `changed` is how often it was written."""

    visits: int = 0
    visit_s: float = 0.0
    faults: int = 0
    changed: int = 0


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` in place of what the file holds, all or nothing. Raises OSError."""
    beside = path.with_name(f".{path.name}.new")
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        left = memoryview(content)
        while left:
            left = left[os.write(file, left) :]
        os.fsync(file)
    finally:
        os.close(file)
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_counters(folder: Path) -> Counters:
    """What was counted; from nothing where there is no file, or a damaged one."""
    try:
        values = json.loads((folder / FILE).read_bytes())
        return Counters(
            int(values["visits"]), float(values["visit_s"]), int(values["faults"]), int(values["changed"])
        )
    except (OSError, ValueError, TypeError, KeyError, OverflowError):
        return Counters()


def write_counters(folder: Path, counters: Counters) -> bool:
    """Keep them; False where the disk takes nothing, which is no reason to be silent."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(folder / FILE, json.dumps(asdict(counters)).encode() + b"\n")
        return True
    return False
