"""The strap as a sensor: which one it takes, what it tells the listener, how it stamps, how it lets go."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest
from bleak.backends.bluezdbus.version import BlueZFeatures

from sensors import link_thread, linked_strap
from sensors.connection import StrapInfo
from sensors.strap import Strap
from tests.sensors import private_bus
from tests.sensors.fake_strap import BlueZError, FakeStrap
from tests.sensors.strap_sitting import bluetooth, sitting, until

pytestmark = pytest.mark.skipif(not private_bus.available(), reason="dbus-daemon is not installed")

NEAR, FAR = "C0:FF:EE:00:00:01", "C0:FF:EE:00:00:02"


async def beats(strap: FakeStrap, count: int, every_s: float = 0.05) -> None:
    for k in range(count):
        strap.beat(60, [1000 + k])
        await asyncio.sleep(every_s)


def test_contact_lost_and_found_is_told_in_words():
    async def scene() -> None:
        strap = FakeStrap()
        async with bluetooth(strap), sitting(Strap()) as seen:
            await until(lambda: seen.link == "waiting for beats" and strap.beat(60, [1000]))
            await until(lambda: seen.link == "live")
            assert seen.sensor.label == "Fake HRM"
            strap.beat(0, contact=False)
            await until(lambda: seen.link == "no contact")
            assert "wet the electrodes" in seen.words
            strap.beat(60, [1001])
            await until(lambda: seen.link == "live")

    asyncio.run(scene())


def test_packets_without_a_heartbeat_are_not_live(monkeypatch):
    monkeypatch.setattr(linked_strap, "BEATLESS_S", 0.3)

    async def scene() -> None:
        strap = FakeStrap()
        async with bluetooth(strap), sitting(Strap()) as seen:
            await until(lambda: strap.beat(60, [1000], contact=None))
            await until(lambda: seen.link == "live")
            for _ in range(10):
                strap.beat(0, contact=None)
                await asyncio.sleep(0.05)
            await until(lambda: seen.link == "no contact")
            strap.beat(60, contact=None)  # a rate without RR: all that optical sensors send
            await until(lambda: seen.link == "live")

    asyncio.run(scene())


def test_battery_and_make_are_read_and_the_serial_number_is_not():
    async def scene() -> None:
        strap = FakeStrap()
        strap.battery = 7
        async with bluetooth(strap), sitting(Strap()) as seen:
            await until(lambda: strap.beat(60, [1000]))
            await until(lambda: seen.link == "live")
            assert "7 %" in seen.words
            assert seen.sensor.info == StrapInfo(battery_percent=7, maker="Fakeco", model="HRM-1")
            assert "ReadValue 2a19" in strap.calls
            assert "ReadValue 2a25" not in strap.calls

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, NEAR),
        ({"address": FAR}, FAR),
        ({"address": FAR.lower()}, FAR),
        ({"name": "second"}, FAR),
    ],
)
def test_it_takes_the_strap_that_was_meant_and_else_the_strongest(wanted, expected):
    async def scene() -> None:
        straps = FakeStrap(FAR, "The Second", rssi=-80), FakeStrap(NEAR, "", rssi=-50)
        async with bluetooth(*straps), sitting(Strap(**wanted)):
            await until(lambda: any(strap.connected for strap in straps))
            assert [strap.address for strap in straps if strap.connected] == [expected]

    asyncio.run(scene())


def test_a_strap_that_stays_mute_makes_way_for_the_other(monkeypatch):
    monkeypatch.setattr(linked_strap, "SILENCE_S", 0.5)
    monkeypatch.setattr(Strap, "first_packet_s", 0.5)

    async def scene() -> None:
        mute, worn = FakeStrap(NEAR, "Mute", rssi=-40), FakeStrap(FAR, "Worn", rssi=-80)
        async with bluetooth(mute, worn), sitting(Strap()) as seen:
            await until(lambda: worn.beat(60, [1000]))
            await until(lambda: seen.link == "live")
            assert "Connect" in mute.calls
            assert seen.sensor.label == "Worn"

    asyncio.run(scene())


def test_arrivals_are_stamped_in_engine_time_and_in_order():
    async def scene() -> None:
        strap = FakeStrap()
        async with bluetooth(strap), sitting(Strap()) as seen:
            seen.engine_zero_s = time.monotonic() - 1000.0
            await until(lambda: strap.beat(60, [999]))
            sent: list[float] = []
            for k in range(10):
                sent.append(time.monotonic() - seen.engine_zero_s)
                strap.beat(60, [1000 + k])
                await asyncio.sleep(0.1)
            await until(lambda: len(seen.measurements) == 11)
            stamps = [one.arrival_s for one in seen.measurements[1:]]
            lateness = [stamp - at for stamp, at in zip(stamps, sent, strict=True)]
            assert all(-0.001 < late < 0.1 for late in lateness), lateness
            assert [event.arrival_s for event in seen.events] == sorted(e.arrival_s for e in seen.events)
            assert seen.measurements[0].raw == bytes.fromhex("16 3c e7 03")

    asyncio.run(scene())


def test_an_echo_is_one_notification_and_a_repeated_beat_is_two():
    async def scene() -> None:
        strap = FakeStrap()
        async with bluetooth(strap), sitting(Strap()) as seen:
            await until(lambda: strap.beat(60, [1000]))
            await asyncio.sleep(0.2)
            strap.beat(60, [1000])
            strap.beat(60, [1000])
            await asyncio.sleep(0.2)
            assert [one.rr_ticks for one in seen.measurements] == [(1000,), (1000,)]

    asyncio.run(scene())


def test_close_lets_go_and_open_finds_it_again():
    async def scene() -> None:
        strap = FakeStrap()
        async with bluetooth(strap):
            sensor = Strap()
            for _ in range(2):
                async with sitting(sensor) as seen:
                    await until(lambda: strap.beat(60, [1000]))
                    await until(lambda seen=seen: seen.link == "live")
                assert not strap.connected
                sensor.close()

    asyncio.run(scene())


@pytest.mark.parametrize("moment", ["searching", "connecting", "waiting"])
def test_close_is_quick_whatever_is_going_on(moment):
    async def scene() -> None:
        strap = FakeStrap()
        strap.in_range = moment != "searching"
        strap.connect_script = ["hang"] if moment == "connecting" else []
        async with bluetooth(strap):
            async with sitting(Strap()) as seen:
                await until(lambda: seen.link.startswith(moment))
                began_s = time.monotonic()
            assert time.monotonic() - began_s < 10.0
            await until(lambda: not strap.connected)

    asyncio.run(scene())


def test_closing_during_the_first_connection_does_not_spoil_later_ones(monkeypatch, tmp_path: Path):
    """bleak asks `bluetoothctl --version` once in a process; cancelled there, it would wait for ever."""
    for name, value in {"checked_bluez_version": False, "_check_bluez_event": None}.items():
        monkeypatch.setattr(BlueZFeatures, name, value)
    script = tmp_path / "bluetoothctl"
    script.write_text("#!/bin/sh\nsleep 0.5\necho 'bluetoothctl: 5.66'\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    async def scene() -> None:
        strap = FakeStrap()
        async with bluetooth(strap):
            async with sitting(Strap()) as seen:
                await until(lambda: seen.link == "connecting")
            async with sitting(Strap()) as seen:
                await until(lambda: strap.beat(60, [1000]))
                await until(lambda: seen.link == "live")

    asyncio.run(scene())


def test_the_reason_is_told_when_bluetooth_may_not_be_used():
    async def scene() -> None:
        async with bluetooth() as bluez:
            bluez.refusal = BlueZError("org.freedesktop.DBus.Error.AccessDenied", "Rejected send message")
            async with sitting(Strap()) as seen:
                await until(lambda: seen.link == "unavailable")
                assert "not permitted" in seen.words

    asyncio.run(scene())


def test_months_of_trying_leave_nothing_behind(monkeypatch):
    """Each attempt has a loop and a bus of its own: both must be gone after it."""
    monkeypatch.setattr(link_thread, "LEAST_PAUSE_S", 0.0)
    monkeypatch.setattr(Strap, "_pause_s", lambda _self, _error: 0.0)
    attempts = 0
    attempt = Strap._attempt_once

    async def counted(self: Strap) -> None:
        nonlocal attempts
        attempts += 1
        await attempt(self)

    monkeypatch.setattr(Strap, "_attempt_once", counted)

    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    async def scene() -> None:
        async with bluetooth() as bluez:
            bluez.unplug()
            async with sitting(Strap()):
                await until(lambda: attempts > 20)
                before = open_files()
                await until(lambda: attempts > 220)
                assert open_files() <= before + 5

    asyncio.run(scene())
