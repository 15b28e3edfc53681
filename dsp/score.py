"""The score's alphabet: instruments, parameters and the notes the composer writes.

Plain Python without numpy or numba, so that composing needs nothing that makes sound.
"""

from __future__ import annotations

from dataclasses import dataclass

INSTRUMENTS = ("pad", "drone", "piano", "bowl", "pluck", "heart", "wind", "water", "kit")
"""Names of the instruments; a note's `instrument` is one of them."""

CHANNEL_PARAMETERS = ("level_db", "reverb", "echo", "chorus", "brightness", "attack_s", "release_s", "width")
"""What each instrument's channel can be asked to be, always as a ramp.

level_db    -60 (off) to +6, gain of the channel
reverb      0 to 1, send to the feedback delay network
echo        0 to 1, send to the tempo-free delay
chorus      0 to 1, send to the chorus
brightness  0 to 1, opens filters and spectra; each note adds its own
attack_s    0.01 to 8, for notes that start from now on
release_s   0.05 to 12
width       0 (mono) to 1, scales the pan of notes
"""

MASTER_PARAMETERS = (
    "level_db",          # -60 to +6
    "brightness_hz",     # 400 to 20000, tilt low-pass over everything
    "reverb_s",          # 0.5 to 12, decay time of the reverb below its damping frequency
    "reverb_damping_hz", # 500 to 12000, where the decay time has halved
    "reverb_level_db",   # -60 to +6
    "echo_s",            # 0.05 to 1.9, time of the delay
    "echo_feedback",     # 0 to 0.85
    "breath_per_min",    # 0 (off) to 20, rate of the swell
    "breath_depth_db",   # 0 to 6, peak to trough
)

DRUM_PITCHES = {"kick": 36, "rim": 37, "brush": 38, "hat": 42}
"""Pitches the `kit` understands (General MIDI numbers, soft synthesised sounds)."""


@dataclass(frozen=True, slots=True)
class Note:
    """One note: when in beats, for how long in beats, on what, how.

    beat         start on the transport, in beats from the start of the sitting
    beats        length in beats until release; struck and plucked sounds ring on by themselves
    instrument   one of INSTRUMENTS
    pitch        MIDI note number, fractions allowed (60 is middle C, 261.63 Hz)
    velocity     0 to 1
    brightness   -1 to 1, added to the channel's
    pan          -1 (left) to 1 (right)
    """

    beat: float
    beats: float
    instrument: str
    pitch: float
    velocity: float = 0.6
    brightness: float = 0.0
    pan: float = 0.0


@dataclass(frozen=True, slots=True)
class Ramp:
    """Move one parameter to a value over some seconds. `channel` is an instrument or `master`."""

    channel: str
    parameter: str
    value: float
    seconds: float
