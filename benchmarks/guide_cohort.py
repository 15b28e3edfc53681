"""Claim: 200 simulated listeners by five arms and in a box of 36 worlds in a few minutes, with hearts that
are true to the beat-level ones; prints all. Run: python benchmarks/guide_cohort.py [LISTENERS]
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from pathlib import Path
from statistics import fmean

from rich.console import Console
from rich.table import Table

from engine.cohort.people import wander_bpm
from engine.cohort.rate_heart import SENSE_LAG_S, STEP_S
from sensors.beat import Measurement
from sensors.gate import RateGate
from sensors.simulated import SimulatedHeart, SimulatedListener


def wander_of_beats(rsa: float, missed: float, seeds: int = 3) -> float:
    """Standard deviation of what the live rate makes of a simulated heart's swings and artefacts, bpm."""
    left: list[float] = []
    for seed in range(seeds):
        heart = SimulatedHeart(SimulatedListener(seed=seed, rsa=rsa, missed=missed))
        gate, t_s, slow = RateGate(), 0.0, None
        for i in range(600):
            for event in heart.poll(STEP_S * i):
                for tick in event.rr_ticks if isinstance(event, Measurement) else ():
                    t_s += tick / 1024
                    gate.observe(t_s, tick / 1.024)
            seen = gate.rate_bpm(t_s)
            if heart.truth:
                rate = heart.truth[-1].rate_bpm
                slow = rate if slow is None else slow + (rate - slow) * STEP_S / SENSE_LAG_S
            if seen is not None and slow is not None and i > 40:
                left.append(seen - slow)
    return math.sqrt(fmean(x * x for x in left))


def main() -> int:
    listeners = sys.argv[1] if len(sys.argv) > 1 else "200"
    console, rows = Console(), []
    table = Table(title="Wander of the smoothed rate, bpm: rate-level model against beats through the gate")
    for column in ("breathing swing, ms", "missed beats", "beats", "model"):
        table.add_column(column, justify="right")
    for rsa in (5.0, 20.0, 40.0, 70.0):
        for missed in (0.0, 0.04, 0.08):
            beats, model = wander_of_beats(rsa, missed), wander_bpm(SimulatedListener(rsa=rsa, missed=missed))
            rows.append({"rsa_ms": rsa, "missed": missed, "beats_bpm": beats, "model_bpm": model})
            table.add_row(f"{rsa:g}", f"{missed:.0%}", f"{beats:.2f}", f"{model:.2f}")
    console.print(table)
    began = time.perf_counter()
    code = f"from engine.cli.cohort import cohort; cohort(['--listeners', '{listeners}'])"
    status = subprocess.run([sys.executable, "-c", code], check=False).returncode
    took = time.perf_counter() - began
    console.print(f"{listeners} listeners by five arms and in the box: {took:.0f} s")
    out = Path(__file__).parent / "results" / "guide_cohort.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps({"listeners": int(listeners), "seconds": took, "wander": rows}, indent=1))
    return status


if __name__ == "__main__":
    sys.exit(main())
