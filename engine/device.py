"""One sound device through PortAudio: found by name, opened, lost, found again, and left without hanging.

A sound server that is stopped or killed under PortAudio (measured with JACK, PortAudio 19.6) leaves it
beyond repair: closing the stream hangs, terminating aborts the process, and Python's exit does both.
So a stream whose server has gone is never closed; a second copy of the library is loaded, which knows
nothing of the first, and the exit handler of sounddevice is taken out.

Where a server goes in the moment in which PortAudio opens or starts a stream, an assertion of pa_jack.c
ends the process. Therefore only copies are ever used, with the name of the function that assertions call
written over, so that such a thread waits for ever instead; it then counts as hung, like any other.
"""

from __future__ import annotations

import atexit
import ctypes
import ctypes.util
import os
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

PREFERRED_RATE_HZ = 48_000
"""What most sound cards and servers run at; the device's own rate is taken where it refuses this one."""

LATENCY_S = 0.1
"""Asked of PortAudio, which may round it. Our own choice: nobody plays an instrument here, so a long
buffer costs nothing and survives a busy machine."""

LET_GO_S = 1.0
"""Time a driver has to start or to close a stream before it counts as hung."""

OPEN_S = 3.0
"""Time to list all devices and to open one; hosts with many devices take most of a second."""

_ASSERTION_FAILED = b"\0__assert_fail\0"
_WAIT_FOR_EVER = b"\0pause\0".ljust(len(_ASSERTION_FAILED), b"\0")
"""Entries of a Linux library's table of names: what a failed assertion calls, and what ours call instead.
Both are functions of the C library; pause ends only with a signal, and those go to the main thread."""

_FOR_EVER = getattr(os, "RTLD_NOW", 0) | getattr(os, "RTLD_NODELETE", 0)
"""Flags of dlopen, on the systems that have them, for a library that is never unloaded."""


class DeviceError(ValueError):
    """The device cannot be had; the message says which, and the mend."""


class NoDeviceError(DeviceError):
    """This machine has no device that plays sound, or no PortAudio to reach it."""


class UnknownDeviceError(DeviceError):
    """No device has the name that was asked for."""


@dataclass(frozen=True, slots=True)
class Found:
    """A device PortAudio lists: its number until the next listing, its name, its host, its own rate."""

    index: int
    name: str
    host: str
    rate_hz: int


class SoundDevice:
    """The default device (`name` None), or the one whose name is, or contains, `name`.

    Raises NoDeviceError or UnknownDeviceError.
    """

    def __init__(self, name: str | None = None) -> None:
        self._name = name
        self._portaudio = _load_portaudio()
        self._stream: Any = None
        self._library_is_spoilt = False
        self._spoilt: list[Any] = []  # libraries and streams that must never be touched nor unloaded again
        self.found = self._find()

    @property
    def latency_s(self) -> float:
        """From a sample's computation to its sound, as far as the driver knows; 0 before `open`."""
        return float(self._stream.latency) if self._stream is not None else 0.0

    @property
    def active(self) -> bool:
        """False once the stream has stopped by itself, as it does when its server goes."""
        try:
            return self._stream is not None and bool(self._stream.active)
        except self._portaudio.PortAudioError:
            return False

    def rate_hz(self) -> int:
        """48 kHz where the device takes it, otherwise the device's own rate."""
        try:
            self._portaudio.check_output_settings(
                device=self.found.index, channels=2, dtype="float32", samplerate=PREFERRED_RATE_HZ
            )
        except (self._portaudio.PortAudioError, ValueError):
            return self.found.rate_hz
        return PREFERRED_RATE_HZ

    def open(self, rate_hz: int, callback_address: int, state_address: int) -> None:
        """Open a stereo float32 stream, not yet started, whose C callback is at that address.

        Raises DeviceError, also where the server goes in that moment.
        """
        try:
            self._stream = _result_in_time(
                lambda: self._opened(rate_hz, callback_address, state_address), OPEN_S
            )
        except TimeoutError:
            self._library_is_spoilt = True
            said = f"The sound device {self.found.name} does not open; is its sound server running?"
            raise DeviceError(said) from None

    def _opened(self, rate_hz: int, callback_address: int, state_address: int) -> Any:
        as_pointer = self._portaudio._ffi.cast
        try:
            return self._portaudio._StreamBase(
                "output",
                samplerate=rate_hz,
                blocksize=0,
                device=self.found.index,
                channels=2,
                dtype="float32",
                latency=LATENCY_S,
                callback=as_pointer("PaStreamCallback*", callback_address),
                userdata=as_pointer("void*", state_address),
                wrap_callback=None,
            )
        except (self._portaudio.PortAudioError, ValueError) as trouble:
            raise DeviceError(
                f"The sound device {self.found.name} does not open ({_reason(trouble)}); "
                "close what else uses it, or choose another with --output device:NAME."
            ) from None

    def start(self) -> None:
        """Begin to play. Raises DeviceError, also where the server goes in that moment and start hangs."""
        stream = self._stream
        if not _in_time(stream.start, LET_GO_S) or not self.active:
            said = f"The sound device {self.found.name} does not start; is its sound server running?"
            raise DeviceError(said)

    def let_go(self) -> None:
        """Leave a stream that has died, by closing it where that is safe, so that it calls back no more."""
        stream, self._stream = self._stream, None
        if stream is None:
            return
        if "JACK" not in self.found.host and _in_time(lambda: (stream.abort(), stream.close()), LET_GO_S):
            return
        self._spoilt.append(stream)
        self._library_is_spoilt = True

    def reopen(self, rate_hz: int, callback_address: int, state_address: int) -> bool:
        """After `let_go`: list the devices anew and open ours, as `open` does; False while it is away.

        A server that goes in the middle of this hangs it; then the next call starts with a fresh library.
        """
        opened: list[Any] = []

        def attempt() -> None:
            self._look_again()
            opened.append(self._opened(rate_hz, callback_address, state_address))

        if not _in_time(attempt, OPEN_S):
            self._library_is_spoilt = True
            return False
        self._stream = opened[0] if opened else None
        return bool(opened)

    def _look_again(self) -> None:
        portaudio = self._portaudio
        # A library with a JACK client aborts the process when it is terminated after its server has gone.
        if (
            self._library_is_spoilt
            or self._has_server()
            or not _in_time(lambda: (portaudio._terminate(), portaudio._initialize()), LET_GO_S)
        ):
            self._renew()
        self.found = self._find()

    def close(self) -> None:
        """Play out what is buffered and close, unless the driver hangs; then leave it be."""
        stream, self._stream = self._stream, None
        if stream is not None and (stream.active or "JACK" not in self.found.host):
            _in_time(lambda: (stream.stop(), stream.close()), 2 * LET_GO_S)

    def _has_server(self) -> bool:
        """Whether the library is a client of a sound server that may go away under it."""
        return any("JACK" in host["name"] for host in self._portaudio.query_hostapis())

    def _find(self) -> Found:
        portaudio = self._portaudio
        hosts = [host["name"] for host in portaudio.query_hostapis()]
        playing = [device for device in portaudio.query_devices() if device["max_output_channels"] >= 2]
        if not playing:
            raise NoDeviceError("This machine has no sound device; play into a file with --output file:PATH.")
        if self._name is None:
            try:
                chosen = portaudio.query_devices(kind="output")
            except (portaudio.PortAudioError, ValueError):
                chosen = playing[0]
        else:
            wanted = self._name.casefold()
            named = [device for device in playing if device["name"].casefold() == wanted]
            named += [device for device in playing if wanted in device["name"].casefold()]
            if not named:
                names = ", ".join(sorted({device["name"] for device in playing}))
                said = f"There is no sound device called {self._name!r}; there is: {names}."
                raise UnknownDeviceError(said)
            chosen = named[0]
        host, rate_hz = hosts[chosen["hostapi"]], int(chosen["default_samplerate"])
        return Found(chosen["index"], chosen["name"], host, rate_hz)

    def _renew(self) -> None:
        """Load another copy of the library. Elsewhere than on Linux servers do not die under it."""
        portaudio = self._portaudio
        copy = _copy_of_library()
        if copy is None:
            return
        self._spoilt.append(portaudio._lib)
        portaudio._lib = portaudio._ffi.dlopen(copy)
        portaudio._initialized = 0
        portaudio._initialize()
        self._library_is_spoilt = False


def _load_portaudio() -> Any:
    """The module sounddevice, which lists all devices while it is imported. Raises NoDeviceError."""
    os.environ.setdefault("JACK_NO_START_SERVER", "1")  # looking for a server must not start one

    def load() -> Any:
        with _sounddevice_led_to(_copy_of_library()):
            return import_module("sounddevice")

    try:
        portaudio = _result_in_time(load, OPEN_S)
    except TimeoutError:
        raise NoDeviceError("The sound server does not answer; start it again, then try once more.") from None
    except OSError:
        raise NoDeviceError(
            "PortAudio is not installed, so no sound device can be reached: "
            "on Debian or Ubuntu, sudo apt-get install libportaudio2."
        ) from None
    atexit.unregister(portaudio._exit_handler)
    return portaudio


@contextmanager
def _sounddevice_led_to(library: str | None) -> Generator[None]:
    """While it is imported, sounddevice asks ctypes where PortAudio is; here it is told `library`."""
    if library is None:
        yield
        return

    def there(name: str) -> str:  # noqa: ARG001 - whatever name it tries first
        return library

    asked, ctypes.util.find_library = ctypes.util.find_library, there
    try:
        yield
    finally:
        ctypes.util.find_library = asked


def _copy_of_library() -> str | None:
    """Path of a new copy of PortAudio whose assertions wait for ever; None where there is none to copy."""
    if not sys.platform.startswith("linux"):
        return None
    name = ctypes.util.find_library("portaudio")
    if name is None:
        return None
    ctypes.CDLL(name)  # never used: so the loader says where on disk it is
    lines = Path("/proc/self/maps").read_text().splitlines()
    original = next(Path(line.split(maxsplit=5)[5]) for line in lines if "/libportaudio" in line)
    copy = os.memfd_create("portaudio")  # stays open: the loader takes an equal name for an equal library
    os.write(copy, original.read_bytes().replace(_ASSERTION_FAILED, _WAIT_FOR_EVER))
    path = f"/proc/self/fd/{copy}"
    ctypes.CDLL(path, _FOR_EVER)  # its threads outlive our streams, so its code must stay
    return path


def _reason(trouble: Exception) -> str:
    """PortAudio's own words without the name of our class in front of them."""
    return str(trouble.args[0] if trouble.args else trouble).rpartition(": ")[2].rstrip(".")


def _result_in_time(work: Callable[[], Any], seconds: float) -> Any:
    """What `work`, in a thread of its own, returns; what it raises is raised here, or TimeoutError."""
    outcome: list[tuple[Any, Exception | None]] = []

    def attempt() -> None:
        try:
            outcome.append((work(), None))
        except Exception as trouble:
            outcome.append((None, trouble))

    if not _in_time(attempt, seconds):
        raise TimeoutError
    ((result, trouble),) = outcome
    if trouble is not None:
        raise trouble
    return result


def _in_time(work: Callable[[], object], seconds: float) -> bool:
    """Do `work` in a thread of its own; True if it ended within `seconds`, well or with an error."""
    thread = threading.Thread(target=_quietly, args=(work,), daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()


def _quietly(work: Callable[[], object]) -> None:
    try:
        work()
    except Exception:  # a driver's last words; the caller looks at what it left behind
        return
