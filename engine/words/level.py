"""Level: every line is as loud as every other, even in itself and clear: no syllable sets how loud it may be.

A voice that lies 11 LU over the music needs room under the cap on loudness. Syllables stand 4 LU out of a
line as it is spoken; what is taken of that is room for the music.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.words.kept_lines import RATE_HZ
from engine.words.loudness import around_lufs, loudness_lufs

LEVEL_LUFS = -20.0
"""Every line is as loud as every other (own choice; the sitting sets the level over the music)."""

EVEN_LU = 0.0
"""400 ms of a line that are louder than the whole of it by more are turned down. The turn takes as long, so
that 2.3 LU of the loudest syllable are left, of 3.7 before (own choice)."""

PASSES = 4
"""What is turned down makes the whole softer, so it is measured again (own choice: eight do no better)."""

QUIET = 0.003
"""What is softer than this share of the loudest before the first sound, and after the last, is left out."""

RUMBLE_HZ = 70.0
"""What lies below the lowest voice is the room's and the hand's on the microphone (own choice)."""


PRESENCE_DB, PRESENCE_HZ, PRESENCE_OCTAVES = 4.0, 2800.0, 1.2
"""Consonants are told apart around 3 kHz: so much more of it, which falls off as a normal curve does, by its
standard deviation in octaves (own choice)."""

CHEST_DB, CHEST_HZ = 3.0, 250.0
"""So much less of what lies far below: there a voice is loud, and drones are (own choice)."""


def levelled(sound: NDArray[np.float64], rate_hz: int) -> NDArray[np.float32]:
    """The line (frames,) at RATE_HZ and LEVEL_LUFS, from its first sound to its last, even in itself."""
    loud = np.flatnonzero(np.abs(sound) > QUIET * np.abs(sound).max(initial=1e-9))
    if len(loud):
        sound = sound[loud[0] : loud[-1] + rate_hz // 20]
    sound = even(_clear(sound, rate_hz))
    sound = sound * 10.0 ** ((LEVEL_LUFS - loudness_lufs(sound, RATE_HZ)) / 20.0)
    return np.asarray(sound / max(1.0, float(np.abs(sound).max())), np.float32)


def even(sound: NDArray[np.float64]) -> NDArray[np.float64]:
    """The line (frames,) at RATE_HZ, turned down where 400 ms of it stand out, as slowly as they pass."""
    for _ in range(PASSES):
        around = around_lufs(sound, RATE_HZ)
        down_db = np.minimum(loudness_lufs(sound, RATE_HZ) + EVEN_LU - around, 0.0)
        sound = sound * 10.0 ** (down_db / 20.0)
    return sound


def _clear(sound: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
    """The line at RATE_HZ, present and without its rumble (as by a Butterworth high-pass of second order); no
    phase is bent."""
    frames = round(len(sound) * RATE_HZ / rate_hz)
    spectrum = np.fft.rfft(sound)
    at_hz = np.maximum(np.fft.rfftfreq(len(sound), 1.0 / rate_hz), 1e-3)
    present_db = PRESENCE_DB * np.exp(-0.5 * (np.log2(at_hz / PRESENCE_HZ) / PRESENCE_OCTAVES) ** 2)
    present_db -= CHEST_DB / (1.0 + (at_hz / CHEST_HZ) ** 2)
    spectrum *= 10.0 ** (present_db / 20.0) / np.sqrt(1.0 + (RUMBLE_HZ / at_hz) ** 4)
    return np.fft.irfft(spectrum[: frames // 2 + 1], frames) * (frames / len(sound))
