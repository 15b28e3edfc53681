"""What a kiosk writes down of its visitors: every file written in a day of visits, scanned.

    python benchmarks/kiosk_privacy.py [--visits N] [--json]

A whole service plays into a JACK dummy device for simulated visitors, whose straps send intervals of
lengths that nothing else has. The folder in which it lives, its home, runtime folder, log and state among it,
and the memory of the process that plays are searched for these intervals, as numbers of any kind, and for the
strap's address; and every file for series of more than three numbers between 300 and 2,000.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import struct
import sys
import time
from pathlib import Path

from kiosk_rig import rig, until

PLANTED_TICKS = (901, 907, 911, 919, 929, 937, 941, 947)
"""Of 1/1024 s, in the planted recording, in this order, over and over."""

FILE = """
[visit]
straps = ["replay:{recording}"]
length = "1m"
off_after = "5s"
rest = "2s"
"""

SERIES = re.compile(rb"(?:\b(?:[3-9]\d\d|1\d\d\d)(?:\.\d+)?\b[\s,;\[\]]+){4,}")
"""Four numbers in a row that could be intervals in ms."""


def recording(path: Path, visit_s: float) -> None:
    """One visitor's intervals, ms a line: worn for so long."""
    rows, at_s = [], 0.0
    while at_s < visit_s:
        for ticks in PLANTED_TICKS:
            rows.append(f"{ticks * 1000 / 1024:.7f}")  # exactly, so that it is the same number in memory
            at_s += ticks / 1024
    path.write_text("\n".join(rows) + "\n")


def needles() -> dict[str, list[bytes]]:
    """Three intervals in a row, as numbers are written or held together, and each as Python holds it."""
    some = PLANTED_TICKS[:3]
    ms = [ticks * 1000 / 1024 for ticks in some]
    return {
        "ms as text": [b", ".join(f"{each:.1f}".encode() for each in ms)],
        "ms, 64 bit": [struct.pack("<3d", *ms)],
        "ms, 32 bit": [struct.pack("<3f", *ms)],
        "ticks, 16 bit": [struct.pack("<3H", *some)],
        "ticks, 64 bit": [struct.pack("<3q", *some)],
        "s, 64 bit": [struct.pack("<3d", *(ticks / 1024 for ticks in some))],
        "one, ms": [struct.pack("<d", ticks * 1000 / 1024) for ticks in PLANTED_TICKS],
        "one, s": [struct.pack("<d", ticks / 1024) for ticks in PLANTED_TICKS],
    }


def scan_files(folder: Path, leave_out: Path) -> tuple[int, list[str]]:
    """How many files there are, and what was found in them."""
    found: list[str] = []
    files = [path for path in folder.rglob("*") if path.is_file() and path != leave_out]
    for path in files:
        content = path.read_bytes()
        for what, patterns in needles().items():
            found += [f"{path.relative_to(folder)}: {what}" for each in patterns if each in content]
        if SERIES.search(content):
            found.append(f"{path.relative_to(folder)}: a series of numbers")
    return len(files), found


def scan_memory(pid: int) -> list[str]:
    """What is left of the intervals in a process's writable memory."""
    found: list[str] = []
    maps = [line.split() for line in Path(f"/proc/{pid}/maps").read_text().splitlines()]
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for fields in maps:
            if "rw" not in fields[1]:
                continue
            low, high = (int(each, 16) for each in fields[0].split("-"))
            try:
                memory.seek(low)
                content = memory.read(high - low)
            except (OSError, ValueError, OverflowError):
                continue
            for what, patterns in needles().items():
                found += [what for each in patterns if each in content]
    return sorted(set(found))


def run(visits: int) -> dict[str, object]:
    """So many visits, and what is found afterwards."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="calando-") as elsewhere:
        planted = Path(elsewhere) / "heart.txt"
        recording(planted, 20.0)
        with rig(FILE.format(recording=planted)) as (_server, service, _mixed):
            counters = service.state / "counters.json"

            def visited() -> int:
                return json.loads(counters.read_text())["visits"] if counters.exists() else 0

            during: list[str] = []
            for _ in range(60):  # in the midst of a visit it has to be there, or this finds nothing anywhere
                time.sleep(1.0)
                players = service.players
                during = during or (scan_memory(players[-1]) if players else [])
                if during:
                    break
            until(lambda: visited() >= visits, 60.0 + 120.0 * visits)
            time.sleep(4.0)
            files, in_files = scan_files(service.folder, service.file)
            in_memory = scan_memory(service.players[-1])
            return {
                "visits": visited(), "files": files, "found_in_files": in_files,
                "found_in_memory_during": during,
                "found_in_memory": in_memory, "load": os.getloadavg(),
            }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--visits", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    row = run(asked.visits)
    if asked.json:
        print(json.dumps(row))
    else:
        print(f"visits {row['visits']}, files written {row['files']}")
        print(f"intervals or series in files: {row['found_in_files'] or 'none'}")
        print(f"intervals in memory in the midst of a visit: {row['found_in_memory_during'] or 'none'}")
        print(f"intervals in memory after the last visit: {row['found_in_memory'] or 'none'}")
    sys.exit(bool(row["found_in_files"]))


if __name__ == "__main__":
    main()
