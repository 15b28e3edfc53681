"""Claim: a stop asked for in another process is silence within a quarter of a second, whatever Python does.

A chord plays on a JACK dummy device. This process, another one, writes the stop word's page as
engine.door.visit.Visit.stop does; a client in C tells the last sample above -70 dBFS. Then the word is
cleared, the chord fades in again, and so on. The same with the GIL of the engine's process held by a C call.
From the ask to that sample, and one period more, which a device takes to play it.

Beside it the same C client's own lateness: how late the machine called a program that does nothing.

    python benchmarks/stop.py [--stops 2000] [--held-stops 600] [--period 256] [--latency 0.02]
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jack_dummy
import numpy as np
from report import show_table, write_json

from dsp.stop_page import StopPage

HERE = Path(__file__).parent / "realtime"
PYTHON_PATH = {"PYTHONPATH": str(Path(__file__).parent.parent)}
PORT = "PortAudio.*:out_0"
ROW = np.dtype([("at_s", "<f8"), ("peak", "<f4"), ("last", "<i4")])
BAR_S = 0.25
RETURN_S = (0.7, 1.0)
"""A chord that fades in for two seconds is heard by then; the moment within a period is left to chance."""
SILENT_S = 0.45
LOUD = 10.0 ** (-45.0 / 20.0)
"""A stop counts where the chord was this loud when it was asked for. For half of the time it is fainter:
what is stopped every second and a half may hardly rise, by 1 LU in a second over its last three."""
FIRST_S = 4.0
HOLDS = (0, 2, 30)


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--stops", type=int, default=2000, help="asked for; about half of them count")
    asked.add_argument("--held-stops", type=int, default=600, help="with the GIL held, each")
    asked.add_argument("--period", type=int, default=256)
    asked.add_argument("--latency", type=float, default=0.02, help="asked of the device, s")
    asked.add_argument("--holds", default=",".join(map(str, HOLDS)), help="seconds of held GIL, 0 for none")
    options = asked.parse_args()
    if lacking := jack_dummy.missing():
        print(f"There is no JACK dummy device here: {', '.join(lacking)} not found.", file=sys.stderr)
        return 1
    found = [
        measured(hold_s, options.held_stops if hold_s else options.stops, options.period, options.latency)
        for hold_s in map(int, options.holds.split(","))
    ]
    columns = ["GIL held", "stops", "too faint", "median", "99 %", "99.9 %", "worst", f"over {BAR_S} s"]
    columns += ["idle C late 99.9 %", "worst"]
    rows = [
        [
            f"{f['hold_s']} s" if f["hold_s"] else "no", str(len(f["seconds"])), str(f["too_faint"]),
            *(f"{f[key]:.3f}" for key in ("median", "p99", "p999", "worst")),
            str(f["over"]), f"{f['late_p999']:.3f}", f"{f['late_worst']:.3f}",
        ]
        for f in found
    ]  # fmt: skip
    show_table("Seconds from the ask to -70 dBFS", columns, rows, [f"The bar: 99.9 % within {BAR_S} s."])
    print(f"Written to {write_json('stop', found)}")
    return 0


def measured(hold_s: int, stops: int, period: int, latency_s: float) -> dict[str, Any]:
    """That many stops in one run of the player."""
    program = jack_dummy.compiled("levels")
    cycles = int((stops * (RETURN_S[1] + SILENT_S) + 60.0) * 48_000 / period)
    with jack_dummy.JackServer(period) as server, TemporaryDirectory() as folder:
        out = Path(folder) / "levels"
        pipes: dict[str, Any] = {
            "env": server.environment | PYTHON_PATH, "stdin": subprocess.PIPE, "stdout": subprocess.PIPE,
            "text": True, "preexec_fn": jack_dummy.end_with_parent,
        }  # fmt: skip
        command = [sys.executable, str(HERE / "stoppable.py"), str(hold_s), str(latency_s)]
        player = subprocess.Popen(command, **pipes)
        levels = subprocess.Popen([str(program), PORT, str(cycles), str(out)], **pipes)
        try:
            assert player.stdout is not None
            assert levels.stdout is not None
            playing = json.loads(player.stdout.readline())
            levels.stdout.readline()
            time.sleep(FIRST_S)
            asks_s = asks(StopPage(playing["page"]), stops)
            told, _ = levels.communicate(timeout=30)
            player.stdin.close()  # pyright: ignore[reportOptionalMemberAccess]
        finally:
            for process in (player, levels):
                process.kill()
                process.wait()
        rate = json.loads(told.splitlines()[-1])["rate"]
        rows = np.fromfile(out, ROW)
    seconds, faint = delays(rows, asks_s, period, rate)
    late = np.diff(rows["at_s"]) - period / rate
    return {
        "hold_s": hold_s, "period": period, "latency_asked_s": latency_s, "latency_s": playing["latency_s"],
        "seconds": seconds.tolist(), "too_faint": faint, "real_time": server.real_time, "xruns": server.xruns,
        "median": float(np.median(seconds)), "p99": float(np.percentile(seconds, 99)),
        "p999": float(np.percentile(seconds, 99.9)), "worst": float(seconds.max()),
        "over": int(np.sum(seconds > BAR_S)),
        "late_p999": float(np.percentile(late, 99.9)), "late_worst": float(late.max()),
    }  # fmt: skip


def asks(page: StopPage, stops: int) -> list[float]:
    """Ask for silence, let the chord return, and again; when each was asked, by CLOCK_MONOTONIC."""
    moments: list[float] = []
    chance = random.Random(1)
    for _ in range(stops):
        moments.append(time.monotonic())
        page.stop(2)
        time.sleep(SILENT_S)
        page.clear()
        time.sleep(chance.uniform(*RETURN_S))
    return moments


def delays(rows: Any, asks_s: list[float], period: int, rate: int) -> tuple[Any, int]:
    """Seconds from each ask to the last audible sample before the chord returns; and how many asks came
    while it was too faint to count.

    A stop that is not over when the word is cleared again counts as SILENT_S.
    """
    found: list[float] = []
    faint = 0
    for at_s in asks_s:
        first, last = np.searchsorted(rows["at_s"], (at_s - 2 * period / rate, at_s + SILENT_S))
        near = rows[first:last]
        if not len(near) or near["peak"][:3].max() < LOUD:
            faint += 1
            continue
        audible = near[near["last"] >= 0][-1]
        silent_s = audible["at_s"] + (audible["last"] + period) / rate
        found.append(float(silent_s - at_s))
    return np.array(found), faint


if __name__ == "__main__":
    sys.exit(main())
