"""How every kernel is compiled: without allocation, exceptions or the interpreter.

`_nrt=False` switches Numba's memory runtime off, so that code which would allocate does not
compile; `error_model="numpy"` makes division by zero an infinity instead of an exception. Kernels are
called by kernels and never by Python, so they are spared the wrappers that would make them callable
from there: a quarter of the time that compiling takes.
"""

# pyright: basic

from __future__ import annotations

from typing import Any

from numba import njit

compiled: Any = njit
kernel = compiled(
    error_model="numpy", boundscheck=False, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True
)
"""Decorator of a function that may run in the audio callback."""
