"""RtMidi by its C interface (rtmidi_c.h, RtMidi 5 and on): MIDI keyboards for who has no JACK.

A keyboard's messages go from RtMidi's own thread into machine code (dsp.midi_in) and nowhere else: no
interpreter stands between a key and its sound. The library is the system's, by ctypes: the package
python-rtmidi has it inside, but hands on to Python alone.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable
from typing import Any

from engine.device.errors import NoDeviceError

ABSENT = (
    "Without JACK a MIDI keyboard is heard by RtMidi, which is not installed: on Debian or Ubuntu, "
    "sudo apt-get install librtmidi6; on macOS, brew install rtmidi."
)
NO_SYSTEM = "RtMidi finds no MIDI on this computer; plug a keyboard in, or look whether its driver is loaded."

_NAMES = (
    "librtmidi.so.7", "librtmidi.so.6", "librtmidi.dylib", "/opt/homebrew/lib/librtmidi.dylib", "rtmidi.dll",
)  # fmt: skip
"""Of RtMidi 6 and 5 under Linux, and where systems without a package of their own put it."""
_pointer, _text, _number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint32
MOST_SYSTEMS, NAME_BYTES, QUEUE = 8, 256, 16

_ALL_NOTES_OFF = bytes((0xB0, 123, 0))
"""As a keyboard says it: every key of the player is let go (MIDI 1.0, "Channel Mode Messages")."""

THROUGH = "through"
"""What systems call a port that only gives back what is sent to it: nobody plays on it."""


class _Wrapper(ctypes.Structure):
    """RtMidiWrapper."""

    _fields_ = (("ptr", _pointer), ("data", _pointer), ("ok", ctypes.c_bool), ("msg", _text))


_in = ctypes.POINTER(_Wrapper)
_FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "rtmidi_get_compiled_api": (ctypes.c_int, (ctypes.POINTER(ctypes.c_int), _number)),
    "rtmidi_in_create": (_in, (ctypes.c_int, _text, _number)),
    "rtmidi_in_free": (None, (_in,)),
    "rtmidi_get_port_count": (_number, (_in,)),
    "rtmidi_get_port_name": (ctypes.c_int, (_in, _number, _text, ctypes.POINTER(ctypes.c_int))),
    "rtmidi_open_port": (None, (_in, _number, _text)),
    "rtmidi_in_set_callback": (None, (_in, _pointer, _pointer)),
}


class RtMidi:
    """Every source of one MIDI system. Raises NoDeviceError where there is no library, or no MIDI.

    system   a number of RtMidiApi, or None for the first that can be had
    """

    def __init__(self, system: int | None = None) -> None:
        self._library = _library()
        self._heard: dict[str, Any] = {}
        for each in self._systems() if system is None else [system]:
            self._system = each
            self._looking = self._client()
            if self._looking is not None:
                return
        raise NoDeviceError(NO_SYSTEM)

    def names(self) -> list[str]:
        """Of all sources there are now."""
        return [self._name(n) for n in range(self._library.rtmidi_get_port_count(self._looking))]

    @property
    def heard(self) -> list[str]:
        """Those that are heard now."""
        return sorted(self._heard)

    def hear(self, wanted: Callable[[str], bool], callback: int, user: int) -> bool:
        """Hear every source that is wanted, as it comes; True where one has gone since the last call.

        callback, user   addresses of an RtMidiCCallback and of what it is handed
        """
        there = self.names()
        gone = [name for name in self._heard if name not in there]
        for name in gone:
            self._library.rtmidi_in_free(self._heard.pop(name))
        for number, name in enumerate(there):
            if name not in self._heard and wanted(name) and (client := self._client()) is not None:
                self._library.rtmidi_in_set_callback(client, callback, user)
                self._library.rtmidi_open_port(client, number, b"play along")
                self._heard[name] = client
        return bool(gone)

    def close(self) -> None:
        """Hear nothing any more."""
        for client in (*self._heard.values(), self._looking):
            self._library.rtmidi_in_free(client)
        self._heard.clear()

    def _systems(self) -> Iterable[int]:
        found = (ctypes.c_int * MOST_SYSTEMS)()
        return found[: self._library.rtmidi_get_compiled_api(found, MOST_SYSTEMS)]

    def _client(self) -> Any:
        client = self._library.rtmidi_in_create(self._system, b"Calando", QUEUE)
        return client if client and client.contents.ok else None

    def _name(self, number: int) -> str:
        room, length = ctypes.create_string_buffer(NAME_BYTES), ctypes.c_int(NAME_BYTES)
        self._library.rtmidi_get_port_name(self._looking, number, room, ctypes.byref(length))
        return room.value.decode(errors="replace") or f"MIDI source {number + 1}"


def let_go(callback: int, user: int) -> None:
    """Let go of every key that is down, by the callback itself."""
    call = ctypes.CFUNCTYPE(None, ctypes.c_double, _text, ctypes.c_size_t, _pointer)(callback)
    call(0.0, _ALL_NOTES_OFF, len(_ALL_NOTES_OFF), user)


def is_wanted(device: str, name: str) -> bool:
    """Whether a source is meant by part of its name; by "" every one on which somebody may play."""
    return device.casefold() in name.casefold() if device else THROUGH not in name.casefold()


def _library() -> Any:
    for name in _NAMES:
        try:
            library = ctypes.CDLL(name)
            for each, (result, takes) in _FUNCTIONS.items():
                function = library[each]  # a new one at each look, so it is kept by its name
                function.restype, function.argtypes = result, takes
                setattr(library, each, function)
        except (OSError, AttributeError):
            continue
        return library
    raise NoDeviceError(ABSENT)
