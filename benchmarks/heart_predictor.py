"""Claim: foretold beats fall a quarter nearer to the true ones than by repeating the last RR.

At the arrival of every beat, each delay late, the next beat still to come is foretold by both rules.
Run alone: python benchmarks/heart_predictor.py
"""

from __future__ import annotations

import heart_data as data
import numpy as np

from sensors.beat_times import PlacedBeat
from sensors.predictor import BeatPredictor

DELAYS_S = (0.4, 1.0, 2.6)
LEARN_BEATS = 30
"""Beats before errors count: half a minute, as long as the music needs to fade in."""


def recordings() -> dict[str, np.ndarray]:
    """Resting recordings long enough to lie down in: two minutes and more, no mental arithmetic."""
    out = {name: rr for name, rr in data.resting().items() if "maths" not in name}
    out["polar_hrm_rest"] = np.loadtxt(data.DATA / "rr_polar_hrm" / "rest_rri.txt")
    systole = np.loadtxt(data.DATA / "resp_systole_task1" / "rr.txt", delimiter=",", skiprows=1)
    out["systole_task1"] = systole[:, 1]
    return out


def errors(rr_ms: np.ndarray, delay_s: float) -> tuple[list[float], list[float]]:
    """Absolute errors in ms of ours and of the naive rule, over one recording."""
    t = np.concatenate([[0.0], np.cumsum(rr_ms)]) / 1000.0
    predictor = BeatPredictor()
    ours: list[float] = []
    naive: list[float] = []
    for i in range(1, t.size):
        predictor.observe(PlacedBeat(float(t[i]), float(rr_ms[i - 1])))
        now = t[i] + delay_s
        j = int(np.searchsorted(t, now, side="right"))
        if i < LEARN_BEATS or j >= t.size:
            continue
        foretold = predictor.expect(float(t[i]), now + 3.0)
        if not foretold:
            continue
        ours.append(1000.0 * min(abs(beat.t_s - t[j]) for beat in foretold))
        step = rr_ms[i - 1] / 1000.0
        naive.append(1000.0 * min(abs(t[i] + k * step - t[j]) for k in range(1, 9)))
    return ours, naive


def measure() -> list[dict[str, object]]:
    """Median absolute error of both rules at each delay, over all recordings and over the longest."""
    rows: list[dict[str, object]] = []
    pool = recordings()
    for delay in DELAYS_S:
        ours: list[float] = []
        naive: list[float] = []
        for name, rr in pool.items():
            a, b = errors(rr, delay)
            ours += a
            naive += b
            if name in ("polar_rest", "polar_hrm_rest"):
                rows.append(_row(name, delay, a, b))
        rows.append(_row("all resting", delay, ours, naive))
    return rows


def _row(name: str, delay: float, ours: list[float], naive: list[float]) -> dict[str, object]:
    a, b = float(np.median(ours)), float(np.median(naive))
    figures = {"delay s": delay, "beats": len(ours), "ours ms": a, "naive ms": b, "ratio": a / b}
    return {"recording": name, **figures}


if __name__ == "__main__":
    rows = measure()
    data.show("median absolute error of the next beat", rows)
    data.save("heart_predictor", rows)
