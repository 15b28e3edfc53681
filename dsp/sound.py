"""Everything that sounds, as one record, and its one step: a quantum of stereo from first to last.

touches, commands -> ramps -> transport -> notes -> instruments, guest -> sends -> effects -> master
"""

# pyright: basic

from __future__ import annotations

import math

import numpy as np

from dsp import command
from dsp.approximations import decibels_to_gain
from dsp.chorus import CHORUS, prepare_chorus, render_chorus
from dsp.compiled import kernel
from dsp.dip import DIP
from dsp.echo import ECHO, prepare_echo, render_echo
from dsp.envelope import VOICES
from dsp.guest import GUEST, hear_guest
from dsp.lanes import WIDTH, load, store
from dsp.master import MASTER, prepare_master, render_master, take_peaks
from dsp.mixing import MAKE_UP, SENDS, add
from dsp.orchestra import begin_notes, breathe, count_voices, end_notes, play_instruments
from dsp.parameters import (
    COUNT,
    ECHO_FEEDBACK,
    ECHO_TIME,
    MASTER_BRIGHTNESS,
    MASTER_LEVEL,
    OPENNESS,
    PARAMETERS,
    REVERB_DAMPING,
    REVERB_LEVEL,
    REVERB_TIME,
    advance_ramps,
    begin_ramp,
    prepare_parameters,
)
from dsp.parts import INSTRUMENT_RECORDS, prepare_instruments
from dsp.played import PLAYED_STATE, draw_to, feel_touches, forget_played, prepare_played
from dsp.processor import address_of, load_acquire, store_release
from dsp.quantum import QUANTUM
from dsp.record import record_dtype
from dsp.reverb import REVERB, prepare_reverb, render_reverb
from dsp.ring import APPLIED, COMMAND_RING, COMMAND_SLOTS, DROPPED, METER, TELEMETRY_RING, report
from dsp.schedule import SCHEDULE, forget_notes, forget_notes_of, prepare_schedule, put
from dsp.score import INSTRUMENTS
from dsp.stop_word import RETURN_FADE_S, fade_unless_stopped
from dsp.transport import TRANSPORT, forget_tempo_changes, plan_tempo, run
from dsp.voices import LIVES

COMMANDS_PER_QUANTUM = 64
"""At most this many commands are carried out in a quantum, so that a flood cannot make it late."""

COAST_S = 30.0
"""Without any command for this long the music begins to fade. Our own choice: three times the
longest stall of an interpreter that we test."""

COAST_FADE_S = 20.0
"""How long the fade to silence takes; the way back, when commands come again, takes RETURN_FADE_S."""

WET_TO_REVERB = 0.25
"""Share of the chorus and the echo that is heard in the room as well."""

METER_S = 0.1
"""Time between two meter reports."""

LOAD = record_dtype(
    [
        ("callbacks", np.int64), ("late_periods", np.int64), ("period", np.int64), ("cycles", np.int64),
        ("worst_cycles", np.int64), ("histogram", np.int64, (512,)),
    ],
)

OUTPUT = record_dtype(
    [("position", np.int64), ("left", np.float32, (QUANTUM,)), ("right", np.float32, (QUANTUM,))],
)

SOUND = record_dtype(
    [
        ("commands", COMMAND_RING),
        ("telemetry", TELEMETRY_RING),
        ("load", LOAD),
        ("sample_rate", np.float64),
        ("seed", np.int64),
        ("frame", np.int64),
        ("since_command", np.int64),
        ("coasting", np.int64),
        ("stopped", np.int64),
        ("wanted_level", np.float64),
        ("since_meter", np.int64),
        ("missed_notes", np.int64),
        ("late_notes", np.int64),
        ("due", np.int64, (len(INSTRUMENTS),)),
        ("breath_phase", np.float64),
        ("breath", np.float64),
        ("lean_db", np.float64),
        ("dip", DIP),
        ("drone_gain", np.float64),
        ("slope", np.float32, (QUANTUM,)),
        ("lanes_left", np.float32, (QUANTUM * WIDTH,)),
        ("lanes_right", np.float32, (QUANTUM * WIDTH,)),
        ("dry", SENDS),
        ("output", OUTPUT),
        ("parameters", PARAMETERS),
        ("transport", TRANSPORT),
        ("by_beat", SCHEDULE),
        ("by_frame", SCHEDULE),
        ("lives", LIVES, (len(INSTRUMENTS),)),
        ("instruments", INSTRUMENT_RECORDS),
        ("guest", GUEST),
        ("chorus", CHORUS),
        ("echo", ECHO),
        ("reverb", REVERB),
        ("master", MASTER),
        ("played", PLAYED_STATE),
    ],
)


def first_state(sample_rate: int) -> np.ndarray:
    """The sound before its first quantum: one SOUND record, in an array of shape (1,)."""
    state = np.zeros(1, SOUND)
    sound = state[0]
    sound["sample_rate"] = sample_rate
    sound["slope"] = np.arange(1, QUANTUM + 1) / QUANTUM
    sound["output"]["position"] = QUANTUM
    sound["transport"]["bpm"] = sound["transport"]["target"] = 60.0
    sound["drone_gain"] = 1.0
    sound["wanted_level"] = 1.0
    prepare_parameters(sound["parameters"])
    prepare_schedule(sound["by_beat"])
    prepare_schedule(sound["by_frame"])
    prepare_instruments(sound["instruments"], sample_rate)
    prepare_chorus(sound["chorus"], sample_rate)
    prepare_echo(sound["echo"], sample_rate)
    prepare_reverb(sound["reverb"], sample_rate)
    prepare_master(sound["master"], sample_rate)
    prepare_played(sound["played"])
    for name in ("level", "start", "target"):
        sound["master"]["fade"][name] = 1.0
    return state


@kernel
def render_quantum(sound):
    """Compute the next QUANTUM frames into `sound.output`."""
    feel_touches(sound)
    take_commands(sound)
    advance_ramps(sound.parameters)
    beat = run(sound.transport, sound.sample_rate)
    end_notes(sound, beat)
    begin_notes(sound, beat)
    breathe(sound)
    play_instruments(sound)
    hear_guest(sound)
    play_effects(sound)
    coast(sound)
    sound.frame += QUANTUM
    report_meters(sound, beat)


@kernel
def take_commands(sound):
    """Carry out the commands that are due, in order, and report each with its frame."""
    ring = sound.commands
    head = load_acquire(address_of(ring.head))
    tail = ring.tail[0]
    for _ in range(COMMANDS_PER_QUANTUM):
        if tail == head:
            break
        asked = ring.slots[tail & (COMMAND_SLOTS - 1)]
        if asked.frame > sound.frame:
            break
        wake(sound)
        kept = obey(sound, asked)
        report(
            sound.telemetry, APPLIED if kept else DROPPED, asked.kind, sound.frame, asked.sequence,
            sound.transport.beat, 0.0, 0.0, 0.0, 0.0,
        )
        tail += 1
    store_release(address_of(ring.tail), tail)


@kernel
def obey(sound, asked):
    """Carry out one command; False where there was no room to keep it."""
    kind = asked.kind
    if kind == command.NOTE_AT_BEAT or kind == command.NOTE_AT_FRAME:
        known = asked.target >= 0 and asked.target < len(INSTRUMENTS)
        schedule = sound.by_beat if kind == command.NOTE_AT_BEAT else sound.by_frame
        place = put(schedule, asked.beat) if known else -1
        if place < 0:
            sound.missed_notes += 1
            return False
        waiting = schedule.note[place]
        waiting.instrument = asked.target
        waiting.tries = 0
        waiting.sequence = asked.sequence
        waiting.beats = asked.beats
        waiting.pitch = min(max(asked.a, 0.0), 127.0)
        waiting.velocity = min(max(asked.b, 0.0), 1.0)
        waiting.brightness = min(max(asked.c, -1.0), 1.0)
        waiting.pan = min(max(asked.d, -1.0), 1.0)
    elif kind == command.RAMP:
        if asked.target < 0 or asked.target >= COUNT or not math.isfinite(asked.a):
            return False
        begin_ramp(sound.parameters, asked.target, asked.a, asked.beats, sound.sample_rate, sound.frame == 0)
    elif kind == command.TEMPO:
        return plan_tempo(sound.transport, asked.beat, float(asked.a), asked.beats)
    elif kind == command.FADE:
        sound.wanted_level = min(max(float(asked.a), 0.0), 1.0)
        fade_unless_stopped(sound, sound.wanted_level, asked.beats)
    elif kind == command.RELEASE:
        forget_notes(sound.by_beat)
        forget_notes(sound.by_frame)
        forget_tempo_changes(sound.transport)
        for instrument in range(len(INSTRUMENTS)):
            for voice in range(VOICES):
                sound.lives[instrument].ends_at_frame[voice] = 0.0
        forget_played(sound)
    elif kind == command.FORGET:
        forget_notes_of(sound.by_beat, asked.target)
        forget_notes_of(sound.by_frame, asked.target)
    elif kind == command.SCALE:
        draw_to(sound, asked.target, float(asked.a), float(asked.b))
    return True


@kernel
def play_effects(sound):
    """Chorus, echo and reverb in that order, each heard by the next; then the sum."""
    knobs = sound.parameters.value
    rate = sound.sample_rate
    dry = sound.dry
    chorus = sound.chorus
    echo = sound.echo
    reverb = sound.reverb
    render_chorus(chorus)
    pour(chorus.left, chorus.right, dry.left, dry.right, 1.0)
    pour(chorus.left, chorus.right, reverb.left, reverb.right, WET_TO_REVERB)
    render_echo(echo, float(knobs[ECHO_TIME]), float(knobs[ECHO_FEEDBACK]), rate)
    pour(echo.left, echo.right, dry.left, dry.right, 1.0)
    pour(echo.left, echo.right, reverb.left, reverb.right, WET_TO_REVERB)
    render_reverb(reverb, float(knobs[REVERB_TIME]), float(knobs[REVERB_DAMPING]), rate)
    pour(reverb.left, reverb.right, dry.left, dry.right, decibels_to_gain(float(knobs[REVERB_LEVEL])))
    for i in range(0, QUANTUM, WIDTH):
        store(sound.output.left, i, MAKE_UP * load(dry.left, i))
        store(sound.output.right, i, MAKE_UP * load(dry.right, i))
    render_master(
        sound.master, sound.output.left, sound.output.right, float(knobs[MASTER_LEVEL]),
        float(knobs[MASTER_BRIGHTNESS]), float(knobs[OPENNESS]), float(sound.lean_db), float(sound.breath),
        rate,
    )


@kernel
def pour(from_left, from_right, left, right, gain):
    """Add one bus to another."""
    for i in range(0, QUANTUM, WIDTH):
        add(left, right, i, gain * load(from_left, i), gain * load(from_right, i))


@kernel
def coast(sound):
    """Fade to silence when the control side has said nothing for COAST_S."""
    sound.since_command += QUANTUM
    if sound.coasting == 0 and sound.since_command > COAST_S * sound.sample_rate:
        sound.coasting = 1
        fade_unless_stopped(sound, 0.0, COAST_FADE_S)


@kernel
def wake(sound):
    """A command came: where the music was coasting, bring it back."""
    sound.since_command = 0
    if sound.coasting != 0:
        sound.coasting = 0
        fade_unless_stopped(sound, sound.wanted_level, RETURN_FADE_S)


@kernel
def report_meters(sound, beat):
    """Say every METER_S how loud it is."""
    sound.since_meter += QUANTUM
    if sound.since_meter >= METER_S * sound.sample_rate:
        sound.since_meter = 0
        master = sound.master
        take_peaks(master)
        governed_db = master.governor.gain_db + master.joined.governor.gain_db
        report(
            sound.telemetry, METER, count_voices(sound), sound.frame, 0, beat, master.momentary_lufs,
            master.short_term_lufs, master.true_peak_dbtp, master.limiter_db + governed_db,
        )
