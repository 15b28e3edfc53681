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
from dsp.crossing import any_of, column_sums
from dsp.envelope import IDLE, RELEASE, STEAL_S, VOICES, release, steal
from dsp.kit import render_kit, start_kit
from dsp.lanes import WIDTH, lane, load, splat, store
from dsp.plucked import render_plucked, start_plucked
from dsp.pulse import render_pulse, start_pulse
from dsp.quantum import QUANTUM
from dsp.record import record_dtype
from dsp.ring import LATE, MISSED, report
from dsp.schedule import count_due, put, take
from dsp.score import CHANNEL_PARAMETERS, INSTRUMENTS, MASTER_PARAMETERS
from dsp.struck import render_struck, start_struck
from dsp.sustained import render_sustained, start_sustained
from dsp.texture import render_water, render_wind, start_water, start_wind

PAD, DRONE, PIANO, BOWL, PLUCK, HEART, WIND, WATER, KIT = range(len(INSTRUMENTS))
LEVEL, TO_REVERB, TO_ECHO, TO_CHORUS, BRIGHTNESS, ATTACK, FADING, SPREAD = range(len(CHANNEL_PARAMETERS))
(
    MASTER_LEVEL, MASTER_BRIGHTNESS, REVERB_TIME, REVERB_DAMPING, REVERB_LEVEL, ECHO_TIME, ECHO_FEEDBACK,
    BREATH_RATE, BREATH_DEPTH,
) = range(command.MASTER_OFFSET, command.MASTER_OFFSET + len(MASTER_PARAMETERS))

NOTES_PER_QUANTUM = 16
"""At most this many notes begin in a quantum; the next quantum takes the rest."""

AHEAD_S = STEAL_S + 0.005
"""Where an instrument is full, voices begin to fade this long before the notes that shall have them. A
note that was written later than that, or beside more than there are voices, waits as long."""

TRIES = 3
"""A note waits at most so often for a voice, then it is left out."""

SHORTEST_NOTE_S = 0.15
"""No voice is taken from a note younger than this: longer than a note may wait, so the last notes of a
chord that is larger than the instrument are left out, rather than the first cut to a click."""

LATE_S = 0.02
"""Notes that begin later than this are reported: what is apart by less is heard as together (Hirsh, "Auditory
perception of temporal order", JASA 31, 1959)."""

INHALE = 0.4
"""Share of a breath that is inhaling: 40 to 60 (SCIENCE.md A7)."""

SENDS = record_dtype([(name, np.float32, (QUANTUM,)) for name in ("left", "right")])

LIVES = record_dtype(
    [
        ("ends_at_beat", np.float64, (VOICES,)),
        ("ends_at_frame", np.float64, (VOICES,)),
        ("began", np.int64, (VOICES,)),
        ("given", np.int64, (VOICES,)),
    ],
)
"""When the note on each voice of an instrument began, when it shall be released, and whether the voice
has been given away: it fades, or is silent already, for a note that is due."""


@kernel
def end_notes_of(envelope, life, beat, frame):
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
            make_room_on(sound, instrument, sound.due[instrument])


@kernel
def begin_note(sound, waiting, due, timed_in_frames):
    """Give a note a voice, let it wait for one that fades, or say that it is left out."""
    instrument = waiting.instrument
    life = sound.lives[instrument]
    if waiting.tries == 0:
        waiting.due = due
    voice = voice_on(sound, instrument)
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
    length = waiting.beats * 60.0 / sound.transport.bpm * sound.sample_rate
    life.ends_at_beat[voice] = math.inf if timed_in_frames else sound.transport.beat + waiting.beats
    life.ends_at_frame[voice] = sound.frame + length if timed_in_frames else math.inf
    knobs = sound.parameters.value
    at = instrument * len(CHANNEL_PARAMETERS)
    brightness = min(max(float(knobs[at + BRIGHTNESS] + waiting.brightness), 0.0), 1.0)
    pan = float(waiting.pan * knobs[at + SPREAD])
    pitch = float(waiting.pitch)
    velocity = float(waiting.velocity)
    attack = float(knobs[at + ATTACK])
    release_time = float(knobs[at + FADING])
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
    """Advance the breath: `breath` runs from -1 (out) to 1 (in), `swell` is its gain."""
    knobs = sound.parameters.value
    sound.breath_phase += knobs[BREATH_RATE] / 60.0 * QUANTUM / sound.sample_rate
    sound.breath_phase -= int(sound.breath_phase)
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
        to_reverb = before[at + TO_REVERB] + (value[at + TO_REVERB] - before[at + TO_REVERB]) * t
        to_echo = before[at + TO_ECHO] + (value[at + TO_ECHO] - before[at + TO_ECHO]) * t
        to_chorus = before[at + TO_CHORUS] + (value[at + TO_CHORUS] - before[at + TO_CHORUS]) * t
        add(sound.dry.left, sound.dry.right, i, left, right)
        add(sound.reverb.left, sound.reverb.right, i, left * to_reverb, right * to_reverb)
        add(sound.echo.left, sound.echo.right, i, left * to_echo, right * to_echo)
        add(sound.chorus.left, sound.chorus.right, i, left * to_chorus, right * to_chorus)


@kernel
def add(bus_left, bus_right, i, left, right):
    """Add eight frames to a bus."""
    store(bus_left, i, load(bus_left, i) + left)
    store(bus_right, i, load(bus_right, i) + right)


@kernel
def clear(left, right, count):
    """Zero the first `count` samples of two arrays."""
    for i in range(0, count, WIDTH):
        store(left, i, splat(0.0))
        store(right, i, splat(0.0))


@kernel
def voice_on(sound, instrument):
    """A silent voice of an instrument, or -1."""
    if instrument == PAD:
        return idle_voice(sound.pad.envelope)
    if instrument == DRONE:
        return idle_voice(sound.drone.envelope)
    if instrument == PIANO:
        return idle_voice(sound.piano.envelope)
    if instrument == BOWL:
        return idle_voice(sound.bowl.envelope)
    if instrument == PLUCK:
        return idle_voice(sound.pluck.envelope)
    if instrument == HEART:
        return idle_voice(sound.heart.envelope)
    if instrument == WIND:
        return idle_voice(sound.wind.envelope)
    if instrument == WATER:
        return idle_voice(sound.water.envelope)
    return idle_voice(sound.kit.envelope)


@kernel
def make_room_on(sound, instrument, wanted):
    """See make_room_in."""
    life = sound.lives[instrument]
    frame = sound.frame
    rate = sound.sample_rate
    if instrument == PAD:
        make_room_in(sound.pad.envelope, life, wanted, frame, rate)
    elif instrument == DRONE:
        make_room_in(sound.drone.envelope, life, wanted, frame, rate)
    elif instrument == PIANO:
        make_room_in(sound.piano.envelope, life, wanted, frame, rate)
    elif instrument == BOWL:
        make_room_in(sound.bowl.envelope, life, wanted, frame, rate)
    elif instrument == PLUCK:
        make_room_in(sound.pluck.envelope, life, wanted, frame, rate)
    elif instrument == HEART:
        make_room_in(sound.heart.envelope, life, wanted, frame, rate)
    elif instrument == WIND:
        make_room_in(sound.wind.envelope, life, wanted, frame, rate)
    elif instrument == WATER:
        make_room_in(sound.water.envelope, life, wanted, frame, rate)
    elif instrument == KIT:
        make_room_in(sound.kit.envelope, life, wanted, frame, rate)


@kernel
def start_voice(sound, instrument, voice, pitch, velocity, brightness, pan, attack_s, release_s):
    """Start a note on a silent voice of an instrument."""
    rate = sound.sample_rate
    if instrument == PAD:
        start_sustained(sound.pad, voice, pitch, velocity, brightness, pan, attack_s, release_s, rate)
    elif instrument == DRONE:
        start_sustained(sound.drone, voice, pitch, velocity, brightness, pan, attack_s, release_s, rate)
    elif instrument == PIANO:
        start_struck(sound.piano, voice, pitch, velocity, brightness, pan, attack_s, release_s, rate)
    elif instrument == BOWL:
        start_struck(sound.bowl, voice, pitch, velocity, brightness, pan, attack_s, release_s, rate)
    elif instrument == PLUCK:
        start_plucked(sound.pluck, voice, pitch, velocity, brightness, pan, attack_s, release_s, rate)
    elif instrument == HEART:
        start_pulse(sound.heart, voice, pitch, velocity, brightness, pan, attack_s, release_s, rate)
    elif instrument == WIND:
        start_wind(sound.wind, voice, pitch, velocity, brightness, pan, attack_s, release_s, rate)
    elif instrument == WATER:
        start_water(sound.water, voice, pitch, velocity, brightness, pan, attack_s, release_s, rate)
    elif instrument == KIT:
        start_kit(sound.kit, voice, pitch, velocity, brightness, pan, attack_s, release_s, rate)


@kernel
def end_notes(sound, beat):
    """Release every note whose time is over."""
    frame = float(sound.frame)
    end_notes_of(sound.pad.envelope, sound.lives[PAD], beat, frame)
    end_notes_of(sound.drone.envelope, sound.lives[DRONE], beat, frame)
    end_notes_of(sound.piano.envelope, sound.lives[PIANO], beat, frame)
    end_notes_of(sound.bowl.envelope, sound.lives[BOWL], beat, frame)
    end_notes_of(sound.pluck.envelope, sound.lives[PLUCK], beat, frame)
    end_notes_of(sound.heart.envelope, sound.lives[HEART], beat, frame)
    end_notes_of(sound.wind.envelope, sound.lives[WIND], beat, frame)
    end_notes_of(sound.water.envelope, sound.lives[WATER], beat, frame)
    end_notes_of(sound.kit.envelope, sound.lives[KIT], beat, frame)


@kernel
def play_instruments(sound, swell_before):
    """Render every instrument that sounds and bring it to the buses; the sustained ones breathe."""
    rate = sound.sample_rate
    swell = sound.swell
    left = sound.lanes_left
    right = sound.lanes_right
    clear(sound.dry.left, sound.dry.right, QUANTUM)
    clear(sound.reverb.left, sound.reverb.right, QUANTUM)
    clear(sound.echo.left, sound.echo.right, QUANTUM)
    clear(sound.chorus.left, sound.chorus.right, QUANTUM)
    if not is_silent(sound.pad.envelope):
        clear(left, right, QUANTUM * WIDTH)
        render_sustained(sound.pad, VOICES, left, right)
        mix(sound, PAD, swell_before, swell)
    if not is_silent(sound.drone.envelope):
        clear(left, right, QUANTUM * WIDTH)
        render_sustained(sound.drone, VOICES, left, right)
        mix(sound, DRONE, swell_before, swell)
    if not is_silent(sound.piano.envelope):
        clear(left, right, QUANTUM * WIDTH)
        render_struck(sound.piano, left, right, rate)
        mix(sound, PIANO, 1.0, 1.0)
    if not is_silent(sound.bowl.envelope):
        clear(left, right, QUANTUM * WIDTH)
        render_struck(sound.bowl, left, right, rate)
        mix(sound, BOWL, 1.0, 1.0)
    if not is_silent(sound.pluck.envelope):
        clear(left, right, QUANTUM * WIDTH)
        render_plucked(sound.pluck, left, right, rate)
        mix(sound, PLUCK, 1.0, 1.0)
    if not is_silent(sound.heart.envelope):
        clear(left, right, QUANTUM * WIDTH)
        render_pulse(sound.heart, left, right, rate)
        mix(sound, HEART, 1.0, 1.0)
    if not is_silent(sound.wind.envelope):
        clear(left, right, QUANTUM * WIDTH)
        render_wind(sound.wind, left, right, rate, sound.breath)
        mix(sound, WIND, swell_before, swell)
    if not is_silent(sound.water.envelope):
        clear(left, right, QUANTUM * WIDTH)
        render_water(sound.water, left, right, rate)
        mix(sound, WATER, swell_before, swell)
    if not is_silent(sound.kit.envelope):
        clear(left, right, QUANTUM * WIDTH)
        render_kit(sound.kit, left, right, rate)
        mix(sound, KIT, 1.0, 1.0)


@kernel
def sounding_voices(sound):
    """How many voices sound, over all instruments."""
    count = 0
    count += voices_of(sound.pad.envelope)
    count += voices_of(sound.drone.envelope)
    count += voices_of(sound.piano.envelope)
    count += voices_of(sound.bowl.envelope)
    count += voices_of(sound.pluck.envelope)
    count += voices_of(sound.heart.envelope)
    count += voices_of(sound.wind.envelope)
    count += voices_of(sound.water.envelope)
    count += voices_of(sound.kit.envelope)
    return count


@kernel
def voices_of(envelope):
    count = 0
    for voice in range(VOICES):
        if envelope.stage[voice] != IDLE:
            count += 1
    return count
