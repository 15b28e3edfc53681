"""How fast the heart is read: a day from a file, and the share of a core that the live analysis takes.

usage: heart_speed.py [--hours 24]
"""

from __future__ import annotations

import argparse
import time

import heart_data as data
from rich.console import Console
from rich.progress import track
from rich.table import Table

from sensors.monitor import HeartMonitor
from sensors.replay import Replay
from sensors.simulated import SimulatedHeart, SimulatedListener

LIVE_MINUTES = 20
LIVE_HZ = 10


def read_day(hours: float) -> float:
    """CPU seconds for a recording through the streaming code, one state a second."""
    began = time.process_time()
    replay = Replay.of(str(data.DATA / "rr_healthy_24h" / "003.txt"))
    monitor = HeartMonitor()
    for second in track(range(1, round(hours * 3600) + 1), description="Reading a day"):
        for event in replay.poll(float(second)):
            monitor.feed(event)
        monitor.state(float(second))
        monitor.take_labelled()
    return time.process_time() - began


def live_share() -> float:
    """Share of a core for a simulated listener asked for state and expected beats ten times a second."""
    heart = SimulatedHeart(SimulatedListener(seed=1))
    monitor = HeartMonitor()
    heart.open()
    spent = 0.0
    for tick in range(1, LIVE_MINUTES * 60 * LIVE_HZ + 1):
        now_s = tick / LIVE_HZ
        events = heart.poll(now_s)
        began = time.process_time()
        for event in events:
            monitor.feed(event)
        monitor.state(now_s)
        monitor.expect(now_s, now_s + 1.5)
        monitor.take_labelled()
        spent += time.process_time() - began
    return spent / (LIVE_MINUTES * 60)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--hours", type=float, default=24.0)
    hours = asked.parse_args().hours
    day_s, share = read_day(hours), live_share()
    table = Table("claim", "asked", "measured", title="Reading the heart")
    table.add_row(f"{hours:g} h recording, CPU", "under 20 s for 24 h", f"{day_s:.1f} s")
    table.add_row(f"live, {LIVE_HZ} states a second", "under 1 % of a core", f"{100 * share:.2f} %")
    Console().print(table)
    data.save("heart_speed", {"hours": hours, "cpu_s": day_s, "live_share": share})


if __name__ == "__main__":
    main()
