"""Loudness of a line, after ITU-R BS.1770-4: K-weighted, gated, in LUFS."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BLOCK_S, STEP_S = 0.4, 0.1
"""BS.1770-4: blocks of 400 ms that overlap by three quarters."""

FLOOR_LUFS, GATE_LU = -70.0, -10.0
"""BS.1770-4: the absolute gate, and the relative one."""

SHELF = (1681.974450955533, 3.999843853973347, 0.7071752369554196)
"""Centre in Hz, gain in dB and Q of the first filter of BS.1770-4, as De Man gives them for any rate."""

FAST = 4096
"""Spectra are taken of whole multiples of it: one of a prime number of frames takes ten times as long."""

HIGH_PASS = (38.13547087602444, 0.5003270373238773)
"""Corner in Hz and Q of the second one."""


def loudness_lufs(sound: NDArray[np.float64], rate_hz: int) -> float:
    """Of a mono line as it is heard from both sides at once; FLOOR_LUFS for silence."""
    block, step = round(BLOCK_S * rate_hz), round(STEP_S * rate_hz)
    power = _power(sound, rate_hz)
    starts = np.arange(0, max(len(sound) - block, 0) + 1, step)
    ends = np.minimum(starts + block, len(sound))
    blocks = 2.0 * (power[ends] - power[starts]) / np.maximum(ends - starts, 1)
    loud = blocks[_lufs(blocks) > FLOOR_LUFS]
    if not len(loud):
        return FLOOR_LUFS
    kept = loud[_lufs(loud) > float(_lufs(loud.mean())) + GATE_LU]
    return float(_lufs(kept.mean()))


def around_lufs(sound: NDArray[np.float64], rate_hz: int, block_s: float = BLOCK_S) -> NDArray[np.float64]:
    """(frames,) of the same line: loudness of the block around every frame, beside it is silence."""
    half, at = round(block_s * rate_hz) // 2, np.arange(len(sound))
    power = _power(sound, rate_hz)
    return _lufs((power[np.minimum(at + half, len(sound))] - power[np.maximum(at - half, 0)]) / half)


def _power(sound: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
    """(frames + 1,): what has come of K-weighted power until each frame."""
    frames = -(-len(sound) // FAST) * FAST
    weighted = np.fft.irfft(np.fft.rfft(sound, frames) * _weight(frames, rate_hz), frames)
    return np.concatenate(([0.0], np.cumsum(weighted[: len(sound)] ** 2)))


def _lufs(power: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return -0.691 + 10.0 * np.log10(np.maximum(power, 1e-12))


def _weight(frames: int, rate_hz: int) -> NDArray[np.float64]:
    """What both filters leave of each frequency of a spectrum, as a share of its amplitude."""
    s = 1j * np.fft.rfftfreq(frames, 1.0 / rate_hz)
    corner, gain_db, q = SHELF
    high, band = 10.0 ** (gain_db / 20.0), 10.0 ** (gain_db / 20.0 * 0.4996667741545416)
    shelf = (high * s**2 + band / q * corner * s + corner**2) / (s**2 + corner / q * s + corner**2)
    corner, q = HIGH_PASS
    return np.abs(shelf * s**2 / (s**2 + corner / q * s + corner**2))
