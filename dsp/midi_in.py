"""MIDI in by a library that calls back in a thread of its own (RtMidi), for who has no JACK.

A message is felt in the next quantum that is rendered. Each device has a thread, and a ring has one producer:
so they take turns, and wait for one another for as long as it takes to write a row. The sound waits for none.
"""

# pyright: basic

from __future__ import annotations

import numpy as np

from dsp.compiled import kernel
from dsp.jack import hear_message
from dsp.midi_words import MidiWords
from dsp.processor import compare_exchange, record_at, store_release, word_at
from dsp.sound import SOUND
from dsp.stream import StreamWords
from dsp.touch import FROM_DEVICE

MIDI_WORDS = np.dtype(MidiWords)
STREAM = np.dtype(StreamWords)

AT_ONCE = 0
"""As the frame of a touch: whatever quantum comes next is past it."""


@kernel
def hear_device(words, message):
    """Hand in one message of three bytes, which lies at an address."""
    sound = record_at(record_at(words.stream_at, STREAM).sound, SOUND)
    held = word_at(words.held_at)
    while not compare_exchange(held, 0, 1):
        pass
    hear_message(sound.played.rings[FROM_DEVICE], AT_ONCE, message)
    store_release(held, 0)
