"""Rooms: those that are open on this computer, followed while somebody looks, and new ones begun.

A sitting is a child in a session of its own, so whatever becomes of the console, its music plays on. What it
says goes into a file beside its socket, where the reason stands if it does not begin.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from engine.console.devices import Devices
from engine.console.following import Following
from engine.console.messages import Beginning
from engine.console.stream import Viewer
from engine.door.relay import sensor_in
from engine.door.rooms import open_rooms
from engine.runtime import runtime_folder

ARRIVE_S = 3.0
"""How long a room may take to let us in."""

BEGIN_S = 600.0
"""How long a sitting may take to begin: on a new machine the sound is compiled first (own choice)."""


class NotBegunError(Exception):
    """A sitting that could not begin; the message is one sentence."""


class NoRoomError(Exception):
    """A room that is not open."""


class Rooms:
    """All rooms of this user on this computer.

    devices   whom a sitting that begins lets in, and shows out
    command   what begins a sitting, options added: `calando play`
    options   for every sitting that is begun here: where it is heard, where it is kept
    """

    def __init__(self, devices: Devices, command: Sequence[str], options: Sequence[str] = ()) -> None:
        self.devices = devices
        self._command, self._options = command, options
        self._followed: dict[str, Following] = {}
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._beginning: dict[str, str] = {}  # under which key, while it is waited for

    async def now(self) -> list[Following]:
        """Every open room, followed from now on."""
        self._reap()
        names = await asyncio.to_thread(open_rooms)
        for name in set(self._followed) - set(names):
            if not self._followed[name].viewers:
                self._followed.pop(name).close()
        found = [self._following(name) for name in names]
        await asyncio.gather(*(each.arrived(ARRIVE_S) for each in found))
        return found

    async def room(self, name: str) -> Following:
        """The room of that name. Raises NoRoomError."""
        following = self._followed.get(name)
        if following is None:
            if name not in await asyncio.to_thread(open_rooms):
                raise NoRoomError(name)
            following = self._following(name)
        if not await following.arrived(ARRIVE_S):
            raise NoRoomError(name)
        return following

    async def begin(self, beginning: Beginning, key: str) -> Following:
        """Start a sitting and wait until it plays; one that was started under this key already, by a server
        that died meanwhile too, is only waited for. Raises NotBegunError."""
        room = beginning.room
        if self._beginning.setdefault(room, key) != key:
            raise NotBegunError(f"Somebody begins a sitting in the room {room} just now; name another room.")
        try:
            return await self._begun(beginning, key)
        finally:
            self._beginning.pop(room, None)

    async def _begun(self, beginning: Beginning, key: str) -> Following:
        room = beginning.room
        said, begun = _said(room), _begun_under(room)
        if begun is None or begun[0] != key:
            if room in await asyncio.to_thread(open_rooms):
                raise NotBegunError(f"The room {room} plays already; end that sitting, or name another room.")
            with os.fdopen(os.open(said, _ANEW, 0o600), "wb") as told:
                child = self._children[room] = subprocess.Popen(
                    [*self._command, *options_of(beginning), *self._options],
                    stdin=subprocess.DEVNULL, stdout=told, stderr=told, start_new_session=True,
                )  # fmt: skip
            begun = key, child.pid
            with os.fdopen(os.open(_key(room), _ANEW, 0o600), "w") as kept:
                kept.write(f"{key} {child.pid}")
        for _ in range(int(BEGIN_S / 0.1)):
            if not self._lives(room, begun[1]):
                raise NotBegunError(_last_words(said))
            if room in await asyncio.to_thread(open_rooms):
                following = self._following(room)
                if await following.arrived(ARRIVE_S) and following.sitting is not None:
                    return following
            await asyncio.sleep(0.1)
        os.kill(begun[1], signal.SIGTERM)
        raise NotBegunError("The sitting does not begin; calando doctor tells what is missing.")

    def said(self, room: str) -> str | None:
        """What the newest sitting that was begun here in that room said last; None where there is none."""
        begun = _begun_under(room)
        if begun is None or not self._lives(room, begun[1]):
            return None
        return _last_words(_said(room), "")

    @property
    def viewers(self) -> int:
        """How many look on, in all rooms."""
        return sum(len(each.viewers) for each in self._followed.values())

    def viewers_of(self, device: str) -> list[Viewer]:
        """The open pages of one device."""
        return [
            viewer for each in self._followed.values() for viewer in each.viewers if viewer.device == device
        ]

    def close(self) -> None:
        """Follow nothing any longer; the sittings play on."""
        for following in self._followed.values():
            for viewer in list(following.viewers):
                viewer.leave()
            following.close()

    def _following(self, name: str) -> Following:
        if name not in self._followed:
            self._followed[name] = Following(name, self.devices)
        return self._followed[name]

    def _lives(self, room: str, pid: int) -> bool:
        """Whether the sitting's process is there; one that another server began is nobody's child here."""
        child = self._children.get(room)
        if child is not None and child.pid == pid:
            return child.poll() is None
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True

    def _reap(self) -> None:
        self._children = {room: child for room, child in self._children.items() if child.poll() is None}


def options_of(beginning: Beginning) -> list[str]:
    """What is asked for as options of `calando play`; a text that begins with a dash stays a text."""
    given: dict[str, object] = {
        "room": beginning.room, "hand": "therapist", "client": beginning.client, "profile": beginning.profile,
        "sensor": sensor_in(beginning.room, beginning.sensor), "target": beginning.target,
        "trim": beginning.trim_db or None,
        "goal": beginning.goal, "guide": beginning.guide,
        "duration": None if beginning.minutes is None else f"{beginning.minutes * 60.0:g}s",
    }  # fmt: skip
    options = [f"--{name}={value}" for name, value in given.items() if value is not None]
    options += [f"--without={group}" for group in beginning.without]
    if not beginning.record:
        options.append("--no-record")
    if beginning.consent is not None:
        options.append("--consent" if beginning.consent else "--no-consent")
    return options


_ANEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def _said(room: str) -> Path:
    return runtime_folder() / f"{room}.said"


def _key(room: str) -> Path:
    return runtime_folder() / f"{room}.begun"


def _begun_under(room: str) -> tuple[str, int] | None:
    """Under which key the newest sitting was begun in that room by a console, and its process."""
    try:
        key, _, pid = _key(room).read_text().partition(" ")
        return key, int(pid)
    except (FileNotFoundError, ValueError):
        return None


def _last_words(said: Path, nothing: str = "The sitting ended before it began, without a word.") -> str:
    lines = [line.strip() for line in said.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1][:500] if lines else nothing
