"""Ten minutes of silence after sound, effect by effect: what it costs, and whether anything denormal is left.

    python benchmarks/silence.py

Numbers too small to be normal cost an x86 processor a hundred times an ordinary operation, and the
tails of filters and delays are full of them. Printed for each effect: user CPU time for ten minutes
of noise and for ten minutes of silence that follow it, and the denormal numbers in its record then.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rich.console import Console
from rich.table import Table

from benchmarks.report import write_json
from tests.dsp.stream import RATE, denormals_in
from tests.dsp.test_chorus_echo import CHORUSES, ECHOES
from tests.dsp.test_limiter import EFFECT as LIMITERS
from tests.dsp.test_master import EFFECT as MASTERS
from tests.dsp.test_master import KNOBS
from tests.dsp.test_reverb import EFFECT as REVERBS

MINUTES = 10
EFFECTS = {
    "reverb": (REVERBS, [5.0, 4000.0]),
    "chorus": (CHORUSES, []),
    "echo": (ECHOES, [0.6, 0.85]),
    "limiter": (LIMITERS, [0.0, 0.0]),
    "master": (MASTERS, [0.0, 9000.0, 1.0, 1.0, *[0.0] * (KNOBS - 4)]),
}


def user_s() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


def main() -> None:
    minute = (0.05 * np.random.default_rng(0).normal(size=(2, 60 * RATE))).astype(np.float32)
    silence = np.zeros_like(minute)
    figures = {}
    table = Table("effect", "10 min of noise, s CPU", "10 min of silence, s CPU", "denormal numbers left")
    for name, (effect, knobs) in EFFECTS.items():
        effect.run(minute[:, :RATE], [knobs])
        state = effect.record()
        spent = {}
        for what, sound in (("noise", minute), ("silence", silence)):
            before = user_s()
            for _ in range(MINUTES):
                effect.run(sound, [knobs], state=state)
            spent[what] = user_s() - before
        left = denormals_in(state)
        figures[name] = {"noise_cpu_s": spent["noise"], "silence_cpu_s": spent["silence"], "denormals": left}
        table.add_row(name, f"{spent['noise']:.3f}", f"{spent['silence']:.3f}", str(left))
    Console().print(table)
    write_json("silence", figures)


if __name__ == "__main__":
    main()
