"""The Heart Rate Service codec against captured packets, the vendors' own test vectors and random bytes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.heart_rate_service import (
    HeartRateMeasurement,
    HeartRateServiceError,
    decode_battery_percent,
    decode_measurement,
    decode_text,
)

FRAMES = Path("/work/shared/data/ble_hr_2a37/hr_2a37_dev.jsonl")
CONTACT = {"detected": True, "not_detected": False, "not_supported": None}


@pytest.mark.skipif(not FRAMES.exists(), reason=f"the recordings are not here: {FRAMES}")
def test_every_listed_frame_decodes_to_its_stated_values():
    frames = [json.loads(line) for line in FRAMES.read_text().splitlines()]
    assert len(frames) >= 54
    for frame in frames:
        stated = frame["decoded"]
        assert decode_measurement(bytes.fromhex(frame["hex"])) == HeartRateMeasurement(
            bpm=stated["hr_bpm"],
            rr_ticks=tuple(stated["rr_1024"]),
            contact=CONTACT[stated["contact"]],
            energy_kj=stated["energy_kj"],
            trailing_bytes=stated["trailing_bytes"],
        ), frame["id"]


@pytest.mark.parametrize(
    ("payload", "bpm", "rr", "contact", "energy"),
    [
        ("06 3c", 60, (), True, None),  # Polar H7, worn, no RR yet
        ("16 3c 11 04", 60, (1041,), True, None),
        ("16 46 8a 03 44 03", 70, (906, 836), True, None),
        ("10 48 00 03", 72, (768,), None, None),
        ("11 48 00 00 04", 72, (1024,), None, None),
        ("18 48 00 00 20 03", 72, (800,), None, 0),
        ("14 40 00 04", 64, (1024,), False, None),
        ("f6 3c 11 04", 60, (1041,), True, None),  # reserved flags are ignored
        ("17 2c 01 00 01", 300, (256,), True, None),
        ("12 3c 11 04", 60, (1041,), None, None),  # a contact bit without support says nothing
    ],
)
def test_the_layout_of_the_specification(payload, bpm, rr, contact, energy):
    value = decode_measurement(bytes.fromhex(payload))
    assert (value.bpm, value.rr_ticks, value.contact, value.energy_kj) == (bpm, rr, contact, energy)
    assert value.trailing_bytes == 0


def test_a_full_packet_keeps_all_its_intervals_in_order():
    rr = tuple(range(900, 909))  # nine fit a 23-byte MTU
    payload = bytes([0x10, 60]) + b"".join(ticks.to_bytes(2, "little") for ticks in rr)
    assert decode_measurement(payload).rr_ticks == rr


def test_bytes_past_the_last_whole_field_are_left():
    assert decode_measurement(bytes.fromhex("10 3c 00 04 05")).rr_ticks == (1024,)
    assert decode_measurement(bytes.fromhex("10 3c 00 04 05")).trailing_bytes == 1
    assert decode_measurement(bytes.fromhex("00 3c 00 04")).trailing_bytes == 2


@pytest.mark.parametrize("payload", ["", "10", "01 3c", "08 3c", "08 3c 01", "1f 3c 00 01"])
def test_a_packet_that_ends_too_early_is_its_own_error(payload):
    with pytest.raises(HeartRateServiceError, match="heart rate packet"):
        decode_measurement(bytes.fromhex(payload))


@given(st.binary(max_size=40))
def test_random_bytes_decode_or_raise_the_codecs_own_error(payload):
    try:
        value = decode_measurement(payload)
    except HeartRateServiceError:
        return
    assert 0 <= value.bpm <= 0xFFFF
    assert all(0 <= ticks <= 0xFFFF for ticks in value.rr_ticks)
    energy = 0 if value.energy_kj is None else 2
    wide = 2 if payload[0] & 1 else 1
    assert 1 + wide + energy + 2 * len(value.rr_ticks) + value.trailing_bytes == len(payload)


@given(st.binary(max_size=4))
def test_battery_is_a_percentage_or_an_error(payload):
    if len(payload) == 1 and payload[0] <= 100:
        assert decode_battery_percent(payload) == payload[0]
    else:
        with pytest.raises(HeartRateServiceError, match="battery"):
            decode_battery_percent(payload)


def test_texts_lose_their_padding():
    assert decode_text(b"Polar Electro Oy\0\0") == "Polar Electro Oy"
    assert decode_text(b"\xff\xfe") == "\ufffd\ufffd"
