"""A stand-in for org.bluez on a private bus, so that bleak's real BlueZ backend runs without Bluetooth.

It handles raw messages rather than offering service interfaces: every reply, error and order of signals is
in the test's hand. Compared with bluetoothd 5.66 and a virtual strap (shared/design/RIG.md).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterable
from typing import Any

from dbus_fast import BusType, Message, MessageType, RequestNameReply, Variant
from dbus_fast.aio import MessageBus

from tests.sensors.fake_strap import CHARACTERISTIC, DEVICE, OBJECT_MANAGER, BlueZError, FakeStrap

PROPERTIES, ADAPTER = "org.freedesktop.DBus.Properties", "org.bluez.Adapter1"

Reply = tuple[str, list[Any]] | None


class FakeBlueZ:
    def __init__(self, bus_address: str) -> None:
        self.bus_address = bus_address
        self.adapter_path = "/org/bluez/hci0"
        self.powered = True
        self.has_adapter = True
        self.straps: list[FakeStrap] = []
        self.discoverers: set[str] = set()
        self.exported: set[FakeStrap] = set()
        """Straps whose services are on the bus."""
        self.gone: set[str] = set()
        """D-Bus names that have left the bus, known here before a hanging bluetoothd knows it."""
        self.awake = asyncio.Event()
        """Cleared: bluetoothd hangs (SIGSTOP); requests wait for an answer."""
        self.awake.set()
        self.refusal: BlueZError | None = None
        """Answer to every request, where set."""
        self._bus: MessageBus | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, strap: FakeStrap) -> FakeStrap:
        strap.bluez = self
        self.straps.append(strap)
        return strap

    # --- its life ---

    async def start(self) -> None:
        bus = MessageBus(bus_address=self.bus_address, bus_type=BusType.SYSTEM)
        self._bus = await bus.connect()
        bus.add_message_handler(self._on_message)
        await bus.call(
            Message(
                destination="org.freedesktop.DBus",
                path="/org/freedesktop/DBus",
                interface="org.freedesktop.DBus",
                member="AddMatch",
                signature="s",
                body=["type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged'"],
            )
        )
        assert await bus.request_name("org.bluez") == RequestNameReply.PRIMARY_OWNER
        if self.has_adapter:  # as bluetoothd does: the name first, the adapter after it
            self.added(self.adapter_path, {ADAPTER: self._adapter_properties()})
        self.spawn(self._advertise())

    async def kill(self) -> None:
        """kill -9: the name and all objects vanish without a single signal of BlueZ."""
        for task in list(self._tasks):
            task.cancel()
        self._tasks.clear()
        self.discoverers.clear()
        self.exported.clear()
        for strap in self.straps:
            strap.forget_clients()
        if self._bus:
            self._bus.disconnect()
            with contextlib.suppress(Exception):  # EOFError where the bus itself has died
                await self._bus.wait_for_disconnect()
            self._bus = None

    async def stop(self) -> None:
        """systemctl stop bluetooth: links dropped and objects removed, with signals."""
        for strap in self.straps:
            strap.drop_link()
            strap.remove()
        if self._bus and self.has_adapter:
            self.signal("/", OBJECT_MANAGER, "InterfacesRemoved", "oas", [self.adapter_path, [ADAPTER]])
            await asyncio.sleep(0.05)
        await self.kill()

    @property
    def running(self) -> bool:
        return self._bus is not None and self._bus.connected and self.awake.is_set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def set_powered(self, on: bool) -> None:
        self.powered = on
        if not on:
            self.discoverers.clear()
            for strap in self.straps:
                strap.drop_link()
        self.changed(
            self.adapter_path, ADAPTER, {"Powered": Variant("b", on), "Discovering": Variant("b", False)}
        )

    def unplug(self) -> None:
        for strap in self.straps:
            strap.drop_link()
            strap.remove()
        self.has_adapter = False
        self.signal("/", OBJECT_MANAGER, "InterfacesRemoved", "oas", [self.adapter_path, [ADAPTER]])

    def plug(self) -> None:
        self.has_adapter = True
        self.added(self.adapter_path, {ADAPTER: self._adapter_properties()})

    # --- signals ---

    def signal(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> None:
        if self._bus and self._bus.connected:
            self._bus.send(
                Message(
                    message_type=MessageType.SIGNAL,
                    path=path,
                    interface=interface,
                    member=member,
                    signature=signature,
                    body=body,
                )
            )

    def changed(
        self, path: str, interface: str, properties: dict[str, Variant], invalidated: Iterable[str] = ()
    ) -> None:
        body = [interface, properties, list(invalidated)]
        self.signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", body)

    def added(self, path: str, interfaces: dict[str, dict[str, Variant]]) -> None:
        self.signal("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", [path, interfaces])

    async def _advertise(self) -> None:
        """The first sighting is InterfacesAdded, later ones PropertiesChanged(RSSI)."""
        loop = asyncio.get_running_loop()
        last: dict[str, float] = {}
        while True:
            await asyncio.sleep(0.02)
            if not (self.powered and self.has_adapter and self.discoverers and self.awake.is_set()):
                continue
            for strap in self.straps:
                due = loop.time() - last.get(strap.address, -9.0) >= strap.advertising_interval_s
                if not strap.in_range or strap.connected or not due:
                    continue
                last[strap.address] = loop.time()
                if strap.known:
                    self.changed(strap.path, DEVICE, {"RSSI": Variant("n", strap.rssi)})
                else:
                    strap.known = True
                    self.added(strap.path, {DEVICE: strap.properties()})

    # --- objects and requests ---

    def _adapter_properties(self) -> dict[str, Variant]:
        return {
            "Address": Variant("s", "00:11:22:33:44:55"),
            "AddressType": Variant("s", "public"),
            "Name": Variant("s", "fake"),
            "Alias": Variant("s", "fake"),
            "Powered": Variant("b", self.powered),
            "Discovering": Variant("b", bool(self.discoverers)),
            "UUIDs": Variant("as", []),
            "Roles": Variant("as", ["central", "peripheral"]),
        }

    def objects(self) -> dict[str, dict[str, dict[str, Variant]]]:
        objects: dict[str, dict[str, dict[str, Variant]]] = {"/org/bluez": {"org.bluez.AgentManager1": {}}}
        if self.has_adapter:
            objects[self.adapter_path] = {ADAPTER: self._adapter_properties()}
        for strap in self.straps:
            if strap.known:
                objects[strap.path] = {DEVICE: strap.properties()}
                if strap in self.exported:
                    objects |= strap.attributes()
        return objects

    def _on_message(self, message: Message) -> bool | None:
        if message.message_type == MessageType.SIGNAL:
            if message.member == "NameOwnerChanged" and not message.body[2]:
                self.spawn(self._forget(message.body[0]))
            return None
        if message.message_type != MessageType.METHOD_CALL:
            return None
        self.spawn(self._reply(message))
        return True

    async def _forget(self, client: str) -> None:
        """A D-Bus client has gone, its scans and subscriptions with it; heard in turn, as requests are."""
        self.gone.add(client)
        await self.awake.wait()
        self.discoverers.discard(client)
        for strap in self.straps:
            for listeners in strap.notifiers.values():
                listeners.discard(client)

    async def _reply(self, message: Message) -> None:
        for strap in self.straps:
            strap.ending |= message.member == "Disconnect" and message.path == strap.path
        await self.awake.wait()
        try:
            if self.refusal:
                raise self.refusal
            answer = await self._handle(message)
            reply = Message.new_method_return(message, *(answer or ()))
        except BlueZError as error:
            reply = Message.new_error(message, error.name, error.text)
        if self._bus and self._bus.connected:
            self._bus.send(reply)

    async def _handle(self, message: Message) -> Reply:
        path, member = message.path or "", message.member
        objects = self.objects()
        if member == "GetManagedObjects":
            return "a{oa{sa{sv}}}", [objects]
        if member == "Introspect":
            return "s", ["<node/>"]
        if member == "Ping":
            return None
        if path not in objects:
            raise BlueZError("org.freedesktop.DBus.Error.UnknownObject", "Method called on unknown object")
        if message.interface == PROPERTIES and member in ("Get", "GetAll"):
            properties = objects[path].get(message.body[0], {})
            return ("a{sv}", [properties]) if member == "GetAll" else ("v", [properties[message.body[1]]])
        if path == self.adapter_path:
            return self._on_adapter(message)
        for strap in self.straps:
            if path == strap.path:
                return await self._on_strap(strap, message)
            if path.startswith(f"{strap.path}/"):
                return await self._on_characteristic(strap, message)
        raise BlueZError("org.freedesktop.DBus.Error.UnknownMethod", f"no {member} at {path}")

    def _on_adapter(self, message: Message) -> Reply:
        sender = message.sender or ""
        if message.member in ("StartDiscovery", "StopDiscovery") and not self.powered:
            raise BlueZError("org.bluez.Error.NotReady", "Resource Not Ready")
        if message.member == "StartDiscovery":
            if sender in self.discoverers:
                raise BlueZError("org.bluez.Error.InProgress", "Operation already in progress")
            self.discoverers.add(sender)
        elif message.member == "StopDiscovery":
            if sender not in self.discoverers:
                raise BlueZError("org.bluez.Error.Failed", "No discovery started")
            self.discoverers.discard(sender)
        self.changed(self.adapter_path, ADAPTER, {"Discovering": Variant("b", bool(self.discoverers))})
        return None

    async def _on_strap(self, strap: FakeStrap, message: Message) -> Reply:
        strap.calls.append(message.member or "")
        if message.member == "Connect":
            if not self.powered:
                raise BlueZError("org.bluez.Error.Failed", "Input/output error")
            await strap.connect()
        elif message.member == "Disconnect":
            strap.disconnect()
        return None

    async def _on_characteristic(self, strap: FakeStrap, message: Message) -> Reply:
        path, sender = message.path or "", message.sender or ""
        row = strap.rows()[path]
        strap.calls.append(f"{message.member} {row.uuid[4:8]}")
        if not strap.connected:
            raise BlueZError("org.bluez.Error.Failed", "Not connected")
        match message.member:
            case "ReadValue":
                value = row.value()
                self.changed(path, CHARACTERISTIC, {"Value": Variant("ay", value)})  # as BlueZ does
                return "ay", [value]
            case "WriteValue":
                strap.written(path, bytes(message.body[0]))
            case "StartNotify":
                if row.hangs:
                    await asyncio.get_running_loop().create_future()
                if row.refusal:
                    raise row.refusal
                strap.notifiers.setdefault(path, set()).add(sender)
                self.changed(path, CHARACTERISTIC, {"Notifying": Variant("b", True)})
            case "StopNotify":
                strap.notifiers.get(path, set()).discard(sender)
                self.changed(path, CHARACTERISTIC, {"Notifying": Variant("b", False)})
            case _:
                raise BlueZError("org.bluez.Error.NotSupported", "Operation is not supported")
        return None
