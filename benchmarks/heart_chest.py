"""Claim: a strap's acceleration tells rate and phase of the breath within a dozen seconds, and coughs,
turns and talk are not taken for it.

Simulated listeners, whose breath is known at every moment. First sure: until the first believed breath,
beside the same heart without acceleration. Phase off: of a believed phase, foretold to the moment it is asked
for. Wrong: believed, and more than 2 a minute off the mean of the last 20 s.
Run alone: python benchmarks/heart_chest.py [SEEDS]
"""

from __future__ import annotations

import sys
from dataclasses import replace

import heart_data as data
import numpy as np

from sensors.monitor import HeartMonitor
from sensors.simulated import SimulatedHeart, SimulatedListener

SECONDS = 180
SURE, WRONG_PER_MIN, MEAN_S = 0.5, 2.0, 20

LISTENERS = {
    **{f"{rate:g} a minute": SimulatedListener(breath=rate) for rate in (4.5, 5.0, 6.0, 8, 12, 16, 22, 28)},
    "shallow: 3 thousandths of g": SimulatedListener(chest=3.0),
    "deep: 30": SimulatedListener(chest=30.0),
    "uneven": SimulatedListener(breath_jitter=0.12),
    "60 coughs an hour": SimulatedListener(coughs=60.0),
    "60 turns an hour": SimulatedListener(turns=60.0),
    "talks a third of the time": SimulatedListener(talks=90.0),
    "hardly any breath: 0.2": SimulatedListener(chest=0.2, rsa=0.0),
    "the same, and a swing of RR": SimulatedListener(chest=0.2),
}  # fmt: skip


def sat(listener: SimulatedListener) -> tuple[float, np.ndarray, np.ndarray]:
    """Seconds to the first believed breath (nan: never), rows of (believed, wrong), and phase errors."""
    heart, monitor = SimulatedHeart(listener), HeartMonitor(simulated=True)
    first, rows, off = float("nan"), list[tuple[bool, bool]](), list[float]()
    for second in range(1, SECONDS):
        for event in heart.poll(float(second)):
            monitor.feed(event, heart.latency_s)
        state = monitor.state(float(second))
        sure = state.breath_confidence >= SURE and state.breath_per_min is not None
        if sure and np.isnan(first):
            first = float(second)
        # The breath is known a little later than the moment asked about: let the heart run on.
        t, breaths = np.array(heart.breaths_until(second + 3.0)).T
        span_s = min(MEAN_S, second - 1.0) or 1.0
        mean = 60.0 * float(np.diff(np.interp([second - span_s, second], t, breaths))[0]) / span_s
        rows.append((sure, sure and abs((state.breath_per_min or 0.0) - mean) > WRONG_PER_MIN))
        if state.breath_phase is not None:
            true = float(np.interp(second, t, breaths))
            off.append(abs((state.breath_phase - true + 0.5) % 1.0 - 0.5))
    return first, np.array(rows), np.array(off)


def measure(seeds: int) -> list[dict[str, object]]:
    table: list[dict[str, object]] = []
    for name, listener in LISTENERS.items():
        heard = [sat(replace(listener, seed=seed)) for seed in range(1, seeds + 1)]
        beats_alone = [sat(replace(listener, seed=seed, chest=0.0))[0] for seed in range(1, seeds + 1)]
        rows = np.concatenate([rows for _, rows, _ in heard])
        off = np.concatenate([off for _, _, off in heard])
        table.append({
            "listener": name,
            "first sure s": float(np.median([first for first, _, _ in heard])),
            "by beats alone": float(np.median(beats_alone)),
            "sure %": 100.0 * float(rows[:, 0].mean()),
            "wrong of sure %": 100.0 * float(rows[:, 1].sum() / max(rows[:, 0].sum(), 1)),
            "phase off, median": float(np.median(off)) if off.size else float("nan"),
            "90 %": float(np.percentile(off, 90)) if off.size else float("nan"),
        })  # fmt: skip
    return table


if __name__ == "__main__":
    figures = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
    data.show("the chest", figures)
    data.save("heart_chest", figures)
