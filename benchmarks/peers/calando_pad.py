"""Renders the reference patch on Calando's kernels, as calando_pad_build.py has compiled them.

usage: calando_pad.py STEM SECONDS OUT.wav
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import numpy as np
import soundfile
from reference_patch import SAMPLE_RATE, gate_off_s

QUANTUM = 64  # frames, as dsp/quantum.py has it; importing that package here would be start-up for nothing
CHUNK_QUANTA = 256  # rendered between two writes


def main(stem: Path, seconds: float, path: str) -> None:
    library = ctypes.CDLL(str(stem.with_suffix(".so")))
    library.render.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
    library.let_go.argtypes = (ctypes.c_void_p,)
    scene = np.load(stem.with_suffix(".npy"))
    quanta = int(seconds * SAMPLE_RATE / QUANTUM)
    held = min(int(gate_off_s(seconds) * SAMPLE_RATE / QUANTUM), quanta)
    out = np.zeros((CHUNK_QUANTA * QUANTUM, 2), np.float32)
    with soundfile.SoundFile(path, "w", SAMPLE_RATE, 2, "FLOAT") as file:
        for first, until in ((0, held), (held, quanta)):
            if first:
                library.let_go(scene.ctypes.data)
            for at in range(first, until, CHUNK_QUANTA):
                count = min(CHUNK_QUANTA, until - at)
                library.render(scene.ctypes.data, out.ctypes.data, count)
                file.write(out[: count * QUANTUM])


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3])
