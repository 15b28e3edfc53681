"""Parts: the instruments of the table as one record, and their kernels composed into one of each kind.

Numba compiles no loop over records of different types, and a table of functions only as calls through
pointers. So each row's kernels are made by closure over its name and number, and chained: LLVM inlines the
chain into what would have been written by hand. What all have alike, their envelope, is found by its offset.
"""

# pyright: basic

from __future__ import annotations

from typing import Any

import numpy as np

from dsp.command import parameter_index
from dsp.compiled import kernel
from dsp.envelope import VOICES, envelope_dtype
from dsp.lanes import WIDTH
from dsp.mixing import clear, layer_gain, mix
from dsp.palette.instruments import TABLE
from dsp.palette.parameters import LAYERS
from dsp.parameters import BRIGHTNESS
from dsp.playable import playable_of
from dsp.processor import part_of
from dsp.quantum import QUANTUM
from dsp.record import record_dtype
from dsp.score import CHANNEL_PARAMETERS
from dsp.voices import is_silent

PLAYABLES = {row.name: playable_of(row) for row in TABLE}

INSTRUMENT_RECORDS = record_dtype([(name, playable.record) for name, playable in PLAYABLES.items()])
"""The state of every instrument, by name."""


ENVELOPE = envelope_dtype(VOICES)

_fields: Any = INSTRUMENT_RECORDS.fields

ENVELOPE_OFFSETS = np.array([at + form.fields["envelope"][1] for form, at in _fields.values()])
"""Bytes from the beginning of INSTRUMENT_RECORDS to each instrument's envelope."""


@kernel
def envelope_of(sound, instrument):
    """The envelope of the instrument at this place in the table, a record of ENVELOPE."""
    return part_of(sound.instruments, ENVELOPE_OFFSETS[instrument], ENVELOPE)


def prepare_instruments(records: np.void, sample_rate: int) -> None:
    """Fill the zeroed records; the place of a row seeds its noise."""
    for seed, (name, playable) in enumerate(PLAYABLES.items(), start=1):
        playable.prepare(records[name], sample_rate, seed)


def in_turn(kernels):
    """A kernel (sound, ...) that calls each of these, with the same arguments."""
    first, *others = kernels
    if not others:
        return first
    rest = in_turn(others)

    @kernel
    def both(sound, *arguments):
        first(sound, *arguments)
        rest(sound, *arguments)

    return both


def by_number(kernels, number=0):
    """A kernel (sound, instrument, ...) that calls the one whose place is `instrument`, with the rest."""
    mine, *others = kernels
    rest = by_number(others, number + 1) if others else mine

    @kernel
    def chosen(sound, instrument, *arguments):
        if instrument == number:
            mine(sound, *arguments)
        else:
            rest(sound, instrument, *arguments)

    @kernel
    def last(sound, instrument, *arguments):  # noqa: ARG001
        mine(sound, *arguments)

    return chosen if others else last


def telling(name, number):
    """Kernel (sound): tells the instrument what its record has a place for, before it starts or renders.

    channel_brightness   of its channel, where held notes follow it
    frame                that the sound has come to
    """
    at = number * len(CHANNEL_PARAMETERS) + BRIGHTNESS

    @kernel
    def brightness(sound):
        sound.instruments[name].channel_brightness = sound.parameters.value[at]

    @kernel
    def frame(sound):
        sound.instruments[name].frame = sound.frame

    @kernel
    def nothing(sound):
        pass

    told = {"channel_brightness": brightness, "frame": frame}
    fields = PLAYABLES[name].record.names or ()
    return in_turn([tell for field, tell in told.items() if field in fields] or [nothing])


def starting(name, number, start):
    """Kernel (sound, voice, ...): starts a note on an idle voice of the instrument."""
    tell = telling(name, number)

    @kernel
    def begin(sound, voice, pitch, velocity, brightness, pan, attack_s, release_s):
        tell(sound)
        record = sound.instruments[name]
        start(record, voice, pitch, velocity, brightness, pan, attack_s, release_s, sound.sample_rate)

    return begin


def playing(name, number, render, part):
    """Kernel (sound, drone_gain_before): one quantum of the instrument onto the buses, where it sounds."""
    tell = telling(name, number)
    dips = part == "drone"
    steps_back = part in LAYERS
    layer = parameter_index("guest", LAYERS[part]) if steps_back else 0

    @kernel
    def play(sound, drone_gain_before):
        record = sound.instruments[name]
        if not is_silent(record.envelope):
            tell(sound)
            clear(sound.lanes_left, sound.lanes_right, QUANTUM * WIDTH)
            render(record, sound.lanes_left, sound.lanes_right, sound.sample_rate, sound.breath)
            before = layer_gain(sound.parameters.before[layer]) if steps_back else 1.0
            after = layer_gain(sound.parameters.value[layer]) if steps_back else 1.0
            if dips:
                mix(sound, number, drone_gain_before * before, sound.drone_gain * after)
            else:
                mix(sound, number, before, after)

    return play


TIES = np.array([row.ties for row in TABLE])
"""Whether a note prolongs the one of its pitch that is held, instrument by instrument."""

STRIKES = np.array([row.part == "pulse" for row in TABLE])
"""Whether the drone makes room for its notes."""

start_voice = by_number([starting(row.name, n, PLAYABLES[row.name].start) for n, row in enumerate(TABLE)])
play_each = in_turn(
    [playing(row.name, n, PLAYABLES[row.name].render, row.part) for n, row in enumerate(TABLE)]
)
