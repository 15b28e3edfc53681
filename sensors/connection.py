"""One connection to a strap with bleak, bounded in time on every side: connect, ask what it is, let go."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.exc import BleakError

from sensors.bluetooth import BluetoothSilentError
from sensors.heart_rate_service import BATTERY_LEVEL, DEVICE_INFORMATION, decode_battery_percent, decode_text

# Times in seconds, our own choice; `sensors.search` says why they are not longer.
CONNECT_S = 9.0
LET_GO_S = 3.0
READ_S = 2.0
VERSION_CHECK_S = 1.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StrapInfo:
    """What a strap tells about itself; None where it does not."""

    battery_percent: int | None = None
    maker: str | None = None
    model: str | None = None
    firmware: str | None = None


async def connect(client: BleakClient) -> None:
    """Connect within `CONNECT_S`, which bleak keeps itself."""
    connecting = asyncio.ensure_future(client.connect())
    try:
        done, _ = await asyncio.wait({connecting}, timeout=CONNECT_S + LET_GO_S)
    finally:
        if not connecting.done():
            # bleak's first connect() asks bluetoothctl for its version; cancelled just then, every later
            # connect() of this process hangs.
            await asyncio.wait({connecting}, timeout=VERSION_CHECK_S)
            connecting.cancel()
            await asyncio.wait({connecting}, timeout=LET_GO_S)
    if not done:
        raise BluetoothSilentError
    connecting.result()


async def read_info(client: BleakClient) -> StrapInfo:
    """What the strap tells about itself within `READ_S`: nice to know, never a reason to fail."""
    battery_percent: int | None = None
    said: dict[str, str] = {}
    with contextlib.suppress(Exception):
        async with asyncio.timeout(READ_S):
            # With two batteries it is the lower one that ends the link.
            battery_percent = min(await _values(client, BATTERY_LEVEL, decode_battery_percent), default=None)
            for what, uuid in DEVICE_INFORMATION.items():
                if texts := [text for text in await _values(client, uuid, decode_text) if text]:
                    said[what] = texts[0]
    return StrapInfo(battery_percent, **said)


def characteristics(client: BleakClient, uuid: str) -> list[BleakGATTCharacteristic]:
    """All that have this identifier, in the order of the strap's table: some straps have two of a thing."""
    found = [each for each in client.services.characteristics.values() if each.uuid == uuid]
    return sorted(found, key=lambda each: each.handle)


async def _values(client: BleakClient, uuid: str, decode: Callable[[bytes], T]) -> list[T]:
    """What can be read and understood of those."""
    values: list[T] = []
    for each in characteristics(client, uuid):
        with contextlib.suppress(BleakError, ValueError):
            values.append(decode(bytes(await client.read_gatt_char(each))))
    return values


async def let_go(
    client: BleakClient, farewell: Callable[[BleakClient], Awaitable[None]] | None = None
) -> None:
    """Always before the next connection: bleak leaks the subscribed bus otherwise, and beats double.

    `farewell` tells the strap something while it is still connected. Raises nothing.
    """

    async def leave() -> None:
        if farewell and client.is_connected:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(READ_S):
                    await farewell(client)
        with contextlib.suppress(Exception):
            await client.disconnect()

    # asyncio.wait neither passes a cancellation on nor ends the task when the time is over: the end of the
    # loop does that, and bleak then tears down what is left.
    await asyncio.wait({asyncio.ensure_future(leave())}, timeout=LET_GO_S)


def passing_bytes(
    on_packet: Callable[[bytes], None],
) -> Callable[[BleakGATTCharacteristic, bytearray], None]:
    """`on_packet` as a callback of bleak's start_notify."""
    return lambda _characteristic, data: on_packet(bytes(data))
