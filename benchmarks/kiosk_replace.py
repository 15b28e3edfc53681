"""A kiosk's music is taken over: how long nothing is heard once its process is killed, stopped, hung.

    python benchmarks/kiosk_replace.py [--trials N] [--mixing yes|no] [--deeds kill,stop,hang,crash]
        [--minutes M] [--json]

A kiosk plays its programme on a JACK dummy device; a client of JACK watches the sum of all that plays. Each
trial does one of four things to the process that plays and waits until another has taken over. `--mixing no`
has the supervisor treat the device as one that takes a single program: the old one is ended first. The figure
is the longest silence (below -70 dBFS) from a second before the deed to three seconds after the relief.
Before each trial a day passes on the kiosk's clock, so that it does not go into safe mode. `--minutes`,
SIGTERM or Ctrl-C end it early, and what was measured by then is told. Of each trial beyond its bar
(no silence; 2 s with `--mixing no`) it is told when the silence began, who played then and what the log said.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from jack_dummy import JackServer
from kiosk_rig import MACHINE_CODE_S, SILENT, Kiosk, Mixed, until

FILE = """
[sound]
mixing = "{mixing}"
[visit]
without_strap = "programme"
"""

DEEDS = ("kill", "stop", "hang", "crash")
NAMES = {
    "kill": "SIGKILL", "stop": "SIGSTOP", "hang": "its interpreter held for ever",
    "crash": "segmentation fault",
}  # fmt: skip
SIGNALS = {
    "kill": signal.SIGKILL, "stop": signal.SIGSTOP, "hang": signal.SIGUSR2, "crash": signal.SIGSEGV,
}  # fmt: skip
FIRST_S = 12.0
"""Music has to be there before anything is done to it."""

RELIEVED = "Another process plays now."
BEFORE_S, AFTER_S = 1.0, 3.0
"""Of a trial, so much before the deed and after the relief is watched."""

SETTLE_S = AFTER_S + BEFORE_S + 0.2
"""Between two trials, so that none watches another's; what is written ahead is written by then."""

BARS_S = {"yes": 0.0, "no": 2.0}
"""Longest silence that is asked for (KIOSK.md section 6)."""


def do(deed: str, pid: int) -> None:
    """Do one of DEEDS to a process that plays; a hang is asked of it by SIGUSR2 (engine.kiosk.playing)."""
    os.kill(pid, SIGNALS[deed])


@dataclass(frozen=True)
class Trial:
    """What was done, from when to when the relief went (monotonic clock), and what the kiosk said of it."""

    deed: str
    began_s: float
    ended_s: float
    said: list[str]


def tried(kiosk: Kiosk, deed: str) -> Trial:
    """One trial; where nobody takes over it ends after PATIENCE_S, and the silence tells."""
    kiosk.next_day()
    time.sleep(SETTLE_S)
    reliefs, lines = kiosk.log.count(RELIEVED), len(kiosk.log)
    began_s = time.monotonic()
    do(deed, kiosk.player)
    with suppress(TimeoutError):
        until(lambda: kiosk.log.count(RELIEVED) > reliefs)
    return Trial(deed, began_s, time.monotonic(), kiosk.log[lines:])


def run(
    trials: int, mixing: str, deeds: tuple[str, ...] = DEEDS, minutes: float = float("inf")
) -> list[dict[str, Any]]:
    """Every deed so many times, in turn; a row each time."""
    done: list[Trial] = []
    number_of = trials * len(deeds)
    ends_s = time.monotonic() + 60.0 * minutes
    with (
        tempfile.TemporaryDirectory(prefix="calando-") as folder,
        JackServer() as server,
        Mixed(server, 60.0 + number_of * 60.0) as mixed,
        Kiosk(server, FILE.format(mixing=mixing), Path(folder)) as kiosk,
    ):
        until(lambda: kiosk.log and "The music plays." in kiosk.log, MACHINE_CODE_S)
        time.sleep(FIRST_S)
        with suppress(KeyboardInterrupt):  # what was measured by then is told
            while len(done) < number_of and time.monotonic() < ends_s:
                done.append(tried(kiosk, deeds[len(done) % len(deeds)]))
                print(f"\r{len(done)}/{number_of} {done[-1].deed}   ", end="", file=sys.stderr, flush=True)
        time.sleep(AFTER_S + 1.0)
    print(file=sys.stderr)
    return [row(each, mixing, mixed) for each in done]


def row(trial: Trial, mixing: str, mixed: Mixed) -> dict[str, Any]:
    from_s, until_s = trial.began_s - BEFORE_S, trial.ended_s + AFTER_S
    silence_s = round(mixed.longest_silence_s(from_s, until_s), 3)
    found: dict[str, Any] = {
        "deed": trial.deed, "mixing": mixing, "silence_s": silence_s,
        "relief_s": round(trial.ended_s - trial.began_s, 2),
    }  # fmt: skip
    if silence_s > BARS_S[mixing]:
        rows = mixed.rows[(mixed.rows["at_s"] >= from_s) & (mixed.rows["at_s"] < until_s)]
        silent = rows[rows["peak"] < SILENT]
        found["silent"] = [
            [round(float(at) - trial.began_s, 3), int(sources)]
            for at, _, sources in silent[:: max(1, len(silent) // 12)]
        ]
        found["said"] = trial.said
        print(f"beyond its bar: {json.dumps(found)}", file=sys.stderr)
    return found


def summarised(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row a deed."""
    found: list[dict[str, Any]] = []
    for deed in dict.fromkeys(row["deed"] for row in rows):
        silences = [row["silence_s"] for row in rows if row["deed"] == deed]
        reliefs = [row["relief_s"] for row in rows if row["deed"] == deed]
        found.append({
            "deed": NAMES[deed], "trials": len(silences), "silence_median_s": round(median(silences), 3),
            "silence_longest_s": max(silences), "none": sum(each == 0.0 for each in silences),
            "within_2_s": sum(each <= 2.0 for each in silences), "relief_median_s": round(median(reliefs), 2),
        })  # fmt: skip
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=5, help="of each deed (5)")
    parser.add_argument("--mixing", choices=("yes", "no"), default="yes")
    parser.add_argument("--deeds", default=",".join(DEEDS), help="some of kill, stop, hang and crash (all)")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="no new trial after so many")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    for ends in (signal.SIGTERM, signal.SIGINT):  # a background job of a shell ignores SIGINT
        signal.signal(ends, signal.default_int_handler)
    rows = run(asked.trials, asked.mixing, tuple(asked.deeds.split(",")), asked.minutes)
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    if asked.json:
        print(json.dumps({"load": load, "rows": rows}))
        return
    heads = f"{'trials':>7}{'silence s':>11}{'longest s':>11}{'none':>6}{'<= 2 s':>8}{'relief s':>10}"
    print(f"device that mixes: {asked.mixing}; load {load}")
    print(f"{'what was done to the process':32}{heads}")
    for each in summarised(rows):
        print(
            f"{each['deed']:32}{each['trials']:>7}{each['silence_median_s']:>11}{each['silence_longest_s']:>11}"
            f"{each['none']:>6}{each['within_2_s']:>8}{each['relief_median_s']:>10}"
        )


if __name__ == "__main__":
    main()
