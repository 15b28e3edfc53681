"""The devices PortAudio lists, and which of them is meant by a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine.device.errors import NoDeviceError, UnknownDeviceError
from engine.device.sockets import bare, socket_of

PREFERRED_RATE_HZ = 48_000
"""What most sound cards and servers run at; the device's own rate is taken where it refuses this one."""


NONE = {
    "output": "This machine has no sound device; play into a file with --output file:PATH.",
    "input": "This machine has no microphone that can be reached; plug one in, then try once more.",
}
"""Where there is no device at all."""


AT = " @ "
"""Between a card's name and the socket that it is in, where somebody names both."""


@dataclass(frozen=True, slots=True)
class Found:
    """A device PortAudio lists: its number until the next listing, its name, its host, how to open it.

    rate_hz    48 kHz where the device takes it, otherwise its own
    channels   2, or 1 where it has no more
    there      all devices of that side, each by its name, or by name and socket where that is known
    """

    index: int
    name: str
    host: str
    rate_hz: int
    channels: int
    there: Sequence[str] = ()


Side = Literal["output", "input"]


def find(portaudio: Any, name: str | None, side: Side = "output") -> Found:
    """The default device, or the one whose name is, or else contains, `name`, in the socket after " @ ".

    Of several cards of one name, none of whose sockets is named, always the one in the same socket.

    portaudio   the module sounddevice
    side        whether it is to play, or to record
    Raises NoDeviceError or UnknownDeviceError.
    """
    devices = [device for device in portaudio.query_devices() if device[f"max_{side}_channels"] >= 1]
    if not devices:
        raise NoDeviceError(NONE[side])
    chosen = _default(portaudio, devices, side) if name is None else _named(devices, name)
    channels = min(2, chosen[f"max_{side}_channels"])
    preferred = _takes(portaudio, chosen["index"], channels, PREFERRED_RATE_HZ, side)
    return Found(
        chosen["index"],
        chosen["name"],
        portaudio.query_hostapis()[chosen["hostapi"]]["name"],
        PREFERRED_RATE_HZ if preferred else int(chosen["default_samplerate"]),
        channels,
        [_in_full(device["name"]) for device in devices],
    )


def _default(portaudio: Any, devices: list[Any], side: Side) -> Any:
    try:
        return portaudio.query_devices(kind=side)
    except (portaudio.PortAudioError, ValueError):
        return devices[0]


def _named(devices: list[Any], name: str) -> Any:
    wanted, _, socket = name.casefold().partition(AT)
    there = [device for device in devices if socket in socket_of(device["name"])]
    named = [device for device in there if device["name"].casefold() == wanted]
    named += [device for device in there if wanted in device["name"].casefold()]
    if not named:
        names = ", ".join(sorted({_in_full(device["name"]) for device in devices}))
        raise UnknownDeviceError(f"There is no sound device called {name!r}; there is: {names}.")
    alike = [device for device in named if bare(device["name"]) == bare(named[0]["name"])]
    return min(alike, key=lambda device: socket_of(device["name"]))


def _in_full(name: str) -> str:
    socket = socket_of(name)
    return f"{bare(name)}{AT}{socket}" if socket else name


def rate_taken(portaudio: Any, found: Found, rate_hz: int) -> int:
    """`rate_hz` where the device takes it, otherwise its own rate."""
    return rate_hz if _takes(portaudio, found.index, found.channels, rate_hz) else found.rate_hz


def _takes(portaudio: Any, index: int, channels: int, rate_hz: int, side: Side = "output") -> bool:
    takes = portaudio.check_output_settings if side == "output" else portaudio.check_input_settings
    try:
        takes(device=index, channels=channels, dtype="float32", samplerate=rate_hz)
    except (portaudio.PortAudioError, ValueError):
        return False
    return True
