"""A Polar strap for the stand-in BlueZ: PMD control point, an ECG and a chest of known beats and breaths."""

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
ACC_RATE_HZ, ACC_SAMPLES = 25.2, 36
"""Nominally 25; an H10 sends 36 samples a frame."""


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


def chest(times_s: NDArray[np.float64], per_min: float, seed: int = 1) -> NDArray[np.int64]:
    """Thousandths of g (samples, 3) at `times_s`: upright, breathing in from time 0 on, 40 : 60."""
    part = times_s * per_min / 60.0 % 1.0
    rises, falls = np.cos(np.pi * part / 0.4), np.cos(np.pi * (part - 0.4) / 0.6)
    fullness = 0.5 * np.where(part < 0.4, 1.0 - rises, 1.0 + falls)
    signal = np.array([20.0, -960.0, 240.0]) + np.outer(fullness, [3.0, -5.0, 18.0])
    signal += np.random.default_rng(seed).normal(0.0, 1.5, signal.shape)
    return np.rint(signal).astype(np.int64)


def acc_frame(end_s: float, milli_g: NDArray[np.int64], *, packed: bool = False) -> bytes:
    """A PMD data frame of acceleration, raw, or as differences of eight bits."""
    head = b"\2" + round(end_s * 1e9).to_bytes(8, "little")
    if not packed:
        return head + b"\1" + milli_g.astype("<i2").tobytes()
    deltas = np.diff(milli_g, axis=0).astype("i1")
    return head + b"\x81" + milli_g[0].astype("<i2").tobytes() + bytes([8, len(deltas)]) + deltas.tobytes()


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
        self.beats_s = np.cumsum(0.85 + 0.05 * np.sin(2 * np.pi * 0.1 * 0.85 * np.arange(1200)))
        """On the strap's clock, which starts with the stream."""
        self.breath_per_min = 12.0
        """From the strap's time 0 on."""
        self.started_s = 0.0
        self.drift_ppm = 0.0
        """Millionths by which its clock is quicker than the computer's."""
        self.gives_chest = True
        self.packed = False
        self.lose_every = 0
        """One frame of so many is lost on the radio; 0: none."""
        self.lost_s = {0: 0.0, 2: 0.0}
        """Seconds of each stream lost so far."""
        self.frames = {0: 0, 2: 0}
        self._streams: dict[int, asyncio.Task[None]] = {}

    def written(self, path: str, value: bytes) -> None:
        assert path == self.path_of(CONTROL)
        self.commands.append(value)
        stream = value[1]
        match value[0]:
            case 1 if stream == 0:
                self.notify(bytes.fromhex("f0 01 00 00 00 00 01 82 00 01 01 0e 00"), CONTROL)
            case 1:
                offered = "00 04 19 00 32 00 64 00 c8 00 01 01 10 00 02 03 02 00 04 00 08 00"
                self.notify(bytes.fromhex("f0 01 02 00 00" + offered), CONTROL)
            case 2 if self.refuse or (stream == 2 and not self.gives_chest):
                self.notify(bytes([0xF0, 2, stream, 0x0D, 0]), CONTROL)  # it is charging
            case 2:
                self.notify(bytes([0xF0, 2, stream, 0, 0]), CONTROL)
                self.started_s = self.started_s or time.monotonic()
                self._streams[stream] = asyncio.ensure_future(self._send_acc() if stream else self._send())
            case 3:
                self.notify(bytes([0xF0, 3, stream, 0, 0]), CONTROL)
                if stream in self._streams:
                    self._streams.pop(stream).cancel()

    async def _send(self) -> None:
        first = 1
        while self.connected:
            times_s = np.arange(first, first + FRAME_SAMPLES) / RATE_HZ
            first += FRAME_SAMPLES
            await self._until(times_s[-1])
            self._radio(
                0, frame(times_s[-1], ecg(times_s, self.beats_s, seed=first)), FRAME_SAMPLES / RATE_HZ
            )

    async def _send_acc(self) -> None:
        first = 1 + int((time.monotonic() - self.started_s) * ACC_RATE_HZ)
        while self.connected:
            times_s = np.arange(first, first + ACC_SAMPLES) / ACC_RATE_HZ
            first += ACC_SAMPLES
            await self._until(times_s[-1])
            milli_g = chest(times_s, self.breath_per_min, seed=first)
            packet = acc_frame(times_s[-1], milli_g, packed=self.packed)
            self._radio(2, packet, ACC_SAMPLES / ACC_RATE_HZ)

    def clock_s(self, monotonic_s: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Its own time at a moment of the computer's."""
        return np.asarray((monotonic_s - self.started_s) * (1.0 + 1e-6 * self.drift_ppm))

    async def _until(self, strap_s: float) -> None:
        await asyncio.sleep(self.started_s + strap_s / (1.0 + 1e-6 * self.drift_ppm) - time.monotonic())

    def _radio(self, stream: int, packet: bytes, length_s: float) -> None:
        self.frames[stream] += 1
        # Never the first: what is lost before anything was heard was never there.
        if self.lose_every and self.frames[stream] % self.lose_every == 0:
            self.lost_s[stream] += length_s
        else:
            self.notify(packet, DATA)
