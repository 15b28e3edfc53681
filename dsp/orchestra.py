"""The orchestra: how notes find voices in time, how the music breathes, and how all instruments are played.

Beginning, ending and stealing notes is the same for all of them. Kernels here take the whole SOUND record
of dsp.sound.
"""

# pyright: basic

from __future__ import annotations

import math

from dsp.approximations import cosine
from dsp.compiled import kernel
from dsp.dip import advance_dip, begin_dip
from dsp.envelope import STEAL_S
from dsp.lanes import lane, splat
from dsp.mixing import clear
from dsp.parameters import ATTACK, BREATH_DEPTH, BREATH_RATE, BRIGHTNESS, FADING, SPREAD
from dsp.parts import STRIKES, TIES, envelope_of, play_each, start_voice
from dsp.quantum import QUANTUM
from dsp.ring import LATE, MISSED, report
from dsp.schedule import FORGOTTEN, count_due, put, take
from dsp.score import CHANNEL_PARAMETERS, INSTRUMENTS
from dsp.voices import end_over, held_voice, idle_voice, make_room_in, prolong, sounding

NOTES_PER_QUANTUM = 16
"""At most this many notes begin in a quantum; the next quantum takes the rest."""

AHEAD_S = STEAL_S + 0.005
"""Where an instrument is full, voices begin to fade this long before the notes that shall have them. A
note that was written later than that, or beside more than there are voices, waits as long."""

TRIES = 3
"""A note waits at most so often for a voice, then it is left out."""

LATE_S = 0.02
"""Notes that begin later than this are reported: what is apart by less is heard as together (Hirsh, "Auditory
perception of temporal order", JASA 31, 1959)."""

INHALE = 0.4
"""Share of a breath that is inhaling: 40 to 60 (SCIENCE.md A7)."""

LEAN_A_DB = 5.0
"""Decibels that the sound leans (dsp.lean) for each of `breath_depth_db`, by measurement: what the breath
explains of the level between 250 Hz and 4 kHz (benchmarks/loop_sound.py)."""


@kernel
def begin_notes(sound, beat):
    """Start the notes whose moment lies within this quantum."""
    frames_a_beat = 60.0 / sound.transport.bpm * sound.sample_rate
    end = float(sound.frame + QUANTUM)
    for _ in range(NOTES_PER_QUANTUM):
        if sound.by_beat.size == 0 or sound.by_beat.moment[0] >= beat:
            break
        due = end - (beat - sound.by_beat.moment[0]) * frames_a_beat
        begin_note(sound, sound.by_beat.note[take(sound.by_beat)], due, False)
    for _ in range(NOTES_PER_QUANTUM):
        if sound.by_frame.size == 0 or sound.by_frame.moment[0] >= end:
            break
        due = sound.by_frame.moment[0]
        begin_note(sound, sound.by_frame.note[take(sound.by_frame)], due, True)
    ahead = AHEAD_S * sound.sample_rate
    make_room(sound, beat + ahead / frames_a_beat, end + ahead)


@kernel
def make_room(sound, beat, frame):
    """Let voices fade for the notes that are due before this beat or frame and would find none."""
    sound.due[:] = 0
    count_due(sound.by_beat, beat, sound.due)
    count_due(sound.by_frame, frame, sound.due)
    for instrument in range(len(INSTRUMENTS)):
        if sound.due[instrument] > 0:
            make_room_in(
                envelope_of(sound, instrument), sound.lives[instrument], sound.due[instrument], sound.frame,
                sound.sample_rate,
            )


@kernel
def begin_note(sound, waiting, due, timed_in_frames):
    """Give a note a voice or tie it to the one it prolongs, let it wait, or say that it is left out."""
    instrument = waiting.instrument
    if instrument == FORGOTTEN:
        return
    life = sound.lives[instrument]
    if waiting.tries == 0:
        waiting.due = due
    length = waiting.beats * 60.0 / sound.transport.bpm * sound.sample_rate
    ends_at_beat = math.inf if timed_in_frames else sound.transport.beat + waiting.beats
    ends_at_frame = sound.frame + length if timed_in_frames else math.inf
    pitch = float(waiting.pitch)
    velocity = float(waiting.velocity)
    if TIES[instrument]:
        held = held_voice(envelope_of(sound, instrument), life, pitch, velocity)
        if held >= 0:
            prolong(life, held, ends_at_beat, ends_at_frame)
            return
    voice = idle_voice(envelope_of(sound, instrument))
    if voice < 0:
        if waiting.tries >= TRIES or not wait_again(sound, waiting):
            sound.missed_notes += 1
            report(
                sound.telemetry, MISSED, instrument, sound.frame, waiting.sequence, sound.transport.beat,
                waiting.pitch, 0.0, 0.0, 0.0,
            )
        return
    late_s = (sound.frame - waiting.due) / sound.sample_rate
    if late_s > LATE_S:
        sound.late_notes += 1
        report(
            sound.telemetry, LATE, instrument, sound.frame, waiting.sequence, sound.transport.beat,
            late_s, 0.0, 0.0, 0.0,
        )
    life.given[voice] = 0
    life.began[voice] = sound.frame
    life.ends_at_beat[voice] = ends_at_beat
    life.ends_at_frame[voice] = ends_at_frame
    life.pitch[voice] = pitch
    life.velocity[voice] = velocity
    knobs = sound.parameters.value
    at = instrument * len(CHANNEL_PARAMETERS)
    brightness = min(max(float(knobs[at + BRIGHTNESS] + waiting.brightness), 0.0), 1.0)
    pan = float(waiting.pan * knobs[at + SPREAD])
    attack = float(knobs[at + ATTACK])
    release_time = float(knobs[at + FADING])
    if STRIKES[instrument]:
        begin_dip(sound.dip, velocity)
    start_voice(sound, instrument, voice, pitch, velocity, brightness, pan, attack, release_time)


@kernel
def wait_again(sound, waiting):
    """Put a note back until a voice has faded for it; False where too many wait."""
    place = put(sound.by_frame, float(sound.frame) + AHEAD_S * sound.sample_rate)
    if place < 0:
        return False
    again = sound.by_frame.note[place]
    again.instrument = waiting.instrument
    again.tries = waiting.tries + 1
    again.sequence = waiting.sequence
    again.due = waiting.due
    again.beats = waiting.beats
    again.pitch = waiting.pitch
    again.velocity = waiting.velocity
    again.brightness = waiting.brightness
    again.pan = waiting.pan
    return True


@kernel
def breathe(sound):
    """Advance the breath: `breath` runs from -1 (out) to 1 (in), `lean_db` is how far it moves the sound."""
    knobs = sound.parameters.value
    rate = float(knobs[BREATH_RATE])
    sound.breath_phase += rate / 60.0 * QUANTUM / sound.sample_rate
    sound.breath_phase -= int(sound.breath_phase)
    phase = sound.breath_phase
    turns = 0.5 * phase / INHALE if phase < INHALE else 0.5 + 0.5 * (phase - INHALE) / (1.0 - INHALE)
    sound.breath = -float(lane(cosine(splat(turns)), 0))
    sound.lean_db = LEAN_A_DB * float(knobs[BREATH_DEPTH]) if rate > 0.0 else 0.0


@kernel
def end_notes(sound, beat):
    """Release every note whose time is over."""
    frame = float(sound.frame)
    for instrument in range(len(INSTRUMENTS)):
        end_over(envelope_of(sound, instrument), sound.lives[instrument], beat, frame)


@kernel
def count_voices(sound):
    """How many voices sound, over all instruments."""
    count = 0
    for instrument in range(len(INSTRUMENTS)):
        count += sounding(envelope_of(sound, instrument))
    return count


@kernel
def play_instruments(sound):
    """Render every instrument that sounds and bring it to the buses; the drone makes room for the heart."""
    clear(sound.dry.left, sound.dry.right, QUANTUM)
    clear(sound.reverb.left, sound.reverb.right, QUANTUM)
    clear(sound.echo.left, sound.echo.right, QUANTUM)
    clear(sound.chorus.left, sound.chorus.right, QUANTUM)
    before = sound.drone_gain
    sound.drone_gain = advance_dip(sound.dip, QUANTUM / sound.sample_rate)
    play_each(sound, before)
