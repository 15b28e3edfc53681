"""A singing bowl: few modes, far apart, each a pair that beats. Modes for dsp.struck."""

# pyright: basic

from __future__ import annotations

from dsp.struck import StruckPatch, struck

BOWL_RATIOS = (1.0, 2.71, 5.15, 8.43, 12.2, 16.4, 21.0, 26.1)

SINGING_BOWL = StruckPatch(
    ratios=BOWL_RATIOS,
    amplitudes=(1.0, 0.6, 0.32, 0.18, 0.1, 0.06, 0.04, 0.03),
    decays_s=tuple(22.0 / r**0.75 for r in BOWL_RATIOS),
    body_hz=(),
    body_amplitudes=(),
    body_decays_s=(),
    decay_octaves=2.0,
    stiffness=0.0,
    fast_decay=3.0,
    slow_share=0.75,
    slowest_beat_hz=0.35,
    fastest_beat_hz=0.9,
    beat_growth=0.5,
    beat_depth=0.42,
    softest_hz=220.0,
    hardest_hz=5000.0,
    felt_tracking=0.6,
    velocity_hardness=1.0,
    shortest_attack_s=0.03,
    longest_attack_s=6.0,
    shortest_release_s=4.0,
    width=0.8,
    variety_octaves=0.4,
    knock_hz=700.0,
    knock=0.012,
    knock_s=0.02,
    level=0.22,
)

BOWL = struck(SINGING_BOWL)
