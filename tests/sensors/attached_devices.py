"""Devices that tests plug in and pull out: a pulse sensor on a pty, an ANT stick, an LSL stream."""

from __future__ import annotations

import math
import os
import pty
import threading
import time
import tty
from collections.abc import Callable
from functools import reduce
from operator import xor
from pathlib import Path
from typing import Any

import numpy as np

SAMPLE_S = 0.02
PAGE_S = 8070 / 32768


def heart(count: int, seed: int = 1) -> np.ndarray:
    """Moments of beats in seconds, the first at 0: 67 a minute, swinging with the breath."""
    noise = np.random.default_rng(seed).normal(0.0, 0.01, count)
    return np.concatenate([[0.0], np.cumsum(0.9 + 0.06 * np.sin(np.arange(count) * math.pi / 4) + noise)])


def pulse(t_s: float, beats: np.ndarray) -> float:
    """A finger's PPG in units of a ten-bit converter: each wave 150 ms behind its beat, with its notch."""
    since = t_s - beats[max(int(np.searchsorted(beats, t_s, side="right")) - 1, 0)]
    wave, notch = (math.exp(-(((since - at) / wide) ** 2)) for at, wide in ((0.15, 0.07), (0.42, 0.09)))
    return 512 + 180 * wave + 60 * notch


class Repeated:
    """Something done again and again in a thread while it is plugged in."""

    def __init__(self, step: Callable[[], None], every_s: float) -> None:
        self._step, self._every_s = step, every_s
        self._out = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._out.wait(self._every_s):
            self._step()

    def stop(self) -> None:
        self._out.set()
        self._thread.join()


class PulseSensor:
    """A PulseSensor on an Arduino, at `path`, which is there while it is plugged in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._beats = heart(2000)
        self._began_s = time.monotonic()

    def plug(self) -> None:
        self._ours, self._theirs = pty.openpty()
        tty.setraw(self._theirs)
        self.path.symlink_to(os.ttyname(self._theirs))
        self._told = round((time.monotonic() - self._began_s) / SAMPLE_S)
        os.write(self._ours, b"\xff\x00garbage of a boot loader\r\n")
        self._telling = Repeated(self._tell, 0.016)

    def _tell(self) -> None:
        lines = b""
        while self._told * SAMPLE_S <= time.monotonic() - self._began_s:
            lines += b"S%d\r\nB67\r\nQ900\r\n" % round(pulse(self._told * SAMPLE_S, self._beats))
            self._told += 1
        os.write(self._ours, lines)

    def flood(self, data: bytes) -> int:
        os.set_blocking(self._ours, False)
        try:
            return os.write(self._ours, data)
        except BlockingIOError:
            return 0
        finally:
            os.set_blocking(self._ours, True)

    def pull(self) -> None:
        self._telling.stop()
        self.path.unlink()
        os.close(self._ours)
        os.close(self._theirs)


def framed(name: int, values: bytes) -> bytes:
    """A message as a stick writes it (ANT Message Protocol and Usage, section 7.1)."""
    whole = bytes([0xA4, len(values), name]) + values
    return whole + bytes([reduce(xor, whole)])


class AntStick:
    """A driver as openant has them: bytes in and out of a stick that hears one strap."""

    plugged = False
    refuses = 0
    _beats = heart(2000)
    _began_s = time.monotonic()

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._open = False
        self._paged_s = 0.0
        self._pages = 0

    @classmethod
    def find(cls) -> bool:
        return cls.plugged

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def write(self, data: Any) -> None:
        name, values = data[2], bytes(data[3:-1])
        if name == 0x4A:
            self._waiting += b"\x00\x00" + framed(0x6F, b"\x20")
            return
        self._open = self._open or name == 0x4B
        self._waiting += framed(0x40, bytes([values[0], name, self.refuses]))

    def read(self) -> bytes:
        if not self.plugged:
            raise OSError(19, "No such device")
        time.sleep(0.05)
        now_s = time.monotonic() - self._began_s
        if self._open and now_s - self._paged_s >= PAGE_S:
            self._paged_s = now_s
            self._pages += 1
            number = (0, 0, 4, 4)[self._pages // 4 % 4] | (0x80 if self._pages // 4 % 2 else 0)
            page = page_of(self._beats, int(np.searchsorted(self._beats, now_s)) - 1, number)
            broken = framed(0x4E, b"\0" + page)[:-1] + b"\x55"
            self._waiting += broken + b"\xa4\x09\x4e" * (self._pages % 3) + framed(0x4E, b"\0" + page)
        came, self._waiting = bytes(self._waiting), bytearray()
        return came


def page_of(beats: np.ndarray, last: int, number: int) -> bytes:
    """A page of a strap whose last beat was that one of `beats`."""
    ticks = [round(beats[max(at, 0)] * 1024) % 65536 for at in (last - 1, last)]
    before = ticks[0].to_bytes(2, "little") if number & 0x7F == 4 else b"\xff\xff"
    return bytes([number, 0xFF]) + before + ticks[1].to_bytes(2, "little") + bytes([last % 256, 67])


class LslStream:
    """An outlet of another program's: RR intervals, each with the moment of its beat, in 1 / `rate_hz`."""

    def __init__(self, name: str, rate_hz: float = 1000.0) -> None:
        self._name, self._rate_hz = name, rate_hz
        self._beats = heart(2000)
        self._told = 0

    def plug(self) -> None:
        import pylsl

        self._lsl = pylsl
        rate, kind = pylsl.IRREGULAR_RATE, pylsl.cf_double64
        info = pylsl.StreamInfo(self._name, "RR", 1, rate, kind, "another-program")
        self._outlet = pylsl.StreamOutlet(info)
        self._began_s = pylsl.local_clock() - float(self._beats[self._told])
        self._telling = Repeated(self._tell, 0.1)

    def _tell(self) -> None:
        now_s = self._lsl.local_clock()
        while self._began_s + self._beats[self._told + 1] < now_s:
            self._told += 1
            rr = self._rate_hz * (self._beats[self._told] - self._beats[self._told - 1])
            self._outlet.push_sample([float(rr)], self._began_s + float(self._beats[self._told]))

    def pull(self) -> None:
        self._telling.stop()
        del self._outlet


RATES_HZ = {"HR": 1, "ECG": 130, "PPG": 50}
"""Of the outlets of `LslWaves`."""


class LslWaves:
    """Outlets of a rate, an ECG and a PPG of one heart, named and typed HR, ECG and PPG."""

    def __init__(self) -> None:
        import pylsl

        self._lsl, self.beats = pylsl, heart(2000)
        self._outlets = {
            kind: pylsl.StreamOutlet(pylsl.StreamInfo(kind, kind, 1, rate, pylsl.cf_float32, kind))
            for kind, rate in RATES_HZ.items()
        }  # fmt: skip
        self.began_s = pylsl.local_clock()
        self._told = dict.fromkeys(RATES_HZ, 0)
        self._telling = Repeated(self._tell, 0.02)

    def _tell(self) -> None:
        now_s = self._lsl.local_clock() - self.began_s
        for kind, rate in RATES_HZ.items():
            while (t_s := self._told[kind] / rate) <= now_s:
                levels = {"HR": 66.0, "ECG": self._qrs(t_s), "PPG": pulse(t_s, self.beats)}
                self._outlets[kind].push_sample([float(levels[kind])], self.began_s + t_s)
                self._told[kind] += 1

    def _qrs(self, t_s: float) -> float:
        return 1000.0 * math.exp(-((float(np.min(np.abs(self.beats - t_s))) / 0.012) ** 2))

    def pull(self) -> None:
        self._telling.stop()
        self._outlets.clear()
