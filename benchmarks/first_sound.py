"""First sound: how long after the command a listener hears something, cold and warm.

Live, `calando play` runs on a JACK dummy device and a recorder in C notes the first non-zero frame and the
first above -60 dBFS, both against the moment the command was started. Offline, the time to a finished file
is taken. Cold means an empty cache, warm the runs after it. `calando --help` is timed too, and the modules
that a warm `calando play` imports are listed, to see whether numba is among them. With --installed it is the
`calando` of an environment into which a wheel was installed, and nothing of this checkout.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jack_dummy
import soundfile
from calando_command import COMMAND, environment
from report import show_table, write_json
from rich.console import Console

PERIOD = 256  # frames; a cycle is 5 ms, which is how finely a first sound can be told
PORTAUDIO_PORTS = ("PortAudio.*:out_0", "PortAudio.*:out_1")
PLAY = ["play", "--profile", "relax", "--sensor", "sim"]
HEAVY_MODULES = ("numba", "llvmlite", "scipy", "matplotlib", "pandas", "heartpy", "bleak")
RUN_MAIN = "from calando.__main__ import main; main()"
COLD_CLAIM_S = 3.0
WARM_CLAIM_S = 0.8
HELP_CLAIM_S = 0.3


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5, help="warm runs, of which the median counts (5)")
    parser.add_argument(
        "--offline-seconds", type=int, default=20, help="length of the file made offline (20)"
    )
    parser.add_argument("--installed", type=Path, help="the command `calando` of another environment")
    arguments = parser.parse_args()
    if arguments.installed is not None:
        COMMAND[:] = [str(arguments.installed.absolute())]
        ALONE.append("")
    figures: dict[str, Any] = {"command": COMMAND + PLAY}
    with TemporaryDirectory() as name, Console().status("") as status:
        folder = Path(name)
        lacking = jack_dummy.missing()
        status.update("calando --help")
        figures["help_s"] = [timed_help(folder) for _ in range(2 * arguments.runs)]
        status.update("cold start, compiling")
        cold = folder / "cold"
        figures["offline_cold"] = offline(folder / "cold_offline", folder, arguments.offline_seconds)
        if not lacking:
            figures["live_cold"] = live(cold, folder)
        warm_folder = folder / "cold_offline" if lacking else cold
        for k in range(arguments.runs):
            status.update(f"warm start {k + 1} of {arguments.runs}")
            figures.setdefault("offline_warm", []).append(
                offline(warm_folder, folder, arguments.offline_seconds)
            )
            if not lacking:
                figures.setdefault("live_warm", []).append(live(warm_folder, folder))
        status.update("imports")
        figures["heavy_imports"] = heavy_imports(warm_folder)
    show(figures)
    if lacking:
        print(f"Live runs are left out: {', '.join(lacking)} not found.")
    print(f"Written to {write_json('first_sound', figures)}")
    return 0


ALONE: list[str] = []
"""What the command may import from besides its own environment, where that is not this checkout."""


def places_of(folder: Path, also: dict[str, str] | None = None) -> dict[str, str]:
    """The environment of a run whose folders lie in `folder`."""
    return environment(folder, also) | ({"PYTHONPATH": ALONE[0]} if ALONE else {})


def timed_help(folder: Path) -> float:
    start = time.monotonic()
    subprocess.run([*COMMAND, "--help"], env=places_of(folder), check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def live(places: Path, scratch: Path) -> dict[str, float]:
    """One live run; seconds from the command to the stream, the first sound and the first audible one."""
    recorder = str(jack_dummy.compiled("recorder"))
    with jack_dummy.JackServer(PERIOD) as server:
        listening = subprocess.Popen(
            [recorder, *PORTAUDIO_PORTS, "3", str(scratch / "recording")],
            env=server.environment,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=jack_dummy.end_with_parent,
        )
        assert listening.stdout is not None
        listening.stdout.readline()  # "ready"
        start = time.monotonic()
        player = subprocess.Popen(
            [*COMMAND, *PLAY, "--output", "device:system", "--duration", "1m"],
            env=places_of(places, server.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            preexec_fn=jack_dummy.end_with_parent,
        )
        heard = listening.stdout.read()
        listening.wait()
        player.send_signal(signal.SIGINT)
        try:
            _, said = player.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            player.kill()
            _, said = player.communicate()
    if listening.returncode:
        raise RuntimeError(f"calando play made no sound: {said.decode()}")
    moments = json.loads(heard)
    names = {"stream_s": "first_cycle_s", "first_sound_s": "first_sound_s", "audible_s": "first_audible_s"}
    return {name: moments[key] - start if moments[key] >= 0 else float("nan") for name, key in names.items()}


def offline(places: Path, scratch: Path, seconds: int) -> dict[str, float]:
    """One file; seconds from the command to the file, and where in the file the first non-zero frame lies."""
    path = scratch / "offline.wav"
    path.unlink(missing_ok=True)
    command = [*COMMAND, *PLAY, "--output", f"file:{path}", "--fast", "--duration", f"{seconds}s"]
    start = time.monotonic()
    done = subprocess.run(command, env=places_of(places), capture_output=True, text=True)
    took = time.monotonic() - start
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")
    sound, rate = soundfile.read(path)
    sounding = sound.any(axis=1)
    return {
        "whole_file_s": took,
        "file_length_s": len(sound) / rate,
        "first_sound_at_s": int(sounding.argmax()) / rate,
    }


def heavy_imports(places: Path) -> dict[str, list[str]]:
    """Which heavy packages a short warm `calando play` and `calando --help` import."""
    found = {}
    play = [*PLAY, "--output", "null", "--fast", "--duration", "10s"]
    for name, words in (("play", play), ("--help", ["--help"])):
        python = str(Path(COMMAND[0]).with_name("python")) if ALONE else sys.executable
        command = [python, "-P", "-X", "importtime", "-c", RUN_MAIN, *words]
        done = subprocess.run(command, env=places_of(places), capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(
                f"calando {' '.join(words)} ended with {done.returncode}: {done.stderr[-500:]}"
            )
        imported = set(re.findall(r"^import time:.*\|\s+(\w+)$", done.stderr, re.MULTILINE))
        found[name] = [module for module in HEAVY_MODULES if module in imported]
    return found


def show(figures: dict[str, Any]) -> None:
    def cell(values: list[float]) -> str:
        spread = f" ({min(values):.2f} to {max(values):.2f})" if len(values) > 1 else ""
        return f"{statistics.median(values):.2f}{spread}"

    def column(name: str, key: str) -> list[float]:
        entry = figures[name]
        return [run[key] for run in (entry if isinstance(entry, list) else [entry])]

    help_s = statistics.median(figures["help_s"])
    rows = [["calando --help", cell(figures["help_s"]), "", verdict(help_s, HELP_CLAIM_S)]]
    for temper in ("cold", "warm"):
        if f"live_{temper}" in figures:
            first, audible = (column(f"live_{temper}", key) for key in ("first_sound_s", "audible_s"))
            claim_s = WARM_CLAIM_S if temper == "warm" else COLD_CLAIM_S
            asked = verdict(statistics.median(audible), claim_s)
            rows.append([f"live on JACK, {temper}", cell(first), cell(audible), asked])
        whole = column(f"offline_{temper}", "whole_file_s")
        rows.append([f"offline, whole file, {temper}", cell(whole), "", ""])
    columns = ["from the command to", "first frame that is not zero, s", "first above -60 dBFS, s", "asked"]
    imported = {name: ", ".join(modules) or "none" for name, modules in figures["heavy_imports"].items()}
    at = statistics.median(column("offline_warm", "first_sound_at_s"))
    notes = [f"Heavy packages imported by {name}, warm: {modules}" for name, modules in imported.items()]
    notes.append(f"The first non-zero frame of the offline file lies {at:.3f} s into it.")
    show_table("First sound", columns, rows, notes)


def verdict(seconds: float, claim_s: float) -> str:
    return f"under {claim_s} s: {'kept' if seconds < claim_s else 'not kept'}"


if __name__ == "__main__":
    sys.exit(main())
