"""Streams: what a callback is handed, and who of all streams may render the sound.

One word says whose turn it is: the number of a stream, or its negative while that stream is rendering. A
callback enters by changing n to -n in one step and leaves by writing n back; where the word says something
else its stream is dead, and it plays silence and asks to be called no more. So two streams can never
render at once, nobody waits in a callback, and who takes the sound away from a stream knows when it is out.

Nothing here needs Numba or NumPy: it is also what a process does that only plays.
"""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dsp.shared_memory import SharedMemory
from dsp.sinc import Resampler, resampler
from dsp.stop_page import StopPage

SOUND_OFFSET = mmap.PAGESIZE
"""Where the sound begins in its memory; the word that names its stream has a page of its own before it."""

ENTRY, JACK_ENTRY, JACK_LATE_ENTRY = "calando_callback", "calando_jack_process", "calando_jack_late"
"""PortAudio's callback; JACK's, and the one that counts its late periods."""
MIDI_ENTRY = "calando_midi_in"
"""RtMidi's callback (rtmidi_c.h, RtMidiCCallback)."""


class StreamWords(ctypes.Structure):
    """The callback's user data: addresses in the process that plays, and whose words they are.

    sound     the record of dsp.sound
    turn      the word that names the stream that may render
    stop      the word of dsp.stop_page
    number    which stream this is, 1 or more
    channels  1, mixed down, or 2
    """

    _fields_ = (
        *((name, ctypes.c_int64) for name in ("sound", "turn", "stop", "number", "channels")),
        ("resampler", Resampler),
    )


@dataclass(frozen=True, slots=True)
class Lent:
    """A sound as it is handed to a stream, in this process or another: plain values.

    memory, stop   paths of its shared memory and its stop page
    library        path of the machine code: of its library or, where no linker could make one, its object
    number         of the stream
    rate_hz        of the sound
    """

    memory: str
    stop: str
    library: str
    number: int
    rate_hz: int


class Stream:
    """A lent sound, ready to be handed to PortAudio. It must outlive the last call of the callback.

    channels  1 or 2
    rate_hz   the device's, where it is not the sound's own
    words     where what the callback is handed is to lie; its own memory where none is given
    Raises OSError where whoever lent it has gone.
    """

    def __init__(
        self, lent: Lent, channels: int = 2, rate_hz: float | None = None, words: StreamWords | None = None
    ) -> None:
        self._memory = SharedMemory.at(lent.memory)
        self._before: tuple[SharedMemory, StopPage] | None = None
        self.stop_page = StopPage(lent.stop)
        self._library = lent.library
        self.address, self._keeper = _entries_of(lent.library)
        """Of an entry point, by its name."""
        self._words = StreamWords() if words is None else words
        self._words.sound = self._memory.address + SOUND_OFFSET
        self._words.turn, self._words.stop = self._memory.address, self.stop_page.address
        self._words.number, self._words.channels = lent.number, channels
        self._words.resampler = resampler(lent.rate_hz, rate_hz or lent.rate_hz)
        self.callback_address = self.address(ENTRY)
        self.user_address = ctypes.addressof(self._words)

    def turn_to(self, lent: Lent) -> None:
        """Go on with another sound, of the same rate and machine code, without a period left out.

        Whoever lends it has handed it to a stream of this number already. So whichever of the two turns the
        callback enters by while the words change, it is the only one that renders either sound. Once the new
        one's frames advance, nobody renders the one before.
        Raises ValueError for a sound that cannot follow, OSError where whoever lent it has gone.
        """
        if lent.number != self._words.number or lent.library != self._library:
            raise ValueError("a stream goes on only with a sound of its own number and machine code.")
        memory, stop_page = SharedMemory.at(lent.memory), StopPage(lent.stop)
        self._words.stop = stop_page.address
        self._words.sound = memory.address + SOUND_OFFSET
        self._words.turn = memory.address
        # The callback may still be inside the sound before: it stays mapped until the next one comes.
        self._before = (self._memory, self.stop_page)
        self._memory, self.stop_page = memory, stop_page


def _entries_of(path: str) -> tuple[Callable[[str], int], object]:
    """Where the entry points are, by name, and what keeps their code in memory."""
    try:
        library = ctypes.CDLL(path)
    except OSError:
        from dsp.machine import link_in_process

        addresses, keeper = link_in_process(Path(path).read_bytes())
        return addresses.__getitem__, keeper
    return lambda name: ctypes.cast(library[name], ctypes.c_void_p).value or 0, library
