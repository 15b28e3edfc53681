"""Sound devices: found by name, played on, lost and found again, where no library can harm the music."""

from engine.device.errors import DeviceError, NoDeviceError, UnknownDeviceError
from engine.device.listing import PREFERRED_RATE_HZ, Found
from engine.device.sound_device import (
    ALONG_LATENCY_S,
    LATENCY_S,
    PROMPT_LATENCY_S,
    ClockOut,
    JackDevice,
    SoundDevice,
)

__all__ = [
    "ALONG_LATENCY_S", "LATENCY_S", "PREFERRED_RATE_HZ", "PROMPT_LATENCY_S", "ClockOut", "DeviceError",
    "Found", "JackDevice", "NoDeviceError", "SoundDevice", "UnknownDeviceError",
]  # fmt: skip
