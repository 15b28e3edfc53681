"""A Movesense sensor for the stand-in BlueZ: its sensor data service, an ECG and a chest of known beats."""

from __future__ import annotations

import asyncio
import struct
import time

import numpy as np
from numpy.typing import NDArray

from tests.sensors.fake_polar import chest, ecg
from tests.sensors.fake_strap import Characteristic, FakeStrap

SERVICE = "34802252-7185-4d5d-b431-630e7050e8f0"
COMMANDS, DATA = "34800001-7185-4d5d-b431-630e7050e8f0", "34800002-7185-4d5d-b431-630e7050e8f0"

ECG_HZ, ECG_SAMPLES = 125.0, 16
ACC_HZ, ACC_SAMPLES = 26.0, 4
MICROVOLTS_PER_COUNT, G_M_PER_S2 = 0.381469726563, 9.80665


def ecg_frame(reference: int, first_s: float, microvolts: NDArray[np.float64]) -> bytes:
    """A notification; its stamp, in milliseconds, is that of the first sample."""
    counts = np.rint(microvolts / MICROVOLTS_PER_COUNT).astype("<i4")
    return bytes([2, reference]) + struct.pack("<I", round(1000.0 * first_s)) + counts.tobytes()


def acc_frame(reference: int, first_s: float, milli_g: NDArray[np.int64]) -> bytes:
    m_per_s2 = (milli_g / 1000.0 * G_M_PER_S2).astype("<f4")
    return bytes([2, reference]) + struct.pack("<I", round(1000.0 * first_s)) + m_per_s2.tobytes()


class FakeMovesense(FakeStrap):
    """Answers what is asked for and streams it until it is told to end."""

    def __init__(
        self, address: str = "C0:FF:EE:00:00:20", name: str = "Movesense 0020", *, answers: bool = True
    ) -> None:
        super().__init__(address, name)
        self.table += [
            Characteristic(SERVICE, COMMANDS, ("write",)),
            Characteristic(SERVICE, DATA, ("notify",)),
        ]
        self.answers = answers
        """Whether it answers a command that it takes, as early firmware does not."""
        self.status = 200
        self.commands: list[bytes] = []
        self.beats_s = np.cumsum(0.85 + 0.05 * np.sin(2 * np.pi * 0.1 * 0.85 * np.arange(1200)))
        self.breath_per_min = 12.0
        self.started_s = 0.0
        self._streams: dict[int, asyncio.Task[None]] = {}

    def written(self, path: str, value: bytes) -> None:
        assert path == self.path_of(COMMANDS)
        self.commands.append(value)
        command, reference = value[0], value[1]
        if self.answers or self.status >= 400:
            self.notify(bytes([1, reference]) + struct.pack("<H", self.status), DATA)
        if command == 1 and self.status < 400:
            self.started_s = self.started_s or time.monotonic()
            which = self._send_ecg if b"ECG" in value else self._send_acc
            self._streams[reference] = asyncio.ensure_future(which(reference))
        elif command == 2 and reference in self._streams:
            self._streams.pop(reference).cancel()

    async def _send_ecg(self, reference: int) -> None:
        first = 0
        while self.connected:
            times_s = np.arange(first, first + ECG_SAMPLES) / ECG_HZ
            first += ECG_SAMPLES
            await self._until(times_s[-1])
            self.notify(ecg_frame(reference, times_s[0], ecg(times_s, self.beats_s, seed=first)), DATA)

    async def _send_acc(self, reference: int) -> None:
        first = round((time.monotonic() - self.started_s) * ACC_HZ)
        while self.connected:
            times_s = np.arange(first, first + ACC_SAMPLES) / ACC_HZ
            first += ACC_SAMPLES
            await self._until(times_s[-1])
            packet = acc_frame(reference, times_s[0], chest(times_s, self.breath_per_min, seed=first))
            self.notify(packet, DATA)

    async def _until(self, sensor_s: float) -> None:
        await asyncio.sleep(self.started_s + sensor_s - time.monotonic())
