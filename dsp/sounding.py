"""Sounding: what the kernels of all instruments do alike, around the one frame in which they differ.

Which voices are rendered in a quantum, in groups of eight or one by one; the frames of a quantum, one after
the other onto the lane buses; and when a voice has died away. Each is made by closure over what an instrument
does itself, and LLVM inlines that: the machine code is what would have been written by hand.

Records have `sounding` (1 until a voice's last quantum is out) and `envelope` for each of VOICES voices.
"""

# pyright: basic

from __future__ import annotations

from dsp.compiled import kernel
from dsp.crossing import any_of
from dsp.envelope import IDLE, VOICES, advance
from dsp.lanes import WIDTH, lane, load
from dsp.mixing import add
from dsp.quantum import QUANTUM

SILENCE = 3.0e-5
"""Amplitude at which a voice has died away: -90 dB."""


def in_groups(render):
    """A kernel (record, ...) that calls `render(record, at, ...)` for each group of eight that sounds."""

    @kernel
    def render_groups(record, *arguments):
        for at in range(0, VOICES, WIDTH):
            if any_of(load(record.sounding, at) > 0.0):
                render(record, at, *arguments)

    return render_groups


def one_by_one(render):
    """A kernel (record, ...): envelopes move on, then `render(record, voice, ...)` for each that sounds."""

    @kernel
    def render_voices(record, *arguments):
        for group in range(0, VOICES, WIDTH):
            if any_of(load(record.sounding, group) > 0.0):
                advance(record.envelope, group)
                for voice in range(group, group + WIDTH):
                    if record.sounding[voice] > 0.0:
                        render(record, voice, *arguments)
                        if record.envelope.stage[voice] == IDLE:
                            record.sounding[voice] = 0.0

    return render_voices


def frame_by_frame(step):
    """A kernel (left, right, gain_left, gain_right, state, held): a quantum of eight lanes onto the buses.

    step    kernel (state, held) -> (state, sound): one frame. `state` and `held` are tuples of lanes: what
            moves from frame to frame, and what stays for the quantum

    Returns the last state.
    """

    @kernel
    def render_frames(left, right, gain_left, gain_right, state, held):
        for i in range(QUANTUM):
            state, sound = step(state, held)
            add(left, right, i * WIDTH, sound * gain_left, sound * gain_right)
        return state

    return render_frames


@kernel
def fall_silent(record, at, loudest, may_end):
    """End those of eight voices that have died away; what is idle sounds no more.

    loudest   amplitude of each in this quantum
    may_end   over 0 where it will not grow again
    """
    for k in range(WIDTH):
        voice = at + k
        if record.sounding[voice] > 0.0:
            if lane(may_end, k) > 0.0 and lane(loudest, k) < SILENCE:
                record.envelope.stage[voice] = IDLE
                record.envelope.level[voice] = 0.0
            if record.envelope.stage[voice] == IDLE:
                record.sounding[voice] = 0.0
