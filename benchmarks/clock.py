"""MIDI clock, measured: how evenly a JACK client in C hears it, and where its beats lie against the sound's.

The engine plays a steady tempo, then one that falls, with a short note on every fourth beat.
Each interval between two ticks is compared with what the transport's tempo makes it. Where the server skips a
cycle the frames of all clients jump by whole periods, and what came in it is lost; that is told by itself.

usage: python benchmarks/clock.py [--seconds 30] [--periods 64 128 256 1024]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from unittest.mock import patch

import jack_dummy
import numpy as np
from report import show_table, write_json

PERIODS = (64, 128, 256, 1024)
STEADY_BPM, LED_BPM, LED_S, LED_FROM_BEAT = 72.0, 60.0, 6.0, 16.0
TICKS = 24
MOST_LOST, MOST_SKIPPED = 3, 12
"""Ticks and periods between two ticks that a skipped cycle may have taken."""


@dataclass(frozen=True)
class Heard:
    """What came, in frames of the server's clock.

    ticks      (n,)
    starts     (m,), each the frame of a Start
    stops      (k,)
    sounds     (j,), beginnings of sound after quiet
    xruns      cycles that the listener's server skipped
    """

    ticks: np.ndarray
    starts: np.ndarray
    stops: np.ndarray
    sounds: np.ndarray
    xruns: int

    def apart(self, period: int) -> tuple[np.ndarray, int]:
        """Intervals between ticks, from the first Start on, less what the tempo makes them, in frames; and
        how many cycles of the server's were skipped meanwhile: all frames jump then, and ticks may be lost.

        The first Start falls on a bar of four beats; which one it was is told by where the tempo falls.
        """
        ticks = self.ticks[self.ticks >= self.starts[0]]
        tried = (_against(ticks, 4.0 * bar, period) for bar in range(40))
        return min(tried, key=lambda found: (found[1], float(np.abs(found[0]).mean())))


def _against(ticks: np.ndarray, beat: float, period: int) -> tuple[np.ndarray, int]:
    """As `Heard.apart`, where the first of the ticks is that beat."""
    off, skipped = list[float](), 0
    for interval in np.diff(ticks):
        steps = frames_of(beat + np.arange(MOST_LOST + 2) / TICKS)
        steps = (steps - steps[0])[1:]
        if abs(interval - steps[0]) <= 1.001:
            off.append(float(interval - steps[0]))
            beat += 1.0 / TICKS
            continue
        skipped += 1
        rest = interval - steps[:, None] - period * np.arange(MOST_SKIPPED)[None, :]
        lost, jumped = np.unravel_index(int(np.argmin(np.abs(rest))), rest.shape)
        off.append(float(rest[lost, jumped]))
        beat += (float(lost) + 1.0) / TICKS
    return np.array(off), skipped


def frames_of(beats: np.ndarray, rate_hz: float = 48_000.0) -> np.ndarray:
    """When beats fall, in frames from beat 0, by the tempo that the engine was asked for."""
    steady_s = np.minimum(beats, LED_FROM_BEAT) * 60.0 / STEADY_BPM
    over = np.maximum(beats - LED_FROM_BEAT, 0.0)
    bend = (LED_BPM - STEADY_BPM) / LED_S / 60.0
    ramp_beats = (STEADY_BPM + LED_BPM) / 2.0 * LED_S / 60.0
    inside = np.minimum(over, ramp_beats)
    led_s = (-STEADY_BPM / 60.0 + np.sqrt((STEADY_BPM / 60.0) ** 2 + 2.0 * bend * inside)) / bend
    after_s = np.maximum(over - ramp_beats, 0.0) * 60.0 / LED_BPM
    return (steady_s + led_s + after_s) * rate_hz


def measured(period: int, seconds: float) -> Heard:
    """One run on a server of that period."""
    from dsp import command
    from dsp.native import Synth
    from dsp.score import Note, Ramp
    from engine.device import ClockOut, JackDevice
    from engine.player import DeviceOutput

    program = jack_dummy.compiled("clock_heard")
    with jack_dummy.JackServer(period) as server, patch.dict(os.environ, server.environment):
        synth = Synth(48_000, seed=1)
        dry = {"level_db": 0.0, "reverb": 0.0, "chorus": 0.0, "echo": 0.0}
        synth.push([command.ramp(Ramp("kalimba", name, value, 0.0)) for name, value in dry.items()])
        synth.push([command.tempo(STEADY_BPM), command.tempo(LED_BPM, LED_S, LED_FROM_BEAT)])
        synth.push([command.note(Note(4.0 * n, 0.25, "kalimba", 72.0, 0.9)) for n in range(1, 30)])
        output = DeviceOutput(JackDevice(midi=None, clock=ClockOut(bar=4)))
        listener = [str(program), "Calando:clock", "Calando:out_left", str(round(seconds) + 60)]
        with subprocess.Popen(listener, env=server.environment, stdout=subprocess.PIPE, text=True) as heard:
            output.start(synth)
            assert heard.stdout is not None
            heard.stdout.readline()  # it is connected
            until_s = time.monotonic() + seconds
            while time.monotonic() < until_s:
                synth.push([command.alive()])
                synth.poll()
                time.sleep(0.1)
            output.close()
            told, _ = heard.communicate(timeout=90)
    *lines, last = told.splitlines()
    frames: dict[str, list[int]] = {"tick": [], "start": [], "stop": [], "sound": []}
    for line in lines:
        frame, what = line.split()
        frames[what].append(int(frame))
    return Heard(*(np.array(frames[what]) for what in frames), int(last.split()[1]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--periods", type=int, nargs="+", default=PERIODS)
    arguments = parser.parse_args()
    if lacking := jack_dummy.missing():
        print(f"There is no JACK dummy device here: {', '.join(lacking)} not found.", file=sys.stderr)
        return 1
    runs = [told_of(period, measured(period, arguments.seconds)) for period in arguments.periods]
    show_table("MIDI clock, frames", list(runs[0]), [[str(value) for value in run.values()] for run in runs])
    write_json("clock", runs)
    return 0


def told_of(period: int, heard: Heard) -> dict[str, object]:
    off, skipped = heard.apart(period)
    off = np.abs(off)
    early = [int(min(heard.ticks - sound, key=abs)) for sound in heard.sounds]
    return {
        "period": period,
        "ticks": len(heard.ticks),
        "off, median": round(float(np.median(off)), 2),
        "p99.9": round(float(np.percentile(off, 99.9)), 2),
        "over 1": int(np.sum(off > 1.001)),
        "cycles skipped": skipped,
        "xruns": heard.xruns,
        "a sound before a tick": f"{min(early)} to {max(early)}" if early else "none",
        "starts, stops": f"{len(heard.starts)}, {len(heard.stops)}",
        "load": round(os.getloadavg()[0], 1),
    }


if __name__ == "__main__":
    sys.exit(main())
