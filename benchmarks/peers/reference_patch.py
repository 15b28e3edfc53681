"""The relaxation patch: one parameter table from which every engine's version is made.

N sustained pad voices at 48 kHz, stereo, float32. Voice i is two band-limited saws, `saws_hz`, averaged
and shaped by an ADSR, through a state-variable low-pass with Q = 1 whose cutoff breathes,

    cutoff(t) = cutoff_hz * (1.25 + 0.75 * sin(2 pi (lfo_hz t + lfo_phase))),

times `gain`, panned with equal power. The sum goes dry, plus WET times a stereo reverb, to the output.
Run as a program (`reference_patch.py N`) it prints the table as text, one voice a line, for the C++ hosts.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

SAMPLE_RATE = 48_000
MINOR_PENTATONIC = (0, 3, 5, 7, 10)  # semitones above the root
LOWEST_MIDI = 36
OCTAVES = 4
DETUNE = 0.003  # each saw, up and down: 5.2 cents
ATTACK_S, DECAY_S, SUSTAIN, RELEASE_S = 2.0, 1.0, 0.8, 3.0
Q = 1.0
WET = 0.33
REVERB_S = 3.0  # decay time, where the engine's reverb lets one choose


@dataclass(frozen=True, slots=True)
class Voice:
    """One pad voice. Frequencies in Hz, lfo_phase in turns 0 to 1, pan -1 (left) to 1, gain linear."""

    midi: int
    frequency_hz: float
    saws_hz: tuple[float, float]
    lfo_hz: float
    lfo_phase: float
    cutoff_hz: float
    pan: float
    gain: float


def voices(count: int) -> list[Voice]:
    """The `count` voices of the patch; every 20 the pitches come round again, 0.05 % sharper."""
    table = []
    for i in range(count):
        midi = LOWEST_MIDI + MINOR_PENTATONIC[i % 5] + 12 * ((i // 5) % OCTAVES)
        hz = 440.0 * 2 ** ((midi - 69) / 12) * (1 + 0.0005 * (i // 20))
        table.append(
            Voice(
                midi=midi,
                frequency_hz=hz,
                saws_hz=(hz * (1 - DETUNE), hz * (1 + DETUNE)),
                lfo_hz=0.05 + 0.013 * (i % 7),
                lfo_phase=i / count,
                cutoff_hz=600.0 + 150.0 * (i % 5),
                pan=-0.8 + 1.6 * i / max(1, count - 1),
                gain=0.12 / math.sqrt(count),
            )
        )
    return table


def gate_off_s(duration_s: float) -> float:
    """When the notes are released: 4 s before the end, never in a piece too short for that."""
    return duration_s - 4.0 if duration_s > 8.0 else duration_s + 10.0


def as_text(count: int) -> str:
    """One line a voice: frequency, two saws, LFO rate and phase, cutoff, pan, gain."""
    return "".join(
        f"{v.frequency_hz:.9g} {v.saws_hz[0]:.9g} {v.saws_hz[1]:.9g} {v.lfo_hz:.9g} {v.lfo_phase:.9g} "
        f"{v.cutoff_hz:.9g} {v.pan:.9g} {v.gain:.9g}\n"
        for v in voices(count)
    )


if __name__ == "__main__":
    print(as_text(int(sys.argv[1])), end="")
