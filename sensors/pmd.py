"""Codec of Polar's measurement data service (PMD): control point commands and responses, data frames.

Source of the layouts: Polar's published "Polar Measurement Data Specification for 3rd party"; the bits of
the frame type and the compressed layout as in Polar's public SDK. Numbers are little endian.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

PMD_SERVICE = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
PMD_CONTROL = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
PMD_DATA = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"

H10_ECG_RATE_HZ = 130
"""Nominal; straps run at 128 to 131 Hz, so take times from the frames' time stamps."""

_FEATURES, _RESPONSE = 0x0F, 0xF0
_GET_SETTINGS, _START, _STOP = 0x01, 0x02, 0x03
_DELTA_COMPRESSED = 0x80
_HEADER_BYTES = 10


class PmdError(ValueError):
    """The bytes are not what the PMD service sends."""


class Stream(IntEnum):
    """Measurement types of the service that this codec reads."""

    ECG = 0
    PPG = 1
    ACC = 2
    PPI = 3


class Setting(IntEnum):
    """Ids of the settings a stream is started with."""

    RATE_HZ = 0
    RESOLUTION_BITS = 1
    RANGE_G = 2
    RANGE_MILLI = 3
    CHANNELS = 4
    FACTOR = 5


_SETTING_BYTES = {
    Setting.RATE_HZ: 2,
    Setting.RESOLUTION_BITS: 2,
    Setting.RANGE_G: 2,
    Setting.RANGE_MILLI: 4,
    Setting.CHANNELS: 1,
    Setting.FACTOR: 4,
}

STATUS_WORDS = (
    "accepted",
    "unknown command",
    "unknown measurement",
    "not supported",
    "wrong length",
    "wrong parameter",
    "already in that state",
    "wrong resolution",
    "wrong sample rate",
    "wrong range",
    "packet size too small",
    "wrong number of channels",
    "not possible in this state",
    "not possible while charging",
    "disk full",
)
"""Meaning of a response's status, by number."""

ALREADY_IN_STATE = 6


@dataclass(frozen=True, slots=True)
class Response:
    """The control point's answer to one command."""

    command: int
    stream: int
    status: int
    more: bool
    parameters: bytes

    @property
    def accepted(self) -> bool:
        return self.status in (0, ALREADY_IN_STATE)

    @property
    def words(self) -> str:
        return STATUS_WORDS[self.status] if self.status < len(STATUS_WORDS) else f"status {self.status}"


@dataclass(frozen=True, slots=True)
class EcgFrame:
    """Electrocardiogram, microvolt, shape (samples,); `timestamp_ns` is the moment of the last sample."""

    timestamp_ns: int
    microvolts: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class AccFrame:
    """Acceleration, thousandths of g, shape (samples, 3); `timestamp_ns` is that of the last sample."""

    timestamp_ns: int
    milli_g: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class PpgFrame:
    """Light, raw counts, shape (samples, 4): three channels and the ambient light."""

    timestamp_ns: int
    counts: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class PulseInterval:
    """One pulse-to-pulse interval of an optical sensor."""

    bpm: int
    interval_ms: int
    error_ms: int
    blocker: bool
    """The sensor knows that movement spoiled this interval."""
    contact: bool | None


@dataclass(frozen=True, slots=True)
class PpiFrame:
    """Pulse-to-pulse intervals, oldest first."""

    timestamp_ns: int
    intervals: tuple[PulseInterval, ...]


Frame = EcgFrame | AccFrame | PpgFrame | PpiFrame


def settings_command(stream: Stream) -> bytes:
    """Ask which settings `stream` offers."""
    return bytes((_GET_SETTINGS, stream))


def start_command(stream: Stream, settings: Mapping[Setting, int] | None = None) -> bytes:
    """Start `stream` with one value for each setting; pulse intervals take none."""
    chosen = sorted((settings or {}).items())
    return bytes((_START, stream)) + b"".join(
        bytes((key, 1)) + value.to_bytes(_SETTING_BYTES[key], "little") for key, value in chosen
    )


def stop_command(stream: Stream) -> bytes:
    """Stop `stream`; one that is never stopped keeps the strap on until its battery is empty."""
    return bytes((_STOP, stream))


def decode_features(payload: bytes) -> frozenset[Stream]:
    """Read the control point's value: the streams this strap has."""
    if len(payload) < 2 or payload[0] != _FEATURES:
        raise PmdError(f"not a list of PMD features: {payload.hex(' ') or 'empty'}")
    return frozenset(stream for stream in Stream if payload[1] >> stream & 1)


def decode_response(payload: bytes) -> Response:
    """Read an indication of the control point."""
    if len(payload) < 4 or payload[0] != _RESPONSE:
        raise PmdError(f"not a PMD response: {payload.hex(' ') or 'empty'}")
    more = len(payload) > 4 and payload[4] != 0
    return Response(payload[1], payload[2], payload[3], more, payload[5:])


def decode_settings(parameters: bytes) -> dict[Setting, tuple[int, ...]]:
    """Read the parameters of a response to `settings_command`: the values offered for each setting."""
    offered: dict[Setting, tuple[int, ...]] = {}
    at = 0
    while at < len(parameters):
        if parameters[at] not in _SETTING_BYTES or at + 2 > len(parameters):
            raise PmdError(f"unreadable PMD settings: {parameters.hex(' ')}")
        key = Setting(parameters[at])
        width, count = _SETTING_BYTES[key], parameters[at + 1]
        values = parameters[at + 2 : at + 2 + width * count]
        if len(values) < width * count:
            raise PmdError(f"PMD settings end too early: {parameters.hex(' ')}")
        offered[key] = tuple(
            int.from_bytes(values[i : i + width], "little") for i in range(0, len(values), width)
        )
        at += 2 + width * count
    return offered


def decode_frame(payload: bytes) -> Frame:
    """Read a notification of the data characteristic.

    Raises PmdError for measurement or frame types outside the published layouts and for frames whose
    samples are not whole.
    """
    if len(payload) < _HEADER_BYTES:
        raise PmdError(f"the PMD frame is shorter than its header: {payload.hex(' ') or 'empty'}")
    timestamp_ns = int.from_bytes(payload[1:9], "little")
    kind, frame_type, body = payload[0] & 0x3F, payload[9], payload[_HEADER_BYTES:]
    match kind, frame_type:
        case Stream.ECG, 0:
            return EcgFrame(timestamp_ns, _signed(body, channels=1, width=3)[:, 0])
        case Stream.ACC, 0 | 1 | 2:
            return AccFrame(timestamp_ns, _signed(body, channels=3, width=frame_type + 1))
        case Stream.ACC, 0x81:
            return AccFrame(timestamp_ns, _delta_compressed(body, channels=3, width=2))
        case Stream.PPG, 0:
            return PpgFrame(timestamp_ns, _signed(body, channels=4, width=3))
        case Stream.PPG, 0x80:
            return PpgFrame(timestamp_ns, _delta_compressed(body, channels=4, width=3))
        case Stream.PPI, 0:
            return PpiFrame(timestamp_ns, tuple(_intervals(body)))
        case _:
            packed = "compressed " if frame_type & _DELTA_COMPRESSED else ""
            raise PmdError(f"unknown {packed}PMD frame: measurement {kind}, type {frame_type & 0x7F}")


def _signed(body: bytes, *, channels: int, width: int) -> NDArray[np.int32]:
    """Two's complement integers of `width` bytes, shape (samples, channels)."""
    if not body or len(body) % (channels * width):
        raise PmdError(f"the PMD frame does not hold whole samples: {len(body)} bytes")
    raw = np.frombuffer(body, np.uint8).reshape(-1, width)
    padded = np.zeros((len(raw), 4), np.uint8)
    padded[:, 4 - width :] = raw  # in the high bytes, so that the shift below extends the sign
    return (padded.view("<i4")[:, 0] >> (8 * (4 - width))).astype(np.int32).reshape(-1, channels)


def _delta_compressed(body: bytes, *, channels: int, width: int) -> NDArray[np.int32]:
    """A reference sample, then blocks of [bits a delta][number of samples][deltas, packed LSB first]."""
    at = channels * width
    if len(body) < at:
        raise PmdError(f"the PMD frame ends inside its reference sample: {len(body)} bytes")
    blocks = [_signed(body[:at], channels=channels, width=width)]
    while at < len(body):
        if at + 2 > len(body):
            raise PmdError("the PMD frame ends inside the header of a delta block")
        bits, count = body[at], body[at + 1]
        packed = body[at + 2 : at + 2 + (bits * count * channels + 7) // 8]
        if not 1 <= bits <= 32 or count == 0 or len(packed) * 8 < bits * count * channels:
            raise PmdError(f"the PMD frame holds a broken delta block: {bits} bits, {count} samples")
        flat = np.unpackbits(np.frombuffer(packed, np.uint8), bitorder="little")
        words = flat[: bits * count * channels].reshape(-1, bits).astype(np.int64)
        deltas = words @ (np.int64(1) << np.arange(bits, dtype=np.int64))
        deltas -= words[:, -1] << bits
        blocks.append(deltas.reshape(count, channels))
        at += 2 + len(packed)
    samples = np.cumsum(np.concatenate(blocks, dtype=np.int64), axis=0)
    return samples.astype(np.int32)


def _intervals(body: bytes) -> Iterator[PulseInterval]:
    if not body or len(body) % 6:
        raise PmdError(f"the PMD frame does not hold whole pulse intervals: {len(body)} bytes")
    for at in range(0, len(body), 6):
        flags = body[at + 5]
        yield PulseInterval(
            bpm=body[at],
            interval_ms=int.from_bytes(body[at + 1 : at + 3], "little"),
            error_ms=int.from_bytes(body[at + 3 : at + 5], "little"),
            blocker=bool(flags & 1),
            contact=bool(flags & 2) if flags & 4 else None,
        )
