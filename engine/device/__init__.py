"""Sound devices: found by name, played on, lost and found again, where no library can harm the music."""

from engine.device.errors import DeviceError, NoDeviceError, UnknownDeviceError
from engine.device.listing import PREFERRED_RATE_HZ, Found
from engine.device.sound_device import SoundDevice

__all__ = ["PREFERRED_RATE_HZ", "DeviceError", "Found", "NoDeviceError", "SoundDevice", "UnknownDeviceError"]
