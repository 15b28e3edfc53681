"""What is computed once a quantum, drawn from frame to frame: straight lines, end to end."""

# pyright: basic

from __future__ import annotations

from dsp.compiled import kernel
from dsp.lanes import load, store
from dsp.quantum import QUANTUM


@kernel
def interpolated(values, at, after):
    """(value, step): where eight values stand, and what they grow by each frame to be at `after` in the end.

    values   1-D array in which they are kept; from index `at` on it holds `after` from now on
    """
    before = load(values, at)
    store(values, at, after)
    return before, (after - before) * (1.0 / QUANTUM)
