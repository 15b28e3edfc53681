"""A strap opened in the test's own process, polled as a sitting polls it, against the stand-in BlueZ."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

from sensors.beat import BadPacket, LinkChange, Measurement, SensorEvent, TimedBeat
from sensors.linked_strap import LinkedStrap
from tests.sensors.fake_bluez import FakeBlueZ
from tests.sensors.fake_strap import FakeStrap
from tests.sensors.private_bus import PrivateBus


@asynccontextmanager
async def bluetooth(*straps: FakeStrap) -> AsyncIterator[FakeBlueZ]:
    """The stand-in BlueZ with these straps in the room, on this process's system bus."""
    with PrivateBus() as bus, patch.dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=bus.address):
        bluez = FakeBlueZ(bus.address)
        for strap in straps:
            bluez.add(strap)
        await bluez.start()
        try:
            yield bluez
        finally:
            await bluez.kill()


async def until(what: Callable[[], object], within_s: float = 8.0) -> None:
    end_s = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < end_s, f"not within {within_s} s"
        await asyncio.sleep(0.01)


@dataclass
class Sitting:
    """What the session would see of one sensor; engine time starts at `engine_zero_s`."""

    sensor: LinkedStrap
    engine_zero_s: float = field(default_factory=time.monotonic)
    events: list[SensorEvent] = field(default_factory=list)

    async def poll_for_ever(self) -> None:
        while True:
            self.events += self.sensor.poll(time.monotonic() - self.engine_zero_s)
            await asyncio.sleep(0.02)

    @property
    def measurements(self) -> list[Measurement]:
        return [event for event in self.events if isinstance(event, Measurement)]

    @property
    def beats(self) -> list[TimedBeat]:
        return [event for event in self.events if isinstance(event, TimedBeat)]

    @property
    def bad(self) -> list[BadPacket]:
        return [event for event in self.events if isinstance(event, BadPacket)]

    @property
    def changes(self) -> list[LinkChange]:
        return [event for event in self.events if isinstance(event, LinkChange)]

    @property
    def link(self) -> str:
        return self.changes[-1].link.value if self.changes else ""

    @property
    def words(self) -> str:
        return self.changes[-1].words if self.changes else ""


@asynccontextmanager
async def sitting(sensor: LinkedStrap) -> AsyncIterator[Sitting]:
    """`sensor`, open and polled; closed at the end without holding up the stand-in BlueZ."""
    seen = Sitting(sensor)
    sensor.open()
    polling = asyncio.ensure_future(seen.poll_for_ever())
    try:
        yield seen
    finally:
        polling.cancel()
        await asyncio.to_thread(sensor.close)
