"""MIDI clock, written in a JACK client's callback: 24 ticks a beat, each in the frame in which it is heard.

A tick that falls on a beat leaves in the frame in which a sound that begins on it leaves the limiter. Start
is sent before the tick of a whole bar, the first one or the next after a follower has come, so that a
follower's bars are the music's; Stop where the sound is stopped or ends. Where the beat jumps, as when
another sitting begins, the clock stops and starts again.
"""

# pyright: basic

from __future__ import annotations

from dsp.approximations import ceiling
from dsp.compiled import kernel
from dsp.foreign import buffer_of, clear_events, put_byte, room_for
from dsp.limiter import LATENCY
from dsp.quantum import QUANTUM

TICKS_A_BEAT = 24
CLOCK, START, STOP = 0xF8, 0xFA, 0xFC
"""MIDI 1.0, "System Real Time Messages"."""

JUMP_BEATS = 0.25
"""More than any tempo runs through in a quantum: a beat so far on belongs to another sound."""


@kernel
def empty_clock(words, frames):
    """The clock's port for this period, with nothing in it; 0 where none is sent."""
    if words.clock == 0:
        return 0
    buffer = buffer_of(words.get_buffer, words.clock, frames)
    clear_events(words.clear, buffer)
    return buffer


@kernel
def send(words, buffer, at, message):
    """Write a message of one byte; a full port takes none."""
    room = room_for(words.reserve, buffer, at, 1)
    if room != 0:
        put_byte(room, message)


@kernel
def stop_clock(words, buffer, at):
    """Let followers stand still, once."""
    if words.clock_runs != 0:
        words.clock_runs = 0
        send(words, buffer, at, STOP)


@kernel
def until_quantum(sound):
    """Frames that are left of the quantum that is being handed out, or those of the next one."""
    left = QUANTUM - sound.output.position
    return left if left > 0 else QUANTUM


@kernel
def send_clock(words, sound, buffer, at, count):
    """Write the ticks of the `count` frames from `at` on that were just rendered, a quantum's at most."""
    transport = sound.transport
    behind = QUANTUM - sound.output.position + LATENCY
    beat = transport.beat - behind * transport.bpm / (60.0 * sound.sample_rate)
    before = words.clock_beat
    words.clock_beat = beat
    if beat < before or beat - before > JUMP_BEATS or sound.stopped != 0 or words.clock_ends != 0:
        stop_clock(words, buffer, at)
        return
    if beat == before:
        return
    if words.clock_again != 0:
        words.clock_again = 0
        words.clock_runs = 0
    tick = ceiling(before * TICKS_A_BEAT)
    while tick < beat * TICKS_A_BEAT:
        share = (tick / TICKS_A_BEAT - before) / (beat - before)
        frame = at + min(max(int(share * count), 0), count - 1)
        if words.clock_runs == 0 and int(tick) % (TICKS_A_BEAT * words.clock_bar) == 0 and tick >= 0.0:
            words.clock_runs = 1
            send(words, buffer, frame, START)
        send(words, buffer, frame, CLOCK)
        tick += 1.0
