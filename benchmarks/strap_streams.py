"""Claim: ECG and acceleration of a Polar strap come at once, each lost frame is told, times are the stamps'.

The strap client, unmodified, over the stand-in BlueZ on a private D-Bus. One frame of forty of each stream
is lost on the radio, and its clock is a little quick. Lost and told: seconds that the strap sent and nobody
heard, beside those that were told of. Unaccounted: lost, not told, and followed by a frame that could tell of
it. Off: moments of beats, and phases of the breath, against the strap's own clock.
Run alone: python benchmarks/strap_streams.py [MINUTES]
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from report import show_table, write_json
from rich.console import Console

from sensors.beat import ChestMotion, SensorEvent
from sensors.monitor import HeartMonitor
from sensors.polar import PolarStrap
from tests.sensors import private_bus
from tests.sensors.fake_polar import FakePolar
from tests.sensors.strap_sitting import Sitting, bluetooth, sitting, until

LOSE_EVERY = 40
DRIFT_PPM = 40.0
"""More than the clock of a strap (own choice; quartzes are made to 20)."""
SETTLED_S = 60.0
STREAMS = {0: "ECG", 2: "acceleration"}


async def listen(
    minutes: float,
) -> tuple[FakePolar, list[SensorEvent], np.ndarray, np.ndarray, float | None]:
    """The strap, all that was heard, errors of the beats in seconds and of the phases in breaths, and the
    drift that was told."""
    strap = FakePolar()
    strap.lose_every, strap.drift_ppm = LOSE_EVERY, DRIFT_PPM
    monitor, phases = HeartMonitor(), list[float]()
    async with bluetooth(strap), sitting(PolarStrap(strap.address)) as seen:
        await until(lambda: seen.beats, 60.0)
        heard, end_s = 0, time.monotonic() + 60.0 * minutes
        with Console(stderr=True).status("") as status:
            while (left_s := end_s - time.monotonic()) > 0.0:
                await asyncio.sleep(1.0)
                for event in seen.events[heard:]:
                    monitor.feed(event)
                heard = len(seen.events)
                now_s = time.monotonic()
                status.update(f"{left_s:.0f} s left, {len(seen.beats)} beats")
                phase = monitor.state(now_s - seen.engine_zero_s).breath_phase
                if phase is not None:
                    true = strap.clock_s(now_s) * strap.breath_per_min / 60.0
                    phases.append(abs((phase - true + 0.5) % 1.0 - 0.5))
        drift_ppm = monitor.state(time.monotonic() - seen.engine_zero_s).clock_drift_ppm
        return strap, list(seen.events), _off(strap, seen), np.array(phases), drift_ppm


def _unaccounted_s(strap: FakePolar, stream: int, told_s: float) -> float:
    """Of what was lost, what nothing told of though a later frame came."""
    last_lost = strap.frames[stream] % strap.lose_every == 0
    length_s = strap.lost_s[stream] / max(strap.frames[stream] // strap.lose_every, 1)
    return strap.lost_s[stream] - (length_s if last_lost else 0.0) - told_s


def _off(strap: FakePolar, seen: Sitting) -> np.ndarray:
    """How far each beat's moment lies off the strap's nearest, once the clocks have met."""
    ours_s = np.array([beat.t_s for beat in seen.beats]) + seen.engine_zero_s
    told_s = strap.clock_s(ours_s)
    told_s = told_s[told_s > SETTLED_S]
    return np.abs(told_s[:, None] - strap.beats_s[None, :]).min(axis=1)


def main() -> None:
    if not private_bus.available():
        sys.exit("dbus-daemon is needed: install the package dbus.")
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    strap, events, beats, phases, drift_ppm = asyncio.run(listen(minutes))
    told_s = {0: 0.0, 2: 0.0}
    for event in events:
        why = getattr(event, "why", "")
        for stream, name in STREAMS.items():
            if why.endswith(f"s of the {name} did not come"):
                told_s[stream] += float(why.split()[0])
    samples = sum(len(event.milli_g) for event in events if isinstance(event, ChestMotion))
    figures = {
        "minutes": minutes,
        **{f"{name} frames sent": strap.frames[stream] for stream, name in STREAMS.items()},
        **{f"{name} lost, s": round(strap.lost_s[stream], 2) for stream, name in STREAMS.items()},
        **{f"{name} told, s": round(told_s[stream], 2) for stream, name in STREAMS.items()},
        **{
            f"{name} unaccounted, s": round(_unaccounted_s(strap, stream, told_s[stream]), 2)
            for stream, name in STREAMS.items()
        },
        "chest samples": samples,
        "beats off, ms, median": round(1000.0 * float(np.median(beats)), 1) if beats.size else None,
        "beats off, ms, worst": round(1000.0 * float(beats.max()), 1) if beats.size else None,
        "phase known, share of seconds": round(phases.size / (60.0 * minutes), 3),
        "phase off, median": round(float(np.median(phases)), 3) if phases.size else None,
        "phase off, 95 %": round(float(np.percentile(phases, 95)), 3) if phases.size else None,
        "the strap's clock quicker, millionths": strap.drift_ppm,
        "told as": None if drift_ppm is None else round(drift_ppm, 1),
    }
    rows = [[name, str(value)] for name, value in figures.items()]
    show_table("ECG and acceleration at once", ["figure", "measured"], rows)
    write_json("strap_streams", figures)


if __name__ == "__main__":
    main()
