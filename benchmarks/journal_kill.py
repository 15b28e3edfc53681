"""Sittings killed with SIGKILL at random moments: does every journal open whole, and how much is lost?

    python benchmarks/journal_kill.py [--kills 200] [--at-once 4] [--longest 8]

Each sitting is `calando play` in real time with a simulated heart, a journal of its own, and a moment drawn
at random. Printed: databases that fail PRAGMA integrity_check, and the seconds that were played by the wall
clock but are not in the journal. The next `calando sessions list` must say that the sitting broke off and
offer to report it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from calando_command import COMMAND
from report import show_table, write_json
from rich.progress import track

from engine.journal.store import FILE, Store
from engine.journal.trouble import JournalError


@dataclass(frozen=True, slots=True)
class Kill:
    after_s: float
    intact: bool
    kept_s: float
    lost_s: float
    found_broken_off: bool


def killed(folder: Path, after_s: float) -> Kill:
    folder.mkdir(mode=0o700)
    play = subprocess.Popen(
        [*COMMAND, "play", "--sensor", "sim", "--output", "null", "--json", "--data", str(folder)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ | {"JACK_DEFAULT_SERVER": "none"},
    )  # fmt: skip
    assert play.stdout is not None
    began_s, ticked_s = 0.0, 0.0
    json.loads(play.stdout.readline())
    began_s = time.monotonic()
    time.sleep(after_s)
    ticked_s = time.monotonic() - began_s
    play.kill()
    play.communicate()
    intact, kept_s, found = integrity(folder / FILE), 0.0, False
    listed = subprocess.run(
        [*COMMAND, "sessions", "list", "--data", str(folder)], capture_output=True, text=True, check=False
    )
    found = "broke off" in listed.stderr and "calando sessions report" in listed.stderr
    try:
        with Store(folder) as store:
            heads = store.heads()
    except JournalError:
        return Kill(after_s, False, 0.0, ticked_s, found)
    if heads:
        kept_s = heads[0].length_s
        intact = intact and heads[0].ending == "interrupted"
    return Kill(after_s, intact, kept_s, max(0.0, ticked_s - kept_s), found)


def integrity(path: Path) -> bool:
    if not path.exists():
        return True  # killed before there was a journal
    connection = sqlite3.connect(path)
    try:
        return connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    except sqlite3.Error:
        return False
    finally:
        connection.close()


def main() -> None:
    plain = argparse.RawDescriptionHelpFormatter
    options = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--at-once", type=int, default=4)
    options.add_argument("--longest", type=float, default=8.0, help="latest moment, seconds")
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    rng = random.Random(asked.seed)
    moments = [rng.uniform(0.0, asked.longest) for _ in range(asked.kills)]
    with tempfile.TemporaryDirectory() as root, ThreadPoolExecutor(asked.at_once) as pool:
        tasks = [pool.submit(killed, Path(root) / str(k), at) for k, at in enumerate(moments)]
        kills = [task.result() for task in track(tasks, "Killing ...", disable=not sys.stderr.isatty())]
    lost = np.array([kill.lost_s for kill in kills])
    figures = {
        "kills": len(kills),
        "damaged": sum(not kill.intact for kill in kills),
        "lost_s": {"median": float(np.median(lost)), "worst": float(lost.max())},
        "over_a_second": int((lost > 1.0).sum()),
        "nothing_kept": sum(not kill.found_broken_off for kill in kills),
        "latest_with_nothing_kept_s": max((k.after_s for k in kills if not k.found_broken_off), default=None),
    }
    rows = [
        ["kills", str(len(kills))],
        ["databases damaged", str(figures["damaged"])],
        ["lost, median", f"{np.median(lost):.2f} s"],
        ["lost, worst", f"{lost.max():.2f} s"],
        ["lost more than 1 s", str(figures["over_a_second"])],
        ["killed before the first commit", str(figures["nothing_kept"])],
    ]
    show_table("Sittings killed at random moments", ["", "figure"], rows)
    write_json("journal_kill", figures | {"each": [asdict(kill) for kill in kills]})


if __name__ == "__main__":
    main()
