"""An engine that only plays along, until its standard input closes: on JACK, or by RtMidi and PortAudio.

usage: along_sitting.py [rtmidi]
"""

from __future__ import annotations

import sys
import threading
import time

import numpy as np

from dsp import command
from dsp.native import Synth
from dsp.score import Ramp
from dsp.touch import CHOOSE, HANDS, PLAYERS, Touch
from engine.device import ALONG_LATENCY_S, JackDevice, SoundDevice
from engine.player import DeviceOutput


def main() -> None:
    by_rtmidi = "rtmidi" in sys.argv[1:]
    device = SoundDevice(None, ALONG_LATENCY_S, midi="note_sender") if by_rtmidi else JackDevice()
    synth = Synth(device.found.rate_hz, seed=1)
    dry = {"level_db": 0.0, "reverb": 0.0, "attack_s": 0.01, "release_s": 0.05}
    synth.push([command.ramp(Ramp(hand, name, value, 0.0)) for hand in HANDS for name, value in dry.items()])
    synth.render(np.zeros((64, 2), np.float32))
    synth.touch([Touch(CHOOSE, player, HANDS.index("hand_pad")) for player in range(PLAYERS)])
    output = DeviceOutput(device)
    output.start(synth)
    print("plays", flush=True)
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    while not over.is_set():
        synth.push([command.alive()])
        synth.poll()
        time.sleep(0.1)
    load = synth.load()
    print(load.late_periods, flush=True)
    output.close()


if __name__ == "__main__":
    main()
