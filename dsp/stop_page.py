"""The stop word: a page that any thread and any process may write, and that the sound reads each quantum.

It needs no tick, no ring and no interpreter on the side of the sound: while the word is not 0 the sound
fades to silence within dsp.command.PANIC_S and stays silent, whatever else is commanded.
"""

from __future__ import annotations

import ctypes
import mmap

from dsp.shared_memory import SharedMemory


class StopPage:
    """A new page, or with `path` that of another process. Raises OSError where that one has gone.

    path   whoever opens this file and writes anything but zero to its first byte stops the sound too:
           printf '\\1' | dd of=PATH conv=notrunc
    """

    def __init__(self, path: str | None = None) -> None:
        self._memory = SharedMemory(mmap.PAGESIZE, path)
        self.path = self._memory.path
        self.address = self._memory.address
        self._word = ctypes.c_int64.from_buffer(self._memory.view)

    @property
    def word(self) -> int:
        """Who asked for silence, as `stop` was told; 0 while the music may play."""
        return self._word.value

    def stop(self, by: int = 1) -> None:
        """Silence, from the next quantum on. From any thread, any process and any signal handler.

        by   any number but 0; the telemetry hands it on, so that a record can tell who it was
        """
        if by == 0:
            raise ValueError("0 means that the music may play; stop with another number.")
        self._word.value = by  # one aligned store; it publishes nothing but itself

    def say(self, word: int) -> None:
        """Stop, or for 0 clear: for whoever repeats what a page has said before."""
        self._word.value = word

    def clear(self) -> None:
        """The music may play again, and fades in from silence."""
        self._word.value = 0
