"""A strap for the stand-in BlueZ: its D-Bus objects, its radio link and its ways to misbehave."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dbus_fast import Variant

if TYPE_CHECKING:
    from tests.sensors.fake_bluez import FakeBlueZ

DEVICE = "org.bluez.Device1"
SERVICE, CHARACTERISTIC = "org.bluez.GattService1", "org.bluez.GattCharacteristic1"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"

OTHER_PROGRAM = ":1.999"
"""The D-Bus name of a program that is not under test."""

ABORT = ("org.bluez.Error.Failed", "le-connection-abort-by-local")


def uuid16(number: int) -> str:
    return f"0000{number:04x}-0000-1000-8000-00805f9b34fb"


HEART_RATE, HEART_RATE_MEASUREMENT = uuid16(0x180D), uuid16(0x2A37)


class BlueZError(Exception):
    def __init__(self, name: str, text: str) -> None:
        super().__init__(name, text)
        self.name, self.text = name, text


@dataclass(frozen=True)
class Characteristic:
    """One row of a strap's attribute table. Paths must be serviceXXXX/charXXXX: bleak slices them."""

    service: str
    uuid: str
    flags: tuple[str, ...]
    value: Callable[[], bytes] = bytes
    refusal: BlueZError | None = None
    """Answer to StartNotify, where set."""
    hangs: bool = False
    """StartNotify is never answered."""


class FakeStrap:
    """Heart Rate, Battery and Device Information. `connect_script` holds what the next Connect calls do:
    "ok", "abort", "abort-silent", "hang", "no-services", "drop-before-services" or (error name, text)."""

    def __init__(
        self, address: str = "C0:FF:EE:00:00:01", name: str = "Fake HRM", *, rssi: int = -55
    ) -> None:
        self.address, self.name, self.rssi = address, name, rssi
        self.advertising_interval_s = 0.05
        self.in_range = True
        self.muted = False
        """Nothing more is notified until the next connection: the silent stop."""
        self.ending = False
        """Somebody has asked to disconnect: no beat slips out between the asking and the end of the link, for
        whether the program hears that one is chance."""
        self.battery = 87
        self.connected = self.known = self.resolved = False
        self.connect_script: list[str | tuple[str, str]] = []
        self.services_delay_s = 0.02
        self.calls: list[str] = []
        self.notifiers: dict[str, set[str]] = {}
        """Characteristic path to the D-Bus names that asked for its notifications."""
        self.bluez: FakeBlueZ
        self._connecting: asyncio.Future[None] | None = None
        self.table = [
            Characteristic(HEART_RATE, HEART_RATE_MEASUREMENT, ("notify",)),
            Characteristic(uuid16(0x180F), uuid16(0x2A19), ("read", "notify"), lambda: bytes([self.battery])),
            Characteristic(uuid16(0x180A), uuid16(0x2A29), ("read",), lambda: b"Fakeco"),
            Characteristic(uuid16(0x180A), uuid16(0x2A24), ("read",), lambda: b"HRM-1\0"),
            Characteristic(uuid16(0x180A), uuid16(0x2A25), ("read",), lambda: b"SERIAL-1234"),
        ]

    # --- its D-Bus objects ---

    @property
    def path(self) -> str:
        return f"{self.bluez.adapter_path}/dev_{self.address.replace(':', '_')}"

    def properties(self) -> dict[str, Variant]:
        properties = {
            "Address": Variant("s", self.address),
            "AddressType": Variant("s", "random"),
            "Alias": Variant("s", self.name or self.address.replace(":", "-")),
            "Paired": Variant("b", False),
            "Trusted": Variant("b", False),
            "Blocked": Variant("b", False),
            "Connected": Variant("b", self.connected),
            "UUIDs": Variant("as", sorted({row.service for row in self.table})),
            "Adapter": Variant("o", self.bluez.adapter_path),
            "ServicesResolved": Variant("b", self.resolved),
        }
        if self.name:
            properties["Name"] = Variant("s", self.name)
        if not self.connected and self.bluez.discoverers:
            properties["RSSI"] = Variant("n", self.rssi)
        return properties

    def rows(self) -> dict[str, Characteristic]:
        """Characteristic path to its row."""
        services = list(dict.fromkeys(row.service for row in self.table))
        return {
            f"{self.path}/service{services.index(row.service) + 1:04x}/char{0x10 + i:04x}": row
            for i, row in enumerate(self.table)
        }

    def attributes(self) -> dict[str, dict[str, dict[str, Variant]]]:
        objects: dict[str, dict[str, dict[str, Variant]]] = {}
        for path, row in self.rows().items():
            service = path.rpartition("/")[0]
            objects[service] = {
                SERVICE: {
                    "UUID": Variant("s", row.service),
                    "Device": Variant("o", self.path),
                    "Primary": Variant("b", True),
                    "Includes": Variant("ao", []),
                }
            }
            objects[path] = {
                CHARACTERISTIC: {
                    "UUID": Variant("s", row.uuid),
                    "Service": Variant("o", service),
                    "Value": Variant("ay", b""),
                    "Flags": Variant("as", list(row.flags)),
                    "MTU": Variant("q", 247),
                    **({"Notifying": Variant("b", False)} if {"notify", "indicate"} & {*row.flags} else {}),
                }
            }
        return objects

    def path_of(self, uuid: str, which: int = 0) -> str:
        return [path for path, row in self.rows().items() if row.uuid == uuid][which]

    def refuse_beats(self, refusal: BlueZError | None = None, which: int = 0) -> None:
        """StartNotify of its heart rate fails so, or is never answered."""
        at = [i for i, row in enumerate(self.table) if row.uuid == HEART_RATE_MEASUREMENT][which]
        self.table[at] = replace(self.table[at], refusal=refusal, hangs=refusal is None)

    def move(self, address: str) -> None:
        """Switched off and on again, it advertises under another address; BlueZ takes it for another."""
        self.out_of_range()
        self.address, self.in_range = address, True

    def written(self, path: str, value: bytes) -> None:
        """A client wrote `value`; straps that understand it override this."""

    # --- what the test makes it do ---

    def beat(self, bpm: int, rr_ticks: Iterable[int] = (), *, contact: bool | None = True) -> bool:
        """One measurement; True when it reached the program under test."""
        rr = list(rr_ticks)
        flags = (0 if contact is None else 4 | (2 if contact else 0)) | (16 if rr else 0)
        payload = bytes([flags, bpm]) + b"".join(ticks.to_bytes(2, "little") for ticks in rr)
        return self.notify(payload)

    def notify(self, value: bytes, uuid: str = HEART_RATE_MEASUREMENT, which: int = 0) -> bool:
        path = self.path_of(uuid, which)
        if not self.connected or self.muted or self.ending or not self.bluez.running:
            return False
        listeners = self.notifiers.get(path, set())
        for _ in listeners:  # BlueZ 5.66: one PropertiesChanged for each subscribed client, seen by all
            self.bluez.changed(path, CHARACTERISTIC, {"Value": Variant("ay", value)})
        return bool(listeners - {OTHER_PROGRAM} - self.bluez.gone)

    def drop_link(self) -> None:
        """Supervision timeout. Subscriptions stay with their D-Bus clients, as BlueZ keeps them."""
        if self.connected:
            self.connected = self.resolved = self.muted = False
            self.bluez.changed(
                self.path,
                DEVICE,
                {"ServicesResolved": Variant("b", False), "Connected": Variant("b", False)},
            )

    def out_of_range(self) -> None:
        """The link drops, advertising stops, BlueZ forgets the temporary device."""
        self.in_range = False
        self.drop_link()
        self.remove()

    def remove(self) -> None:
        if self.known:
            if self in self.bluez.exported:
                self.bluez.exported.discard(self)
                for path, interfaces in sorted(self.attributes().items(), reverse=True):
                    self.bluez.signal("/", OBJECT_MANAGER, "InterfacesRemoved", "oas", [path, [*interfaces]])
            self.known = False
            self.bluez.signal("/", OBJECT_MANAGER, "InterfacesRemoved", "oas", [self.path, [DEVICE]])

    def hold(self) -> None:
        """As if another program had connected to it before, and listened."""
        self.known = self.connected = self.resolved = True
        self.bluez.exported.add(self)
        self.notifiers[self.path_of(HEART_RATE_MEASUREMENT)] = {OTHER_PROGRAM}

    # --- what BlueZ does with it ---

    async def connect(self) -> None:
        behaviour = self.connect_script.pop(0) if self.connect_script else "ok"
        if self.connected:
            raise BlueZError("org.bluez.Error.AlreadyConnected", "Already Connected")
        if behaviour == "hang" or (behaviour == "ok" and not self.in_range):
            self._connecting = asyncio.get_running_loop().create_future()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._connecting, 20)  # the kernel's timeout for a connection
            raise BlueZError(*ABORT)
        if isinstance(behaviour, tuple):
            raise BlueZError(*behaviour)
        if behaviour == "abort-silent":  # without a change of Connected, for which bleak then waits
            raise BlueZError(*ABORT)
        self.connected, self.ending = True, False
        self.bluez.changed(self.path, DEVICE, {"Connected": Variant("b", True)}, ["RSSI"])
        if behaviour == "abort":
            await asyncio.sleep(0.01)
            self.drop_link()
            raise BlueZError(*ABORT)
        if behaviour != "no-services":
            self.bluez.spawn(self._resolve(drop=behaviour == "drop-before-services"))

    async def _resolve(self, *, drop: bool) -> None:
        await asyncio.sleep(self.services_delay_s)
        if drop:
            self.drop_link()
        if not self.connected:
            return
        if self not in self.bluez.exported:
            self.bluez.exported.add(self)
            for path, interfaces in self.attributes().items():
                self.bluez.added(path, interfaces)
        self.resolved = True
        self.bluez.changed(self.path, DEVICE, {"ServicesResolved": Variant("b", True)})

    def disconnect(self) -> None:
        """BlueZ 5.66 answers OK even when there is no link, then without a signal."""
        if self._connecting and not self._connecting.done():
            self._connecting.set_result(None)
        if self.connected:
            asyncio.get_running_loop().call_later(0.01, self.drop_link)

    def forget_clients(self) -> None:
        """bluetoothd has died: it knows nothing of unpaired devices when it comes back."""
        self.connected = self.resolved = self.known = self.muted = False
        self.notifiers.clear()
