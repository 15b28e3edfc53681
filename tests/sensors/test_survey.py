"""`calando scan` and the doctor's Bluetooth steps, against the stand-in BlueZ."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from functools import partial

import pytest
from click.testing import CliRunner, Result

from engine.cli import doctor_bluetooth
from engine.cli.check import Check
from engine.cli.doctor_bluetooth import STEPS, bluetooth_checks
from engine.cli.scan import scan
from sensors import survey
from tests.sensors import private_bus
from tests.sensors.fake_bluez import FakeBlueZ
from tests.sensors.fake_strap import BlueZError, FakeStrap
from tests.sensors.strap_sitting import bluetooth

pytestmark = pytest.mark.skipif(not private_bus.available(), reason="dbus-daemon is not installed")


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(survey, "LISTEN_S", 1.0)
    monkeypatch.setattr(doctor_bluetooth, "LISTEN_S", 1.0)
    monkeypatch.setattr(doctor_bluetooth, "SCAN_S", 1.5)


async def hearts(*beating: Callable[[], object]) -> None:
    while True:
        await asyncio.sleep(0.1)
        for beat in beating:
            beat()


async def while_beating(work: Callable[[], object], *beating: Callable[[], object]) -> object:
    heart = asyncio.ensure_future(hearts(*beating))
    try:
        return await asyncio.to_thread(work)
    finally:
        heart.cancel()


def run_scan(*arguments: str) -> Result:
    return CliRunner().invoke(scan, ["--seconds", "1", *arguments])


def test_scan_lists_each_strap_and_what_it_can_do():
    async def scene() -> Result:
        chest, optical, held = (
            FakeStrap("C0:FF:EE:00:00:01", "Chest", rssi=-50),
            FakeStrap("C0:FF:EE:00:00:02", "Optical", rssi=-70),
            FakeStrap("C0:FF:EE:00:00:03", "Held"),
        )
        optical.battery = 12
        async with bluetooth(chest, optical, held):
            held.hold()
            result = await while_beating(
                lambda: run_scan("--json"), lambda: chest.beat(60, [1000]), lambda: optical.beat(60)
            )
            assert held.connected, "a strap that somebody listens to is left alone"
            assert not chest.connected
            assert not optical.connected
        return result

    result = asyncio.run(scene())
    assert result.exit_code == 0, result.output
    rows = {row["name"]: row for row in map(json.loads, result.stdout.splitlines())}
    found = {name: (row["signal_dbm"], row["battery_percent"], row["sends_rr"]) for name, row in rows.items()}
    assert found == {"Chest": (-50, 87, True), "Optical": (-70, 12, False), "Held": (None, None, None)}
    assert rows["Chest"]["address"] == "C0:FF:EE:00:00:01"


def test_scan_prints_a_table():
    async def scene() -> Result:
        strap = FakeStrap(name="")
        async with bluetooth(strap):
            return await while_beating(run_scan, lambda: strap.beat(60, [1000]))

    output = asyncio.run(scene()).output
    for cell in ("(no name)", "C0:FF:EE:00:00:01", "-55 dBm", "87 %", "yes"):
        assert cell in output


def test_scan_without_a_strap_says_what_to_do_and_fails():
    async def scene() -> Result:
        async with bluetooth():
            return await asyncio.to_thread(run_scan)

    result = asyncio.run(scene())
    assert result.exit_code == 1
    assert "wet the electrodes" in result.output


def test_scan_says_why_bluetooth_cannot_be_used(monkeypatch):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/bus")
    result = run_scan("--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "message bus" in result.stderr


def examine(
    *straps: FakeStrap,
    room: Callable[[FakeBlueZ], object] | None = None,
    beat: Callable[[FakeStrap], object] = lambda strap: strap.beat(60, [1000]),
) -> dict[str, Check]:
    async def scene() -> list[Check]:
        async with bluetooth(*straps) as bluez:
            if room:
                room(bluez)
            beating = [partial(beat, strap) for strap in straps]
            checks = await while_beating(lambda: list(bluetooth_checks()), *beating)
            await asyncio.sleep(0.1)
            assert not any(strap.connected for strap in straps)
            return checks

    checks = asyncio.run(scene())
    assert [check.what for check in checks] == list(STEPS)
    assert all(check.mend for check in checks if check.ok is False)
    return {check.what: check for check in checks}


def verdicts(checks: dict[str, Check]) -> list[bool | None]:
    return [check.ok for check in checks.values()]


def test_doctor_finds_a_worn_strap_in_order():
    assert verdicts(examine(FakeStrap())) == [True] * 8


@pytest.mark.parametrize(
    ("room", "verdict", "words"),
    [
        (FakeBlueZ.unplug, None, "no Bluetooth adapter"),
        (lambda bluez: bluez.set_powered(False), False, "switched off"),
    ],
)
def test_doctor_tells_what_is_wrong_with_the_adapter(room, verdict, words):
    checks = examine(room=room)
    assert verdicts(checks) == [verdict, *[None] * 7]
    assert checks["Bluetooth adapter"].mend
    assert words in checks["Bluetooth adapter"].said


def test_doctor_tells_a_missing_permission_from_a_missing_adapter():
    def refuse(bluez: FakeBlueZ) -> None:
        bluez.refusal = BlueZError("org.freedesktop.DBus.Error.AccessDenied", "Rejected")

    assert verdicts(examine(room=refuse)) == [None, False, *[None] * 6]


def test_doctor_does_not_complain_where_no_strap_is_near():
    checks = examine()
    assert verdicts(checks) == [True, True, *[None] * 6]
    assert "wet the electrodes" in checks["Strap found"].mend


def test_doctor_tells_a_strap_that_refuses_the_connection():
    strap = FakeStrap()
    strap.connect_script = [("org.bluez.Error.Failed", "le-connection-refused")]
    assert verdicts(examine(strap)) == [True, True, True, False, *[None] * 4]


def test_doctor_tells_a_strap_without_rr_and_with_a_weak_battery():
    strap = FakeStrap()
    strap.battery = 5
    checks = examine(strap, beat=lambda strap: strap.beat(60))
    assert verdicts(checks) == [True, True, True, True, True, True, False, False]
    assert "5 %" in checks["Strap's battery"].said


def test_doctor_tells_a_strap_that_is_not_worn():
    checks = examine(FakeStrap(), beat=lambda strap: strap.beat(0, contact=False))
    assert verdicts(checks) == [True, True, True, True, True, False, None, True]
    assert "skin" in checks["First packet"].said
