"""Forgetting: after every visit all memory that was given back is overwritten, to its last byte.

Python keeps a list of freed floats and NumPy one of freed small arrays, whose contents stay as they were
until the next ones of that size. The rest are holes in the heap of the C library, which may stay for months.
"""

from __future__ import annotations

import ctypes
import gc

import numpy as np

FLOATS = 100
"""Python keeps at most so many freed floats (CPython, Objects/floatobject.c, PyFloat_MAXFREELIST). More would
drive those that are kept through the heap, visit by visit, which would grow by it."""

SMALL_BYTES, OF_EACH = 1024, 7
"""NumPy keeps arrays below so many bytes, seven of each size at most (numpy/_core/src/multiarray/alloc.c)."""

OVER = 0xA5
"""With which bytes are overwritten (own choice)."""

BLOCKS = (*(1 << k for k in range(16, 4, -1)), 24)
"""Bytes of the blocks that fill a hole, greatest first: below what the C library maps by itself (mallopt(3),
M_MMAP_THRESHOLD) down to what its smallest hole can hold."""

_C = ctypes.CDLL(None)


def forget() -> None:
    """Overwrite all that is kept. Call it once nothing refers to the visit any more.

    It reaches the heap of the C library wholly where that is the only one (engine.kiosk.process.ONE_HEAP).
    """
    gc.collect()
    floats = [float(k) for k in range(FLOATS)]
    arrays = [np.full(size, OVER, np.uint8) for size in range(1, SMALL_BYTES) for _ in range(OF_EACH)]
    del floats, arrays
    if hasattr(_C, "malloc_trim"):  # glibc; others give back what they do not need
        _fill_holes()


def _fill_holes() -> None:
    """Take every hole of the heap, overwrite it, and give it back."""
    malloc, free, usable = _C.malloc, _C.free, _C.malloc_usable_size
    malloc.restype = _C.sbrk.restype = ctypes.c_void_p
    usable.restype = ctypes.c_size_t
    free.argtypes = usable.argtypes = (ctypes.c_void_p,)
    _C.malloc_trim(0)  # whole pages go back to the system
    end = _C.sbrk(0)
    newest = 0
    for size in BLOCKS:
        while (block := malloc(ctypes.c_size_t(size))) and block + size <= end:
            ctypes.memset(block, OVER, usable(block))
            # Each keeps where the one before it is: a list of them would itself fill holes, and not wholly.
            ctypes.c_size_t.from_address(block).value = newest
            newest = block
        free(block)  # the heap would have had to grow for it
    while newest:
        before = ctypes.c_size_t.from_address(newest).value
        free(newest)
        newest = before
    _C.malloc_trim(0)
