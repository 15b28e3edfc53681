"""One program that plays through JACK while Python is kept busy: the subject of realtime.py.

usage: client.py calando|sounddevice|pyo PERIOD idle|hold|hold10|spin|gc|flood

Plays until its standard input closes, then prints one line of JSON. The peers play a ramp, k / 65536
modulo 1; Calando plays a sustained piece.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

SAMPLE_RATE = 48_000
RAMP_STEP = 1 / 65536
PERCENTILES = (("median", 0.5), ("99", 0.99), ("99.99", 0.9999))
OBJECTS = 3_000_000  # kept alive for the garbage collector to walk

with_gil = ctypes.PyDLL(None)  # PyDLL keeps the GIL for the whole call; this is the C library
stopped = threading.Event()


def hold_gil(seconds: int) -> None:
    """One C call that sleeps without letting go of the GIL."""
    with_gil.sleep(seconds)


def idle(_push: Callable[[], None]) -> None:
    stopped.wait()


def hold(_push: Callable[[], None]) -> None:
    while not stopped.wait(3.0):
        hold_gil(2)


def hold_once(_push: Callable[[], None]) -> None:
    if not stopped.wait(2.0):
        hold_gil(10)
    stopped.wait()


def spin(_push: Callable[[], None]) -> None:
    def turn() -> None:
        x = 0
        while not stopped.is_set():
            for i in range(200_000):
                x += i * i

    threading.Thread(target=turn, daemon=True).start()
    stopped.wait()


def collect_garbage(_push: Callable[[], None]) -> None:
    kept = [[i] for i in range(OBJECTS)]
    while not stopped.wait(0.2):
        gc.collect()
    del kept[:]


def flood(push: Callable[[], None]) -> None:
    while not stopped.is_set():
        push()


LOADS = {"idle": idle, "hold": hold, "hold10": hold_once, "spin": spin, "gc": collect_garbage, "flood": flood}


def nothing() -> None:
    """Peers take no commands to be flooded with."""


def play_pyo(period: int, load: Callable[[Callable[[], None]], None]) -> dict[str, Any]:
    os.environ["PYO_GUI_WX"] = "0"
    import pyo

    server = pyo.Server(sr=SAMPLE_RATE, nchnls=2, buffersize=period, duplex=0, audio="jack", jackname="pyo")
    server.setVerbosity(1)
    server.boot()
    ramp = pyo.Phasor(freq=SAMPLE_RATE * RAMP_STEP).out(0)
    server.start()
    load(nothing)
    return {"playing": ramp.isPlaying()}


def jack_device() -> int:
    """The sounddevice number of JACK's own playback device."""
    import sounddevice as sd

    for number, device in enumerate(sd.query_devices()):
        if device["name"] == "system" and sd.query_hostapis(device["hostapi"])["name"].startswith("JACK"):
            return number
    raise RuntimeError("PortAudio sees no JACK device.")


def play_calando(_period: int, load: Callable[[Callable[[], None]], None]) -> dict[str, Any]:
    import numpy as np
    import piece

    from dsp.command import alive, ramp
    from dsp.native import Synth
    from dsp.score import Ramp
    from engine.device import SoundDevice

    synth = Synth(SAMPLE_RATE)
    piece.push_all(synth)
    device = SoundDevice("system")
    lent = synth.lend()
    device.open(lent)
    synth.hand_to(lent)
    pushing = threading.Lock()
    pushed = 0

    def push(commands: list) -> None:
        nonlocal pushed
        with pushing:  # a synth takes commands from one thread at a time
            pushed += synth.push(commands)
            synth.poll()

    def stay_alive() -> None:
        while not stopped.wait(1.0):
            push([alive()])

    same_level = [ramp(Ramp("kit", "level_db", -60.0, 1.0))] * 64  # nothing plays on the kit
    device.start()
    threading.Thread(target=stay_alive, daemon=True).start()
    load(lambda: push(same_level))
    took = synth.load()
    device.close()
    # By the histogram's own sum: the callback goes on counting while it is read.
    reached = np.cumsum(took.counts) / max(1, took.counts.sum())
    percentiles = {name: float(took.cycles[np.searchsorted(reached, share)]) for name, share in PERCENTILES}
    return {
        "callbacks": took.callbacks,
        "late_periods": took.late_periods,
        "period_frames": took.period_frames,
        "callback_cycles": percentiles | {"worst": took.worst_cycles},
        "commands": pushed,
    }


def play_sounddevice(period: int, load: Callable[[Callable[[], None]], None]) -> dict[str, Any]:
    import numpy as np
    import sounddevice as sd

    played, flagged = 0, 0
    ramp = np.arange(period) * RAMP_STEP

    def callback(out: np.ndarray, frames: int, _time: object, status: sd.CallbackFlags) -> None:
        nonlocal played, flagged
        flagged += bool(status)
        out[:, 0] = (played * RAMP_STEP + ramp[:frames]) % 1.0
        out[:, 1] = 0
        played += frames

    stream = sd.OutputStream(
        device=jack_device(), samplerate=SAMPLE_RATE, blocksize=period, channels=2, dtype="float32",
        latency="low", callback=callback,
    )  # fmt: skip
    stream.start()
    load(nothing)
    return {"flagged_callbacks": flagged}


PLAYERS = {"calando": play_calando, "pyo": play_pyo, "sounddevice": play_sounddevice}


def main(kind: str, period: int, load: str) -> None:
    def wait_for_end() -> None:
        sys.stdin.read()
        stopped.set()

    threading.Thread(target=wait_for_end, daemon=True).start()
    start = time.monotonic()
    figures = PLAYERS[kind](period, LOADS[load])
    print(json.dumps(figures | {"played_s": time.monotonic() - start}), flush=True)
    os._exit(0)  # PortAudio and pyo may hang in their farewell to JACK; nothing is left to lose


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
