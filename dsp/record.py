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


def numbers(patch: type[Any]) -> list[Field]:
    """Fields for the numbers of a dataclass with slots, as `record_dtype` takes them."""
    return [(name, np.float32) for name in patch.__slots__]


def floats(count: int, *names: str) -> list[Field]:
    """Fields of `count` numbers each: one a voice, or one a lane."""
    return [(name, np.float32, (count,)) for name in names]


def fill(record: np.void, patch: Any) -> None:
    """Write a patch into the fields that `numbers` made of its class."""
    for name in patch.__slots__:
        record[name] = getattr(patch, name)


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
