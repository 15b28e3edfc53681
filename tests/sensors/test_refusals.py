"""Straps that refuse, that have two of a thing, or come back as another: one sentence with the mend."""

from __future__ import annotations

import asyncio
import json

import pytest
from click.testing import CliRunner, Result

from engine.cli import doctor_bluetooth
from engine.cli.check import Check
from engine.cli.doctor_bluetooth import STEPS, bluetooth_checks
from engine.cli.scan import scan
from sensors import scan as sensors_scan
from sensors import search, subscription, survey
from sensors.retry import PAUSES, Failure, Pause
from sensors.strap import Strap
from tests.sensors import private_bus
from tests.sensors.fake_strap import HEART_RATE_MEASUREMENT, BlueZError, Characteristic, FakeStrap, uuid16
from tests.sensors.strap_refusals import REFUSALS, Refusal, add_heart_rate
from tests.sensors.strap_sitting import bluetooth, sitting, until

pytestmark = pytest.mark.skipif(not private_bus.available(), reason="dbus-daemon is not installed")


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(sensors_scan, "SETTLE_S", 0.2)
    monkeypatch.setattr(search, "SETTLE_S", 0.2)
    monkeypatch.setattr(subscription, "SUBSCRIBE_S", 0.8)
    monkeypatch.setattr(survey, "LISTEN_S", 0.5)
    monkeypatch.setattr(doctor_bluetooth, "LISTEN_S", 1.0)
    monkeypatch.setattr(doctor_bluetooth, "SCAN_S", 1.5)


def straps() -> dict[str, FakeStrap]:
    made: dict[str, FakeStrap] = {}
    for k, refusal in enumerate(REFUSALS):
        made[refusal.name] = strap = FakeStrap(f"C0:FF:EE:00:01:{k:02X}", f"HRM {k}")
        refusal.makes(strap)
    return made


def test_scan_says_of_each_why_and_what_helps():
    async def scene() -> Result:
        async with bluetooth(*straps().values()):
            return await asyncio.to_thread(CliRunner().invoke, scan, ["--seconds", "1", "--json"])

    result = asyncio.run(scene())
    assert result.exit_code == 0, result.output
    words = {row["address"]: row["words"] for row in map(json.loads, result.stdout.splitlines())}
    assert len(words) == len(REFUSALS)
    for refusal, strap in zip(REFUSALS, straps().values(), strict=True):
        told = words[strap.address]
        assert refusal.said in told, refusal.name
        assert refusal.mend in told, refusal.name
        assert strap.name in told
        assert "account" not in told
        assert "org." not in told
        assert "<" not in told, "nothing of the library's own"


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.name)
def test_doctor_says_why_and_what_helps(refusal: Refusal):
    strap = FakeStrap()
    refusal.makes(strap)

    async def scene() -> list[Check]:
        async with bluetooth(strap):
            return await asyncio.to_thread(lambda: list(bluetooth_checks()))

    checks = asyncio.run(scene())
    assert [check.what for check in checks] == list(STEPS)
    (failed,) = [check for check in checks if check.ok is False]
    assert refusal.said in failed.said
    assert refusal.mend in failed.mend
    assert checks[0].ok
    assert checks[1].ok, "the account is not to blame"


def test_a_sitting_says_why_and_what_helps_and_goes_on_as_soon_as_it_can(monkeypatch):
    monkeypatch.setitem(PAUSES, Failure.REFUSED, Pause(0.2, 0.2))
    monkeypatch.setitem(PAUSES, Failure.UNREACHED, Pause(0.2, 0.2))

    async def one(refusal: Refusal, strap: FakeStrap) -> None:
        async with sitting(Strap(strap.address)) as seen:
            await until(lambda: any(refusal.said in change.words for change in seen.changes), 30.0)
            told = next(change.words for change in seen.changes if refusal.said in change.words)
            assert refusal.mend in told
            strap.table, strap.connect_script = FakeStrap().table, []
            strap.drop_link()
            strap.remove()  # BlueZ reads its table again
            await until(lambda: strap.beat(60, [1000]), 30.0)
            await until(lambda: seen.link == "live")

    async def scene() -> None:
        made = straps()
        async with bluetooth(*made.values()):
            await asyncio.gather(*(one(refusal, made[refusal.name]) for refusal in REFUSALS[::4]))

    asyncio.run(scene())


@pytest.mark.parametrize("speaks", [0, 1])
@pytest.mark.parametrize("refuses", [None, 0])
def test_of_two_heart_rates_the_one_that_speaks_is_heard_once(speaks, refuses):
    if speaks == refuses:
        pytest.skip("what refuses does not speak")

    async def scene() -> None:
        strap = FakeStrap()
        add_heart_rate(strap)
        if refuses is not None:
            strap.refuse_beats(BlueZError("org.bluez.Error.NotSupported", "no"), refuses)
        async with bluetooth(strap):
            async with sitting(Strap()) as seen:
                packet = bytes.fromhex("16 3c e8 03")
                await until(lambda: strap.notify(packet, which=speaks))
                for k in range(5):
                    await asyncio.sleep(0.1)
                    strap.notify(bytes([0x16, 60, k, 4]), which=speaks)
                    await asyncio.sleep(0.05)
                    if refuses is None:
                        strap.notify(bytes([0x16, 60, k, 4]), which=1 - speaks)
                await until(lambda: len(seen.measurements) == 6)
                assert seen.link == "live"
            checks = {check.what: check for check in await checked(strap, speaks)}
        assert checks["Strap's services"].ok
        assert checks["RR intervals"].ok

    asyncio.run(scene())


async def checked(strap: FakeStrap, speaks: int) -> list[Check]:
    async def beats() -> None:
        while True:
            await asyncio.sleep(0.1)
            strap.notify(bytes.fromhex("16 3c e8 03"), which=speaks)

    beating = asyncio.ensure_future(beats())
    try:
        return await asyncio.to_thread(lambda: list(bluetooth_checks()))
    finally:
        beating.cancel()


@pytest.mark.parametrize("other", [b"\x5a", b"\xff", b""])
@pytest.mark.parametrize("first", [True, False])
def test_of_two_battery_levels_the_lower_is_told(other, first):
    levels = (other, b"\x50") if first else (b"\x50", other)

    async def scene() -> None:
        strap = FakeStrap()
        strap.table[1:2] = [
            Characteristic(uuid16(0x180F), uuid16(0x2A19), ("read",), lambda level=level: level)
            for level in levels
        ]
        async with bluetooth(strap), sitting(Strap()) as seen:
            await until(lambda: seen.link == "waiting for beats")
            assert seen.sensor.info.battery_percent == 80
            assert seen.sensor.info.maker == "Fakeco"

    asyncio.run(scene())


def test_a_strap_that_comes_back_under_another_address_is_found_again(monkeypatch):
    monkeypatch.setattr(search, "RETURN_S", 0.5)

    async def scene() -> None:
        strap = FakeStrap("C0:FF:EE:00:00:01", "HRM 7")
        neighbour = FakeStrap("C0:FF:EE:00:00:02", "HRM 8", rssi=-90)
        async with bluetooth(strap, neighbour), sitting(Strap()) as seen:
            await until(lambda: strap.beat(60, [1000]))
            await until(lambda: seen.link == "live")
            strap.move("C0:FF:EE:00:00:99")
            await until(lambda: strap.beat(60, [1001]), 20.0)
            await until(lambda: seen.link == "live")
            assert not neighbour.connected

    asyncio.run(scene())


def test_of_two_straps_of_one_name_none_is_taken_for_the_one_that_left(monkeypatch):
    monkeypatch.setattr(search, "RETURN_S", 0.2)
    monkeypatch.setattr(search, "SCAN_S", 1.0)

    async def scene() -> None:
        strap = FakeStrap("C0:FF:EE:00:00:01", "HRM")
        others = [FakeStrap(f"C0:FF:EE:00:00:1{k}", "HRM", rssi=-90) for k in range(2)]
        async with bluetooth(strap, *others), sitting(Strap()) as seen:
            await until(lambda: strap.beat(60, [1000]))
            await until(lambda: seen.link == "live")
            strap.out_of_range()
            await asyncio.sleep(3.0)
            assert not any(other.calls for other in others)
            strap.in_range = True
            await until(lambda: strap.beat(60, [1001]), 20.0)

    asyncio.run(scene())


def test_the_second_heart_rate_has_an_identifier_of_its_own():
    strap = FakeStrap()
    add_heart_rate(strap)
    assert [row.uuid for row in strap.table].count(HEART_RATE_MEASUREMENT) == 2


def test_pauses_grow_to_their_most_and_no_further():
    pause = Pause(1.0, 10.0)
    assert all(0.5 <= pause.before(1) <= 1.0 for _ in range(20))
    assert all(5.0 <= pause.before(failures) <= 10.0 for failures in (5, 50, 5000))
    assert set(PAUSES) == set(Failure)
    assert all(each.most_s <= 10.0 for each in PAUSES.values()), "whatever is mended is tried soon"
