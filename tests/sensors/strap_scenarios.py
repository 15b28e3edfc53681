"""What can happen to a strap in the field, played by the stand-in BlueZ to a process that knows of nothing.

Each scenario is a coroutine over a `Room`; it returns the moment (time.monotonic()) its cause ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.sensors.fake_bluez import FakeBlueZ
from tests.sensors.fake_strap import FakeStrap
from tests.sensors.private_bus import PrivateBus

BEAT_S = 0.4
"""A beat twice as often as in life, so that more of them meet the trouble."""

PROCESS = Path(__file__).with_name("strap_process.py")


@dataclass
class Room:
    """A bus, a BlueZ, one beating strap (or more) and the process that listens."""

    bus: PrivateBus
    bluez: FakeBlueZ
    strap: FakeStrap
    spec: str = "ble"
    longer: float = 1.0
    """Stretches the time that a trouble lasts."""
    lines: list[dict[str, Any]] = field(default_factory=list)
    delivered: list[int] = field(default_factory=list)
    """RR of every beat of `strap` that reached a listener, 1/1024 s; each value occurs once."""
    complaints: str = ""
    resting: bool = False
    """No beats: what a process hears in its last moment it cannot tell."""
    _process: asyncio.subprocess.Process | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def listen(self) -> None:
        """Start the process, and the heart."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(PROCESS),
            self.spec,
            env=os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": self.bus.address, "PYTHONWARNINGS": "error"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        if not self._tasks:
            self._tasks.append(asyncio.ensure_future(self._beat()))
        self._tasks += [asyncio.ensure_future(self._hear()), asyncio.ensure_future(self._overhear())]

    async def kill_listener(self) -> None:
        assert self._process
        self._process.kill()
        await self._process.wait()

    async def leave(self) -> None:
        for task in self._tasks[:1]:
            task.cancel()
        await asyncio.sleep(0.3)  # the last beat arrives
        if self._process and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()
        for task in self._tasks:
            task.cancel()
        with contextlib.suppress(Exception):
            await self.bluez.kill()

    async def last(self, seconds: float) -> None:
        """Let the trouble go on."""
        await asyncio.sleep(seconds * self.longer)

    def times(self, what: str) -> list[str | tuple[str, str]]:
        """A connect script of about two tries that go wrong."""
        return [what] * max(1, round(2 * self.longer))

    async def until(self, what: Callable[[], object], within_s: float = 25.0) -> None:
        end_s = time.monotonic() + within_s
        while not what():
            assert time.monotonic() < end_s, f"not within {within_s} s; last heard: {self.lines[-4:]}"
            await asyncio.sleep(0.02)

    async def until_live(self) -> None:
        await self.until(lambda: self.measured())

    def measured(self, since_s: float = 0.0) -> list[int]:
        """RR the process has heard since a moment, in order."""
        heard = [line for line in self.lines if line["type"] == "Measurement" and line["mono"] >= since_s]
        return [ticks for line in heard for ticks in line["rr"]]

    def words(self) -> list[str]:
        return [line["words"] for line in self.lines if line["type"] == "LinkChange"]

    def links(self, since_s: float = 0.0) -> list[str]:
        changes = [line for line in self.lines if line["type"] == "LinkChange" and line["mono"] >= since_s]
        return [line["link"] for line in changes]

    def beat(self, ticks: int) -> None:
        """One beat after an RR of `ticks`/1024 s."""
        if self.strap.beat(75, [ticks]):
            self.delivered.append(ticks)

    async def _beat(self) -> None:
        ticks = 600
        while True:
            await asyncio.sleep(BEAT_S)
            ticks += 1
            if not self.resting:
                self.beat(ticks)

    async def _hear(self) -> None:
        assert self._process
        assert self._process.stdout
        async for line in self._process.stdout:
            self.lines.append(json.loads(line))

    async def _overhear(self) -> None:
        assert self._process
        assert self._process.stderr
        async for line in self._process.stderr:
            self.complaints += line.decode()


Scenario = Callable[[Room], Awaitable[float]]


async def out_of_range_and_back(room: Room) -> float:
    await live(room)
    room.strap.out_of_range()
    await room.last(12)
    room.strap.in_range = True
    return time.monotonic()


async def notifications_stop_silently(room: Room) -> float:
    await live(room)
    room.strap.muted = True  # until the next connection: only the listener can end it
    return time.monotonic()


async def connection_aborted(room: Room) -> float:
    await live(room)
    refused = ("org.bluez.Error.Failed", "le-connection-refused")
    room.strap.connect_script = ["abort", "abort", "drop-before-services", refused]
    room.strap.drop_link()
    await room.until(lambda: not room.strap.connect_script, within_s=120.0)
    return time.monotonic()


async def connection_aborted_without_a_signal(room: Room) -> float:
    await live(room)
    room.strap.connect_script = ["abort-silent"]
    room.strap.drop_link()
    await room.until(lambda: not room.strap.connect_script, within_s=120.0)
    return time.monotonic()


async def connection_hangs(room: Room) -> float:
    """Twice; the strap can be reached again just after the second attempt has begun to hang."""
    await live(room)
    room.strap.connect_script = room.times("hang")
    room.strap.drop_link()
    await room.until(lambda: not room.strap.connect_script, within_s=120.0)
    return time.monotonic()


async def services_never_resolve(room: Room) -> float:
    await live(room)
    room.strap.connect_script = room.times("no-services")
    room.strap.drop_link()
    await room.until(lambda: not room.strap.connect_script, within_s=120.0)
    return time.monotonic()


async def adapter_off_and_on(room: Room) -> float:
    await live(room)
    room.bluez.set_powered(False)
    await room.last(10)
    room.bluez.set_powered(True)
    return time.monotonic()


async def adapter_absent_at_start(room: Room) -> float:
    room.bluez.unplug()
    await room.listen()
    await room.until(lambda: "unavailable" in room.links())
    await room.last(10)
    room.bluez.plug()
    return time.monotonic()


async def bluetoothd_stopped(room: Room) -> float:
    await live(room)
    await room.bluez.stop()
    await room.last(8)
    await room.bluez.start()
    return time.monotonic()


async def bluetoothd_killed(room: Room) -> float:
    """And started again at once, as systemd does: only the data tell."""
    await live(room)
    await room.bluez.kill()
    await room.last(0.5)
    await room.bluez.start()
    return time.monotonic()


async def bluetoothd_hangs(room: Room) -> float:
    """Its first breath afterwards is a beat, before it has read that the listener has long given up."""
    await live(room)
    room.bluez.awake.clear()
    await room.last(14)
    room.bluez.awake.set()
    room.beat(599)
    return time.monotonic()


async def bus_gone(room: Room) -> float:
    await live(room)
    room.bus.stop()
    await room.bluez.kill()
    await room.last(8)
    room.bus.start()
    await room.bluez.start()
    return time.monotonic()


MALFORMED = (b"", b"\x10", b"\x01\x40", b"\x08\x40\x01", b"\x1f\x40\x00\x01")


async def malformed_packets(room: Room) -> float:
    await live(room)
    for payload in MALFORMED:
        room.strap.notify(payload)
        await asyncio.sleep(0.15)
    return time.monotonic()


async def two_straps_in_the_room(room: Room) -> float:
    """The weaker one is heard never, not even while the stronger is away."""
    neighbour = room.bluez.add(FakeStrap("C0:FF:EE:00:00:02", "Neighbour", rssi=-80))
    await live(room)
    room.strap.out_of_range()
    for _ in range(20):
        neighbour.beat(60, [2000])
        await asyncio.sleep(0.3)
    room.strap.in_range = True
    return time.monotonic()


async def strap_connected_at_start(room: Room) -> float:
    """Held by another program that listens too, so that BlueZ sends every beat twice."""
    room.strap.hold()
    await room.listen()
    return time.monotonic()


async def listener_killed(room: Room) -> float:
    """kill -9 leaves the strap connected, where no scan can see it."""
    await live(room)
    room.resting = True
    await asyncio.sleep(0.5)
    await room.kill_listener()
    await asyncio.sleep(1)
    room.resting = False
    assert room.strap.connected
    await room.listen()
    return time.monotonic()


async def live(room: Room) -> None:
    await room.listen()
    await room.until_live()
    await asyncio.sleep(2)


SCENARIOS: tuple[Scenario, ...] = (
    out_of_range_and_back,
    notifications_stop_silently,
    connection_aborted,
    connection_aborted_without_a_signal,
    connection_hangs,
    services_never_resolve,
    adapter_off_and_on,
    adapter_absent_at_start,
    bluetoothd_stopped,
    bluetoothd_killed,
    bluetoothd_hangs,
    bus_gone,
    malformed_packets,
    two_straps_in_the_room,
    strap_connected_at_start,
    listener_killed,
)

PATIENCE_S = 25.0
AFTERWARDS_S = 2.5
"""How long to go on listening once live again: a doubled subscription would show here."""


@dataclass(frozen=True)
class Outcome:
    """What came of one scenario."""

    name: str
    recovery_s: float
    """From the end of the cause to the first beat heard after it."""
    delivered: tuple[int, ...]
    heard: tuple[int, ...]
    links: tuple[str, ...]
    words: tuple[str, ...]
    bad_packets: tuple[str, ...]
    complaints: str


async def play(scenario: Scenario, longer: float = 1.0) -> Outcome:
    with PrivateBus() as bus:
        bluez = FakeBlueZ(bus.address)
        await bluez.start()
        room = Room(bus, bluez, bluez.add(FakeStrap()), longer=longer)
        try:
            ended_s = await scenario(room)
            # A beat that was under way when the trouble began, or ended, is no sign of a link.
            before = {*room.delivered}
            with contextlib.suppress(AssertionError):  # never: told by an infinite recovery
                await room.until(lambda: {*room.measured(since_s=ended_s)} - before, PATIENCE_S)
            await asyncio.sleep(AFTERWARDS_S)
        finally:
            await room.leave()
        after = [
            line["mono"] for line in room.lines if line["type"] == "Measurement" and {*line["rr"]} - before
        ]
        return Outcome(
            name=scenario.__name__,
            recovery_s=min((mono - ended_s for mono in after if mono >= ended_s), default=float("inf")),
            delivered=tuple(room.delivered),
            heard=tuple(room.measured()),
            links=tuple(room.links()),
            words=tuple(room.words()),
            bad_packets=tuple(line["raw"] for line in room.lines if line["type"] == "BadPacket"),
            complaints=room.complaints,
        )


async def play_all(
    longer: float = 1.0, on_end: Callable[[Outcome], None] = lambda _outcome: None
) -> dict[str, Outcome]:
    """All at once, since they mostly wait; what takes the processor is starting the processes."""

    async def later(scenario: Scenario, wait_s: float) -> Outcome:
        await asyncio.sleep(wait_s)
        outcome = await play(scenario, longer)
        on_end(outcome)
        return outcome

    outcomes = await asyncio.gather(*(later(one, 0.8 * i) for i, one in enumerate(SCENARIOS)))
    return {outcome.name: outcome for outcome in outcomes}
