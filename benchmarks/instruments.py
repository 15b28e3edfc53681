"""What each instrument costs: CPU time for 60 s of its voices, and nanoseconds per voice and frame.

Voices are struck again so often that none falls silent. Idle is the same record with no note. The
median of several runs; the buses' own clearing and summing are measured alone and taken off.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

import numpy as np
from numba import njit

sys.path.insert(0, str(Path(__file__).parent.parent))

from report import show_table, write_json

from dsp.compiled import kernel
from dsp.crossing import column_sums
from dsp.envelope import VOICES
from dsp.kit import KIT, prepare_kit, render_kit, start_kit
from dsp.lanes import splat, store
from dsp.plucked import PLUCKED, SOFT_STRING, prepare_plucked, render_plucked, start_plucked
from dsp.processor import flush_denormals, restore_denormals
from dsp.pulse import PULSE, SOFT_HEART, prepare_pulse, render_pulse, start_pulse
from dsp.quantum import QUANTUM
from dsp.struck import FELT_PIANO, SINGING_BOWL, STRUCK, prepare_struck, render_struck, start_struck
from dsp.sustained import (
    LOW_DRONE,
    WARM_PAD,
    prepare_sustained,
    render_sustained,
    start_sustained,
    sustained_dtype,
)
from dsp.texture import (
    WATER,
    WIND,
    prepare_water,
    prepare_wind,
    render_water,
    render_wind,
    start_water,
    start_wind,
)

RATE = 48000
SECONDS = 60
RUNS = 5
LOADS = (0, 1, 4, 8, VOICES)


@kernel
def render_sustained_voices(record, left, right, _sample_rate):
    render_sustained(record, VOICES, left, right)


@kernel
def render_wind_in_calm(record, left, right, sample_rate):
    render_wind(record, left, right, sample_rate, 0.3)


@kernel
def render_nothing(_record, _left, _right, _sample_rate):
    return


def driver(start, render):
    """A compiled loop over quanta: `count` voices, each struck again every `again` quanta."""

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
            render(record, left, right, float(RATE))
            for i in range(0, QUANTUM, 8):
                store(out, i, column_sums(left, i * 8))
                store(out, QUANTUM + i, column_sums(right, i * 8))
        restore_denormals(before)

    return run


INSTRUMENTS = {
    # name: (record, prepare, start, render, seconds until struck again, lowest pitch)
    "pad": (
        sustained_dtype(VOICES), lambda r: prepare_sustained(r, RATE, 1, WARM_PAD),
        start_sustained, render_sustained_voices, 60.0, 48,
    ),
    "drone": (
        sustained_dtype(VOICES), lambda r: prepare_sustained(r, RATE, 1, LOW_DRONE),
        start_sustained, render_sustained_voices, 60.0, 33,
    ),
    "piano": (STRUCK, lambda r: prepare_struck(r, RATE, 1, FELT_PIANO), start_struck, render_struck, 2.0, 60),
    "bowl": (
        STRUCK, lambda r: prepare_struck(r, RATE, 1, SINGING_BOWL), start_struck, render_struck, 8.0, 48,
    ),
    "pluck": (
        PLUCKED, lambda r: prepare_plucked(r, RATE, 1, SOFT_STRING), start_plucked, render_plucked, 2.0, 55,
    ),
    "heart": (PULSE, lambda r: prepare_pulse(r, RATE, 1, SOFT_HEART), start_pulse, render_pulse, 0.8, 36),
    "wind": (WIND, lambda r: prepare_wind(r, RATE, 1), start_wind, render_wind_in_calm, 60.0, 60),
    "water": (WATER, lambda r: prepare_water(r, RATE, 1), start_water, render_water, 60.0, 60),
    "kit": (KIT, lambda r: prepare_kit(r, RATE, 1), start_kit, render_kit, 0.1, 36),
}


def cpu_seconds(run, dtype, prepare, count: int, again_s: float, pitch: float) -> float:
    """Median CPU time of SECONDS of audio."""
    left, right = np.zeros(QUANTUM * 8, np.float32), np.zeros(QUANTUM * 8, np.float32)
    out = np.zeros(2 * QUANTUM, np.float32)
    quanta, again = SECONDS * RATE // QUANTUM, max(int(again_s * RATE / QUANTUM), 16)
    times = []
    for _ in range(RUNS):
        state = np.zeros(1, dtype)
        prepare(state[0])
        run(state, count, again, float(pitch), left, right, out, 64)
        started = time.process_time()
        run(state, count, again, float(pitch), left, right, out, quanta)
        times.append(time.process_time() - started)
    return statistics.median(times)


def main() -> None:
    """Measure every instrument and print the table."""
    buses = cpu_seconds(driver(start_kit, render_nothing), KIT, prepare_nothing, 0, 1.0, 60)
    rows, figures = [], {"buses_ms": 1e3 * buses}
    for name, (dtype, prepare, start, render, again_s, pitch) in INSTRUMENTS.items():
        print(f"{name} ...", file=sys.stderr, flush=True)
        run = driver(start, render)
        cost = {n: cpu_seconds(run, dtype, prepare, n, again_s, pitch) - buses for n in LOADS}
        frames = SECONDS * RATE
        figures[name] = {
            "ms_per_60_s": {str(n): 1e3 * t for n, t in cost.items()},
            "ns_per_voice_sample": {str(n): 1e9 * t / n / frames for n, t in cost.items() if n},
            "record_kb": dtype.itemsize / 1024,
        }
        rows.append(
            [name, *(f"{1e3 * max(cost[n], 0.0):.1f}" for n in LOADS)]
            + [f"{1e9 * cost[n] / n / frames:.2f}" for n in (1, VOICES)]
            + [f"{dtype.itemsize / 1024:.0f}"]
        )
    show_table(
        f"CPU ms for {SECONDS} s of audio, by voices sounding; ns per voice and frame; size of the record",
        ["instrument", *(f"{n} voices" for n in LOADS), "ns at 1", f"ns at {VOICES}", "KB"],
        rows,
        [f"The lane buses themselves, taken off: {1e3 * buses:.1f} ms."],
    )
    print(f"Written: {write_json('instruments', figures)}")


def prepare_nothing(_record: np.void) -> None:
    """For the measurement of the empty loop."""


if __name__ == "__main__":
    main()
