"""What a kiosk writes down of its visitors: every file written in a day of visits, scanned.

    python benchmarks/kiosk_privacy.py [--visits N] [--json]

A whole service plays into a JACK dummy device for visitors whose strap, a stand-in on a private D-Bus, sends
intervals of lengths that nothing else has. The folder in which it lives, its home, runtime folder, log and
state among it, and the memory of the process that plays are searched for these intervals, as numbers of any
kind, and the files for the strap's address and for series of more than three numbers between 300 and 2,000.
In the midst of a visit they have to be in memory, or the search would find nothing anywhere.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import struct
import sys
import time
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from jack_dummy import JackServer
from kiosk_rig import Service

from tests.sensors.fake_strap import FakeStrap
from tests.sensors.strap_sitting import bluetooth

PLANTED_TICKS = (901, 907, 911, 919, 929, 937, 941, 947)
"""Of 1/1024 s, sent in this order, over and over."""

FILE = """
[visit]
length = "1m"
off_after = "5s"
rest = "2s"
"""

WORN_S, OFF_S = 45.0, 45.0
"""A visitor wears the strap for so long; then it hangs."""

SERIES = re.compile(rb"(?:\b(?:[3-9]\d\d|1\d\d\d)(?:\.\d+)?\b[\s,;\[\]]+){4,}")
"""Four numbers in a row that could be intervals in ms."""


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


def scan_files(folder: Path, leave_out: Path, address: str) -> tuple[int, list[str]]:
    """How many files there are, and what was found in them."""
    found: list[str] = []
    files = [path for path in folder.rglob("*") if path.is_file() and path != leave_out]
    for path in files:
        content = path.read_bytes()
        for what, patterns in needles().items():
            found += [f"{path.relative_to(folder)}: {what}" for each in patterns if each in content]
        if address.encode() in content:
            found.append(f"{path.relative_to(folder)}: the strap's address")
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
                found += [what for each in patterns if stands_in(each, content, what.startswith("one"))]
    return sorted(set(found))


def stands_in(pattern: bytes, content: bytes, aligned: bool) -> bool:
    """Whether it is there; a single number only where numbers lie, at each eighth byte: the few digits of an
    interval in seconds are also in the midst of some pointers."""
    at = content.find(pattern)
    while aligned and at % 8 and at >= 0:
        at = content.find(pattern, at + 1)
    return at >= 0


async def run(visits: int) -> dict[str, object]:
    """So many visits, and what is found afterwards."""
    strap = FakeStrap()
    async with bluetooth(strap):
        with JackServer() as server, Service(server, FILE) as service:
            counters = service.state / "counters.json"

            def visited() -> int:
                return json.loads(counters.read_text())["visits"] if counters.exists() else 0

            async def worn(seconds: float) -> None:
                until_s, number = time.monotonic() + seconds, 0
                while time.monotonic() < until_s:
                    ticks = PLANTED_TICKS[number % len(PLANTED_TICKS)]
                    with suppress(Exception):  # nobody listens yet
                        number += strap.beat(64, (ticks,))
                    await asyncio.sleep(ticks / 1024)

            while not strap.connected:
                await asyncio.sleep(0.2)
            during: list[str] = []
            begun = 0
            while visited() < visits and begun < visits + 3:
                begun += 1
                wearing = asyncio.ensure_future(worn(WORN_S))
                await asyncio.sleep(WORN_S - 10.0)
                during = during or await asyncio.to_thread(scan_memory, service.players[-1])
                await wearing
                await asyncio.sleep(OFF_S)
            files, in_files = scan_files(service.folder, service.file, strap.address)
            in_memory = await asyncio.to_thread(scan_memory, service.players[-1])
            return {
                "visits": visited(), "files": files, "found_in_files": in_files,
                "found_in_memory_during": during,
                "found_in_memory": in_memory, "load": os.getloadavg(),
            }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--visits", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    row = asyncio.run(run(asked.visits))
    if asked.json:
        print(json.dumps(row))
    else:
        print(f"visits {row['visits']}, files written {row['files']}")
        print(f"intervals or series in files: {row['found_in_files'] or 'none'}")
        print(f"intervals in memory in the midst of a visit: {row['found_in_memory_during'] or 'none'}")
        print(f"intervals in memory after the last visit: {row['found_in_memory'] or 'none'}")
    sys.exit(bool(row["found_in_files"]) or not row["found_in_memory_during"])


if __name__ == "__main__":
    main()
