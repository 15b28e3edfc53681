"""The guest channel: stereo sound from outside, spoken words or another synth, through the same master.

It comes in chunks of a quantum, each stamped with the frame at which it sounds, through a ring that one side
writes (dsp.guest_ring) and the callback reads. A chunk sounds at its frame or not at all. Where the next one
is missing, the guest fades out within the quantum that is there, and each quantum of silence that follows is
counted; it fades in again with the first chunk that has a successor. Each change is reported with its frame,
so that a replay makes it there again.

The guest passes neither the brightness nor the lean of the music, but level and fade of the master, a
governor and the limiter: the cap and a stop hold for it (dsp.joined).
"""

# pyright: basic

from __future__ import annotations

import numpy as np

from dsp.approximations import decibels_to_gain
from dsp.compiled import kernel
from dsp.guest_ring import FIRST, LAST, SLOTS
from dsp.lanes import WIDTH, absolute, lane, load, select, splat, store
from dsp.mixing import MAKE_UP, add
from dsp.parameters import GUEST_LEVEL, GUEST_REVERB
from dsp.processor import address_of, load_acquire, store_release
from dsp.quantum import QUANTUM
from dsp.record import record_dtype
from dsp.ring import CACHE_LINE_WORDS, GUEST_OFF, GUEST_ON, report

STALE_PER_QUANTUM = 64
"""At most so many chunks whose frame is past are thrown away in a quantum, so that none is late by it."""

CHUNK = record_dtype(
    [
        ("frame", np.int64), ("flags", np.int64),
        ("left", np.float32, (QUANTUM,)), ("right", np.float32, (QUANTUM,)),
    ],
)
"""A quantum of the guest, -1 to 1, from `frame` on, a multiple of QUANTUM.

flags   FIRST where it begins at full level, LAST where nothing is to follow it
"""

GUEST = record_dtype(
    [
        ("head", np.int64, (CACHE_LINE_WORDS,)),
        ("tail", np.int64, (CACHE_LINE_WORDS,)),
        ("sounds", np.int64),
        ("owed", np.int64),
        ("gaps", np.int64),
        ("chunks", CHUNK, (SLOTS,)),
    ],
)
"""sounds: 1 while it is heard; owed: 1 where it fell silent before its last chunk; gaps: quanta so lost."""


@kernel
def hear_guest(sound):
    """Bring the guest's chunk of this quantum, if there is one, to the master and to the reverb."""
    guest = sound.guest
    sound.master.joined.sounds = 0
    head = load_acquire(address_of(guest.head))
    tail = guest.tail[0]
    for _ in range(STALE_PER_QUANTUM):
        if tail == head or guest.chunks[tail % SLOTS].frame >= sound.frame:
            break
        tail += 1
        if guest.owed == 0:
            guest.gaps += 1
    if tail != head and guest.chunks[tail % SLOTS].frame == sound.frame:
        chunk = guest.chunks[tail % SLOTS]
        tail += 1
        follows = tail != head and guest.chunks[tail % SLOTS].frame == sound.frame + QUANTUM
        take_chunk(sound, chunk, follows)
    elif guest.owed != 0:
        guest.gaps += 1
    store_release(address_of(guest.tail), tail)


@kernel
def take_chunk(sound, chunk, follows):
    """Let a chunk sound; fading in after a gap, out before one, and not at all between two."""
    guest = sound.guest
    last = chunk.flags & LAST != 0
    begins = guest.sounds == 0
    if begins and not follows and not last:
        guest.gaps += 1
        return
    if begins:
        guest.sounds = 1
        guest.owed = 0
        sound.master.joined.high_pass_1[:] = 0.0
        sound.master.joined.high_pass_2[:] = 0.0
        report(sound.telemetry, GUEST_ON, 0, sound.frame, 0, sound.transport.beat, 0.0, 0.0, 0.0, 0.0)
    pour_chunk(sound, chunk, begins and chunk.flags & FIRST == 0, not follows and not last)
    if last or not follows:
        guest.sounds = 0
        guest.owed = 0 if last else 1
        end = sound.frame + QUANTUM
        report(sound.telemetry, GUEST_OFF, 0, end, 0, sound.transport.beat, 0.0, 0.0, 0.0, 0.0)


@kernel
def pour_chunk(sound, chunk, fades_in, fades_out):
    """Onto the master's bus for the guest, and to the reverb; what is no number from -1 to 1 is silence."""
    before = sound.parameters.before
    value = sound.parameters.value
    first = float(decibels_to_gain(float(before[GUEST_LEVEL])))
    step = float(decibels_to_gain(float(value[GUEST_LEVEL]))) - first
    send = before[GUEST_REVERB]
    send_step = value[GUEST_REVERB] - send
    bus = sound.master.joined.bus
    for i in range(0, QUANTUM, WIDTH):
        t = load(sound.slope, i)
        gain = first + step * t
        if fades_in:
            gain = gain * t
        if fades_out:
            gain = gain * (1.0 - t)
        left = load(chunk.left, i)
        right = load(chunk.right, i)
        left = select(absolute(left) <= 1.0, left, 0.0) * gain
        right = select(absolute(right) <= 1.0, right, 0.0) * gain
        for k in range(WIDTH):
            store(bus, (i + k) * WIDTH, splat(0.0))
            bus[(i + k) * WIDTH] = lane(left, k)
            bus[(i + k) * WIDTH + 1] = lane(right, k)
        wet = (send + send_step * t) * (1.0 / MAKE_UP)
        add(sound.reverb.left, sound.reverb.right, i, left * wet, right * wet)
    sound.master.joined.sounds = 1
