"""A kiosk is killed while it writes: whether its files are whole every time.

    python benchmarks/kiosk_writes.py [--trials N] [--json]

A process writes counters and calibration one after the other, as fast as it can, as the supervisor does at
the end of a visit; it is killed (SIGKILL) at a random moment. A file is whole where all its figures belong to
one write, and never older than one that was said to be done.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from engine.kiosk.counters import read_counters
from engine.kiosk.loudness import read_calibration

WRITER = """
import sys
from pathlib import Path
from engine.kiosk.counters import Counters, write_counters
from engine.kiosk.loudness import Calibration, write_calibration
folder, n = Path(sys.argv[1]), 0
while True:
    n += 1
    assert write_counters(folder, Counters(n, n / 8.0, n, n))
    write_calibration(folder, Calibration(n / 8.0, str(n), str(n)))
    sys.stdout.write(f"{n}\\n")
    sys.stdout.flush()
"""


def trial(folder: Path, after_s: float) -> tuple[bool, int]:
    """Whether both files are whole after a kill `after_s` seconds into the writing, and the writes."""
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    writer.stdout.readline()
    time.sleep(after_s)
    writer.send_signal(signal.SIGKILL)
    told = writer.stdout.read().split()
    writer.stdout.close()
    writer.wait()
    done = int(told[-1]) if told else 1
    counters, calibration = read_counters(folder), read_calibration(folder)
    whole = calibration is not None and counters.visits == counters.faults == counters.changed
    whole = whole and counters.visit_s == counters.visits / 8.0
    whole = whole and calibration is not None and calibration.gain_db * 8.0 == int(calibration.day)
    return whole and done <= counters.visits <= done + 1, counters.visits


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    chance, whole, writes = random.Random(1), 0, 0
    with tempfile.TemporaryDirectory(prefix="calando-") as folder:
        for number in range(asked.trials):
            good, written = trial(Path(folder), chance.uniform(0.0, 0.02))
            whole, writes = whole + good, writes + written
            if sys.stderr.isatty():
                print(f"\r{number + 1}/{asked.trials}", end="", file=sys.stderr, flush=True)
    row = {"trials": asked.trials, "whole": whole, "writes": 2 * writes, "load": os.getloadavg()}
    words = f"kills {asked.trials}, files whole {whole}, writes {2 * writes}"
    print(json.dumps(row) if asked.json else words)


if __name__ == "__main__":
    main()
