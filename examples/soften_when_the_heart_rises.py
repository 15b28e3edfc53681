"""Play, and soften the music by hand whenever the heart has risen by five beats within a minute.

    python examples/soften_when_the_heart_rises.py [SENSOR] [DURATION]

A simulated heart is played as fast as the machine can, into nothing; a strap (`ble`) in real time, aloud.
"""

from __future__ import annotations

import sys
from collections import deque

import calando

RISE_BPM, WITHIN_S, PAUSE_S = 5.0, 60.0, 120.0

desk = calando.Desk()
rates: deque[tuple[float, float]] = deque()
softened_s = -PAUSE_S


def watch(now: calando.Snapshot) -> None:
    """Called ten times a second."""
    global softened_s
    for answer in now.answers:
        print(f"{now.t:6.1f} s  {answer.words}")
    if now.hr_bpm is None:
        return
    rates.append((now.t, now.hr_bpm))
    while rates[0][0] < now.t - WITHIN_S:
        rates.popleft()
    rise_bpm = now.hr_bpm - min(bpm for _, bpm in rates)
    if rise_bpm >= RISE_BPM and now.t - softened_s >= PAUSE_S:
        softened_s = now.t
        print(f"{now.t:6.1f} s  The heart has risen by {rise_bpm:.0f} beats a minute.")
        desk.put(calando.Ask(calando.Act("soften"), calando.Hand.THERAPIST, source="example"))


def main(sensor: str = "sim:rest=70,drift=15,seed=3", duration: str = "5m") -> None:
    simulated = sensor.startswith("sim")
    played = calando.play(
        "relax", sensor, duration=duration, seed=1, output="null" if simulated else "auto", fast=simulated,
        record=False, watch=watch, desk=desk,
    )  # fmt: skip
    print(f"Played for {played.length_s:.0f} s.")


if __name__ == "__main__":
    main(*sys.argv[1:])
