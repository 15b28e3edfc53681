"""Why a device cannot be had: each message names the device, or what there is instead, and the mend."""

from __future__ import annotations


class DeviceError(ValueError):
    """The device cannot be had; the message says which, and the mend."""


class NoDeviceError(DeviceError):
    """This machine has no device that plays sound, or no PortAudio to reach it."""


class UnknownDeviceError(DeviceError):
    """No device has the name that was asked for."""


NAMES = {kind.__name__: kind for kind in (DeviceError, NoDeviceError, UnknownDeviceError)}
"""How another process tells which it was."""
