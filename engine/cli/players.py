"""Who else plays on this computer: a second player on the same sound device or journal is told of the first.

Each leaves a lock in the user's runtime folder, whose name holds its process and, as digests, its sound
device and its journal. A lock dies with its process, so nobody is told of one that is gone.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.journal.running import Running
from engine.runtime import RuntimeFolderError, runtime_folder

if TYPE_CHECKING:
    from engine.player import Output

_NONE = "0" * 12
"""In place of the digest of a device, or of a journal: there is none."""


@dataclass(frozen=True, slots=True)
class Player:
    """A process that plays, and digests of where it plays and where it keeps its sittings."""

    process: int
    device: str
    journal: str

    @classmethod
    def here(cls, device: str | None, journal: Path | None) -> Player:
        """This process, on the device of that name (None for a file, or nowhere), into that journal (None
        where nothing is kept)."""
        kept = None if journal is None else str(journal.resolve())
        return cls(os.getpid(), *(_NONE if each is None else _digest(each) for each in (device, kept)))

    @property
    def name(self) -> str:
        return f"{self.process}-{self.device}-{self.journal}"


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode(errors="surrogateescape")).hexdigest()[: len(_NONE)]


@contextmanager
def announced(output: Output, journal: Path | None, say: Callable[[str], None]) -> Generator[None]:
    """Play within the block; `say` is told of another player on the same device or journal."""
    from engine.player import DeviceOutput

    device = output.words if isinstance(output, DeviceOutput) else None
    try:
        folder = runtime_folder()
    except RuntimeFolderError:
        yield
        return
    with among(Player.here(device, journal), folder) as said:
        if said:
            say(said)
        yield


@contextmanager
def among(player: Player, folder: Path) -> Generator[str]:
    """Lay this player's lock for the block; yields a sentence about another of the same, or nothing.

    A folder that cannot be had keeps nobody from playing.
    """
    lock: Running | None = None
    said = ""
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        said = _told(player, _others(folder))
        lock = Running(folder, player.name)
    try:
        yield said
    finally:
        if lock is not None:
            with suppress(OSError):
                lock.let_go()


def _others(folder: Path) -> list[Player]:
    """Who plays now; what dead ones left is cleared away."""
    found: list[Player] = []
    for file in sorted(folder.glob(".*.running")):
        name = file.name.removeprefix(".").removesuffix(".running")
        process, *digests = name.split("-")
        if not process.isdecimal() or len(digests) != 2:
            continue
        try:
            Running(folder, name).let_go()
        except OSError:  # it is held
            found.append(Player(int(process), *digests))
    return found


def _told(player: Player, others: list[Player]) -> str:
    for other in others:
        same = [
            what
            for what, is_same in (
                ("on the same sound device", other.device == player.device != _NONE),
                ("into the same journal", other.journal == player.journal != _NONE),
            )
            if is_same
        ]
        if same:
            return f"Another Calando (process {other.process}) is playing {' and '.join(same)}; both go on."
    return ""
