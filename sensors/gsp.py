"""Codec of Movesense's GATT sensor data protocol (GSP): commands, answers, frames of ECG and acceleration.

Source of the framing: Movesense's published "GATT SensorData Protocol specification" (movesense.com/docs/esw/
gatt_sensordata_protocol); of the payloads its API reference, and measurements of real sensors (github:
sokolmarek/movesense-commander, docs/gsp-protocol.md). Numbers are little endian. Nobody here has tried it on
a real sensor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sensors.pmd import AccFrame, EcgFrame

GSP_COMMANDS = "34800001-7185-4d5d-b431-630e7050e8f0"
GSP_DATA = "34800002-7185-4d5d-b431-630e7050e8f0"

ECG_RATE_HZ, ACC_RATE_HZ = 125, 26
"""The least of what the sensor offers that is enough for a beat and for a breath: it saves the battery."""

ECG_PATH, ACC_PATH = f"/Meas/ECG/{ECG_RATE_HZ}", f"/Meas/Acc/{ACC_RATE_HZ}"

MICROVOLTS_PER_COUNT = 0.381469726563
G_M_PER_S2 = 9.80665

REFUSED_FROM = 400
"""Status of an answer, as of HTTP, from which it is none."""

_SUBSCRIBE, _UNSUBSCRIBE = 1, 2
_ANSWER, _DATA, _DATA_PART_2 = 1, 2, 3
_HEAD_BYTES, _STAMP_BYTES = 2, 4
_STATUSES = range(100, 600)


class GspError(ValueError):
    """The bytes are not what the service sends."""


@dataclass(frozen=True, slots=True)
class Answer:
    """To the command with this reference."""

    reference: int
    status: int


@dataclass(frozen=True, slots=True)
class Frame:
    """Of the stream that was asked for with this reference."""

    reference: int
    payload: bytes


def subscribe_command(reference: int, path: str) -> bytes:
    """Ask for a stream; `reference`, 1 to 255, comes back with all that belongs to it."""
    return bytes([_SUBSCRIBE, reference]) + path.encode() + b"\0"


def unsubscribe_command(reference: int) -> bytes:
    """End the stream that was asked for with `reference`."""
    return bytes([_UNSUBSCRIBE, reference])


def decode(raw: bytes) -> Answer | Frame:
    """What one notification is. Raises GspError for what is none."""
    if len(raw) < _HEAD_BYTES:
        raise GspError("a notification has a kind and a reference")
    kind, reference, rest = raw[0], raw[1], raw[_HEAD_BYTES:]
    if kind == _ANSWER and len(rest) >= 2:
        status = int.from_bytes(rest[:2], "little")
        # Early firmware sends it the other way round.
        return Answer(reference, status if status in _STATUSES else int.from_bytes(rest[:2], "big"))
    if kind == _DATA:
        return Frame(reference, rest)
    if kind == _DATA_PART_2:
        raise GspError("a frame too long for this link came in two parts")
    raise GspError(f"notification of kind {kind} with {len(rest)} bytes")


def decode_ecg(payload: bytes) -> EcgFrame:
    """A frame of `ECG_PATH`: the moment of its first sample in ms, then counts. Raises GspError."""
    counts = _samples(payload, "<i4", 1)
    return EcgFrame(
        _last_ns(payload, len(counts), ECG_RATE_HZ),
        np.rint(counts[:, 0] * MICROVOLTS_PER_COUNT).astype(np.int32),
    )


def decode_acc(payload: bytes) -> AccFrame:
    """A frame of `ACC_PATH`: the moment of its first sample in ms, then x, y, z in m/s². Raises GspError."""
    m_per_s2 = _samples(payload, "<f4", 3)
    if not np.isfinite(m_per_s2).all() or np.abs(m_per_s2).max() > 32.0 * G_M_PER_S2:
        raise GspError("acceleration that no sensor measures")
    return AccFrame(
        _last_ns(payload, len(m_per_s2), ACC_RATE_HZ),
        np.rint(1000.0 * m_per_s2 / G_M_PER_S2).astype(np.int32),
    )


def _samples(payload: bytes, kind: str, channels: int) -> NDArray[np.float64]:
    """(samples, channels), one or more."""
    body = payload[_STAMP_BYTES:]
    if not body or len(body) % (4 * channels):
        raise GspError(f"a frame of {len(payload)} bytes holds no whole samples")
    return np.frombuffer(body, dtype=kind).reshape(-1, channels).astype(np.float64)


def _last_ns(payload: bytes, samples: int, rate_hz: int) -> int:
    """The moment of the last sample, as Polar stamps its frames."""
    first_ms = int.from_bytes(payload[:_STAMP_BYTES], "little")
    return first_ms * 1_000_000 + round((samples - 1) * 1e9 / rate_hz)
