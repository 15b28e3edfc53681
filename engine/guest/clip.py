"""Clip: a piece of stereo sound for the guest channel, known by the hash of what it holds.

It is rounded to 24 bits, as sound files are, so that a FLAC keeps it without loss, and sums are exact.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

STEPS = 1 << 23
"""Steps from silence to full scale at 24 bits."""

LONGEST_S = 3600.0
"""A clip lies in memory whole: an hour takes 1.4 GB. Our own choice."""


class ClipError(ValueError):
    """What cannot be a clip: one sentence."""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """`sound`, (frames, 2), -1 to 1, whole steps of 24 bits; `digest`, the SHA-256 of its bytes."""

    sound: NDArray[np.float32]
    digest: str

    @property
    def frames(self) -> int:
        return len(self.sound)


def clip_of(sound: NDArray[Any], from_hz: int, to_hz: int) -> Clip:
    """The clip for an engine at `to_hz` of a sound at `from_hz`.

    sound   (frames, 2), or (frames,) for both sides alike, -1 to 1
    What is beyond full scale is cut off there. Raises ClipError for what is no sound, or not finite.
    """
    if sound.ndim == 1:
        sound = np.stack((sound, sound), axis=1)
    if sound.ndim != 2 or sound.shape[1] != 2 or not len(sound) or sound.dtype.kind != "f":
        raise ClipError("A clip is an array of floating-point numbers of shape (frames, 2), not empty.")
    if len(sound) > LONGEST_S * from_hz:
        raise ClipError(f"A clip of {len(sound) / from_hz:.0f} s is too long; {LONGEST_S:.0f} s is the most.")
    if not np.isfinite(sound).all():
        raise ClipError("A clip holds samples that are no numbers; render it again.")
    if from_hz != to_hz:
        sound = _resampled(sound, from_hz, to_hz)
    steps = np.rint(np.clip(sound.astype(np.float64) * STEPS, -STEPS, STEPS - 1)).astype("<i4")
    return _clip(steps)


def joined(clips: Iterable[Clip]) -> Clip:
    """One clip of several, one after the other."""
    return _clip(np.concatenate([_steps(clip) for clip in clips]))


def silence(frames: int) -> Clip:
    """A clip of nothing."""
    return _clip(np.zeros((frames, 2), np.int32))


def _steps(clip: Clip) -> NDArray[np.int32]:
    return np.rint(clip.sound.astype(np.float64) * STEPS).astype("<i4")


def _clip(steps: NDArray[np.int32]) -> Clip:
    return Clip((steps / STEPS).astype(np.float32), hashlib.sha256(steps.tobytes()).hexdigest())


def _resampled(sound: NDArray[Any], from_hz: int, to_hz: int) -> NDArray[Any]:
    """Through the spectrum of the whole: nothing of it is bent below the lower of the two Nyquist rates."""
    frames = max(1, round(len(sound) * to_hz / from_hz))
    spectrum = np.fft.rfft(sound.astype(np.float64), axis=0)[: frames // 2 + 1]
    return np.fft.irfft(spectrum, frames, axis=0) * (frames / len(sound))


def as_text(clip: Clip, rate_hz: int) -> str:
    """The clip as FLAC in base64, without loss."""
    soundfile: Any = import_module("soundfile")
    file = io.BytesIO()
    soundfile.write(file, _steps(clip) << 8, rate_hz, format="FLAC", subtype="PCM_24")
    return base64.b64encode(file.getvalue()).decode()


def of_text(text: str) -> Clip:
    """The clip that `as_text` wrote. Raises ValueError for anything else."""
    soundfile: Any = import_module("soundfile")
    try:
        steps: NDArray[np.int32] = soundfile.read(
            io.BytesIO(base64.b64decode(text, validate=True)), dtype="int32", always_2d=True
        )[0]
    except (binascii.Error, soundfile.SoundFileError):
        raise ValueError("the guest's sound is no FLAC") from None
    if steps.shape[1] != 2:
        raise ValueError("the guest's sound is not stereo")
    return _clip(steps >> 8)
