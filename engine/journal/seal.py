"""Seal: what could identify a person, encrypted under a passphrase.

The passphrase gives two keys (scrypt, RFC 7914). With the one, AES-SIV (RFC 5297), whoever knows the
passphrase writes and reads. The other is a pair on Curve25519 (RFC 7748) whose public half lies open in
the journal: so a sitting that is played where nobody gives the passphrase is kept sealed all the same.

Ids, times, hearts, breaths and what was played are not sealed: they name nobody.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import unicodedata
from dataclasses import dataclass
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from engine.journal.trouble import DamagedSealError, ShutError, UnreadableError, WrongPassphraseError

COST, BLOCK, LANES = 2**15, 8, 3
"""scrypt's N, r and p: 32 MB and a fifth of a second or so (OWASP Password Storage Cheat Sheet)."""

_COSTS = [2**power for power in range(10, 21)]

_SIV_BYTES, _CURVE_BYTES, _SALT_BYTES, _NONCE_BYTES = 64, 32, 16, 16
_OWN, _POSTED = "s:", "p:"
POSTED = (_POSTED, chr(ord(_POSTED[0])) + chr(ord(_POSTED[1]) + 1))
"""From and before what every value lies, in order of text, that was sealed without the passphrase."""


class Seal(Protocol):
    """Seals a column's values. NULL stays NULL."""

    def seal(self, column: str, value: Any) -> str | None: ...

    def open(self, column: str, token: str | None) -> Any:
        """Raises ShutError where this cannot open anything, UnreadableError for what it did not seal."""
        ...


@dataclass(frozen=True, slots=True)
class Lock:
    """What lies open in the journal: how the keys come from the passphrase, and the public one."""

    salt: bytes
    cost: int
    block: int
    lanes: int
    public: bytes

    def __post_init__(self) -> None:
        """Raises DamagedSealError for what no journal is sealed with; it decides how much memory is taken."""
        found: tuple[Any, ...] = (self.salt, self.public, self.cost, self.block, self.lanes)
        kinds = (bytes, bytes, int, int, int)
        if not (
            all(isinstance(each, kind) for each, kind in zip(found, kinds, strict=True))
            and len(self.public) == _CURVE_BYTES
            and self.cost in _COSTS
            and 1 <= self.block <= 4 * BLOCK
            and 1 <= self.lanes <= 8 * LANES
        ):
            raise DamagedSealError

    def slot(self) -> Seal:
        """Takes in values without the passphrase."""
        return _Slot(self.public)

    def key(self, passphrase: str) -> Seal:
        """Seals and opens. Raises WrongPassphraseError."""
        key = _Key(*_derived(passphrase, self.salt, self.cost, self.block, self.lanes))
        if key.public != self.public:
            raise WrongPassphraseError
        return key


def new_lock(passphrase: str) -> tuple[Lock, Seal]:
    """A lock that `passphrase` opens, and the key to it."""
    salt = os.urandom(_SALT_BYTES)
    key = _Key(*_derived(passphrase, salt, COST, BLOCK, LANES))
    return Lock(salt, COST, BLOCK, LANES, key.public), key


class _Slot:
    def __init__(self, public: bytes) -> None:
        self._public = public

    def seal(self, column: str, value: Any) -> str | None:
        if value is None:
            return None
        own = X25519PrivateKey.generate()
        sender = own.public_key().public_bytes_raw()
        secret = own.exchange(X25519PublicKey.from_public_bytes(self._public))
        once = _once(secret, sender + self._public)
        return _POSTED + _text(sender + once.encrypt(_bytes(value), [column.encode()]))

    def open(self, column: str, token: str | None) -> Any:
        del column
        if token is not None:
            raise ShutError


class _Key:
    def __init__(self, siv: bytes, curve: bytes) -> None:
        self._siv = AESSIV(siv)
        self._curve = X25519PrivateKey.from_private_bytes(curve)
        self.public = self._curve.public_key().public_bytes_raw()

    def seal(self, column: str, value: Any) -> str | None:
        """The same client gives the same token, so that a client's sittings are found; nothing else does."""
        if value is None:
            return None
        nonce = b"" if column == "client" else os.urandom(_NONCE_BYTES)
        return _OWN + _text(nonce + self._siv.encrypt(_bytes(value), [column.encode(), nonce]))

    def open(self, column: str, token: str | None) -> Any:
        if token is None:
            return None
        try:
            if not isinstance(token, str):  # pyright: ignore[reportUnnecessaryIsInstance] — a damaged file's
                raise UnreadableError
            kind, sealed = token[:2], base64.b64decode(token[2:], validate=True)
            if kind == _OWN:
                cut = 0 if column == "client" else _NONCE_BYTES
                return json.loads(self._siv.decrypt(sealed[cut:], [column.encode(), sealed[:cut]]))
            if kind == _POSTED:
                sender = sealed[:_CURVE_BYTES]
                secret = self._curve.exchange(X25519PublicKey.from_public_bytes(sender))
                once = _once(secret, sender + self.public)
                return json.loads(once.decrypt(sealed[_CURVE_BYTES:], [column.encode()]))
        except (ValueError, TypeError, InvalidTag):
            pass
        raise UnreadableError


def _derived(passphrase: str, salt: bytes, cost: int, block: int, lanes: int) -> tuple[bytes, bytes]:
    # The same letters may be typed as different code points on another keyboard.
    typed = unicodedata.normalize("NFC", passphrase).encode()
    room = 128 * block * (cost + lanes + 2)
    length = _SIV_BYTES + _CURVE_BYTES
    key = hashlib.scrypt(typed, salt=salt, n=cost, r=block, p=lanes, maxmem=room, dklen=length)
    return key[:_SIV_BYTES], key[_SIV_BYTES:]


def _once(secret: bytes, context: bytes) -> AESSIV:
    """The key of a single posted value."""
    return AESSIV(HKDF(SHA256(), _SIV_BYTES, None, b"calando journal" + context).derive(secret))


def _bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


def _text(sealed: bytes) -> str:
    return base64.b64encode(sealed).decode()
