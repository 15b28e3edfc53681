"""A Polar strap for the stand-in BlueZ: PMD control point and an ECG whose every beat is known."""

from __future__ import annotations

import asyncio
import time

import numpy as np
from numpy.typing import NDArray

from tests.sensors.fake_strap import Characteristic, FakeStrap

CONTROL, DATA = "fb005c81-02e7-f387-1cad-8acd2d8df0c8", "fb005c82-02e7-f387-1cad-8acd2d8df0c8"
SERVICE = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"

FEATURES = bytes([0x0F, 0x05, *bytes(15)])  # ECG and acceleration

RATE_HZ = 130.16  # as measured on an H10 (github:kbroman/detectPVC)
FRAME_SAMPLES = 73


def ecg(times_s: NDArray[np.float64], beats_s: NDArray[np.float64], seed: int = 1) -> NDArray[np.float64]:
    """Microvolts at `times_s`: a Q, R, S and T wave (Gaussians) at each beat, wander and noise."""
    waves = ((-0.04, 0.01, -120.0), (0.0, 0.011, 1100.0), (0.035, 0.012, -250.0), (0.27, 0.05, 260.0))
    signal = 80.0 * np.sin(2 * np.pi * 0.23 * times_s)
    signal += np.random.default_rng(seed).normal(0.0, 12.0, len(times_s))
    for at_s, width_s, height in waves:
        distance_s = times_s[:, None] - (beats_s[None, :] + at_s)
        signal += height * np.exp(-0.5 * (distance_s / width_s) ** 2).sum(axis=1)
    return signal


def frame(end_s: float, microvolts: NDArray[np.float64]) -> bytes:
    """A PMD data frame; the time stamp, in nanoseconds, is that of the last sample."""
    samples = b"".join(int(value).to_bytes(3, "little", signed=True) for value in np.rint(microvolts))
    return b"\0" + round(end_s * 1e9).to_bytes(8, "little") + b"\0" + samples


class FakePolar(FakeStrap):
    """Answers the commands of an H10 and streams its ECG while it is told to."""

    def __init__(self, address: str = "C0:FF:EE:00:00:10", name: str = "Polar H10 12345678") -> None:
        super().__init__(address, name)
        self.table += [
            Characteristic(SERVICE, CONTROL, ("read", "write", "indicate"), lambda: FEATURES),
            Characteristic(SERVICE, DATA, ("notify",)),
        ]
        self.commands: list[bytes] = []
        self.refuse = False
        self.beats_s = np.cumsum(0.85 + 0.05 * np.sin(2 * np.pi * 0.1 * 0.85 * np.arange(400)))
        """On the strap's clock, which starts with the stream."""
        self.started_s = 0.0
        self._stream: asyncio.Task[None] | None = None

    def written(self, path: str, value: bytes) -> None:
        assert path == self.path_of(CONTROL)
        self.commands.append(value)
        match value[0]:
            case 1:
                self.notify(bytes.fromhex("f0 01 00 00 00 00 01 82 00 01 01 0e 00"), CONTROL)
            case 2 if self.refuse:
                self.notify(bytes.fromhex("f0 02 00 0d 00"), CONTROL)  # it is charging
            case 2:
                self.notify(bytes.fromhex("f0 02 00 00 00"), CONTROL)
                self._stream = asyncio.ensure_future(self._send())
            case 3:
                self.notify(bytes.fromhex("f0 03 00 00 00"), CONTROL)
                if self._stream:
                    self._stream.cancel()

    async def _send(self) -> None:
        self.started_s = time.monotonic()
        first = 1
        while self.connected:
            times_s = np.arange(first, first + FRAME_SAMPLES) / RATE_HZ
            first += FRAME_SAMPLES
            await asyncio.sleep(self.started_s + times_s[-1] - time.monotonic())
            self.notify(frame(times_s[-1], ecg(times_s, self.beats_s, seed=first)), DATA)
