"""Why a strap refuses, in words: one sentence for what it does and one for the mend.

Names and texts of errors are those of BlueZ 5.66 (doc/org.bluez.GattCharacteristic.rst, src/gatt-client.c)
and of the Attribute Protocol (Bluetooth Core 5.2, volume 3, part F, table 3.4).
"""

from __future__ import annotations

import re

from bleak.exc import BleakDBusError, BleakError, BleakGATTProtocolError

from sensors.bluetooth import Trouble
from sensors.plain_text import plain
from sensors.scan import Sighting

_WEAR = "Take it off for half a minute, so that it switches off, and put it on again."

PAIR = Trouble(
    "{label} wants to be paired with this computer first.",
    "Pair it once in the computer's Bluetooth settings, or with `bluetoothctl pair {address}`.",
)
BUSY = Trouble(
    "{label} is held by another program, which does not share it.", "Close other apps that listen to it."
)
FULL = Trouble(
    "{label} has no room for another listener.", "Close other apps and watches that are connected to it."
)
GIVES_NONE = Trouble(
    "{label} has a heart rate, as it says, but does not send it.",
    f"{_WEAR} If it stays so, use another strap.",
)
GONE = Trouble("{label} let go of the connection while it was asked.", "Keep it on and come nearer.")
SILENT = Trouble("{label} does not answer when it is asked for its heart rate.", _WEAR)
NO_HEART_RATE = Trouble(
    "{label} is no heart rate strap: it has no Heart Rate Service.",
    "Use a strap with the Bluetooth Heart Rate Service.",
)
OTHER = Trouble("{label} refuses to send its heart rate ({detail}).", _WEAR)

_BY_DBUS_ERROR: dict[str, Trouble] = {
    "org.bluez.Error.NotAuthorized": PAIR,
    "org.bluez.Error.AuthenticationFailed": PAIR,
    "org.bluez.Error.AuthenticationCanceled": PAIR,
    "org.bluez.Error.AuthenticationRejected": PAIR,
    "org.bluez.Error.AuthenticationTimeout": PAIR,
    "org.bluez.Error.InProgress": BUSY,
    "org.bluez.Error.NotSupported": GIVES_NONE,
    "org.bluez.Error.NotConnected": GONE,
    "org.bluez.Error.DoesNotExist": GONE,
    "org.freedesktop.DBus.Error.UnknownObject": GONE,
    "org.freedesktop.DBus.Error.UnknownMethod": GONE,
    "org.freedesktop.DBus.Error.Timeout": SILENT,
}

_BY_WORDS: tuple[tuple[str, Trouble], ...] = (
    ("not paired", PAIR),
    ("not permitted", GIVES_NONE),
    ("not connected", GONE),
    ("disconnected", GONE),
)
"""Parts of what the error says, where its name alone says too little."""

_BY_ATT_CODE: dict[int, Trouble] = {
    **dict.fromkeys((0x05, 0x08, 0x0C, 0x0F), PAIR),
    **dict.fromkeys((0x02, 0x03, 0x06, 0xFC, 0xFD), GIVES_NONE),
    **dict.fromkeys((0x09, 0x11), FULL),
    0xFE: BUSY,
}


_FREE_IT = "Come nearer, and close other apps and watches that may hold it."
NOT_CONNECTED = Trouble("{label} cannot be connected to ({detail}).", _FREE_IT)
NO_ANSWER = Trouble("{label} does not answer.", _FREE_IT)


class RefusedError(Exception):
    """The strap does not give what it is asked for."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


def refusal_of(error: BaseException, strap: Sighting) -> Trouble:
    """What `error`, raised when `strap` was asked for its heart rate, says about the strap."""
    if isinstance(error, RefusedError):
        return error.trouble
    said = str(error)
    found = SILENT if isinstance(error, TimeoutError) else None
    if isinstance(error, BleakGATTProtocolError):
        said, found = f"error 0x{int(error.code):02x}", _BY_ATT_CODE.get(int(error.code))
    elif isinstance(error, BleakDBusError):
        said = error.dbus_error_details or error.dbus_error.rpartition(".")[2]
        code = re.search(r"ATT error: 0x([0-9a-fA-F]{2})", said)
        found = _BY_ATT_CODE.get(int(code[1], 16)) if code else _BY_DBUS_ERROR.get(error.dbus_error)
    if found is None and isinstance(error, BleakError):
        found = next((trouble for part, trouble in _BY_WORDS if part in said.casefold()), None)
    return about(found or OTHER, strap, plain(said) or type(error).__name__)


def connection_refusal(error: BaseException, strap: Sighting) -> Trouble:
    """What `error`, raised while connecting to `strap`, says about it."""
    if isinstance(error, TimeoutError):
        return about(NO_ANSWER, strap)
    said = error.dbus_error_details if isinstance(error, BleakDBusError) else str(error)
    if isinstance(error, BleakDBusError) and _BY_DBUS_ERROR.get(error.dbus_error) is PAIR:
        return about(PAIR, strap)
    return about(NOT_CONNECTED, strap, plain(said or "") or type(error).__name__)


def about(trouble: Trouble, strap: Sighting, detail: str = "") -> Trouble:
    """One of the troubles above, told of this strap."""
    words = {"label": strap.label, "address": strap.address, "detail": detail}
    return Trouble(trouble.words.format_map(words), trouble.mend.format_map(words))
