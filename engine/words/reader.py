"""Reader: the process that renders lines by a voice, so that no process that plays holds one.

It takes one JSON object on standard input, {"voice", "speed", "lines": [{"words", "path"}, ...]}, puts each
line in its place, and prints a line for every one that is done.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.words.kept_lines import RATE_HZ, keep
from engine.words.loudness import loudness_lufs

LEVEL_LUFS = -20.0
"""Every line is as loud as every other (own choice; the sitting sets the level over the music)."""

SEED = 1
"""Of the noise in a voice: the same line is the same samples (own choice)."""

QUIET = 0.003
"""What is softer than this share of the loudest before the first sound, and after the last, is left out."""


def main() -> int:
    asked: dict[str, Any] = json.load(sys.stdin)
    hibari: Any = import_module("hibari")
    voices: Any = import_module("hibari.voices")
    voice = hibari.Hibari(model=voices.voice_path(asked["voice"], download_missing=False), threads=1)
    for line in asked["lines"]:
        sound = voice(line["words"], speed=asked["speed"], seed=SEED)
        keep(Path(line["path"]), levelled(np.asarray(sound, np.float64), hibari.SAMPLE_RATE))
        print("done", flush=True)
    return 0


def levelled(sound: NDArray[np.float64], rate_hz: int) -> NDArray[np.float32]:
    """The line at RATE_HZ and LEVEL_LUFS, from its first sound to its last."""
    loud = np.flatnonzero(np.abs(sound) > QUIET * np.abs(sound).max(initial=1e-9))
    if len(loud):
        sound = sound[loud[0] : loud[-1] + rate_hz // 20]
    frames = round(len(sound) * RATE_HZ / rate_hz)
    sound = np.fft.irfft(np.fft.rfft(sound), frames) * (frames / len(sound)) if rate_hz != RATE_HZ else sound
    sound = sound * 10.0 ** ((LEVEL_LUFS - loudness_lufs(sound, RATE_HZ)) / 20.0)
    return np.asarray(sound / max(1.0, float(np.abs(sound).max())), np.float32)
