"""Voices of one instrument: which is silent, which holds a pitch, which gives way, which is released."""

# pyright: basic

from __future__ import annotations

import math

import numpy as np

from dsp.compiled import kernel
from dsp.crossing import any_of
from dsp.envelope import IDLE, RELEASE, VOICES, release, steal
from dsp.lanes import WIDTH, load
from dsp.record import record_dtype

SHORTEST_NOTE_S = 0.15
"""No voice is taken from a note younger than this: longer than a note may wait, so the last notes of a
chord that is larger than the instrument are left out, rather than the first cut to a click."""

TIES_WITHIN = 0.1
"""Velocity by which a note that prolongs another may be stronger or softer, about 3 dB: the voice goes on as
it began. A drone's fifth that became the next chord's bass would stay 6 dB too soft. Own choice."""

LIVES = record_dtype(
    [
        ("ends_at_beat", np.float64, (VOICES,)),
        ("ends_at_frame", np.float64, (VOICES,)),
        ("pitch", np.float64, (VOICES,)),
        ("velocity", np.float64, (VOICES,)),
        ("began", np.int64, (VOICES,)),
        ("given", np.int64, (VOICES,)),
    ],
)
"""The note on each voice of an instrument: when it shall be released, its pitch and velocity, when it began,
and whether the voice has been given away: it fades, or is silent already, for a note that is due."""


@kernel
def end_over(envelope, life, beat, frame):
    """Release the notes of one instrument whose time is over."""
    for voice in range(VOICES):
        over = beat >= life.ends_at_beat[voice] or frame >= life.ends_at_frame[voice]
        if over and envelope.stage[voice] != IDLE:
            release(envelope, voice)


@kernel
def idle_voice(envelope):
    """A silent voice, or -1."""
    for voice in range(VOICES):
        if envelope.stage[voice] == IDLE:
            return voice
    return -1


@kernel
def held_voice(envelope, life, pitch, velocity):
    """The voice that holds a note of this pitch, about as strong, or -1."""
    for voice in range(VOICES):
        held = envelope.stage[voice] != IDLE and envelope.stage[voice] != RELEASE
        alike = abs(life.velocity[voice] - velocity) <= TIES_WITHIN
        if held and alike and life.pitch[voice] == pitch:
            return voice
    return -1


@kernel
def prolong(life, voice, beat, frame):
    """Let a held note last at least until this beat or frame; the one that does not count is infinite."""
    if math.isinf(life.ends_at_beat[voice]) == math.isinf(beat):
        beat = max(beat, life.ends_at_beat[voice])
        frame = max(frame, life.ends_at_frame[voice])
    life.ends_at_beat[voice] = beat
    life.ends_at_frame[voice] = frame


@kernel
def make_room_in(envelope, life, wanted, frame, sample_rate):
    """Let voices of one instrument fade until `wanted` of them are silent or will be within STEAL_S."""
    for voice in range(VOICES):
        if envelope.stage[voice] == IDLE or life.given[voice] != 0:
            wanted -= 1
    for _ in range(wanted):
        voice = least_missed(envelope, life, frame - SHORTEST_NOTE_S * sample_rate)
        if voice < 0:
            return
        life.given[voice] = 1
        steal(envelope, voice, sample_rate)


@kernel
def least_missed(envelope, life, latest):
    """The quietest released voice, else the oldest of those that began before the frame `latest`, or -1."""
    victim = -1
    least = math.inf
    for voice in range(VOICES):
        released = envelope.stage[voice] == RELEASE
        free = envelope.stage[voice] == IDLE or life.given[voice] != 0
        if free or (not released and life.began[voice] >= latest):
            continue
        claim = float(envelope.level[voice]) if released else 2.0 + life.began[voice]
        if claim < least:
            least = claim
            victim = voice
    return victim


@kernel
def is_silent(envelope):
    """True where no voice of an instrument sounds."""
    sounding = False
    for at in range(0, VOICES, WIDTH):
        sounding = sounding or any_of(load(envelope.stage, at) > IDLE)
    return not sounding


@kernel
def sounding(envelope):
    """How many voices of an instrument sound."""
    count = 0
    for voice in range(VOICES):
        if envelope.stage[voice] != IDLE:
            count += 1
    return count
