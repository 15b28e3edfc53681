"""A Movesense sensor: its protocol against bytes that others measured, the whole over the stand-in BlueZ."""

from __future__ import annotations

import asyncio
import struct
import time

import numpy as np
import pytest

from sensors.beat import BadPacket
from sensors.gsp import (
    Answer,
    Frame,
    GspError,
    decode,
    decode_acc,
    decode_ecg,
    subscribe_command,
    unsubscribe_command,
)
from sensors.monitor import HeartMonitor
from sensors.movesense import MovesenseStrap
from sensors.spec import open_sensor, waits
from tests.sensors import private_bus
from tests.sensors.fake_movesense import ECG_HZ, FakeMovesense
from tests.sensors.fake_strap import FakeStrap
from tests.sensors.strap_sitting import bluetooth, sitting, until

needs_bus = pytest.mark.skipif(not private_bus.available(), reason="dbus-daemon is not installed")


def test_commands_are_what_the_specification_says() -> None:
    assert subscribe_command(99, "/Meas/ECG/125") == b"\x01\x63/Meas/ECG/125\x00"
    assert unsubscribe_command(99) == b"\x02\x63"


def test_answers_tell_their_status_whichever_way_round() -> None:
    assert decode(bytes.fromhex("01 63 c8 00")) == Answer(99, 200)
    assert decode(bytes.fromhex("01 63 94 01")) == Answer(99, 404)
    assert decode(bytes.fromhex("01 63 01 fb")) == Answer(99, 507)  # early firmware


def test_counts_become_the_microvolts_that_the_sensor_makes_of_them() -> None:
    """The same samples by both paths of a real sensor (movesense-commander, docs/gsp-protocol.md)."""
    raw = bytes([2, 7]) + struct.pack("<I4i", 8617, 20835, 20488, 20147, 19833)
    told = decode(raw)
    assert isinstance(told, Frame)
    assert told.reference == 7
    frame = decode_ecg(told.payload)
    assert np.abs(frame.microvolts - [7948, 7816, 7685, 7566]).max() <= 1
    assert frame.timestamp_ns == 8_617_000_000 + 3 * 8_000_000  # the stamp is that of the first sample


def test_acceleration_is_told_in_thousandths_of_g() -> None:
    payload = struct.pack("<I6f", 1000, 0.0, -9.80665, 4.903325, 1.961330, 0.0, 9.80665)
    frame = decode_acc(payload)
    assert frame.milli_g.tolist() == [[0, -1000, 500], [200, 0, 1000]]
    assert frame.timestamp_ns == round(1e9 + 1e9 / 26)


@pytest.mark.parametrize(
    "raw", [b"", b"\x02", b"\x01\x63\xc8", b"\x03\x63" + bytes(8), b"\x09\x63" + bytes(8)], ids=repr
)
def test_what_is_no_notification_is_refused(raw: bytes) -> None:
    with pytest.raises(GspError):
        decode(raw)


@pytest.mark.parametrize("payload", [b"", bytes(4), bytes(7), bytes(4) + b"\xff" * 12], ids=repr)
def test_what_is_no_frame_is_refused(payload: bytes) -> None:
    with pytest.raises(GspError):
        decode_acc(payload)
    if len(payload) < 8:
        with pytest.raises(GspError):
            decode_ecg(payload)


def test_the_word_names_a_strap() -> None:
    sensor = open_sensor("movesense:C0:FF:EE:00:00:20")
    assert isinstance(sensor, MovesenseStrap)
    assert waits("movesense")


@needs_bus
@pytest.mark.parametrize("answers", [True, False], ids=["it answers", "early firmware"])
def test_a_movesense_is_started_heard_with_its_chest_and_stopped(answers: bool) -> None:
    async def scene() -> None:
        strap = FakeMovesense(answers=answers)
        monitor = HeartMonitor()
        async with bluetooth(strap):
            async with sitting(MovesenseStrap(strap.address)) as seen:
                await until(lambda: len(seen.beats) >= 6, 60.0)
                beats = seen.beats
                assert not any(isinstance(event, BadPacket) for event in seen.events)

                def breath() -> float | None:
                    for event in seen.events:
                        monitor.feed(event)
                    seen.events.clear()
                    state = monitor.state(time.monotonic() - seen.engine_zero_s)
                    return state.breath_per_min if state.breath_phase is not None else None

                await until(breath, 90.0)
                assert breath() == pytest.approx(strap.breath_per_min, abs=1.0)
            told_s = np.array([beat.t_s for beat in beats]) + seen.engine_zero_s - strap.started_s
            assert np.abs(told_s[:, None] - strap.beats_s[None, :]).min(axis=1).max() < 0.06
            true_ms = 1000 * np.diff(strap.beats_s)
            for beat in beats[1:]:
                assert np.abs(true_ms - beat.rr_ms).min() < 2 * 1000 / ECG_HZ
        assert [command[:2] for command in strap.commands] == [b"\1\1", b"\1\2", b"\2\1", b"\2\2"]
        assert strap.commands[0][2:] == b"/Meas/ECG/125\0"
        assert strap.commands[1][2:] == b"/Meas/Acc/26\0"

    asyncio.run(scene())


@needs_bus
@pytest.mark.parametrize(
    ("strap", "words"),
    [(FakeStrap(name="Fake HRM"), "use it as `ble`"), (FakeMovesense(), "503")],
    ids=["no service", "refused"],
)
def test_one_that_gives_no_ecg_says_so(strap: FakeStrap, words: str) -> None:
    async def scene() -> None:
        if isinstance(strap, FakeMovesense):
            strap.status = 503
        async with bluetooth(strap), sitting(MovesenseStrap()) as seen:
            await until(lambda: any(words in change.words for change in seen.changes), 60.0)

    asyncio.run(scene())
