"""A program that plays a chord through JACK while its interpreter is held: the subject of stop.py.

usage: stoppable.py HOLD_S LATENCY_S

Prints {"page": PATH, "latency_s": S} once it plays. With HOLD_S above 0 one C call after the other holds
its GIL for so many seconds, with a tenth between them. Ends when its standard input closes.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import threading
import time

from dsp.command import alive, note, ramp
from dsp.native import Synth
from dsp.score import Note, Ramp
from engine.device import SoundDevice

with_gil = ctypes.PyDLL(None)  # PyDLL keeps the GIL for the whole call; this is the C library
BETWEEN_S = 0.1


def main(hold_s: int, latency_s: float) -> None:
    ended = threading.Event()

    def wait_for_end() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait_for_end, daemon=True).start()
    synth = Synth()
    chord = [note(Note(0.0, 1e6, "pad", pitch, 0.8)) for pitch in (48.0, 52.0, 55.0, 60.0)]
    synth.push([ramp(Ramp("pad", "level_db", 6.0, 0.0)), *chord])
    device = SoundDevice("system", latency_s)
    lent = synth.lend()
    device.open(lent)
    synth.hand_to(lent)
    device.start()
    print(json.dumps({"page": synth.stop_page.path, "latency_s": device.latency_s}), flush=True)
    while not ended.is_set():
        synth.push([alive()])
        synth.poll()
        time.sleep(BETWEEN_S)
        if hold_s:
            with_gil.sleep(hold_s)
    os._exit(0)  # PortAudio may hang in its farewell to JACK; nothing is left to lose


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
