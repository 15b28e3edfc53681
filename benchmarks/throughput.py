"""Throughput: the CPU that Calando and its peers spend on the same patch, in one interleaved run.

Each engine renders the relaxation patch (benchmarks/peers/reference_patch.py) to a WAV file. The figure is
the user CPU of the whole process at 60 s of audio less that at 2 s, so start-up is taken off, scaled to 60 s;
with fewer than 32 voices the long rendering is longer in proportion, for the kernel counts CPU in ticks;
rounds are interleaved over the engines and the median of the rounds stands. Levels are measured by sox, so
that nobody wins by playing something else. An engine that is not installed is left out and named.
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import soundfile
from peers.engines import BUILD, CALANDO, ENGINES, NATIVE, Engine
from report import show_table, write_json
from rich.console import Console
from rich.progress import Progress

SAMPLE_RATE = 48_000
OCTAVES_HZ = (63, 125, 250, 500, 1000, 2000)  # below, nothing sounds; above, the filters leave almost nothing
CLAIMS = ((8, "scsynth", 6.0), (128, "scsynth", 9.0), (128, "Faust", 5.0), (128, "pyo", 45.0))
ENOUGH_VOICES = 32  # with fewer, 60 s of audio cost some engines only a few ticks of CPU
LEVEL_TOLERANCE_DB = 6.0  # reverbs differ; a voice lost or a filter left open shows far beyond this


def main() -> int:
    arguments = parse_arguments()
    chosen = [
        e
        for e in ENGINES
        if not arguments.engines or any(word in e.name.lower() for word in arguments.engines)
    ]
    present, absent = [], []
    for engine in chosen:
        missing = engine.missing()
        present.append(engine) if not missing else absent.append((engine.name, missing))
    for name, missing in absent:
        print(f"{name} is left out: {', '.join(missing)} not found.")
    if not present:
        print("No engine is left to measure.", file=sys.stderr)
        return 1

    durations = (arguments.seconds, arguments.start_up_seconds)
    prepare(present, arguments.voices, durations)
    runs, levels = measure(present, arguments.voices, durations, arguments.rounds)
    figures = summarise(present, arguments.voices, durations, runs, levels)
    show(figures, present, arguments.voices, arguments.rounds)
    path = write_json(
        "throughput",
        {
            "rounds": arguments.rounds,
            "durations_s": durations,
            "engines": figures,
            "absent": [name for name, _ in absent],
            "runs": runs,
        },
    )
    print(f"Written to {path}")
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rounds", type=int, default=5, help="interleaved rounds, of which the median counts (5)"
    )
    parser.add_argument(
        "--voices", type=int, nargs="+", default=[8, 32, 128], help="numbers of voices (8 32 128)"
    )
    parser.add_argument("--engines", nargs="+", type=str.lower, help="words out of the engines' names (all)")
    parser.add_argument("--seconds", type=int, default=60, help="length of the long rendering (60)")
    parser.add_argument("--start-up-seconds", type=int, default=2, help="length of the short rendering (2)")
    arguments = parser.parse_args()
    if arguments.seconds <= arguments.start_up_seconds:
        parser.error("--seconds must be more than --start-up-seconds.")
    if arguments.rounds < 1 or min(arguments.voices) < 1:
        parser.error("--rounds and --voices must be 1 or more.")
    return arguments


def durations_for(count: int, durations: tuple[int, int]) -> tuple[int, int]:
    """Length of the long and of the short rendering of `count` voices, in seconds."""
    long, short = durations
    return long * max(1, ENOUGH_VOICES // count), short


def prepare(engines: list[Engine], voices: list[int], durations: tuple[int, int]) -> None:
    BUILD.mkdir(exist_ok=True)
    with Console().status("") as status:
        for engine in engines:
            for count in voices:
                status.update(f"Preparing {engine.name}, {count} voices")
                engine.prepare(count, durations_for(count, durations))


def measure(
    engines: list[Engine], voices: list[int], durations: tuple[int, int], rounds: int
) -> tuple[list[dict[str, Any]], dict[tuple[str, int], dict[str, Any]]]:
    """Every run of every engine, and the level of each engine's first long rendering."""
    runs: list[dict[str, Any]] = []
    levels: dict[tuple[str, int], dict[str, Any]] = {}
    with TemporaryDirectory() as folder, Progress(transient=True) as progress:
        out = Path(folder) / "out.wav"
        task = progress.add_task("", total=rounds * len(voices) * len(engines) * len(durations))
        for r in range(rounds):
            for count in voices:
                long, short = durations_for(count, durations)
                for engine in engines:
                    for seconds in (long, short):
                        progress.update(task, description=f"round {r + 1}, {count} voices, {engine.name}")
                        run = timed(engine.command(count, seconds, out))
                        if not out.exists():
                            raise RuntimeError(f"{engine.name} wrote no sound for {count} voices.")
                        run |= {"engine": engine.name, "voices": count, "seconds": seconds, "round": r}
                        runs.append(run)
                        if seconds == long and (engine.name, count) not in levels:
                            levels[engine.name, count] = level(out)
                        out.unlink()
                        progress.advance(task)
    return runs, levels


def timed(command: list[str]) -> dict[str, float]:
    """CPU and wall seconds and the peak resident set of one whole process.

    The peak is read from /proc while the process lives: ru_maxrss starts from the size of whoever forked it.
    """
    start, resident_kb = time.monotonic(), 0
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (waited := os.wait4(process.pid, os.WNOHANG))[0]:
        resident_kb = peak_resident_kb(process.pid) or resident_kb
        time.sleep(0.02)
    _, status, usage = waited
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}.")
    return {
        "user_s": usage.ru_utime,
        "system_s": usage.ru_stime,
        "wall_s": time.monotonic() - start,
        "resident_mb": resident_kb / 1024,
    }


def peak_resident_kb(pid: int) -> int:
    """VmHWM of a process, 0 once it has gone or before it has become itself."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)


def level(wav: Path) -> dict[str, Any]:
    """Level, peak and length of a sound file as sox hears them, and its octave bands; empty without sox."""
    if not shutil.which("sox"):
        return {}
    lines = subprocess.run(
        ["sox", str(wav), "-n", "stat"], capture_output=True, text=True
    ).stderr.splitlines()
    heard = {key.replace(" ", ""): value for key, _, value in (line.partition(":") for line in lines)}
    rms = float(heard["RMSamplitude"])
    return {
        "rms_db": 20 * math.log10(rms) if rms else -math.inf,
        "peak": max(float(heard["Maximumamplitude"]), -float(heard["Minimumamplitude"])),
        "seconds": float(heard["Length(seconds)"]),
        "octaves_db": octaves_db(wav),
    }


def octaves_db(wav: Path) -> list[float]:
    """Power in the octaves around OCTAVES_HZ relative to the whole, both channels together, in dB."""
    sound, rate = soundfile.read(wav, dtype="float32")
    power = (np.abs(np.fft.rfft(sound, axis=0)) ** 2).sum(axis=1)
    hz = np.fft.rfftfreq(len(sound), 1 / rate)
    bands = [power[(hz >= centre / 2**0.5) & (hz < centre * 2**0.5)].sum() for centre in OCTAVES_HZ]
    return [float(10 * np.log10(max(band / power.sum(), 1e-12))) for band in bands]


def summarise(
    engines: list[Engine],
    voices: list[int],
    durations: tuple[int, int],
    runs: list[dict[str, Any]],
    levels: dict[tuple[str, int], dict[str, Any]],
) -> dict[str, Any]:
    """For each engine and number of voices: CPU for 60 s with its spread, and what follows from it."""
    figures: dict[str, Any] = {}
    for engine in engines:
        by_voices: dict[int, Any] = {}
        for count in voices:
            long, short = durations_for(count, durations)
            own = [r for r in runs if r["engine"] == engine.name and r["voices"] == count]
            user = {(r["round"], r["seconds"]): r["user_s"] for r in own}
            per_second = [(user[r, long] - user[r, short]) / (long - short) for r, s in user if s == long]
            median = statistics.median(per_second)
            by_voices[count] = {
                "user_s_per_60_s": 60 * median,
                "least": 60 * min(per_second),
                "most": 60 * max(per_second),
                "times_real_time": 1 / median if median > 0 else math.inf,
                "ns_per_voice_sample": 1e9 * median / SAMPLE_RATE / count,
                "start_up_s": statistics.median(user[r, short] for r, s in user if s == short)
                - short * median,
                "resident_mb": statistics.median(r["resident_mb"] for r in own if r["seconds"] == long),
                "level": levels[engine.name, count],
            }
        few, many = min(voices), max(voices)
        growth = None
        if many > few:
            extra = by_voices[many]["user_s_per_60_s"] - by_voices[few]["user_s_per_60_s"]
            growth = 1e9 * extra / 60 / SAMPLE_RATE / (many - few)
        figures[engine.name] = {"voices": by_voices, "ns_per_extra_voice_sample": growth}
    return figures


def show(figures: dict[str, Any], engines: list[Engine], voices: list[int], rounds: int) -> None:
    many = max(voices)
    reference = CALANDO if CALANDO.name in figures else NATIVE
    base = figures.get(reference.name)

    def cell(name: str, count: int) -> str:
        cpu = figures[name]["voices"][count]["user_s_per_60_s"]
        if base is None:
            return f"{cpu:.2f}"
        ratio = cpu / max(base["voices"][count]["user_s_per_60_s"], 1e-9)
        return f"{cpu:.2f}  ({ratio:.1f}x)"

    rows = []
    for engine in engines:
        entry = figures[engine.name]
        most = entry["voices"][many]
        growth = entry["ns_per_extra_voice_sample"]
        rows.append(
            [
                engine.name,
                *(cell(engine.name, count) for count in voices),
                f"{most['times_real_time']:.1f}",
                f"{most['ns_per_voice_sample']:.2f}",
                "" if growth is None else f"{growth:.2f}",
                f"{most['start_up_s']:.2f}",
                f"{most['resident_mb']:.0f}",
            ]
        )
    title = f"User CPU seconds for 60 s of the reference patch, start-up taken off, median of {rounds}"
    title += f" (times {reference.name})" if base else ""
    columns = [
        "engine",
        *(f"{count} voices" for count in voices),
        f"x real time at {many}",
        f"ns/voice-sample at {many}",
        "ns/extra voice-sample",
        "start-up s",
        "MB",
    ]
    show_table(title, columns, rows, level_notes(figures, voices))
    spread = [
        [name, *(f"{e['voices'][n]['least']:.2f} to {e['voices'][n]['most']:.2f}" for n in voices)]
        for name, e in figures.items()
    ]
    show_table("Spread of the rounds, s", ["engine", *(f"{n} voices" for n in voices)], spread)
    if asked := claims(figures):
        show_table("Asked of Calando", ["claim", "asked", "measured", "kept"], asked)
    heard = [[name, *(heard_cell(figures, name, n) for n in voices)] for name in figures]
    title = f"The same patch? RMS dBFS / peak, by sox / largest octave band difference from {NATIVE.name}, dB"
    show_table(title, ["engine", *(f"{n} voices" for n in voices)], heard)


def claims(figures: dict[str, Any]) -> list[list[str]]:
    """The ratios that Calando promises, against what this run measured."""
    rows = []
    for count, words, asked in CLAIMS:
        peers = [
            entry["voices"][count]["user_s_per_60_s"]
            for name, entry in figures.items()
            if name.startswith(words) and count in entry["voices"]
        ]
        own = figures.get(CALANDO.name, {"voices": {}})["voices"].get(count)
        if peers and own:
            ratio = min(peers) / own["user_s_per_60_s"]
            kept = "yes" if ratio >= asked else "no"
            rows.append([f"faster than {words}, {count} voices", f"{asked}x", f"{ratio:.1f}x", kept])
    return rows


def heard_cell(figures: dict[str, Any], name: str, count: int) -> str:
    own = figures[name]["voices"][count]["level"]
    if not own:
        return "no sox"
    cell = f"{own['rms_db']:.1f} / {own['peak']:.2f}"
    if NATIVE.name in figures:
        reference = figures[NATIVE.name]["voices"][count]["level"]["octaves_db"]
        cell += f" / {max(abs(a - b) for a, b in zip(own['octaves_db'], reference, strict=True)):.1f}"
    return cell


def level_notes(figures: dict[str, Any], voices: list[int]) -> list[str]:
    """A sentence for each engine whose level is not that of the C++ reference."""
    if NATIVE.name not in figures:
        return []
    notes = []
    for name, entry in figures.items():
        for count in voices:
            own, reference = entry["voices"][count]["level"], figures[NATIVE.name]["voices"][count]["level"]
            if own and abs(own["rms_db"] - reference["rms_db"]) > LEVEL_TOLERANCE_DB:
                notes.append(
                    f"{name} at {count} voices plays at {own['rms_db']:.1f} dBFS, "
                    f"{NATIVE.name} at {reference['rms_db']:.1f}: not the same patch?"
                )
    return notes


if __name__ == "__main__":
    sys.exit(main())
