"""Why Bluetooth cannot be used, in words: what is wrong and the mend."""

from __future__ import annotations

from dataclasses import dataclass

from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakDBusError,
)
from bleak.exc import (
    BleakBluetoothNotAvailableReason as Reason,
)


class BluetoothSilentError(Exception):
    """The system's Bluetooth did not answer in the time it was given."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One plain sentence each: what is wrong, and what to do about it."""

    words: str
    mend: str

    def __str__(self) -> str:
        return f"{self.words} {self.mend}"


NOT_PERMITTED = Trouble(
    "This account is not permitted to use Bluetooth.",
    "Allow it in the system's privacy settings, or add the account to the group `bluetooth`.",
)
NO_BUS = Trouble(
    "The system's message bus (D-Bus) cannot be reached, and Bluetooth with it.",
    "Start it with `sudo systemctl start dbus bluetooth`; in a container, share the host's bus.",
)
NO_SERVICE = Trouble(
    "The Bluetooth service is not running.", "Start it with `sudo systemctl start bluetooth`."
)
SILENT = Trouble("Bluetooth does not answer.", "Restart it with `sudo systemctl restart bluetooth`.")
UNKNOWN = Trouble(
    "Bluetooth is not available, and the system does not say why.", "Switch Bluetooth off and on again."
)

NO_ADAPTER = Trouble(
    "This computer has no Bluetooth adapter.", "Plug one in, or switch it on in the computer's firmware."
)

_BY_REASON: dict[Reason, Trouble] = {
    Reason.NO_BLUETOOTH: NO_ADAPTER,
    Reason.NO_BLE_CENTRAL_ROLE: Trouble(
        "The Bluetooth adapter cannot talk to straps.", "Use an adapter with Bluetooth 4.0 or later."
    ),
    Reason.POWERED_OFF: Trouble(
        "Bluetooth is switched off.", "Switch it on in the settings, or with `bluetoothctl power on`."
    ),
    Reason.DENIED_BY_USER: NOT_PERMITTED,
    Reason.DENIED_BY_SYSTEM: NOT_PERMITTED,
    Reason.DENIED_BY_UNKNOWN: NOT_PERMITTED,
}

_BY_DBUS_ERROR: dict[str, Trouble] = {
    "org.freedesktop.DBus.Error.ServiceUnknown": NO_SERVICE,
    "org.freedesktop.DBus.Error.NameHasNoOwner": NO_SERVICE,
    "org.freedesktop.DBus.Error.Spawn.ServiceNotFound": NO_SERVICE,
    "org.freedesktop.DBus.Error.AccessDenied": NOT_PERMITTED,
    "org.bluez.Error.NotReady": _BY_REASON[Reason.POWERED_OFF],
    "org.freedesktop.DBus.Error.NoReply": SILENT,
}


def trouble_of(error: BaseException) -> Trouble | None:
    """What `error` says about this computer's Bluetooth; None where it is about the strap."""
    match error:
        case BleakBluetoothNotAvailableError():
            return _BY_REASON.get(error.reason, UNKNOWN)
        case BleakDBusError():
            return _BY_DBUS_ERROR.get(error.dbus_error)
        case PermissionError():
            return NOT_PERMITTED
        case BluetoothSilentError():
            return SILENT
        case FileNotFoundError() | ConnectionError() | EOFError():
            return NO_BUS
        case _:
            return None
