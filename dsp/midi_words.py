"""What the callback of a MIDI library is handed, where notes do not come by JACK: which stream they are for.

Nothing here needs Numba or NumPy: it is also what a process does that only plays.
"""

from __future__ import annotations

import ctypes


class MidiWords(ctypes.Structure):
    """The user data of RtMidi's callback.

    stream_at   address of the stream's words (dsp.stream.StreamWords), which name the sound
    held_at     address of `held`
    held        1 while one of several devices' threads hands something in
    """

    _fields_ = tuple((name, ctypes.c_int64) for name in ("stream_at", "held_at", "held"))
