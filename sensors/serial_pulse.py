"""A pulse sensor on a serial port: a PulseSensor on an Arduino and its kin, a finger in a cup.

`serial` takes the first USB port there is, `serial:DEVICE` that one, `serial:DEVICE?baud=9600` at another
speed. What its lines may be is in `sensors.pulse_lines`; the beats are found here.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from sensors.attached import Attached, AwayError
from sensors.beat import BadPacket
from sensors.peaks import RATE_MAX_HZ, RATE_MIN_HZ, heartpy
from sensors.plain_text import plain
from sensors.pulse_lines import PulseLines
from sensors.wave_beats import WaveBeats

BAUD = 115_200
"""What the sketches of the PulseSensor Playground set."""
BAUD_MIN, BAUD_MAX = 300, 4_000_000

READ_S = 0.02
"""Between two readings, one sample of a PulseSensor (own choice)."""
READ_BYTES = 4096
"""Of one reading, twice what 5000 samples a second need; what waits beyond it is dropped (own choice)."""

WITHOUT = "Sensor 'serial' needs {package}: pip install 'calando[serial]'."
SILENT = "{label} sends nothing; press its reset, or see whether its sketch is on it."
STRANGE = "{label} sends no pulse signal; is its speed {baud} baud? Else write serial:DEVICE?baud=SPEED."
RATE = "{label} sends {rate:.0f} samples a second; between {least:.0f} and {most:.0f} are needed."


class SerialPulse(Attached):
    """`serial:DEVICE`. Raises ValueError, one sentence, for what cannot be meant."""

    worn = "Lay a finger on it lightly, and keep it still."

    def __init__(self, spec: str) -> None:
        self._device, _, query = spec.partition("?")
        self._baud = _baud_of(query)
        for module, package in (("serial", "pyserial"), ("heartpy", "heartpy")):
            if find_spec(module) is None:
                raise ValueError(WITHOUT.format(package=package))
        kind = _kind_of(self._device)
        if kind is not None and not stat.S_ISCHR(kind):
            what = "a folder" if stat.S_ISDIR(kind) else "no serial port"
            raise ValueError(f"Sensor 'serial': {plain(self._device)} is {what}; name one as /dev/ttyACM0.")
        name = plain(self._device.rpartition("/")[2])
        super().__init__(f"Pulse sensor {name}" if name else "Pulse sensor on USB")

    def _prepare(self) -> None:
        heartpy()  # takes seconds, so before the first beat asks for it

    def _hold(self) -> None:
        device = self._device or _first_port()
        port = self._opened_port(device)
        if not self._device:
            self._label = f"Pulse sensor {plain(device.rpartition('/')[2])}"
        try:
            port.reset_input_buffer()
            self._opened()
            self._listen(port)
        except OSError as gone:  # pyserial's own is one
            raise AwayError(f"{self.label} was unplugged; plug it in again.") from gone
        finally:
            port.close()

    def _opened_port(self, device: str) -> Any:
        serial: Any = import_module("serial")
        try:
            return serial.Serial(device, self._baud, timeout=0, exclusive=True)
        except (OSError, ValueError) as refused:
            raise AwayError(self._refusal(device, refused)) from refused

    def _refusal(self, device: str, refused: Exception) -> str:
        number, named = _number(refused), plain(device)
        match number:
            case errno.EACCES | errno.EPERM:
                return f"You may not read {named}; sudo usermod -aG dialout $USER, then log in anew."
            case errno.ENOENT | errno.ENODEV | errno.ENXIO | errno.EIO:
                return f"{named} is not there; plug the pulse sensor in."
            case errno.EBUSY | errno.EAGAIN:
                return f"{named} is held by another program; close the Arduino's monitor or plotter."
            case errno.ENOTTY | errno.EINVAL | errno.EISDIR | errno.ENOTDIR:
                return f"{named} is no serial port; name the sensor's own, as serial:/dev/ttyACM0."
            case _:
                why = plain(str(refused)) if number is None else os.strerror(number)
                return f"{named} cannot be opened ({why}); plug the sensor in anew, or name another port."

    def _listen(self, port: Any) -> None:
        lines, beats = PulseLines(), WaveBeats("ppg")
        came_s = sample_s = time.monotonic()
        while not self._closed.wait(READ_S):
            came: bytes = port.read(READ_BYTES)
            if port.in_waiting > READ_BYTES:  # more than any pulse is: the newest is as good
                port.reset_input_buffer()
            now_s = time.monotonic()
            samples = lines.take(came)
            if lines.unread:
                self._tell([BadPacket(now_s, lines.unread, "no line of a pulse sensor")])
            if samples:
                sample_s = now_s
                stamps = [each.stamp_s for each in samples if each.stamp_s is not None]
                whole = stamps if len(stamps) == len(samples) else None
                self._tell(beats.take([each.level for each in samples], whole, now_s))
            came_s = now_s if came else came_s
            self._look(self._why(now_s - came_s, now_s - sample_s, beats.rate_hz))

    def _why(self, silent_s: float, strange_s: float, rate_hz: float | None) -> str | None:
        """Why no beat comes, where it is not the finger's."""
        if silent_s > 2.0:
            return SILENT.format(label=self.label)
        if strange_s > 2.0:
            return STRANGE.format(label=self.label, baud=self._baud)
        if rate_hz is not None and not RATE_MIN_HZ <= rate_hz <= RATE_MAX_HZ:
            return RATE.format(label=self.label, rate=rate_hz, least=RATE_MIN_HZ, most=RATE_MAX_HZ)
        return None


def _kind_of(device: str) -> int | None:
    """What stat says that it is; None where it is not there, or may not be looked at."""
    if not device:
        return None
    try:
        return Path(device).stat().st_mode
    except (OSError, ValueError):
        return None


def _number(refused: Exception) -> int | None:
    """The system's number of it, which pyserial drops where the port opens and cannot be set."""
    for each in (refused, refused.__context__):
        if isinstance(number := getattr(each, "errno", None), int):
            return number
        if each is not None and each.args and isinstance(each.args[0], int):  # as termios' own has it
            return each.args[0]
    return None


def _baud_of(query: str) -> int:
    told = dict(parse_qsl(query, keep_blank_values=True))
    baud = told.pop("baud", str(BAUD))
    if told or not baud.isdecimal() or not BAUD_MIN <= int(baud) <= BAUD_MAX:
        raise ValueError(
            f"Sensor 'serial': '{plain(query)}' is not understood; write serial:DEVICE?baud=SPEED, "
            f"{BAUD_MIN} to {BAUD_MAX}."
        )
    return int(baud)


def _first_port() -> str:
    """The first USB port by name. Raises AwayError where there is none."""
    ports: Any = import_module("serial.tools.list_ports")
    found = sorted(str(port.device) for port in ports.comports() if port.vid is not None)
    if not found:
        raise AwayError("No pulse sensor is on USB; plug it in, or name its port as serial:/dev/ttyACM0.")
    return found[0]
