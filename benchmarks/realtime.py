"""Never late because of Python: what is lost of the sound while the interpreter is kept busy.

Each client plays on a JACK dummy device while one load runs in its process; an independent client in C
counts the cycles that were lost or silent. An idle client in C, run in the same minute, tells what the
machine itself loses. Runs are interleaved: every round visits each period, load and client in turn.

Calando's callback also measures its own time, and what it played is recorded by another client in C and held
against the same commands rendered offline, frame by frame.

Loads: idle; hold (one C call holds the GIL 2 s of every 5); hold10 (once for 10 s); spin (a Python thread
spins); gc (garbage collections over three million objects); flood (commands without pause, Calando only).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jack_dummy
import numpy as np
import recording
from report import show_table, write_json
from rich.console import Console
from rich.progress import Progress

SAMPLE_RATE = 48_000
HERE = Path(__file__).parent / "realtime"
PYTHON_PATH = {"PYTHONPATH": str(Path(__file__).parent.parent)}
CONTROL = "C, idle"
CLIENTS = ("calando", "sounddevice", "pyo")
LOADS = ("idle", "hold", "hold10", "spin", "gc", "flood")
PERIODS = (64, 128, 256, 1024)
PORTS = {CONTROL: "idle:out_0", "pyo": "pyo:output_1"}
PORTAUDIO_PORTS = ("PortAudio.*:out_0", "PortAudio.*:out_1")
HOLD_ONCE_SECONDS = 14.0  # a run of hold10 is at least this long, to hold the whole 10 s
CONTROL_EVERY_S = 60.0


def main() -> int:
    arguments = parse_arguments()
    if lacking := jack_dummy.missing():
        print(f"There is no JACK dummy device here: {', '.join(lacking)} not found.", file=sys.stderr)
        return 1
    clients = [c for c in arguments.clients if not lacking_for(c)]
    for client in arguments.clients:
        if lack := lacking_for(client):
            print(f"{client} is left out: {lack} not found.")
    exact: list[dict[str, Any]] = []
    if "calando" in clients:
        with TemporaryDirectory() as name, Console().status("Calando live against offline"):
            render_piece(1, Path(name) / "warm.f32")  # compiles, so that no run waits for it
            if arguments.exact_seconds:
                exact = live_against_offline(arguments.periods, arguments.exact_seconds, Path(name))
    runs = measure(plan(arguments, clients), arguments.seconds)
    rows = summarise(runs)
    show(rows, arguments.rounds)
    show_exact(exact)
    figures = {"rounds": arguments.rounds, "seconds": arguments.seconds}
    path = write_json("realtime", figures | {"table": rows, "exact": exact, "runs": runs})
    print(f"Written to {path}")
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (5)")
    parser.add_argument("--peer-rounds", type=int, default=1, help="in how many of them the peers play (1)")
    parser.add_argument("--seconds", type=float, default=10.0, help="seconds counted in each run (10)")
    parser.add_argument(
        "--periods", type=int, nargs="+", default=PERIODS, help="frames a cycle (64 128 256 1024)"
    )
    parser.add_argument("--loads", nargs="+", choices=LOADS, default=LOADS, help="(all)")
    parser.add_argument(
        "--clients", nargs="+", choices=CLIENTS, default=CLIENTS, help="(all that are installed)"
    )
    parser.add_argument(
        "--exact-seconds",
        type=int,
        default=20,
        help="seconds of Calando's live sound held against offline at each period, 0 for none (20)",
    )
    parser.add_argument("--quick", action="store_true", help="one round of 6 s, at 64 and 1024 frames")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.seconds, arguments.periods = 1, 6.0, (64, 1024)
    if arguments.rounds < 1 or arguments.seconds <= 0:
        parser.error("--rounds and --seconds must be more than 0.")
    return arguments


def lacking_for(client: str) -> str:
    """The Python module that a client needs and this machine lacks, or an empty string."""
    module = {"calando": "sounddevice"}.get(client, client)
    return "" if importlib.util.find_spec(module) else module


def plan(arguments: argparse.Namespace, clients: list[str]) -> list[tuple[int, int, str, str]]:
    """Every run as (round, period, load, client), in the order of running; controls come on top."""
    return [
        (r, period, load, client)
        for r in range(arguments.rounds)
        for period in arguments.periods
        for load in arguments.loads
        for client in clients
        if (client == "calando" or (load != "flood" and r < arguments.peer_rounds))
    ]


def measure(runs: list[tuple[int, int, str, str]], seconds: float) -> list[dict[str, Any]]:
    """Carries out the plan, with a control at each change of period and at least once a minute."""
    done: list[dict[str, Any]] = []
    control_period, control_at = 0, 0.0
    with Progress(transient=True) as progress:
        task = progress.add_task("", total=len(runs))
        for r, period, load, client in runs:
            progress.update(task, description=f"round {r + 1}, {period} frames, {load}, {client}")
            if period != control_period or time.monotonic() - control_at > CONTROL_EVERY_S:
                control_period, control_at = period, time.monotonic()
                done.append({"round": r, **run_once(CONTROL, period, "idle", seconds)})
            try:
                done.append({"round": r, **run_once(client, period, load, seconds)})
            except RuntimeError as failure:  # one client's failure must not cost an hour of the others' runs
                progress.console.print(f"No figures: {failure}", markup=False)
            progress.advance(task)
    return done


def run_once(client: str, period: int, load: str, seconds: float) -> dict[str, Any]:
    """One client under one load on a server of its own, watched by the monitor."""
    if load == "hold10":
        seconds = max(seconds, HOLD_ONCE_SECONDS)
    monitor_program, idle_program = jack_dummy.compiled("monitor"), jack_dummy.compiled("idle_client")
    command = [str(idle_program)] if client == CONTROL else client_command(client, period, load)
    listen = [
        PORTS.get(client, PORTAUDIO_PORTS[0]),
        str(seconds),
        "signal" if client == "calando" else "ramp",
    ]
    with jack_dummy.JackServer(period) as server:
        pipes: dict[str, Any] = {
            "env": server.environment | PYTHON_PATH,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
        }
        pipes |= {"text": True, "preexec_fn": jack_dummy.end_with_parent}
        monitor = subprocess.Popen([str(monitor_program), *listen], **pipes)
        player = subprocess.Popen(command, stdin=subprocess.PIPE, **pipes)
        while monitor.poll() is None:
            time.sleep(0.1)
            if player.poll() is not None:  # it should have waited for its standard input to close
                monitor.kill()
        heard, monitor_error = monitor.communicate()
        try:
            played, player_error = player.communicate(timeout=20)  # closes its standard input
        except subprocess.TimeoutExpired:
            player.kill()
            played, player_error = player.communicate()
    if monitor.returncode or player.returncode:
        raise RuntimeError(f"{client} at {period} frames: {monitor_error}{player_error}")
    counts = json.loads(heard)
    own = json.loads(played.splitlines()[-1]) if played.strip() else {}
    if "callback_cycles" in own:
        period_cycles = cycles_per_second() * period / SAMPLE_RATE
        own["callback_percent"] = {
            name: 100 * c / period_cycles for name, c in own["callback_cycles"].items()
        }
    cycles = counts["cycles"] + counts["lost_cycles"]
    return {
        "client": client,
        "period": period,
        "load": load,
        "lost_percent": 100 * (counts["lost_cycles"] + counts["silent_cycles"]) / cycles,
        "longest_gap_ms": 1e3 * max(counts["longest_lost"], counts["longest_silent"]) * period / SAMPLE_RATE,
        "monitor": counts,
        "own": own,
        "server_xruns": server.xruns,
        "real_time": server.real_time,
    }


@cache
def cycles_per_second() -> float:
    """Ticks of the counter by which the callback measures itself."""
    command = [str(jack_dummy.compiled("cycle_rate"))]
    return float(subprocess.run(command, capture_output=True, check=True).stdout)


def client_command(client: str, period: int, load: str) -> list[str]:
    return [sys.executable, str(HERE / "client.py"), client, str(period), load]


def render_piece(seconds: int, path: Path) -> None:
    """Calando's piece offline, raw float32."""
    command = [sys.executable, str(HERE / "render_piece.py"), str(seconds), str(path)]
    done = subprocess.run(command, env=os.environ | PYTHON_PATH, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"Calando does not render: {done.stderr}")


def live_against_offline(periods: Sequence[int], seconds: int, folder: Path) -> list[dict[str, Any]]:
    """At each period, Calando's live sound while the GIL is held, compared with the offline rendering."""
    offline_path = folder / "offline.f32"
    render_piece(2 * seconds + 20, offline_path)  # longer than what is heard, for cycles passed over
    offline = np.fromfile(offline_path, np.float32).reshape(-1, 2)
    rows = []
    for period in periods:
        stem = folder / f"live{period}"
        with jack_dummy.JackServer(period) as server:
            environment = server.environment | PYTHON_PATH
            listen = [str(jack_dummy.compiled("recorder")), *PORTAUDIO_PORTS, str(seconds), str(stem)]
            recorder = subprocess.Popen(
                listen, env=environment, stdout=subprocess.PIPE, preexec_fn=jack_dummy.end_with_parent
            )
            player = subprocess.Popen(
                client_command("calando", period, "hold"),
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                preexec_fn=jack_dummy.end_with_parent,
            )
            recorder.communicate()
            _, said = player.communicate(timeout=20)
        if recorder.returncode:
            raise RuntimeError(f"Calando at {period} frames was not heard: {said}")
        live, frame_times = recording.read(stem)
        rows.append({"period": period, **asdict(recording.compare(live, frame_times, offline, period))})
    return rows


def show_exact(rows: list[dict[str, Any]]) -> None:
    """Prints the comparison of live and offline."""
    if rows:
        columns = ["frames a cycle", "frames compared", "differing", "passed over by JACK"]
        table = [[str(row[key]) for key in ("period", "compared", "differing", "skipped")] for row in rows]
        show_table(
            "Calando live, the GIL held 2 s of every 5, against the same commands offline", columns, table
        )


def summarise(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row for each period, load and client: medians and spreads over the rounds."""
    rows = []
    keys = dict.fromkeys((run["period"], run["load"], run["client"]) for run in runs)
    for period, load, client in keys:
        own = [r for r in runs if (r["period"], r["load"], r["client"]) == (period, load, client)]
        lost = [r["lost_percent"] for r in own]
        row = {
            "period": period,
            "load": load,
            "client": client,
            "runs": len(own),
            "lost_percent": {"median": statistics.median(lost), "least": min(lost), "most": max(lost)},
            "longest_gap_ms": max(r["longest_gap_ms"] for r in own),
            "ramp_breaks": None if client == "calando" else sum(r["monitor"]["ramp_breaks"] for r in own),
            "xruns": sum(r["monitor"]["xruns"] for r in own),
        }
        if "callback_percent" in own[0]["own"]:
            names = own[0]["own"]["callback_percent"]
            row["callback_percent"] = {
                name: (max if name == "worst" else statistics.median)(
                    r["own"]["callback_percent"][name] for r in own
                )
                for name in names
            }
        rows.append(row)
    return rows


def show(rows: list[dict[str, Any]], rounds: int) -> None:
    def ordered(row: dict[str, Any]) -> tuple[int, int]:
        return row["period"], -1 if row["client"] == CONTROL else LOADS.index(row["load"])

    table = []
    for row in sorted(rows, key=ordered):
        lost, callback = row["lost_percent"], row.get("callback_percent", {})
        table.append(
            [
                f"{row['period']}, {row['load'] if row['client'] != CONTROL else '-'}",
                row["client"],
                str(row["runs"]),
                f"{lost['median']:.2f}",
                f"{lost['least']:.2f} to {lost['most']:.2f}",
                f"{row['longest_gap_ms']:.0f}",
                "" if row["ramp_breaks"] is None else str(row["ramp_breaks"]),
                str(row["xruns"]),
                " / ".join(f"{callback[k]:.1f}" for k in callback),
            ]
        )
    columns = ["frames, load", "client", "runs", "lost %", "spread", "longest gap ms", "ramp breaks", "xruns"]
    columns.append("callback, % of period: median / 99 / 99.99 / worst")
    show_table(
        f"Sound lost while Python is busy, {rounds} interleaved rounds", columns, table, verdicts(rows)
    )


def verdicts(rows: list[dict[str, Any]]) -> list[str]:
    """Whether Calando kept its promise: nothing lost at 1024 frames, elsewhere no more than idle C."""
    words = []
    control = {row["period"]: row["lost_percent"] for row in rows if row["client"] == CONTROL}
    for period in sorted(control):
        own = [row for row in rows if row["client"] == "calando" and row["period"] == period]
        if not own:
            continue
        worst = max(own, key=lambda row: row["lost_percent"]["median"])
        allowed = 0.0 if period >= 1024 else control[period]["median"]
        lost, idle = worst["lost_percent"]["median"], control[period]
        words.append(
            f"{period} frames: Calando loses at most {lost:.2f} % (load {worst['load']}), idle C "
            f"{idle['median']:.2f} % ({idle['least']:.2f} to {idle['most']:.2f}): "
            f"{'kept' if lost <= allowed else 'not kept'}"
        )
    return words


if __name__ == "__main__":
    sys.exit(main())
