"""The devices PortAudio lists, and which of them is meant by a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.device.errors import NoDeviceError, UnknownDeviceError

PREFERRED_RATE_HZ = 48_000
"""What most sound cards and servers run at; the device's own rate is taken where it refuses this one."""


@dataclass(frozen=True, slots=True)
class Found:
    """A device PortAudio lists: its number until the next listing, its name, its host, how to open it.

    rate_hz    48 kHz where the device takes it, otherwise its own
    channels   2, or 1 where it has no more
    """

    index: int
    name: str
    host: str
    rate_hz: int
    channels: int


def find(portaudio: Any, name: str | None) -> Found:
    """The default device, or the one whose name is, or else contains, `name`.

    portaudio   the module sounddevice
    Raises NoDeviceError or UnknownDeviceError.
    """
    devices = [device for device in portaudio.query_devices() if device["max_output_channels"] >= 1]
    if not devices:
        raise NoDeviceError("This machine has no sound device; play into a file with --output file:PATH.")
    chosen = _default(portaudio, devices) if name is None else _named(devices, name)
    channels = min(2, chosen["max_output_channels"])
    return Found(
        chosen["index"],
        chosen["name"],
        portaudio.query_hostapis()[chosen["hostapi"]]["name"],
        _rate_hz(portaudio, chosen, channels),
        channels,
    )


def _default(portaudio: Any, devices: list[Any]) -> Any:
    try:
        return portaudio.query_devices(kind="output")
    except (portaudio.PortAudioError, ValueError):
        return devices[0]


def _named(devices: list[Any], name: str) -> Any:
    wanted = name.casefold()
    named = [device for device in devices if device["name"].casefold() == wanted]
    named += [device for device in devices if wanted in device["name"].casefold()]
    if not named:
        names = ", ".join(sorted({device["name"] for device in devices}))
        raise UnknownDeviceError(f"There is no sound device called {name!r}; there is: {names}.")
    return named[0]


def _rate_hz(portaudio: Any, device: Any, channels: int) -> int:
    try:
        portaudio.check_output_settings(
            device=device["index"], channels=channels, dtype="float32", samplerate=PREFERRED_RATE_HZ
        )
    except (portaudio.PortAudioError, ValueError):
        return int(device["default_samplerate"])
    return PREFERRED_RATE_HZ
