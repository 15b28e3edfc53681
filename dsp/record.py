"""Records: the state of everything that sounds, laid out so that no vector straddles two cache lines.

A load or store that crosses from one line of the processor's cache to the next costs two. So every
array of at least a vector's length begins at a multiple of the vector's size, wherever its record stands
in another one; the whole begins at a multiple of a cache line (dsp.native).
"""

from __future__ import annotations

from typing import Any

import numpy as np

VECTOR_BYTES = 32
"""Eight float32. Cache lines of 64 bytes hold two."""

Field = tuple[Any, ...]


def record_dtype(fields: list[Field]) -> np.dtype[np.void]:
    """A structured dtype of `fields`, each (name, type) or (name, type, shape), in the order given."""
    offsets: list[int] = []
    formats: list[np.dtype[Any]] = []
    end, widest = 0, 1
    for _, *kind in fields:
        form = np.dtype(tuple(kind)) if len(kind) > 1 else np.dtype(kind[0])
        alignment = VECTOR_BYTES if form.itemsize >= VECTOR_BYTES else form.alignment
        end += -end % alignment
        offsets.append(end)
        formats.append(form)
        end += form.itemsize
        widest = max(widest, alignment)
    names = [field[0] for field in fields]
    size = end + -end % widest
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": size}, align=True)
