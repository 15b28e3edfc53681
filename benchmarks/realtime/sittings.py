"""One process that plays one sitting after another on a sound device: the subject of device_trouble.py.

usage: sittings.py DEVICE_NAME

Each line on standard input ends a sitting and begins the next; its end ends the last. Prints {"away": BOOL}
whenever that changes and, about each sitting, engine time and wall clock in seconds and how often the
device was lost.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from queue import Empty, Queue

from dsp.command import alive, note, ramp
from dsp.native import Synth
from dsp.score import Note, Ramp
from engine.device import SoundDevice
from engine.player import DeviceOutput

TICK_S = 0.1


def play(output: DeviceOutput, ends: Queue[bool]) -> bool:
    """One sitting; True where another one follows."""
    synth = Synth(output.rate_hz)
    synth.push([ramp(Ramp("drone", "level_db", -12.0, 0.0)), note(Note(0.0, 1e6, "drone", 45.0, 0.8))])
    output.start(synth)
    # This process may be stopped while it waits for the first sound, which goes on meanwhile.
    began_s, began_frame = time.monotonic(), synth.frame
    losses, ticks, more, away = output.losses, 0, None, True
    while more is None:
        ticks += 1
        output.advance(round(ticks * TICK_S * output.rate_hz))
        if output.away != away:
            away = output.away
            print(json.dumps({"away": away}), flush=True)
        synth.push([alive()])
        synth.poll()
        try:
            more = ends.get_nowait()
        except Empty:
            continue
    figures = {
        "engine_s": (synth.frame - began_frame) / output.rate_hz,
        "wall_s": time.monotonic() - began_s,
        "losses": output.losses - losses,
    }
    output.close()
    print(json.dumps({"away": True}))
    print(json.dumps(figures), flush=True)
    return more


def main(name: str) -> None:
    ends = Queue[bool]()

    def listen() -> None:
        for _ in sys.stdin:
            ends.put(True)
        ends.put(False)

    threading.Thread(target=listen, daemon=True).start()
    output = DeviceOutput(SoundDevice(name))
    while play(output, ends):
        pass


if __name__ == "__main__":
    main(sys.argv[1])
