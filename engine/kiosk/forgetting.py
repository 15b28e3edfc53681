"""Forgetting: after every visit nothing of it is left in memory.

The C library overwrites what is freed and gives back the stack of a thread that ended: a kiosk's process
plays in the environment that says so (engine.kiosk.process.WIPED). What never reaches it is overwritten here.
Python keeps a list of freed floats and NumPy one of freed small arrays, whose contents stay as they were
until the next ones of that size; and under the calling thread's stack lies what deeper calls have left.
"""

from __future__ import annotations

import ctypes
import gc

import numpy as np

from engine.kiosk.process import OVER

FLOATS = 100
"""Python keeps at most so many freed floats (CPython, Objects/floatobject.c, PyFloat_MAXFREELIST). More would
drive those that are kept through the heap, visit by visit, which would grow by it."""

SMALL_BYTES, OF_EACH = 1024, 7
"""NumPy keeps arrays below so many bytes, seven of each size at most (numpy/_core/src/multiarray/alloc.c)."""

STACK_BYTES = 1 << 18
"""How far under the stack. Own choice: several times what a visit's deepest call takes."""


class _Stack(ctypes.Structure):
    _fields_ = (("content", ctypes.c_ubyte * STACK_BYTES),)


_STACK = _Stack.from_buffer_copy(bytes([OVER]) * STACK_BYTES)
_C = ctypes.CDLL(None)


def forget() -> None:
    """Overwrite what is kept, in the thread that calls it, once nothing refers to the visit any more."""
    gc.collect()
    floats = [float(k) for k in range(FLOATS)]
    arrays = [np.full(size, OVER, np.uint8) for size in range(1, SMALL_BYTES) for _ in range(OF_EACH)]
    del floats, arrays
    _C.getpid(_STACK)  # by value, so it is copied to where deeper calls leave things
    if hasattr(_C, "malloc_trim"):  # glibc keeps whole free pages otherwise
        _C.malloc_trim(0)
