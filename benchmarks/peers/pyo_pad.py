"""Renders the patch with pyo's offline server, 256 frames a block.

usage: pyo_pad.py N SECONDS OUT.wav
"""

import os
import sys

os.environ.setdefault("PYO_GUI_WX", "0")  # no window, and no message about its absence

import pyo
from reference_patch import ATTACK_S, DECAY_S, RELEASE_S, SAMPLE_RATE, SUSTAIN, WET, Q, gate_off_s, voices

BLOCK_FRAMES = 256


def patch(count: int, duration_s: float) -> list:
    """The patch's objects; the last is the stereo sound. The server must be booted."""
    table = voices(count)
    envelope = pyo.Adsr(
        attack=ATTACK_S,
        decay=DECAY_S,
        sustain=SUSTAIN,
        release=RELEASE_S,
        dur=gate_off_s(duration_s) + RELEASE_S,
        mul=[0.5] * count,
    )
    saws = [pyo.LFO(freq=[v.saws_hz[k] for v in table], sharp=1, type=0, mul=envelope) for k in (0, 1)]
    cutoff = pyo.Sine(
        freq=[v.lfo_hz for v in table],
        phase=[v.lfo_phase for v in table],
        mul=[v.cutoff_hz * 0.75 for v in table],
        add=[v.cutoff_hz * 1.25 for v in table],
    )
    low = pyo.SVF2(saws[0] + saws[1], freq=cutoff, q=Q, type=0, mul=[v.gain for v in table])
    panned = pyo.SPan(low, outs=2, pan=[(v.pan + 1) / 2 for v in table])
    sound = pyo.WGVerb(panned.mix(2), feedback=0.85, cutoff=6000, bal=WET)
    envelope.play()
    return [envelope, saws, cutoff, low, panned, sound]


def main(count: int, duration_s: float, path: str) -> None:
    server = pyo.Server(sr=SAMPLE_RATE, nchnls=2, buffersize=BLOCK_FRAMES, duplex=0, audio="offline")
    server.setVerbosity(1)
    server.boot()
    server.recordOptions(dur=duration_s, filename=path, fileformat=0, sampletype=3)
    objects = patch(count, duration_s)
    objects[-1].out()
    server.start()
    server.shutdown()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3])
