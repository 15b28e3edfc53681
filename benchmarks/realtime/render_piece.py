"""Renders Calando's piece offline, as raw interleaved float32. usage: render_piece.py SECONDS OUT.f32"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import piece

from dsp.command import alive
from dsp.native import Synth

SAMPLE_RATE = 48_000


def main(seconds: int, path: str) -> None:
    synth = Synth(SAMPLE_RATE)
    piece.push_all(synth)
    with Path(path).open("wb") as file:
        for _ in range(seconds):
            sound = np.zeros((SAMPLE_RATE, 2), np.float32)
            synth.render(sound)
            synth.push([alive()])
            sound.tofile(file)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
