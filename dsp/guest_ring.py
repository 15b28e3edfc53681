"""The guest's ring as its writer sees it: chunks of a quantum, each with the frame at which it sounds.

The other side is dsp.guest, which only the compiler imports.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from dsp.quantum import QUANTUM

SLOTS = 3072
"""Chunks of a quantum: 4.1 s at 48 kHz, so that a control side may stall for as long. Our own choice."""

FIRST, LAST = 1, 2
"""Flags of a chunk: it begins at full level; nothing is to follow it."""


class GuestRing:
    """The writing end, for one thread.

    guest             the record of dsp.guest
    acquire, release  the machine code's load and store of an int64 at an address
    """

    def __init__(
        self, guest: Any, acquire: Callable[[int], int], release: Callable[[int, int], None]
    ) -> None:
        self._guest, self._acquire, self._release = guest, acquire, release
        self._head, self._tail = guest["head"].ctypes.data, guest["tail"].ctypes.data

    @property
    def room(self) -> int:
        """Frames that may be written now."""
        waiting = int(self._guest["head"][0]) - self._acquire(self._tail)
        return (SLOTS - waiting) * QUANTUM

    @property
    def gaps(self) -> int:
        """Quanta so far in which the guest should have sounded, and nothing of it was there."""
        return int(self._guest["gaps"])

    def write(self, sound: npt.NDArray[np.float32], frame: int, flags: Sequence[int]) -> None:
        """Write chunks that follow one another.

        sound   (frames, 2), whole quanta, -1 to 1
        frame   at which it sounds, a multiple of QUANTUM
        flags   of each chunk
        Raises ValueError for what is no whole quanta, or more than there is room for.
        """
        count = len(flags)
        if sound.shape != (count * QUANTUM, 2) or frame % QUANTUM or count * QUANTUM > self.room:
            raise ValueError("the guest's ring takes whole quanta, as many as it has room for.")
        head = int(self._guest["head"][0])
        at = (head + np.arange(count)) % SLOTS
        chunks = self._guest["chunks"]
        chunks["frame"][at] = frame + QUANTUM * np.arange(count)
        chunks["flags"][at] = flags
        chunks["left"][at] = sound[:, 0].reshape(count, QUANTUM)
        chunks["right"][at] = sound[:, 1].reshape(count, QUANTUM)
        self._release(self._head, head + count)
