"""What each instrument costs: CPU time for 60 s of its voices, and nanoseconds per voice and frame.

Voices are struck again so often that none falls silent. Idle is the same record with no note. The
median of several runs; the buses' own clearing and summing are measured alone and taken off.
"""

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from numba import njit

sys.path.insert(0, str(Path(__file__).parent.parent))

from report import show_table, write_json

from dsp.compiled import kernel
from dsp.crossing import column_sums
from dsp.envelope import VOICES
from dsp.lanes import splat, store
from dsp.parts import PLAYABLES
from dsp.playable import Playable
from dsp.processor import flush_denormals, restore_denormals
from dsp.quantum import QUANTUM

RATE = 48000
SECONDS = 60
RUNS = 5
LOADS = (0, 1, 4, 8, VOICES)


@kernel
def render_nothing(_record, _left, _right, _sample_rate, _breath):
    return


def driver(playable: Playable):
    """A compiled loop over quanta: `count` voices, each struck again every `again` quanta."""

    start, render = playable.start, playable.render

    @njit(error_model="numpy", _nrt=False)
    def run(state, count, again, pitch, left, right, out, quanta):
        before = flush_denormals()
        record = state[0]
        for q in range(quanta):
            for voice in range(count):
                if q % again == voice * again // 16:
                    start(record, voice, pitch + voice, 0.6, 0.5, 0.0, 0.02, 2.0, float(RATE))
            for i in range(0, QUANTUM * 8, 8):
                store(left, i, splat(0.0))
                store(right, i, splat(0.0))
            render(record, left, right, float(RATE), BREATH)
            for i in range(0, QUANTUM, 8):
                store(out, i, column_sums(left, i * 8))
                store(out, QUANTUM + i, column_sums(right, i * 8))
        restore_denormals(before)

    return run


PLAYED = {
    "pad": (60.0, 48), "drone": (60.0, 33), "piano": (2.0, 60), "bowl": (8.0, 48), "pluck": (2.0, 55),
    "heart": (0.8, 36), "wind": (60.0, 60), "water": (60.0, 60), "kit": (0.1, 36),
    "choir": (60.0, 48),
}  # fmt: skip
"""Seconds until a voice is struck again, and the lowest pitch; of an instrument not named here OTHERWISE."""

OTHERWISE = (2.0, 60)
BREATH = 0.3
"""Fullness of the lungs throughout."""


def cpu_seconds(run, playable: Playable, count: int, again_s: float, pitch: float) -> float:
    """Median CPU time of SECONDS of audio."""
    left, right = np.zeros(QUANTUM * 8, np.float32), np.zeros(QUANTUM * 8, np.float32)
    out = np.zeros(2 * QUANTUM, np.float32)
    quanta, again = SECONDS * RATE // QUANTUM, max(int(again_s * RATE / QUANTUM), 16)
    times = []
    for _ in range(RUNS):
        state = np.zeros(1, playable.record)
        playable.prepare(state[0], RATE, 1)
        run(state, count, again, float(pitch), left, right, out, 64)
        started = time.process_time()
        run(state, count, again, float(pitch), left, right, out, quanta)
        times.append(time.process_time() - started)
    return statistics.median(times)


def main() -> None:
    """Measure every instrument and print the table."""
    nothing = replace(PLAYABLES["kit"], render=render_nothing)
    buses = cpu_seconds(driver(nothing), nothing, 0, 1.0, 60)
    rows, figures = [], {"buses_ms": 1e3 * buses}
    for name, playable in PLAYABLES.items():
        again_s, pitch = PLAYED.get(name, OTHERWISE)
        print(f"{name} ...", file=sys.stderr, flush=True)
        run = driver(playable)
        cost = {n: cpu_seconds(run, playable, n, again_s, pitch) - buses for n in LOADS}
        frames = SECONDS * RATE
        figures[name] = {
            "ms_per_60_s": {str(n): 1e3 * t for n, t in cost.items()},
            "ns_per_voice_sample": {str(n): 1e9 * t / n / frames for n, t in cost.items() if n},
            "record_kb": playable.record.itemsize / 1024,
        }
        rows.append(
            [name, *(f"{1e3 * max(cost[n], 0.0):.1f}" for n in LOADS)]
            + [f"{1e9 * cost[n] / n / frames:.2f}" for n in (1, VOICES)]
            + [f"{playable.record.itemsize / 1024:.0f}"]
        )
    show_table(
        f"CPU ms for {SECONDS} s of audio, by voices sounding; ns per voice and frame; size of the record",
        ["instrument", *(f"{n} voices" for n in LOADS), "ns at 1", f"ns at {VOICES}", "KB"],
        rows,
        [f"The lane buses themselves, taken off: {1e3 * buses:.1f} ms."],
    )
    print(f"Written: {write_json('instruments', figures)}")


if __name__ == "__main__":
    main()
