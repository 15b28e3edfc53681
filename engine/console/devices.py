"""Devices: who may use the console. A code is good once; of the token that it brings only a hash is kept."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from engine.console import kept

Role = Literal["therapist", "client", "display"]
"""Whose page it is: a display sees its room, a client may say less, more and too much, a therapist all."""

CODE_S = 600.0
"""A code that nobody has used for ten minutes is good for nothing (own choice)."""

CODE_LETTERS, CODE_LENGTH, TYPED_LENGTH = "23456789bcdfghjkmnpqrstvwxz", 27, 8
"""No letters that look alike, none that spell words; 27 of 27 letters are 128 bits, 8 are 38."""

MOST_GUESSES, MOST_GUESSES_OF_ALL, GUESSES_S = 10, 100, 60.0
"""Wrong codes in a minute from one address, and from all; then none is looked at until the minute is over. In
ten minutes 1,000 of 282,000 million can be tried, and who guesses from one address shuts out nobody else."""

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
class Code:
    """An invitation for one device, in two spellings; whichever is given in first uses up both."""

    whole: str
    """To be carried by an address."""
    typed: str
    """To be typed; in capitals, with dashes and blanks too."""


@dataclass(frozen=True, slots=True, eq=False)
class _Promise:
    """Who may come by a code, and until when."""

    role: Role
    room: str | None
    until: float


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
    sitting: str | None = None
    """Of a listener's device: the sitting that it was let in for; None until one begins."""

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
        self._promises: dict[str, _Promise] = {}
        self._wrong: list[tuple[float, str]] = []
        content = kept.read(path)
        self._devices = {} if content is None else _devices_of(content)

    def invite(self, role: Role, room: str | None = None) -> Code:
        """A new code for one device."""
        now = self._now()
        self._promises = {key: each for key, each in self._promises.items() if each.until > now}
        code = Code(_letters(CODE_LENGTH), _letters(TYPED_LENGTH))
        promise = _Promise(role, room, now + CODE_S)
        self._promises |= dict.fromkeys((_digest(code.whole), _digest(code.typed)), promise)
        return code

    def pair(self, code: str, name: str, address: str = "") -> tuple[Device, str]:
        """The device that comes with `code` from `address`, and the token by which it is known.

        Raises PairingError.
        """
        now = self._now()
        self._wrong = [(at, of) for at, of in self._wrong if at > now - GUESSES_S]
        of_one = sum(of == address for _, of in self._wrong)
        if of_one >= MOST_GUESSES or len(self._wrong) >= MOST_GUESSES_OF_ALL:
            raise PairingError("Too many wrong codes; wait a minute, then ask for a new one.", locked=True)
        promise = self._promises.get(_digest("".join(filter(str.isalnum, code)).lower()))
        if promise is None or promise.until < now:
            self._wrong.append((now, address))
            raise PairingError("That code is used up, too old or wrong; ask for a new one.")
        self._promises = {key: each for key, each in self._promises.items() if each is not promise}
        token = secrets.token_urlsafe(32)
        named = "".join(letter for letter in name if letter.isprintable())[:MOST_NAME].strip()
        device = Device(
            secrets.token_hex(4), named or "device", promise.role, promise.room, _digest(token), now
        )  # fmt: skip
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

    def begun(self, room: str, sitting: str) -> set[str]:
        """A sitting plays in that room: listeners' devices that wait there are let in for it, and those of
        an earlier sitting are shown out. Returns the ids of these, for the next listener is another."""
        there = [
            each for each in self._devices.values()
            if each.role == "client" and each.room in (None, room) and each.sitting != sitting
        ]  # fmt: skip
        out = {each.id for each in there if each.sitting is not None}
        waiting = {each.id: replace(each, sitting=sitting) for each in there if each.sitting is None}
        if there:
            left = {key: device for key, device in self._devices.items() if key not in out}
            self._keep(left | waiting)
        return out

    def lets_in(self, device_id: str) -> bool:
        """Whether that device is still let in."""
        return device_id in self._devices

    def revoke(self, device_id: str) -> bool:
        """Let a device in no more; False where there is none."""
        if device_id not in self._devices:
            return False
        self._keep({key: device for key, device in self._devices.items() if key != device_id})
        return True

    def _keep(self, devices: dict[str, Device]) -> None:
        kept.write(self._path, json.dumps([asdict(device) for device in devices.values()]).encode())
        self._devices = devices


def _devices_of(content: bytes) -> dict[str, Device]:
    """What the file holds; nothing where it is damaged, and every device is paired anew."""
    try:
        return {each["id"]: Device(**each) for each in json.loads(content)}
    except (ValueError, TypeError, KeyError):
        return {}


def _letters(number: int) -> str:
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(number))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
