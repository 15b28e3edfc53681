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

from engine.words.kept_lines import keep
from engine.words.level import levelled

SEED = 1
"""Of the noise in a voice: the same line is the same samples (own choice)."""


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
