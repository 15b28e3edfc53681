"""The orchestra: which instruments there are, how notes find voices, and how channels are mixed.

Every instrument keeps VOICES voices with an envelope each; beginning, ending and stealing notes is
the same for all of them. Kernels here take the whole SOUND record of dsp.sound.
"""

# pyright: basic

from __future__ import annotations

import math

import numpy as np

from dsp import command
from dsp.approximations import cosine, decibels_to_gain
from dsp.compiled import kernel
from dsp.envelope import IDLE, RELEASE, VOICES, release, steal
from dsp.lanes import WIDTH, any_of, column_sums, lane, load, splat, store
from dsp.quantum import QUANTUM
from dsp.schedule import put, take
from dsp.score import CHANNEL_PARAMETERS, INSTRUMENTS, MASTER_PARAMETERS
from dsp.sustained import render_sustained, start_sustained

PAD, DRONE, PIANO, BOWL, PLUCK, HEART, WIND, WATER, KIT = range(len(INSTRUMENTS))
LEVEL, TO_REVERB, TO_ECHO, TO_CHORUS, BRIGHTNESS, ATTACK, RELEASE_TIME, SPREAD = range(len(CHANNEL_PARAMETERS))
(
    MASTER_LEVEL, MASTER_BRIGHTNESS, REVERB_TIME, REVERB_DAMPING, REVERB_LEVEL, ECHO_TIME, ECHO_FEEDBACK,
    BREATH_RATE, BREATH_DEPTH,
) = range(command.MASTER_OFFSET, command.MASTER_OFFSET + len(MASTER_PARAMETERS))

NOTES_PER_QUANTUM = 16
"""At most this many notes begin in a quantum; the next quantum takes the rest."""

STEAL_TRIES = 3
"""A note waits at most this many steal fades for a voice, then it is left out."""

STEAL_WAIT_S = 0.035
"""How long it waits each time: the steal fade of 30 ms and a little."""

INHALE = 0.4
"""Share of a breath that is inhaling: 40 to 60 (SCIENCE.md A7)."""

SENDS = np.dtype([(name, np.float32, (QUANTUM,)) for name in ("left", "right")], align=True)

LIVES = np.dtype(
    [
        ("ends_at_beat", np.float64, (VOICES,)),
        ("ends_at_frame", np.float64, (VOICES,)),
        ("began", np.int64, (VOICES,)),
    ],
    align=True,
)
"""When the note on each voice of an instrument began, and when it shall be released."""


@kernel
def end_notes_of(envelope, life, beat, frame):
    """Release the notes of one instrument whose time is over."""
    for voice in range(VOICES):
        if envelope.stage[voice] != IDLE and (beat >= life.ends_at_beat[voice] or frame >= life.ends_at_frame[voice]):
            release(envelope, voice)


@kernel
def voice_for(envelope, life, sample_rate):
    """A silent voice, or -1 after one was asked to give way: the quietest released, else the oldest."""
    victim = 0
    least = 1.0e300
    for voice in range(VOICES):
        if envelope.stage[voice] == IDLE:
            return voice
        claim = float(envelope.level[voice]) if envelope.stage[voice] == RELEASE else 2.0 + life.began[voice]
        if claim < least:
            least = claim
            victim = voice
    steal(envelope, victim, sample_rate)
    return -1


@kernel
def begin_notes(sound, beat):
    """Start the notes whose moment lies within this quantum."""
    for _ in range(NOTES_PER_QUANTUM):
        if sound.by_beat.size == 0 or sound.by_beat.moment[0] >= beat:
            break
        begin_note(sound, sound.by_beat.note[take(sound.by_beat)], False)
    end = float(sound.frame + QUANTUM)
    for _ in range(NOTES_PER_QUANTUM):
        if sound.by_frame.size == 0 or sound.by_frame.moment[0] >= end:
            break
        begin_note(sound, sound.by_frame.note[take(sound.by_frame)], True)


@kernel
def begin_note(sound, waiting, timed_in_frames):
    """Give a note a voice, or let it wait for one that fades."""
    instrument = waiting.instrument
    life = sound.lives[instrument]
    voice = claim_voice(sound, instrument, life)
    if voice < 0:
        if waiting.tries < STEAL_TRIES:
            wait_again(sound, waiting)
        return
    life.began[voice] = sound.frame
    length = waiting.beats * 60.0 / sound.transport.bpm * sound.sample_rate
    life.ends_at_beat[voice] = math.inf if timed_in_frames else sound.transport.beat + waiting.beats
    life.ends_at_frame[voice] = sound.frame + length if timed_in_frames else math.inf
    knobs = sound.parameters.value
    at = instrument * len(CHANNEL_PARAMETERS)
    brightness = min(max(float(knobs[at + BRIGHTNESS] + waiting.brightness), 0.0), 1.0)
    pan = float(waiting.pan * knobs[at + SPREAD])
    attack = float(knobs[at + ATTACK])
    release_time = float(knobs[at + RELEASE_TIME])
    start_voice(
        sound, instrument, voice, float(waiting.pitch), float(waiting.velocity), brightness, pan, attack, release_time
    )


@kernel
def wait_again(sound, waiting):
    """Put a note back for the length of a steal fade."""
    place = put(sound.by_frame, float(sound.frame) + STEAL_WAIT_S * sound.sample_rate)
    if place >= 0:
        again = sound.by_frame.note[place]
        again.instrument = waiting.instrument
        again.tries = waiting.tries + 1
        again.beats = waiting.beats
        again.pitch = waiting.pitch
        again.velocity = waiting.velocity
        again.brightness = waiting.brightness
        again.pan = waiting.pan


@kernel
def breathe(sound):
    """Advance the breath: `breath` runs from -1 (out) to 1 (in), `swell` is its gain."""
    knobs = sound.parameters.value
    sound.breath_phase += knobs[BREATH_RATE] / 60.0 * QUANTUM / sound.sample_rate
    sound.breath_phase -= math.floor(sound.breath_phase)
    phase = sound.breath_phase
    turns = 0.5 * phase / INHALE if phase < INHALE else 0.5 + 0.5 * (phase - INHALE) / (1.0 - INHALE)
    sound.breath = -float(lane(cosine(splat(turns)), 0))
    sound.swell = float(decibels_to_gain(-float(knobs[BREATH_DEPTH]) * 0.5 * (1.0 - sound.breath)))


@kernel
def is_silent(envelope):
    """True where no voice of an instrument sounds."""
    sounding = False
    for at in range(0, VOICES, WIDTH):
        sounding = sounding or any_of(load(envelope.stage, at) > IDLE)
    return not sounding


@kernel
def clear_lanes(sound):
    for i in range(0, QUANTUM * WIDTH, WIDTH):
        store(sound.lanes_left, i, splat(0.0))
        store(sound.lanes_right, i, splat(0.0))


@kernel
def mix(sound, instrument, swell_before, swell):
    """Bring one instrument's lanes to the dry bus and the sends, every gain a straight line."""
    before = sound.parameters.before
    value = sound.parameters.value
    at = instrument * len(CHANNEL_PARAMETERS)
    first = decibels_to_gain(float(before[at + LEVEL])) * swell_before
    last = decibels_to_gain(float(value[at + LEVEL])) * swell
    for i in range(0, QUANTUM, WIDTH):
        t = load(sound.slope, i)
        gain = first + (last - first) * t
        left = column_sums(sound.lanes_left, i * WIDTH) * gain
        right = column_sums(sound.lanes_right, i * WIDTH) * gain
        add(sound.dry, i, left, right)
        to_reverb = before[at + TO_REVERB] + (value[at + TO_REVERB] - before[at + TO_REVERB]) * t
        add(sound.reverb, i, left * to_reverb, right * to_reverb)


@kernel
def add(bus, i, left, right):
    """Add eight frames to a bus."""
    store(bus.left, i, load(bus.left, i) + left)
    store(bus.right, i, load(bus.right, i) + right)


@kernel
def clear_bus(bus):
    for i in range(0, QUANTUM, WIDTH):
        store(bus.left, i, splat(0.0))
        store(bus.right, i, splat(0.0))


@kernel
def claim_voice(sound, instrument, life):
    """A voice of this instrument for a new note, or -1 while one fades for it."""
    rate = sound.sample_rate
    if instrument == PAD:
        return voice_for(sound.pad.envelope, life, rate)
    return voice_for(sound.drone.envelope, life, rate)


@kernel
def start_voice(sound, instrument, voice, pitch, velocity, brightness, pan, attack_s, release_s):
    """Start a note on a silent voice of an instrument."""
    rate = sound.sample_rate
    if instrument == PAD:
        start_sustained(sound.pad, voice, pitch, velocity, brightness, pan, attack_s, release_s, rate)
    elif instrument == DRONE:
        start_sustained(sound.drone, voice, pitch, velocity, brightness, pan, attack_s, release_s, rate)


@kernel
def end_notes(sound, beat):
    """Release every note whose time is over."""
    frame = float(sound.frame)
    end_notes_of(sound.pad.envelope, sound.lives[PAD], beat, frame)
    end_notes_of(sound.drone.envelope, sound.lives[DRONE], beat, frame)


@kernel
def play_instruments(sound, swell_before):
    """Render every instrument that sounds and bring it to the buses; the sustained ones breathe."""
    clear_bus(sound.dry)
    clear_bus(sound.reverb)
    if not is_silent(sound.pad.envelope):
        clear_lanes(sound)
        render_sustained(sound.pad, VOICES, sound.lanes_left, sound.lanes_right)
        mix(sound, PAD, swell_before, sound.swell)
    if not is_silent(sound.drone.envelope):
        clear_lanes(sound)
        render_sustained(sound.drone, VOICES, sound.lanes_left, sound.lanes_right)
        mix(sound, DRONE, swell_before, sound.swell)
