"""Kept lines: the cache of rendered lines, one FLAC each, named by the hash of what it was rendered from.

A file tells the digest of its own samples: one that was cut off or changed is known, and rendered again.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

from engine.written import put

RATE_HZ = 48_000
"""Of kept lines; the engine's own, so that nothing is resampled while it plays."""

MADE = 3
"""Way in which a voice's sound becomes a kept line (engine.words.level); another one renders all anew."""

VARIABLE = "CALANDO_CACHE"
"""Environment variable with another folder for what can be made again."""


@dataclass(frozen=True, slots=True)
class Saying:
    """What a line is rendered from: all that changes its sound."""

    words: str
    voice: str
    speed: float
    version: str

    @property
    def path(self) -> Path:
        """Where its sound is kept."""
        told = json.dumps(asdict(self) | {"made": MADE}, ensure_ascii=False, sort_keys=True)
        return folder() / f"{hashlib.sha256(told.encode()).hexdigest()[:40]}.flac"


def folder() -> Path:
    """Where lines are kept: in `CALANDO_CACHE`, or the user's cache folder."""
    named = os.environ.get(VARIABLE)
    cache = Path(named) if named else Path(platformdirs.user_cache_dir("calando", appauthor=False))
    return cache / "voice"


def keep(path: Path, sound: NDArray[np.float32]) -> None:
    """Put a line, (frames,) at RATE_HZ, in its place, whole or not at all. Raises WriteError."""
    soundfile: Any = import_module("soundfile")
    from io import BytesIO

    steps = np.rint(np.clip(sound, -1.0, 1.0) * 32767.0).astype("<i2")
    whole = BytesIO()
    with soundfile.SoundFile(whole, "w", RATE_HZ, 1, format="FLAC", subtype="PCM_16") as file:
        file.comment = _digest(steps)
        file.write(steps)
    path.parent.mkdir(parents=True, exist_ok=True)
    put(path, whole.getvalue(), force=True)


def read(path: Path) -> NDArray[np.float32] | None:
    """The line that is kept there, (frames,) at RATE_HZ; None where there is none, or a damaged one."""
    soundfile: Any = import_module("soundfile")
    try:
        with soundfile.SoundFile(path) as file:
            steps = file.read(dtype="int16")
            whole = file.samplerate == RATE_HZ and file.comment == _digest(steps)
    except (soundfile.SoundFileError, OSError):
        return None
    return (steps / np.float32(32767.0)).astype(np.float32) if whole and len(steps) else None


def _digest(steps: NDArray[np.int16]) -> str:
    return hashlib.sha256(steps.astype("<i2").tobytes()).hexdigest()
