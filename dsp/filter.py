"""Filters: the topology-preserving state-variable filter, one-pole smoothers, and biquad sections.

The state-variable filter is Zavalishin's ("The Art of VA Filter Design", 2012, chapter 4): two
integrators without a delay-free loop. With g = tan(pi f / sample rate), damping k = 1/Q and
a = 1 / (1 + g (g + k)) its outputs are

    b = a (s1 + g (x - s2))      band-pass (times k: unity at its centre)
    l = s2 + g b                 low-pass
    x - k b - l                  high-pass

and each memory becomes s + 2 (output - s). Worked out for the memories alone, that is

    s1' = p s1 + q (x - s2)            p = 2a - 1
    s2' = s2 + q s1 + r (x - s2)       q = 2ag,  r = qg

two multiplications deep from frame to frame instead of five, which is what a voice waits for. The
outputs are the means of old and new memory. x - s2 is taken first because r is tiny for low cutoffs
and 1 - r would lose it.
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
    """(p, q, r) for cutoffs in cycles per frame and damping k = 1/Q. Eight lanes."""
    g = tangent(minimum(maximum(cutoff, LOWEST_CUTOFF), HIGHEST_CUTOFF))
    twice_a = 2.0 / (1.0 + g * (g + damping))
    q = twice_a * g
    return twice_a - 1.0, q, q * g


@kernel
def svf_step(x, s1, s2, p, q, r):
    """The two memories one frame later."""
    difference = x - s2
    return p * s1 + q * difference, (q * s1 + s2) + r * difference
