"""Reverb: an eight-line feedback delay network whose lines are the eight lanes of one vector.

Jot and Chaigne, "Digital delay networks for designing artificial reverberators" (AES 90, 1991):
delays of incommensurate length, an orthogonal matrix (here Hadamard, by butterflies) and in each
line an absorbent low-pass whose gain depends on the line's length, so that every mode of one
frequency decays at the same rate. The lengths wander slowly, which breaks up standing resonances.
Two allpass diffusers a channel thicken the first reflections.
"""

# pyright: basic

from __future__ import annotations

import math

import numpy as np

from dsp.approximations import exp2, sine
from dsp.compiled import kernel
from dsp.lanes import WIDTH, floor, gather, hadamard, lane, load, load_int, splat, splat_int, store, sum_of, to_float, to_int
from dsp.quantum import QUANTUM

LINE_ROWS = 4096
"""Rows of the delay memory, a power of two: 85 ms at 48 kHz."""

LINE_LENGTHS_AT_48K = (1153, 1327, 1559, 1801, 2053, 2311, 2617, 2903)
"""Prime lengths from 24 to 60 ms, near a geometric series, so that echoes never line up. Our own choice."""
