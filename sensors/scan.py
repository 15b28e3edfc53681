"""Looking for straps: those the system already holds, and those that advertise the Heart Rate Service."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from bleak import BleakAdapter, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from sensors.bluetooth import BluetoothSilentError
from sensors.heart_rate_service import HEART_RATE_SERVICE
from sensors.plain_text import plain

ANSWER_S = 4.0
"""Bluetooth that has not answered a plain question by then hangs (our choice; it answers in 0.01 to 1 s)."""

SETTLE_S = 1.2
"""How long to compare signals before taking the strongest strap: straps advertise about once a second."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sighting:
    """A strap that could be connected to."""

    device: BLEDevice
    name: str | None
    signal_dbm: int | None
    """Received signal strength, usually -100 (far) to -40 (near); None where the system holds the strap."""

    @property
    def address(self) -> str:
        return self.device.address

    @property
    def held(self) -> bool:
        """The system was connected to it before."""
        return self.signal_dbm is None

    @property
    def label(self) -> str:
        return self.name or f"strap {self.address}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which strap will do: one address, or any whose name contains `name`, or any at all."""

    address: str | None = None
    name: str | None = None
    twin: Sighting | None = None
    """Beside that address, any strap of this one's name: it may be the same under another address."""

    def accepts(self, sighting: Sighting) -> bool:
        if self.twin is not None and sighting.name == self.twin.name:
            return True
        if self.address is not None:
            return sighting.address.casefold() == self.address.casefold()
        if self.name is not None:
            return self.name.casefold() in (sighting.name or "").casefold()
        return True

    @property
    def anyone(self) -> bool:
        return self.address is None and self.name is None

    @property
    def by_service(self) -> bool:
        """Whether only what advertises the service will do: one asked for by address or name need not."""
        return self.anyone or self.twin is not None

    def __str__(self) -> str:
        return self.address or self.name or "a strap"


def _name(told: str | None) -> str | None:
    """The name as it may be shown and kept; anybody within reach can call a strap anything."""
    return plain(told or "") or None


async def answered(request: Awaitable[T], within_s: float = ANSWER_S) -> T:
    """The answer to `request`. Raises BluetoothSilentError when there is none in time."""
    try:
        async with asyncio.timeout(within_s):
            return await request
    except TimeoutError:
        raise BluetoothSilentError from None


async def held_straps(wanted: Wanted) -> list[Sighting]:
    """Straps the system is already connected to: those do not advertise, so no scan can see them."""

    async def ask() -> list[BLEDevice]:
        adapter = await BleakAdapter.get()
        return await adapter.get_connected_devices([HEART_RATE_SERVICE])

    try:
        devices = await answered(ask())
    except NotImplementedError:  # bleak cannot ask this system
        return []
    sightings = [Sighting(device, _name(device.name), None) for device in devices]
    return sorted(filter(wanted.accepts, sightings), key=lambda sighting: sighting.address)


async def advertising_straps(
    wanted: Wanted, window_s: float, settle_s: float | None = None
) -> list[Sighting]:
    """Straps that advertise within `window_s`, the strongest signal first.

    With `settle_s` the scan ends that long after the first strap was seen. The scan has stopped when this
    returns: a running scan delays a live link on Linux (bleak #1290).
    """
    seen: dict[str, Sighting] = {}
    found = asyncio.Event()

    def on_advertisement(device: BLEDevice, advertisement: AdvertisementData) -> None:
        name = _name(advertisement.local_name or device.name)
        known = seen.get(device.address)
        sighting = Sighting(device, name or (known.name if known else None), advertisement.rssi)
        if wanted.accepts(sighting):
            seen[device.address] = sighting
            found.set()

    scanner = BleakScanner(on_advertisement, [HEART_RATE_SERVICE] if wanted.by_service else None)
    await answered(scanner.start())
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(window_s):
                await found.wait()
                await asyncio.sleep(window_s if settle_s is None else settle_s)
    finally:
        # Where the adapter went away or Bluetooth hangs there is no scan left to stop.
        with contextlib.suppress(Exception):
            await answered(scanner.stop())
    return sorted(seen.values(), key=lambda sighting: sighting.signal_dbm or -127, reverse=True)
