"""Forgetting: what Python and NumPy keep of numbers that were given back is overwritten, after every visit.

The C library overwrites what reaches it (engine.kiosk.process). Python keeps a list of freed floats and NumPy
one of freed small arrays, for the next ones of that size; their contents stay as they were until then.
"""

from __future__ import annotations

import gc

import numpy as np

FLOATS = 400
"""Python keeps at most 100 freed floats (CPython, Objects/floatobject.c, PyFloat_MAXFREELIST)."""

SMALL_BYTES, OF_EACH = 1024, 8
"""NumPy keeps arrays below so many bytes, seven of each size at most (numpy/_core/src/multiarray/alloc.c)."""


def forget() -> None:
    """Overwrite all that is kept. Call it once nothing refers to the visit any more."""
    gc.collect()
    floats = [float(k) for k in range(FLOATS)]
    arrays = [np.full(size, 0xA5, np.uint8) for size in range(1, SMALL_BYTES) for _ in range(OF_EACH)]
    del floats, arrays
