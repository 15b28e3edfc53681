"""The journal's costs: bytes a sitting, time a tick; `list`, `show`, `report` after a year of 100 people.

    python benchmarks/journal.py [--minutes 20] [--people 100] [--days 365]

Three parts. One sitting of the given length is played offline with and without a journal: its size in the
file, its rows by table, the time the control thread spends on it, and the time to render it again. Then a
journal of people x days sittings is filled (every head; of what happened only states and decisions, but
for the last sitting, which is whole), and `calando sessions list`, `show` and `report` are timed as a user
starts them.
"""

from __future__ import annotations

import argparse
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from calando_command import COMMAND
from report import show_table, write_json
from rich.progress import track

from dsp.native import Synth
from engine.guide.guide import Guide
from engine.guide.target import Usual
from engine.journal.ending import now
from engine.journal.journal import Journal
from engine.journal.record import Figures, Head
from engine.journal.rendition import Rendition
from engine.journal.schema import TABLES
from engine.journal.store import FILE, Store
from engine.music.composer import Composer
from engine.player import OfflineOutput
from engine.session import Moment, Session
from engine.watch import at_once
from profiles.load import load
from sensors.spec import open_sensor

RATE_HZ, SEED = 48_000, 1
RUNS = 7


def head(minutes: float) -> Head:
    profile = load("relax")
    return Head(
        "20260101-120000-bcdf", now(), None, None, "c0", True, None, profile.name, asdict(profile), None,
        "sim", "SIMULATED heart", True, "governed", SEED, None, 60.0 * minutes, RATE_HZ, "Rendering.", None,
        {}, Usual(), 0, Figures(),
    )  # fmt: skip


def one_sitting(folder: Path, minutes: float) -> dict[str, float]:
    profile, sensor = load("relax"), open_sensor("sim:seed=5")
    spent_s = 0.0
    journal = Journal(folder, head(minutes), sensor, print)

    class Timed:
        def moment(self, moment: Moment) -> None:
            nonlocal spent_s
            began_s = time.perf_counter()
            journal.moment(moment)
            spent_s += time.perf_counter() - began_s

    session = Session(
        profile, sensor, Guide(profile, duration_s=60.0 * minutes), Composer(profile, SEED),
        Synth(RATE_HZ, SEED), OfflineOutput(RATE_HZ, "Rendering."), at_once(Timed()),
    )  # fmt: skip
    began_s = time.perf_counter()
    with journal:
        session.run()
        played_s = time.perf_counter() - began_s
    closed_s = time.perf_counter() - began_s - played_s
    with Store(folder) as store:
        store.scrubbing.wipe("")
        began_s = time.perf_counter()
        record = store.read("last")
        read_s = time.perf_counter() - began_s
        counts = {f"rows_{table}": len(store.rows(1, table)) for table in TABLES}
    began_s = time.perf_counter()
    for _ in Rendition.of(record).portions():
        pass
    return {
        "bytes": (folder / FILE).stat().st_size,
        "played_s": played_s,
        "journal_in_the_control_thread_s": spent_s,
        "closing_s": closed_s,
        "reading_s": read_s,
        "rendering_again_s": time.perf_counter() - began_s,
        **counts,
    }


def a_year(folder: Path, pattern: Path, people: int, days: int) -> dict[str, float]:
    with Store(pattern) as store:
        record = store.read("last")
        states = [row for _, row in store.rows(1, "state")][::100]
        whole = {table: [row for _, row in store.rows(1, table)] for table in TABLES}
    decisions = whole["decision"]
    rng = np.random.default_rng(1)
    with Store(folder) as store:
        for day in track(range(days), "A year of sittings ...", disable=not sys.stderr.isatty()):
            with store.transaction():
                for person in range(people):
                    figures = replace(record.head.figures, resting_bpm=float(rng.normal(62, 4)))
                    name = f"2026{1 + day // 31:02}{1 + day % 31:02}-120000-{secrets.token_hex(4)}"
                    number = store.begin(
                        replace(record.head, id=name, client=f"c{person}", figures=figures, simulated=False)
                    )
                    store.add(number, "state", states)
                    store.add(number, "decision", decisions)
        with store.transaction():
            number = store.begin(replace(record.head, id="20270101-120000-bcdf", client="c7"))
            for table, rows in whole.items():
                store.add(number, table, rows)
        ids = {"middle": store.heads(last=people * days // 2)[-1].id, "c7": store.heads(client="c7")[0].id}
    commands = {
        "list": ["list"],
        "list --client c7": ["list", "--client", "c7"],
        "show last": ["show", "last"],
        "show from the middle": ["show", ids["middle"]],
        "report last": ["report", "last", "--force", "-o", str(folder / "report.html")],
    }
    found: dict[str, float] = {"bytes": (folder / FILE).stat().st_size}
    for name, words in commands.items():
        taken: list[float] = []
        for _ in range(RUNS):
            began_s = time.perf_counter()
            call = [*COMMAND, "sessions", *words, "--data", str(folder)]
            subprocess.run(call, check=True, stdout=subprocess.DEVNULL)
            taken.append(time.perf_counter() - began_s)
        found[f"{name}, s"] = statistics.median(taken)
    began_s = time.perf_counter()
    with Store(folder) as store:
        store.at_rest("c7", 20)
    found["usual at a start, s"] = time.perf_counter() - began_s
    return found


def show(title: str, figures: dict[str, float]) -> None:
    words = {name: f"{v:,.3f}" if isinstance(v, float) else f"{v:,}" for name, v in figures.items()}
    show_table(title, ["", "figure"], [[name, said] for name, said in words.items()])


def main() -> None:
    plain = argparse.RawDescriptionHelpFormatter
    options = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    options.add_argument("--minutes", type=float, default=20.0)
    options.add_argument("--people", type=int, default=100)
    options.add_argument("--days", type=int, default=365)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as root:
        pattern = Path(root) / "one"
        sitting = one_sitting(pattern, asked.minutes)
        year = a_year(Path(root) / "year", pattern, asked.people, asked.days)
    show(f"A sitting of {asked.minutes:g} minutes", sitting)
    show(f"{asked.people * asked.days:,} sittings, median of {RUNS}", year)
    write_json("journal", {"sitting": sitting, "year": year, "sittings": asked.people * asked.days})


if __name__ == "__main__":
    os.environ.setdefault("JACK_DEFAULT_SERVER", "none")
    main()
