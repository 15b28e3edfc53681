"""A kiosk's music is taken over: how long nothing is heard once its process is killed, stopped, hung.

    python benchmarks/kiosk_replace.py [--trials N] [--mixing yes|no] [--json]

A kiosk plays its programme on a JACK dummy device; a client of JACK watches the sum of all that plays. Each
trial does one of four things to the process that plays and waits until another has taken over. `--mixing no`
has the supervisor treat the device as one that takes a single program: the old one is ended first. The figure
is the longest silence (below -70 dBFS) from a second before the deed to three seconds after the relief.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from statistics import median

from kiosk_rig import Mixed, Service, rig, until

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
FIRST_S = 25.0
"""Music has to be there before anything is done to it."""

RELIEVED = "Another process plays now."
SETTLE_S = 62.0
"""Between two trials: five starts that did not last a minute are safe mode, which is another matter."""


def do(deed: str, pid: int) -> None:
    """Do one of DEEDS to a process that plays; a hang is asked of it by SIGUSR2 (engine.kiosk.playing)."""
    os.kill(pid, SIGNALS[deed])


def trial(service: Service, deed: str) -> tuple[float, float]:
    """From when to when the relief went, by the monotonic clock."""
    until(lambda: len(service.players) == 1)
    old, reliefs = service.players[-1], service.log.count(RELIEVED)
    began_s = time.monotonic()
    do(deed, old)
    until(lambda: service.log.count(RELIEVED) > reliefs and old not in service.players)
    return began_s, time.monotonic()


def run(trials: int, mixing: str, deeds: tuple[str, ...] = DEEDS) -> list[dict[str, object]]:
    """Every deed so many times; a row each."""
    spans: dict[str, list[tuple[float, float]]] = {deed: [] for deed in deeds}
    seconds = 120.0 + trials * len(deeds) * 200.0
    with rig(FILE.format(mixing=mixing), seconds=seconds) as (_server, service, mixed):
        until(lambda: len(service.players) == 1)
        time.sleep(FIRST_S)
        for number in range(trials):
            for deed in deeds:
                spans[deed].append(trial(service, deed))
                print(f"\r{number + 1}/{trials} {deed}   ", end="", file=sys.stderr, flush=True)
                time.sleep(SETTLE_S)
    print(file=sys.stderr)
    return [row(deed, mixing, spans[deed], mixed) for deed in deeds]


def row(deed: str, mixing: str, spans: list[tuple[float, float]], mixed: Mixed) -> dict[str, object]:
    silences = [mixed.longest_silence_s(began - 1.0, ended + 3.0) for began, ended in spans]
    took = [ended - began for began, ended in spans]
    return {
        "deed": NAMES[deed], "mixing": mixing, "trials": len(spans),
        "silence_median_s": round(median(silences), 3), "silence_longest_s": round(max(silences), 3),
        "relief_median_s": round(median(took), 2),
        "within_2_s": sum(silence <= 2.0 for silence in silences),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=5)
    parser.add_argument("--mixing", choices=("yes", "no"), default="yes")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    rows = run(asked.trials, asked.mixing)
    if asked.json:
        print(json.dumps({"load": os.getloadavg(), "rows": rows}))
        return
    print(f"device that mixes: {asked.mixing}; load {' '.join(f'{each:.1f}' for each in os.getloadavg())}")
    heads = f"{'trials':>7}{'silence s':>11}{'longest s':>11}{'<= 2 s':>8}{'relief s':>10}"
    print(f"{'what was done to the process':32}{heads}")
    for each in rows:
        print(
            f"{each['deed']:32}{each['trials']:>7}{each['silence_median_s']:>11}{each['silence_longest_s']:>11}"
            f"{each['within_2_s']:>8}{each['relief_median_s']:>10}"
        )


if __name__ == "__main__":
    main()
