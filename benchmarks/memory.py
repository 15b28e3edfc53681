"""Memory: the resident set of `calando play`, live on a JACK dummy device and over an hour offline.

A run is flat when the resident set grows by less than 2 MB from its third tenth to its ninth (medians of
each): before, it is still starting, and after, it is already saving the sitting.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jack_dummy
from calando_command import COMMAND, environment
from report import show_table, write_json
from rich.progress import Progress

PLAY = ["play", "--profile", "relax", "--sensor", "sim"]
PERIOD = 1024
CLAIM_MB = 90.0
FLAT_MB = 2.0
SAMPLE_EVERY_S = 0.25


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--live-minutes", type=float, default=10.0, help="length of the live run, 0 for none (10)"
    )
    parser.add_argument(
        "--offline-minutes", type=float, default=60.0, help="music of the offline run, 0 for none (60)"
    )
    arguments = parser.parse_args()
    runs: dict[str, Any] = {}
    with TemporaryDirectory() as name, Progress(transient=True) as progress:
        places = Path(name)
        task = progress.add_task("warming the cache", total=None)
        play(places, ["--output", "null", "--fast", "--duration", "10s"])
        if arguments.offline_minutes:
            progress.update(task, description=f"{arguments.offline_minutes:g} minutes offline")
            length = ["--duration", f"{arguments.offline_minutes * 60:.0f}s"]
            runs["offline"] = play(places, ["--output", "null", "--fast", *length])
        if arguments.live_minutes and (lacking := jack_dummy.missing()):
            print(f"The live run is left out: {', '.join(lacking)} not found.")
        elif arguments.live_minutes:
            progress.update(task, description=f"{arguments.live_minutes:g} minutes live")
            length = ["--duration", f"{arguments.live_minutes * 60:.0f}s"]
            with jack_dummy.JackServer(PERIOD) as server:
                runs["live"] = play(places, ["--output", "device:system", *length], server.environment)
    if not runs:
        parser.error("--live-minutes and --offline-minutes are both 0: nothing to measure.")
    show(runs)
    print(f"Written to {write_json('memory', runs)}")
    return 0


def play(places: Path, words: list[str], also: dict[str, str] | None = None) -> dict[str, Any]:
    """Runs `calando play` to its end; resident set in MB over the run."""
    command = [*COMMAND, *PLAY, *words]
    start = time.monotonic()
    errors = (places / "errors.txt").open("w+")
    player = subprocess.Popen(
        command,
        env=environment(places, also),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        preexec_fn=jack_dummy.end_with_parent,
    )
    resident: list[float] = []
    shared = 0.0
    while player.poll() is None:
        if size := resident_mb(player.pid):
            resident.append(size)
            shared = resident_mb(player.pid, "RssShmem") or shared
        time.sleep(SAMPLE_EVERY_S)
    if player.returncode:
        errors.seek(0)
        raise RuntimeError(f"{' '.join(command)} ended with {player.returncode}: {errors.read()}")
    errors.close()
    tenth = max(1, len(resident) // 10)
    early, late = resident[2 * tenth : 3 * tenth] or resident, resident[-2 * tenth : -tenth] or resident
    return {
        "wall_s": time.monotonic() - start,
        "median_mb": statistics.median(resident),
        "most_mb": max(resident),
        "shared_mb": shared,
        "early_mb": statistics.median(early),
        "late_mb": statistics.median(late),
        "resident_mb": resident,
    }


def resident_mb(pid: int, kind: str = "VmRSS") -> float:
    """Resident set of a process and its children, live the one that plays; `RssShmem`: what is shared."""
    total = 0.0
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            total += int(line.split()[1]) / 1024 if line.startswith(kind) else 0.0
    except OSError:
        return 0.0  # it has gone
    return total + sum(resident_mb(int(child), kind) for child in children)


def show(runs: dict[str, Any]) -> None:
    rows = []
    for name, run in runs.items():
        growth = run["late_mb"] - run["early_mb"]
        rows.append(
            [
                name,
                f"{run['wall_s']:.0f}",
                f"{run['median_mb']:.1f}",
                f"{run['most_mb']:.1f}",
                f"{run['shared_mb']:.1f}",
                f"{growth:+.2f}",
                f"under {CLAIM_MB:.0f} MB: {'kept' if run['most_mb'] < CLAIM_MB else 'not kept'}",
                f"flat: {'kept' if growth < FLAT_MB else 'not kept'}",
            ]
        )
    columns = [
        "run",
        "took s",
        "median MB",
        "most MB",
        "of it shared MB",
        "growth MB",
        "size",
        "flatness",
    ]
    show_table("Resident set while playing, warm", columns, rows)


if __name__ == "__main__":
    sys.exit(main())
