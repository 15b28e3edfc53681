"""Codec of the Bluetooth Heart Rate, Battery and Device Information services: bytes in, values out.

Sources: Heart Rate Service 1.0 (characteristic 0x2A37), Battery Service 1.0 (0x2A19), Device Information
Service 1.1 (0x180A), all of the Bluetooth SIG. Numbers are little endian.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sensors.plain_text import plain

HEART_RATE_SERVICE = "0000180d-0000-1000-8000-00805f9b34fb"
HEART_RATE_MEASUREMENT = "00002a37-0000-1000-8000-00805f9b34fb"
BATTERY_LEVEL = "00002a19-0000-1000-8000-00805f9b34fb"
DEVICE_INFORMATION: dict[str, str] = {
    "maker": "00002a29-0000-1000-8000-00805f9b34fb",
    "model": "00002a24-0000-1000-8000-00805f9b34fb",
    "firmware": "00002a26-0000-1000-8000-00805f9b34fb",
}
"""What a strap tells about its make. The serial number (0x2A25) is left out: it points to one person."""

WIDE_RATE, IN_CONTACT, TELLS_CONTACT, ENERGY, RR = 0x01, 0x02, 0x04, 0x08, 0x10
"""Bits of the flags byte; the three highest are reserved and ignored."""

_WIDTHS: tuple[tuple[str, Callable[[int], int]], ...] = (
    ("heart rate", lambda flags: 2 if flags & WIDE_RATE else 1),
    ("energy expended", lambda flags: 2 if flags & ENERGY else 0),
)
"""The fields between the flags and the RR intervals, in order, with their widths in bytes."""


class HeartRateServiceError(ValueError):
    """The bytes are not a value of this characteristic."""


@dataclass(frozen=True, slots=True)
class HeartRateMeasurement:
    """One value of characteristic 0x2A37."""

    bpm: int
    """0 to 65535 beats a minute; straps send 0 while they have no rate."""
    rr_ticks: tuple[int, ...]
    """RR intervals in 1/1024 s, oldest first, as received."""
    contact: bool | None
    """Skin contact; None where the strap does not tell."""
    energy_kj: int | None
    """Energy expended since its last reset, in kilojoules, saturating at 65535; None where absent."""
    trailing_bytes: int
    """Bytes past the last whole field, which carry nothing."""


def decode_measurement(payload: bytes) -> HeartRateMeasurement:
    """Read one notification of 0x2A37.

    Raises HeartRateServiceError where the payload ends inside the heart rate or the energy.
    """
    if not payload:
        raise HeartRateServiceError("the heart rate packet is empty")
    flags = payload[0]
    at = 1
    values: list[int] = []
    for name, width_of in _WIDTHS:
        end = at + width_of(flags)
        if end > len(payload):
            raise HeartRateServiceError(f"the heart rate packet ends before its {name}: {payload.hex(' ')}")
        values.append(int.from_bytes(payload[at:end], "little"))
        at = end
    bpm, energy_kj = values
    rr_bytes = payload[at : at + (len(payload) - at) // 2 * 2] if flags & RR else b""
    return HeartRateMeasurement(
        bpm=bpm,
        rr_ticks=tuple(int.from_bytes(rr_bytes[i : i + 2], "little") for i in range(0, len(rr_bytes), 2)),
        contact=bool(flags & IN_CONTACT) if flags & TELLS_CONTACT else None,
        energy_kj=energy_kj if flags & ENERGY else None,
        trailing_bytes=len(payload) - at - len(rr_bytes),
    )


def decode_battery_percent(payload: bytes) -> int:
    """Read 0x2A19: 0 to 100 percent. Raises HeartRateServiceError for anything else."""
    if len(payload) != 1 or payload[0] > 100:
        raise HeartRateServiceError(f"the battery level is not 0 to 100: {payload.hex(' ') or 'empty'}")
    return payload[0]


def decode_text(payload: bytes) -> str:
    """Read a string of the Device Information Service; some straps pad it with zero bytes."""
    return plain(payload.split(b"\0")[0].decode("utf-8", errors="replace"))
