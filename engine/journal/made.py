"""Made: files that were made from a sitting, remembered so that they can go when it goes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from stat import S_ISREG
from typing import Any

from engine.journal import rows
from engine.journal.ending import now
from engine.journal.record import Head, Made
from engine.journal.schema import MADE
from engine.journal.store import Store, UnknownSessionError


def remember(store: Store, name: str, kind: str, path: Path) -> None:
    """Let the journal know that the file at `path` was made from a sitting; a sealed one need not be open.

    Raises UnknownSessionError, JournalError.
    """
    number, _ = store.named(name)
    found = digest(path)
    if found is not None:
        row = rows.made_row(Made(now(), kind, str(path.absolute()), found))
        with store.transaction():
            store.add(number, MADE, [rows.checked(MADE, row)])


def remember_in(folder: Path, name: str, kind: str, path: Path) -> None:
    """The same for the journal in `folder`; a sitting that was not kept is no error. Raises JournalError."""
    with Store(folder) as store, suppress(UnknownSessionError):
        remember(store, name, kind, path)


def digest(path: Path) -> str | None:
    """By what a file is known again; None where there is none, or a link, or what cannot be read."""
    try:
        if not S_ISREG(path.lstat().st_mode):
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return None


def of_sitting(store: Store, number: int) -> list[Made]:
    """What was made from a sitting, in the order in which it was."""
    return [rows.made_of(row) for _, row in store.rows(number, MADE)]


def standing(made: Iterable[Made]) -> tuple[list[Path], list[Path]]:
    """Files that are still what was made, and places where something else lies by now."""
    known: dict[str, set[str]] = {}
    for each in made:
        known.setdefault(each.path, set()).add(each.digest)
    still: list[Path] = []
    other: list[Path] = []
    for name, digests in known.items():
        path = Path(name)
        found = digest(path)
        if found in digests:
            still.append(path)
        elif found is not None:
            other.append(path)
    return still, other


def own_file(head: Head) -> Path | None:
    """The sound file the sitting was played into, if what lies there is still that sound by its length.

    For sittings of before their file was remembered with its digest. The path alone is no proof: another
    sitting may have been written over it, and an imported record may name any file.
    """
    if head.file is None:
        return None
    soundfile: Any = import_module("soundfile")
    try:
        if not S_ISREG(Path(head.file).lstat().st_mode):
            return None
        found = soundfile.info(head.file)
    except (soundfile.SoundFileError, OSError, ValueError):
        return None
    same = found.samplerate == head.rate_hz and abs(found.frames - head.frames) <= head.rate_hz
    return Path(head.file) if same else None
