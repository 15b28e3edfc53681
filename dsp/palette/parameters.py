"""Parameters: what a channel, the master and the guest can be asked to be, and the ranges they keep to."""

from __future__ import annotations

from typing import NamedTuple


class Range(NamedTuple):
    """Lowest and highest value of a parameter, and the one that it has before it is asked for any."""

    low: float
    high: float
    first: float


CHANNEL = {
    "level_db": Range(-60.0, 6.0, -60.0),
    "reverb": Range(0.0, 1.0, 0.3),
    "echo": Range(0.0, 1.0, 0.0),
    "chorus": Range(0.0, 1.0, 0.0),
    "brightness": Range(0.0, 1.0, 0.4),
    "attack_s": Range(0.01, 8.0, 1.0),
    "release_s": Range(0.05, 12.0, 3.0),
    "width": Range(0.0, 1.0, 0.7),
}
"""Of each instrument's channel; first values are our own.

level_db             gain of the channel, -60 being off
reverb, echo, chorus sends to the feedback delay network, the tempo-free delay, the chorus
brightness           opens filters and spectra; each note adds its own
attack_s, release_s  for notes that start from now on
width                0 (mono) to 1, scales the pan of notes
"""

MASTER = {
    "level_db": Range(-60.0, 6.0, 0.0),
    "brightness_hz": Range(400.0, 20000.0, 9000.0),
    "reverb_s": Range(0.5, 12.0, 5.0),
    "reverb_damping_hz": Range(500.0, 12000.0, 3000.0),
    "reverb_level_db": Range(-60.0, 6.0, 0.0),
    "echo_s": Range(0.05, 1.9, 0.6),
    "echo_feedback": Range(0.0, 0.85, 0.35),
    "breath_per_min": Range(0.0, 20.0, 0.0),
    "breath_depth_db": Range(0.0, 6.0, 0.0),
    "open_db": Range(-6.0, 6.0, 0.0),
}
"""Of everything together; first values are our own.

brightness_hz      tilt low-pass over everything
reverb_s           decay time of the reverb below its damping frequency
reverb_damping_hz  where the decay time has halved
echo_s             time of the delay
breath_per_min     rate of the breath that the sound leans with (dsp.lean), 0 being off
breath_depth_db    how deep it leans: as deep as a swell of so much, peak to trough, would be felt
open_db            how far what lies above the shelf's corner is raised over the rest (dsp.master)
"""

GUEST = {
    "level_db": Range(-60.0, 12.0, 0.0),
    "reverb": Range(0.0, 1.0, 0.0),
    "foreground_db": Range(-60.0, 0.0, 0.0),
    "pad_db": Range(-60.0, 0.0, 0.0),
    "drone_db": Range(-60.0, 0.0, 0.0),
}
"""Of the guest channel (dsp.guest); first values leave the music as it is.

level_db     gain of the guest, -60 being off, 0 as it was handed in
reverb       send to the feedback delay network
..._db       how far a layer of the music (LAYERS) steps back for the guest, -60 being silence
"""

LAYERS = {
    "lead": "foreground_db", "stroke": "foreground_db", "drums": "foreground_db",
    "chords": "pad_db", "air": "pad_db",
    "drone": "drone_db", "pulse": "drone_db",
}  # fmt: skip
"""By the part of an instrument (dsp.palette.instruments): which of GUEST moves it; what hands play
stays. Our own choice."""
