"""Everything that sounds, as one record, and its one step: a quantum of stereo from first to last.

commands -> ramps -> transport -> notes end and begin -> instruments -> sends -> effects -> master
"""

# pyright: basic

from __future__ import annotations

import math

import numpy as np

from dsp import command
from dsp.approximations import decibels_to_gain
from dsp.compiled import kernel
from dsp.envelope import VOICES
from dsp.lanes import WIDTH, load, store
from dsp.orchestra import (
    LIVES,
    MASTER_LEVEL,
    REVERB_DAMPING,
    REVERB_LEVEL,
    REVERB_TIME,
    SENDS,
    begin_notes,
    breathe,
    end_notes,
    play_instruments,
)
from dsp.parameters import COUNT, PARAMETERS, advance_ramps, begin_ramp, prepare_parameters
from dsp.processor import address_of, load_acquire, store_release
from dsp.quantum import QUANTUM
from dsp.reverb import REVERB, prepare_reverb, render_reverb
from dsp.ring import APPLIED, COMMAND_RING, COMMAND_SLOTS, DROPPED, METER, TELEMETRY_RING, report
from dsp.schedule import SCHEDULE, clear, prepare_schedule, put
from dsp.score import INSTRUMENTS
from dsp.sustained import LOW_DRONE, WARM_PAD, prepare_sustained, sustained_dtype
from dsp.transport import TRANSPORT, forget_tempo_changes, plan_tempo, run

COMMANDS_PER_QUANTUM = 64
"""At most this many commands are carried out in a quantum, so that a flood cannot make it late."""

COAST_S = 30.0
"""Without any command for this long the music begins to fade. Our own choice: three times the
longest stall of an interpreter that we test."""

COAST_FADE_S = 20.0
RETURN_FADE_S = 2.0
"""How long the fade to silence takes, and the way back when commands come again."""

METER_S = 0.1
"""Time between two meter reports."""

LOAD = np.dtype(
    [
        ("callbacks", np.int64), ("late_periods", np.int64), ("period", np.int64), ("cycles", np.int64),
        ("worst_cycles", np.int64), ("histogram", np.int64, (512,)),
    ],
    align=True,
)

OUTPUT = np.dtype(
    [("position", np.int64), ("left", np.float32, (QUANTUM,)), ("right", np.float32, (QUANTUM,))], align=True
)

SUSTAINED = sustained_dtype(VOICES)

SOUND = np.dtype(
    [
        ("commands", COMMAND_RING),
        ("telemetry", TELEMETRY_RING),
        ("load", LOAD),
        ("sample_rate", np.float64),
        ("seed", np.int64),
        ("frame", np.int64),
        ("since_command", np.int64),
        ("coasting", np.int64),
        ("wanted_level", np.float64),
        ("since_meter", np.int64),
        ("breath_phase", np.float64),
        ("swell", np.float64),
        ("breath", np.float64),
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
        ("pad", SUSTAINED),
        ("drone", SUSTAINED),
        ("reverb", REVERB),
    ],
    align=True,
)


def first_state(sample_rate: int) -> np.ndarray:
    """The sound before its first quantum: one SOUND record, in an array of shape (1,)."""
    state = np.zeros(1, SOUND)
    sound = state[0]
    sound["sample_rate"] = sample_rate
    sound["slope"] = np.arange(1, QUANTUM + 1) / QUANTUM
    sound["output"]["position"] = QUANTUM
    sound["transport"]["bpm"] = sound["transport"]["target"] = 60.0
    sound["swell"] = 1.0
    sound["wanted_level"] = 1.0
    prepare_parameters(sound["parameters"])
    prepare_schedule(sound["by_beat"])
    prepare_schedule(sound["by_frame"])
    prepare_sustained(sound["pad"], sample_rate, 1, WARM_PAD)
    prepare_sustained(sound["drone"], sample_rate, 2, LOW_DRONE)
    prepare_reverb(sound["reverb"], sample_rate)
    return state


@kernel
def render_quantum(sound):
    """Compute the next QUANTUM frames into `sound.output`."""
    take_commands(sound)
    advance_ramps(sound.parameters)
    beat = run(sound.transport, sound.sample_rate)
    end_notes(sound, beat)
    begin_notes(sound, beat)
    swell_before = sound.swell
    breathe(sound)
    play_instruments(sound, swell_before)
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
        sound.since_command = 0
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
        if asked.target < 0 or asked.target >= len(INSTRUMENTS):
            return False
        schedule = sound.by_beat if kind == command.NOTE_AT_BEAT else sound.by_frame
        place = put(schedule, asked.beat)
        if place < 0:
            return False
        waiting = schedule.note[place]
        waiting.instrument = asked.target
        waiting.tries = 0
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
        sound.coasting = 0
    elif kind == command.RELEASE:
        clear(sound.by_beat)
        clear(sound.by_frame)
        forget_tempo_changes(sound.transport)
        for instrument in range(len(INSTRUMENTS)):
            for voice in range(VOICES):
                sound.lives[instrument].ends_at_frame[voice] = 0.0
    return True


@kernel
def play_effects(sound):
    """Reverberate, sum, and pass everything through the master."""
    knobs = sound.parameters.value
    render_reverb(sound.reverb, float(knobs[REVERB_TIME]), float(knobs[REVERB_DAMPING]), sound.sample_rate)
    wet = decibels_to_gain(float(knobs[REVERB_LEVEL]))
    for i in range(0, QUANTUM, WIDTH):
        store(sound.output.left, i, load(sound.dry.left, i) + wet * load(sound.reverb.left, i))
        store(sound.output.right, i, load(sound.dry.right, i) + wet * load(sound.reverb.right, i))


@kernel
def coast(sound):
    """Fade to silence when the control side has been silent for COAST_S, and back when it speaks."""
    sound.since_command += QUANTUM
    silent = sound.since_command > COAST_S * sound.sample_rate


@kernel
def report_meters(sound, beat):
    """Say every METER_S how loud it is."""
    sound.since_meter += QUANTUM
    if sound.since_meter >= METER_S * sound.sample_rate:
        sound.since_meter = 0
        report(sound.telemetry, METER, 0, sound.frame, 0, beat, -70.0, -70.0, 0.0, 1.0)
