"""Devices: who may use the console. A code is good once; of the token that it brings only a hash is kept."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

Role = Literal["therapist", "client", "display"]
"""Whose page it is: a display sees its room, a client may say less, more and too much, a therapist all."""

CODE_S = 600.0
"""A code that nobody has used for ten minutes is good for nothing (own choice)."""

CODE_LETTERS, CODE_LENGTH = "23456789bcdfghjkmnpqrstvwxz", 26
"""No letters that look alike, none that spell words; 26 of 27 letters are 123 bits."""

MOST_GUESSES, GUESSES_S = 10, 60.0
"""Wrong codes in a minute, from all sides together; then none is looked at until the minute is over."""

DEVICE_S = 90 * 86_400.0
"""A device that was paired so long ago is paired anew (own choice)."""

MOST_NAME = 40
"""Letters of a device's name."""


class PairingError(Exception):
    """A code that is not taken, in one sentence; `locked` where too many wrong ones were tried."""

    def __init__(self, words: str, *, locked: bool = False) -> None:
        super().__init__(words)
        self.locked = locked


@dataclass(frozen=True, slots=True)
class Device:
    """A browser or a script that was let in."""

    id: str
    name: str
    role: Role
    room: str | None
    """The only room it may see; None for all."""
    digest: str
    """SHA-256 of its token."""
    paired_at: float
    """Wall clock, seconds."""

    @property
    def source(self) -> str:
        """What the record calls it."""
        return f"console:{self.id}"


class Devices:
    """The devices in a file that only its owner may read; codes are kept in memory alone.

    Raises PermissionError where others may read the file.
    """

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._path, self._now = path, now
        self._codes: dict[str, tuple[Role, str | None, float]] = {}
        self._wrong: deque[float] = deque(maxlen=MOST_GUESSES)
        self._devices: dict[str, Device] = {}
        if path.exists():
            if path.stat().st_mode & 0o077:
                raise PermissionError(f"Others may read {path}; make it yours alone: chmod 600 {path}")
            self._devices = {each["id"]: Device(**each) for each in _read(path)}

    def invite(self, role: Role, room: str | None = None) -> str:
        """A new code for one device."""
        code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        self._codes[_digest(code)] = (role, room, self._now() + CODE_S)
        return code

    def pair(self, code: str, name: str) -> tuple[Device, str]:
        """The device that comes with `code`, and the token by which it is known. Raises PairingError."""
        now = self._now()
        while self._wrong and self._wrong[0] <= now - GUESSES_S:
            self._wrong.popleft()
        if len(self._wrong) >= MOST_GUESSES:
            raise PairingError("Too many wrong codes; wait a minute, then ask for a new one.", locked=True)
        role, room, until = self._codes.pop(_digest(code), (None, None, 0.0))
        if role is None or until < now:
            self._wrong.append(now)
            raise PairingError("That code is used up, too old or wrong; ask for a new one.")
        token = secrets.token_urlsafe(32)
        named = "".join(letter for letter in name if letter.isprintable())[:MOST_NAME].strip()
        device = Device(secrets.token_hex(4), named or "device", role, room, _digest(token), now)
        self._keep({**self._devices, device.id: device})
        return device, token

    def known(self, token: str) -> Device | None:
        """Whose token this is."""
        digest, now = _digest(token), self._now()
        for device in self._devices.values():
            if hmac.compare_digest(device.digest, digest) and device.paired_at + DEVICE_S > now:
                return device
        return None

    def all(self) -> list[Device]:
        """Every device, newest first, without its digest."""
        found = sorted(self._devices.values(), key=lambda device: -device.paired_at)
        return [replace(device, digest="") for device in found]

    def revoke(self, device_id: str) -> bool:
        """Let a device in no more; False where there is none."""
        if device_id not in self._devices:
            return False
        self._keep({key: device for key, device in self._devices.items() if key != device_id})
        return True

    def _keep(self, devices: dict[str, Device]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump([asdict(device) for device in devices.values()], file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        self._devices = devices


def _read(path: Path) -> list[dict[str, Any]]:
    """What the file holds; nothing where it is damaged, and every device is paired anew."""
    try:
        return list(json.loads(path.read_text()))
    except ValueError:
        return []


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
