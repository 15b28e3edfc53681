"""libjack by ctypes: as much of it as a client needs that plays, and hears a keyboard.

Of the JACK server's own (libjack-jackd2-0, libjack0) or of PipeWire's, whichever the system loads.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Iterator
from typing import Any

from engine.device.errors import NoDeviceError

NO_START_SERVER = 0x01
"""JackNoStartServer of jack/types.h; the next ones of jack/types.h and jack/midiport.h."""

IS_INPUT, IS_OUTPUT, IS_PHYSICAL = 0x1, 0x2, 0x4
AUDIO, MIDI = b"32 bit float mono audio", b"8 bit raw midi"
PLAYBACK_LATENCY = 1

_ABSENT = (
    "JACK is not installed, and playing along needs it: on Debian or Ubuntu, "
    "sudo apt-get install jackd2, or pipewire-jack where PipeWire plays."
)
_NO_SERVER = "No JACK server answers; start one, or under PipeWire put pw-jack before the command."

_pointer, _text, _word = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint32
_FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "jack_client_open": (_pointer, (_text, ctypes.c_int, _pointer)),
    "jack_client_close": (ctypes.c_int, (_pointer,)),
    "jack_get_client_name": (_text, (_pointer,)),
    "jack_get_sample_rate": (_word, (_pointer,)),
    "jack_get_buffer_size": (_word, (_pointer,)),
    "jack_port_register": (_pointer, (_pointer, _text, _text, ctypes.c_ulong, ctypes.c_ulong)),
    "jack_port_name": (_text, (_pointer,)),
    "jack_port_connected": (ctypes.c_int, (_pointer,)),
    "jack_port_connected_to": (ctypes.c_int, (_pointer, _text)),
    "jack_port_by_name": (_pointer, (_pointer, _text)),
    "jack_port_get_aliases": (ctypes.c_int, (_pointer, _pointer)),
    "jack_port_get_latency_range": (None, (_pointer, ctypes.c_int, _pointer)),
    "jack_get_ports": (_pointer, (_pointer, _text, _text, ctypes.c_ulong)),
    "jack_free": (None, (_pointer,)),
    "jack_connect": (ctypes.c_int, (_pointer, _text, _text)),
    "jack_set_process_callback": (ctypes.c_int, (_pointer, _pointer, _pointer)),
    "jack_set_xrun_callback": (ctypes.c_int, (_pointer, _pointer, _pointer)),
    "jack_on_shutdown": (None, (_pointer, _pointer, _pointer)),
    "jack_activate": (ctypes.c_int, (_pointer,)),
}
_NAME_BYTES = 320
"""Room for a port's alias; libjack's names have 256 bytes at most."""


class Range(ctypes.Structure):
    """jack_latency_range_t, in frames."""

    _fields_ = (("least", ctypes.c_uint32), ("most", ctypes.c_uint32))


class Jack:
    """One client of a running server. Raises NoDeviceError where there is none, or no libjack."""

    def __init__(self, name: str = "Calando") -> None:
        found = ctypes.util.find_library("jack") or "libjack.so.0"
        try:
            self.library = ctypes.CDLL(found)
            for name_of_it, (result, takes) in _FUNCTIONS.items():
                function = self.library[name_of_it]  # a new one at each look, so it is kept by its name
                function.restype, function.argtypes = result, takes
                setattr(self.library, name_of_it, function)
        except (OSError, AttributeError):
            raise NoDeviceError(_ABSENT) from None
        self.client: int | None = self.library.jack_client_open(name.encode(), NO_START_SERVER, None)
        if not self.client:
            raise NoDeviceError(_NO_SERVER)

    @property
    def rate_hz(self) -> int:
        return int(self.library.jack_get_sample_rate(self.client))

    @property
    def period_s(self) -> float:
        return int(self.library.jack_get_buffer_size(self.client)) / self.rate_hz

    def address(self, function: str) -> int:
        """Where one of libjack's functions is."""
        return ctypes.cast(self.library[function], ctypes.c_void_p).value or 0

    def port(self, name: str, kind: bytes, flags: int) -> int:
        """A port of ours, new."""
        port = self.library.jack_port_register(self.client, name.encode(), kind, flags, 0)
        if not port:
            raise NoDeviceError("The JACK server has no room for another port; end another client of it.")
        return int(port)

    def ports(self, kind: bytes, flags: int) -> list[str]:
        """Names of all ports of a kind that have these flags, in the server's order, ours left out."""
        found = self.library.jack_get_ports(self.client, None, kind, flags)
        if not found:
            return []
        try:
            own = self.library.jack_get_client_name(self.client) + b":"
            names = list(_until_null(ctypes.cast(found, ctypes.POINTER(ctypes.c_char_p))))
        finally:
            self.library.jack_free(found)
        return [name.decode(errors="replace") for name in names if not name.startswith(own)]

    def called(self, port: str) -> str:
        """What people call a port: its last alias where it has any, for a system's own names are numbers."""
        first, second = (ctypes.create_string_buffer(_NAME_BYTES) for _ in range(2))
        aliases = (ctypes.c_void_p * 2)(ctypes.addressof(first), ctypes.addressof(second))
        handle = self.library.jack_port_by_name(self.client, port.encode())
        count = self.library.jack_port_get_aliases(handle, aliases) if handle else 0
        named = [each.value.decode(errors="replace") for each in (first, second)[: max(count, 0)]]
        return named[-1] if named else port

    def connect(self, source: str, sink: str) -> bool:
        """Connect two ports by their names; True where they are connected now."""
        return self.library.jack_connect(self.client, source.encode(), sink.encode()) in (0, 17)  # EEXIST

    def connected(self, port: int, other: str) -> bool:
        """Whether a port of ours and another's are connected."""
        return bool(self.library.jack_port_connected_to(port, other.encode()))

    def connections(self, port: int) -> int:
        """How many ports a port of ours is connected to."""
        return int(self.library.jack_port_connected(port))

    def name(self, port: int) -> str:
        return bytes(self.library.jack_port_name(port)).decode()

    def latency_s(self, port: int) -> float:
        """From a sample's computation to its sound, as the server tells it."""
        told = Range()
        self.library.jack_port_get_latency_range(port, PLAYBACK_LATENCY, ctypes.byref(told))
        return max(told.most / self.rate_hz, self.period_s)

    def close(self) -> None:
        """Leave the server."""
        client, self.client = self.client, None
        if client:
            self.library.jack_client_close(client)


def _until_null(names: Any) -> Iterator[bytes]:
    n = 0
    while names[n]:
        yield bytes(names[n])
        n += 1
