"""A felt piano: stiff strings under soft hammers, and the case that is struck along. Modes for dsp.struck."""

# pyright: basic

from __future__ import annotations

import math

from dsp.struck import StruckPatch, struck

PIANO_PARTIALS = range(1, 21)
STRIKE_POINT = 1.0 / 8.0
"""Where a piano's hammer meets the string, as a share of its length."""

FELT_PIANO = StruckPatch(
    ratios=tuple(float(n) for n in PIANO_PARTIALS),
    amplitudes=tuple((0.12 + math.sin(math.pi * n * STRIKE_POINT)) / n for n in PIANO_PARTIALS),
    decays_s=tuple(14.0 / (1.0 + 0.25 * (n - 1)) for n in PIANO_PARTIALS),
    body_hz=(94.0, 151.0, 233.0, 377.0),
    body_amplitudes=(0.08, -0.1, 0.08, -0.06),
    body_decays_s=(0.3, 0.24, 0.2, 0.15),
    decay_octaves=1.4,
    stiffness=3.0e-4,
    fast_decay=3.0,
    slow_share=0.35,
    slowest_beat_hz=0.1,
    fastest_beat_hz=0.35,
    beat_growth=1.0,
    beat_depth=0.4,
    softest_hz=180.0,
    hardest_hz=6000.0,
    felt_tracking=0.45,
    velocity_hardness=1.0,
    shortest_attack_s=0.022,
    longest_attack_s=0.25,
    shortest_release_s=0.3,
    width=0.8,
    variety_octaves=0.6,
    knock_hz=1100.0,
    knock=0.05,
    knock_s=0.03,
    level=0.3,
)

PIANO = struck(FELT_PIANO)
