"""A kalimba: steel tines over a small box, plucked by the thumb. Modes for the bank of dsp.struck.

A tine is a bar clamped at one end (Chapman, "The tones of the kalimba", JASA 131, 2012): one pure tone, and
far over it overtones that are no harmonics and soon gone. Measured on a Hugh Tracey alto (Kalimba Magic,
"Anharmonic overtones die out quickly", 2006): the second mode at 6.6 times the first, 17 to 26 dB under it,
falling by 75 dB a second where the first falls by 12; and an octave, 35 to 41 dB under it, which the tine
makes as it saws over the bridge. The third is where a clamped bar has it against the second (17.55 over
6.27). To this come the box and, the harder the stroke the more, the buzz: rings on the tines that rattle at
every turn, heard as its harmonics.
"""

# pyright: basic

from __future__ import annotations

from dsp.struck import StruckPatch, struck

BUZZ = tuple(float(n) for n in range(3, 16))
"""Harmonics of which a rattle is made."""

BUZZ_LEVEL, BUZZ_S = 0.06, 1.4
"""Amplitude of each, before the thumb dulls it, and time to -60 dB. By ear: grain, and no rattle."""

STEEL_TINES = StruckPatch(
    ratios=(1.0, 6.6, 18.5, 2.0, *BUZZ),
    amplitudes=(1.0, 0.6, 0.3, 0.16, *(BUZZ_LEVEL,) * len(BUZZ)),
    decays_s=(6.5, 0.9, 0.3, 3.0, *(BUZZ_S,) * len(BUZZ)),
    body_hz=(186.0, 318.0, 472.0, 905.0),
    body_amplitudes=(0.1, -0.09, 0.07, -0.05),
    body_decays_s=(0.16, 0.13, 0.11, 0.07),
    decay_octaves=1.6,
    stiffness=0.0,
    fast_decay=2.2,
    slow_share=0.5,
    slowest_beat_hz=0.2,
    fastest_beat_hz=0.7,
    beat_growth=0.3,
    beat_depth=0.3,
    softest_hz=300.0,
    hardest_hz=8000.0,
    felt_tracking=0.5,
    velocity_hardness=1.0,
    shortest_attack_s=0.02,
    longest_attack_s=0.12,
    shortest_release_s=0.5,
    width=0.9,
    variety_octaves=1.0,
    knock_hz=2400.0,
    knock=0.05,
    knock_s=0.012,
    level=0.3,
)
"""What is not named above is by ear. At home from G3 to E6 (MIDI 55 to 88), where alto and treble kalimbas
lie: under it a tine hums, over it the thumb covers the tone."""

KALIMBA = struck(STEEL_TINES)
