"""How every kernel is compiled: without allocation, exceptions or the interpreter.

`_nrt=False` switches Numba's memory runtime off, so that code which would allocate does not
compile; `error_model="numpy"` makes division by zero an infinity instead of an exception.
"""

# pyright: basic

from __future__ import annotations

from typing import Any

from numba import njit

compiled: Any = njit
kernel = compiled(error_model="numpy", boundscheck=False, _nrt=False)
"""Decorator of a function that may run in the audio callback."""
