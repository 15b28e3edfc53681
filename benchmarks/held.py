"""Claim: ten seconds without Python leave no hole in the bed, and the melody rests meanwhile.

A real sitting plays through a JACK dummy device; in the midst of it one C call holds the GIL of its process
for 10 s. A recorder in C keeps what came out, which is laid beside the same sitting rendered without a hold,
second by second. Once with the bed alone, for its sound; once whole, for its onsets.

    python benchmarks/held.py [--profiles relax,sleep,energise] [--hold 10] [--period 1024]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import jack_dummy
import numpy as np
from numpy.typing import NDArray
from report import show_table, write_json

sys.path.append(str(Path(__file__).parent / "realtime"))

from held_sitting import RATE_HZ, untouched

from engine.player import OfflineOutput
from profiles.load import load

SUBJECT = Path(__file__).parent / "realtime" / "held_sitting.py"
PYTHON_PATH = {"PYTHONPATH": str(Path(__file__).parent.parent)}
PORTS = ("PortAudio.*:out_0", "PortAudio.*:out_1")
HELD_AT_S, AFTER_S = 45.0, 14.0
"""The bed has faded in and the melody sings; and afterwards it has begun again (a bar at 40 BPM is 6 s)."""
HOLE_DB = -3.0
"""A second that is so much softer than without the hold is a hole (own choice)."""


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--profiles", default="relax,sleep,energise")
    asked.add_argument("--hold", type=float, default=10.0, help="s")
    asked.add_argument("--period", type=int, default=1024)
    options = asked.parse_args()
    if lacking := jack_dummy.missing():
        print(f"There is no JACK dummy device here: {', '.join(lacking)} not found.", file=sys.stderr)
        return 1
    found = [held(name, options.hold, options.period) for name in options.profiles.split(",")]
    columns = [
        "profile",
        "held for, s",
        "softest second, dB",
        "onsets before",
        "while held",
        "after",
        "missed",
    ]
    rows = [
        [
            f["profile"], f"{f['held_s'][1] - f['held_s'][0]:.1f}", f"{f['softest_db']:+.1f}",
            str(f["before"]), str(f["meanwhile"]), str(f["after"]), str(f["missed"]),
        ]
        for f in found
    ]  # fmt: skip
    notes = [
        f"The bed's softest second beside the untouched sitting's: the bar is {HOLE_DB:g} dB.",
        "Onsets in 10 s before, from a bar and a beat after it was held until it was let go (the bar is 0),",
        f"and in {AFTER_S:g} s after.",
    ]
    show_table("The interpreter held in the midst of a sitting", columns, rows, notes)
    print(f"Written to {write_json('held', found)}")
    return 0


def held(name: str, hold_s: float, period: int) -> dict[str, Any]:
    bed, sound = played(name, "bed", hold_s, period)
    from_s, until_s = bed["held_s"]
    twin: list[NDArray[np.float32]] = []
    untouched(name, "bed", until_s + AFTER_S, OfflineOutput(RATE_HZ, "Rendering.", twin.append))
    usual = np.concatenate(twin)
    usual = usual[np.flatnonzero(usual.any(axis=1))[0] :]  # a recording begins with the first sound
    seconds = range(int(from_s), int(until_s) + 4)
    softer_db = [level_db(sound, at_s) - level_db(usual, at_s) for at_s in seconds]
    whole, _ = played(name, "whole", hold_s, period)
    from_s, until_s = whole["held_s"]
    profile = load(name)
    bar_s = (profile.form.beats_per_bar + 1) * 60.0 / profile.ranges.tempo_bpm[0]

    def onsets(first_s: float, last_s: float) -> int:
        return sum(first_s <= at_s < last_s for at_s in whole["onsets_s"])

    return {
        "profile": name, "held_s": whole["held_s"], "softer_db": softer_db, "softest_db": min(softer_db),
        "before": onsets(from_s - 10.0, from_s), "meanwhile": onsets(from_s + bar_s, until_s),
        "after": onsets(until_s, until_s + AFTER_S), "missed": whole["missed"] + bed["missed"],
        "lost": whole["lost"] + bed["lost"],
    }  # fmt: skip


def played(name: str, part: str, hold_s: float, period: int) -> tuple[dict[str, Any], NDArray[np.float32]]:
    """What the sitting told of itself, and what was heard of it from its first sound on, (frames, 2)."""
    length_s = round(HELD_AT_S + hold_s + AFTER_S)
    with jack_dummy.JackServer(period) as server, tempfile.TemporaryDirectory() as folder:
        environment = server.environment | PYTHON_PATH
        recorder = subprocess.Popen(
            [str(jack_dummy.compiled("recorder")), *PORTS, str(length_s - 2), f"{folder}/heard"],
            env=environment, stdout=subprocess.DEVNULL, preexec_fn=jack_dummy.end_with_parent,
        )  # fmt: skip
        sitting = [sys.executable, str(SUBJECT), name, part, str(HELD_AT_S), str(hold_s), str(AFTER_S)]
        told = subprocess.run(sitting, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
        recorder.wait(timeout=60)
        heard = np.fromfile(f"{folder}/heard.f32", np.float32).reshape(-1, 2)
    return json.loads(told), heard


def level_db(sound: NDArray[np.float32], at_s: int) -> float:
    """Of the second that begins there, dBFS."""
    second = sound[at_s * RATE_HZ : (at_s + 1) * RATE_HZ]
    return 10.0 * float(np.log10(np.mean(second**2) + 1e-12))


if __name__ == "__main__":
    sys.exit(main())
