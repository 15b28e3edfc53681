"""Writes the patch's notes as a MIDI file for General MIDI's `Warm pad`, spread over fifteen channels.

FluidSynth plays samples, so this is the nearest it has rather than the same sound.

usage: fluidsynth_score.py N SECONDS OUT.mid
"""

import struct
import sys
from pathlib import Path

from reference_patch import gate_off_s, voices

TICKS_PER_SECOND = 480
WARM_PAD = 89  # General MIDI program 90, counted from nought
REVERB_SEND = 91  # controller number
MELODIC_CHANNELS = [channel for channel in range(16) if channel != 9]


def variable_length(value: int) -> bytes:
    """A MIDI delta time: seven bits a byte, the high bit set on all but the last."""
    digits = [value & 127]
    while value := value >> 7:
        digits.append(128 | (value & 127))
    return bytes(reversed(digits))


def midi_file(count: int, duration_s: float) -> bytes:
    """A type 0 file of `count` sustained notes."""
    until = min(gate_off_s(duration_s), duration_s)
    # A pitch that comes round again goes to another channel, or it would cut the first one off.
    notes = [(MELODIC_CHANNELS[(i // 20 + 3 * (i % 5)) % 15], v.midi) for i, v in enumerate(voices(count))]
    track = b"\x00\xff\x51\x03\x0f\x42\x40"  # one quarter a second
    for channel in MELODIC_CHANNELS:
        track += bytes([0, 0xC0 | channel, WARM_PAD, 0, 0xB0 | channel, REVERB_SEND, 90])
    for channel, midi in notes:
        track += bytes([0, 0x90 | channel, midi, 80])
    wait = variable_length(int(until * TICKS_PER_SECOND))
    for channel, midi in notes:
        track += wait + bytes([0x80 | channel, midi, 0])
        wait = b"\x00"
    track += variable_length(int((duration_s - until) * TICKS_PER_SECOND)) + b"\xff\x2f\x00"
    header = b"MThd" + struct.pack(">IHHH", 6, 0, 1, TICKS_PER_SECOND)
    return header + b"MTrk" + struct.pack(">I", len(track)) + track


if __name__ == "__main__":
    Path(sys.argv[3]).write_bytes(midi_file(int(sys.argv[1]), float(sys.argv[2])))
