"""Claim: after any trouble on the radio the strap is live again within 15 s, and every beat counts once.

The strap client runs as its own unmodified process against a stand-in BlueZ on a private D-Bus
(tests/sensors/strap_scenarios.py). Each round stretches the troubles by another factor, so that their ends
fall on other moments of the client's attempts.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from report import show_table, write_json
from rich.console import Console

from tests.sensors import private_bus
from tests.sensors.strap_scenarios import SCENARIOS, Outcome, play_all

PROMISED_S = 15.0
SHORTEST, LONGEST = 0.2, 3.0


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--rounds", type=int, default=3, help="how often to play all scenarios (default 3)")
    words.add_argument("--seed", type=int, default=1)
    chosen = words.parse_args()
    if not private_bus.available():
        sys.exit("dbus-daemon is needed: install the package dbus.")

    lengths = random.Random(chosen.seed)
    console = Console(stderr=True)
    outcomes: list[Outcome] = []
    for number in range(chosen.rounds):
        longer = 1.0 if number == 0 else lengths.uniform(SHORTEST, LONGEST)
        done: list[str] = []
        with console.status("") as status:

            def on_end(outcome: Outcome, done: list[str] = done, number: int = number) -> None:
                done.append(outcome.name)
                status.update(f"round {number + 1} of {chosen.rounds}: {len(done)} of {len(SCENARIOS)} done")

            outcomes += asyncio.run(play_all(longer, on_end)).values()

    figures = {}
    for scenario in SCENARIOS:
        mine = [outcome for outcome in outcomes if outcome.name == scenario.__name__]
        figures[scenario.__name__] = {
            "recovery_s": [round(outcome.recovery_s, 2) for outcome in mine],
            "delivered": sum(len(outcome.delivered) for outcome in mine),
            "heard": sum(len(outcome.heard) for outcome in mine),
            "exactly_once": all(outcome.heard == outcome.delivered for outcome in mine),
        }
    rows = [
        [
            name.replace("_", " "),
            f"{sorted(one['recovery_s'])[len(one['recovery_s']) // 2]:.1f}",
            f"{max(one['recovery_s']):.1f}",
            str(one["delivered"]),
            str(one["heard"]),
            "yes" if one["exactly_once"] else "NO",
        ]
        for name, one in figures.items()
    ]
    columns = ["trouble", "median, s", "longest, s", "beats sent", "beats heard", "each once"]
    show_table(f"Live again after ({chosen.rounds} rounds)", columns, rows)
    write_json("strap_recovery", figures)
    kept = all(max(one["recovery_s"]) < PROMISED_S and one["exactly_once"] for one in figures.values())
    sys.exit(0 if kept else "The claim does not hold.")


if __name__ == "__main__":
    main()
