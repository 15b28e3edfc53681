"""Rings: how commands and telemetry pass between Python and the callback without a lock.

One side writes, one side reads. `head` counts records written, `tail` records read; both only grow.
The writer fills the record first and then publishes `head` (release); the reader looks at `head`
(acquire) before it reads the record. Head and tail lie on cache lines of their own.
"""

# pyright: basic

from __future__ import annotations

import numpy as np

from dsp.command import COMMAND
from dsp.compiled import kernel
from dsp.processor import address_of, load_acquire, store_release
from dsp.record import record_dtype

COMMAND_SLOTS = 4096
TELEMETRY_SLOTS = 8192
CACHE_LINE_WORDS = 16
"""int64 words from one counter to the next: two lines of 64 bytes, since processors fetch pairs."""

APPLIED, METER, DROPPED, MISSED, LATE, STOPPED, RESUMED, GUEST_ON, GUEST_OFF, PLAYED = range(1, 11)
"""Kinds of telemetry."""

TELEMETRY = record_dtype(
    [
        ("kind", np.int32),
        ("code", np.int32),
        ("frame", np.int64),
        ("sequence", np.int64),
        ("beat", np.float64),
        ("a", np.float32),
        ("b", np.float32),
        ("c", np.float32),
        ("d", np.float32),
    ],
)
"""One report of the sound.

APPLIED  command `sequence` took effect in the quantum at `frame`, beat `beat`
DROPPED  command `sequence` could not be kept: the queue of notes or tempo changes was full
MISSED   the note of command `sequence` was not played: no voice of the instrument `code` came free
LATE     the note of command `sequence`, on the instrument `code`, begins `a` seconds after its moment
METER    a, b: momentary and short-term loudness in LUFS; c: true peak since the last meter
         in dBTP; d: gain of governor and limiter in dB; code: voices sounding
STOPPED  the stop word was obeyed in the quantum at `frame`; sequence: what it said
RESUMED  the same for its return to 0
GUEST_ON, GUEST_OFF   from `frame` on the guest is heard, or is not
PLAYED   the touch (dsp.touch) of the kind `code` on the key `sequence` was felt in the quantum at `frame`;
         beat: at which its note begins; a: the pitch as it sounds; b: its value; c: its producer; d: who
"""


def ring_dtype(slot: np.dtype, slots: int) -> np.dtype:
    """Record of a ring with a power of two of slots."""
    return record_dtype(
        [
            ("head", np.int64, (CACHE_LINE_WORDS,)),
            ("tail", np.int64, (CACHE_LINE_WORDS,)),
            ("lost", np.int64, (CACHE_LINE_WORDS,)),
            ("slots", slot, (slots,)),
        ],
    )


COMMAND_RING = ring_dtype(COMMAND, COMMAND_SLOTS)
TELEMETRY_RING = ring_dtype(TELEMETRY, TELEMETRY_SLOTS)


@kernel
def report(ring, kind, code, frame, sequence, beat, a, b, c, d):
    """Write one telemetry record; where the reader has fallen behind it is counted as lost."""
    head = ring.head[0]
    if head - load_acquire(address_of(ring.tail)) >= TELEMETRY_SLOTS:
        ring.lost[0] += 1
        return
    slot = ring.slots[head & (TELEMETRY_SLOTS - 1)]
    slot.kind = kind
    slot.code = code
    slot.frame = frame
    slot.sequence = sequence
    slot.beat = beat
    slot.a = a
    slot.b = b
    slot.c = c
    slot.d = d
    store_release(address_of(ring.head), head + 1)
