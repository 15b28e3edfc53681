"""Filters: the topology-preserving state-variable filter, one-pole smoothers, and biquad sections.

The state-variable filter follows Zavalishin, "The Art of VA Filter Design" (2012), chapter 4, in the
form with two integrators and no delay-free loop: with g = tan(pi f / sample rate) and damping k = 1/Q,

    h = (x - s2 - (g + k) s1) / (1 + g (g + k))    high-pass
    b = s1 + g h                                   band-pass (times k: unity at its centre)
    l = s2 + g b                                   low-pass
"""

# pyright: basic

from __future__ import annotations

from dsp.approximations import tangent
from dsp.compiled import kernel
from dsp.lanes import maximum, minimum

LOWEST_CUTOFF = 10.0 / 48000.0
HIGHEST_CUTOFF = 0.45
"""Cutoff limits in cycles per frame; above the upper one the warping is too steep to be useful."""


@kernel
def svf_coefficients(cutoff, damping):
    """(g, 1 / (1 + g (g + k))) for cutoffs in cycles per frame and k = 1/Q. Eight lanes."""
    g = tangent(minimum(maximum(cutoff, LOWEST_CUTOFF), HIGHEST_CUTOFF))
    return g, 1.0 / (1.0 + g * (g + damping))


@kernel
def svf_step(x, s1, s2, g, a):
    """One frame: returns (low-pass, band-pass, s1, s2). High-pass is x - k band - low."""
    band = a * (s1 + g * (x - s2))
    low = s2 + g * band
    return low, band, 2.0 * band - s1, 2.0 * low - s2
