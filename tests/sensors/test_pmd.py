"""The PMD codec against the frames of Polar's document and SDK, a second encoder, and random bytes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.pmd import (
    AccFrame,
    EcgFrame,
    PmdError,
    PpgFrame,
    PpiFrame,
    Setting,
    Stream,
    decode_features,
    decode_frame,
    decode_response,
    decode_settings,
    settings_command,
    start_command,
    stop_command,
)

ECG_START = start_command(Stream.ECG, {Setting.RATE_HZ: 130, Setting.RESOLUTION_BITS: 14})
ACC_START = start_command(
    Stream.ACC, {Setting.RATE_HZ: 200, Setting.RESOLUTION_BITS: 16, Setting.RANGE_G: 8}
)

FOLDER = Path("/work/shared/data/ble_polar_pmd")
needs_recordings = pytest.mark.skipif(not FOLDER.exists(), reason=f"the recordings are not here: {FOLDER}")


@needs_recordings
def test_every_listed_frame_decodes_to_its_stated_values():
    frames = [json.loads(line) for line in (FOLDER / "pmd_frames_dev.jsonl").read_text().splitlines()]
    assert {frame["type"] for frame in frames} == {"ecg", "ppi"}
    for listed in frames:
        frame = decode_frame(bytes.fromhex(listed["hex"]))
        assert frame.timestamp_ns == listed["timestamp_ns"], listed["id"]
        if isinstance(frame, EcgFrame):
            assert frame.microvolts.tolist() == listed["decoded"], listed["id"]
        else:
            assert isinstance(frame, PpiFrame)
            for interval, stated in zip(frame.intervals, listed["decoded"], strict=True):
                assert interval.bpm == stated["hr"]
                assert interval.interval_ms == stated["pp_ms"]
                assert interval.error_ms == stated["err_ms"]
                assert interval.blocker == bool(stated["blocker"])
                skin = bool(stated["skin_contact"]) if stated["skin_contact_supported"] else None
                assert interval.contact is skin


@needs_recordings
def test_the_listed_control_bytes_mean_what_they_are_said_to():
    rows = json.loads((FOLDER / "pmd_control.json").read_text())
    listed = {row["meaning"]: bytes.fromhex(row["hex"]) for row in rows}

    def one(words: str) -> bytes:
        return next(raw for meaning, raw in listed.items() if words in meaning)

    assert decode_features(one("features")) == {Stream.ECG, Stream.ACC}
    ecg = decode_response(one("settings response ECG"))
    assert ecg.accepted
    assert decode_settings(ecg.parameters) == {Setting.RATE_HZ: (130,), Setting.RESOLUTION_BITS: (14,)}
    acc = decode_response(one("settings response ACC"))
    assert decode_settings(acc.parameters) == {
        Setting.RATE_HZ: (25, 50, 100, 200),
        Setting.RESOLUTION_BITS: (16,),
        Setting.RANGE_G: (2, 4, 8),
    }
    assert one("start ECG 130 Hz") == ECG_START
    assert one("start PPI (") == start_command(Stream.PPI)
    assert one("stop ECG") == stop_command(Stream.ECG)
    for words in ("start ECG accepted", "start ACC accepted", "start PPI accepted", "stop accepted"):
        assert decode_response(one(words)).accepted


def test_commands_of_the_document():
    assert bytes.fromhex("02 00 00 01 82 00 01 01 0e 00") == ECG_START
    assert bytes.fromhex("02 02 00 01 c8 00 01 01 10 00 02 01 08 00") == ACC_START
    assert settings_command(Stream.ACC) == bytes.fromhex("01 02")
    assert stop_command(Stream.ACC) == bytes.fromhex("03 02")


def test_a_refusal_says_why():
    refusal = decode_response(bytes.fromhex("f0 02 00 05"))
    assert not refusal.accepted
    assert refusal.words == "wrong parameter"
    assert decode_response(bytes.fromhex("f0 02 00 06")).accepted  # it runs already


def test_an_h10_packet_of_acceleration():
    """Three signed 16-bit numbers a sample."""
    samples = np.array([[-5, 980, 12], [-4, 981, -32768], [32767, 0, -1]], "<i2")
    frame = decode_frame(bytes([2]) + (7).to_bytes(8, "little") + b"\x01" + samples.tobytes())
    assert isinstance(frame, AccFrame)
    assert frame.timestamp_ns == 7
    assert frame.milli_g.tolist() == samples.tolist()


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "00 01 02",
        "00 0100000000000000 00",  # no sample
        "00 0100000000000000 00 01 02",  # two thirds of a sample
        "00 0100000000000000 05 01 02 03",  # an ECG layout nobody has published
        "0a 0100000000000000 00 01 02 03",  # location
        "03 0100000000000000 00 3c 2c 04",
        "02 0100000000000000 81 01 00 02 00 03 00 04",  # a delta block without its length
        "02 0100000000000000 81 01 00 02 00 03 00 00 01",  # of no bits
        "02 0100000000000000 81 01 00 02 00 03 00 08 02 01",  # ends too early
    ],
)
def test_frames_that_are_none_raise_the_codecs_own_error(frame):
    with pytest.raises(PmdError):
        decode_frame(bytes.fromhex(frame))


def packed(deltas: list[list[int]], bits: int) -> bytes:
    """A delta block, built from a string of bits: a second way to write what the codec reads."""
    text = "".join(format(value & (1 << bits) - 1, f"0{bits}b")[::-1] for row in deltas for value in row)
    text += "0" * (-len(text) % 8)
    octets = bytes(int(text[i : i + 8][::-1], 2) for i in range(0, len(text), 8))
    return bytes([bits, len(deltas)]) + octets


@given(
    reference=st.lists(st.integers(-2000, 2000), min_size=3, max_size=3),
    blocks=st.lists(
        st.integers(3, 11).flatmap(
            lambda bits: st.tuples(
                st.just(bits),
                st.lists(
                    st.lists(st.integers(-(1 << bits - 1), (1 << bits - 1) - 1), min_size=3, max_size=3),
                    min_size=1,
                    max_size=9,
                ),
            )
        ),
        max_size=3,
    ),
)
def test_compressed_acceleration_adds_up(reference, blocks):
    body = np.array(reference, "<i2").tobytes() + b"".join(packed(rows, bits) for bits, rows in blocks)
    frame = decode_frame(bytes([2]) + bytes(8) + b"\x81" + body)
    assert isinstance(frame, AccFrame)
    expected = [reference]
    for _, rows in blocks:
        for row in rows:
            expected.append([a + b for a, b in zip(expected[-1], row, strict=True)])
    assert frame.milli_g.tolist() == expected


@given(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=60))
def test_random_frames_decode_or_raise_the_codecs_own_error(kind, frame_type, body):
    payload = bytes([kind]) + bytes(8) + bytes([frame_type]) + body
    try:
        frame = decode_frame(payload)
    except PmdError:
        return
    assert isinstance(frame, EcgFrame | AccFrame | PpgFrame | PpiFrame)


@given(st.binary(max_size=30))
def test_random_control_bytes_decode_or_raise_the_codecs_own_error(payload):
    for decode in (decode_features, decode_response, decode_settings, decode_frame):
        try:
            decode(payload)
        except PmdError:
            continue
