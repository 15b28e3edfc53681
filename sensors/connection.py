"""One connection to a strap with bleak, bounded in time on every side: connect, ask what it is, let go."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic

from sensors.bluetooth import BluetoothSilentError
from sensors.heart_rate_service import BATTERY_LEVEL, DEVICE_INFORMATION, decode_battery_percent, decode_text

# Times in seconds, our own choice; `sensors.linked_strap` says why they are not longer.
CONNECT_S = 9.0
LET_GO_S = 3.0
READ_S = 2.0
VERSION_CHECK_S = 1.0


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
    read: dict[str, bytes] = {}
    with contextlib.suppress(Exception):
        async with asyncio.timeout(READ_S):
            for what, uuid in {"battery": BATTERY_LEVEL, **DEVICE_INFORMATION}.items():
                if characteristic := client.services.get_characteristic(uuid):
                    read[what] = bytes(await client.read_gatt_char(characteristic))
    battery_percent = None
    with contextlib.suppress(ValueError, KeyError):
        battery_percent = decode_battery_percent(read.pop("battery"))
    return StrapInfo(battery_percent, **{what: decode_text(raw) for what, raw in read.items()})


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
