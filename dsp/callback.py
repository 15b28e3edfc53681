"""The entry points of the machine code: PortAudio's, JACK's and RtMidi's callbacks, and atomics of words.

The callback takes quanta out of the sound and hands them on in whatever portions the host asks for,
so that its period never shows in the samples. It measures itself with the cycle counter. The
offline renderer calls the very same function, with OFFLINE among the flags. Before all else it looks
whether its stream may render (dsp.stream).
"""

# pyright: basic

from __future__ import annotations

from typing import Any

from numba import cfunc, types

from dsp.approximations import log2_scalar
from dsp.clock_out import empty_clock, send_clock, stop_clock, until_quantum
from dsp.compiled import kernel
from dsp.crossing import interleave
from dsp.foreign import buffer_of, floats_at
from dsp.jack import JACK_WORDS, hear_port, part
from dsp.jack_words import LARGEST_PERIOD
from dsp.lanes import WIDTH, load
from dsp.midi_in import MIDI_WORDS, STREAM, hear_device
from dsp.processor import (
    compare_exchange,
    cycle_count,
    flush_denormals,
    load_acquire,
    record_at,
    restore_denormals,
    store_release,
    word_at,
)
from dsp.quantum import QUANTUM
from dsp.resample import give_out, take_in
from dsp.sound import SOUND, render_quantum
from dsp.stop_word import obey_stop_word

CONTINUE, COMPLETE = 0, 1
"""PaStreamCallbackResult: call me again; play what you have and call me no more."""

PORTAUDIO_OUTPUT_UNDERFLOW = 0x4
"""PaStreamCallbackFlags: silence was played because a period came too late."""

OFFLINE = 1 << 31
"""Not a flag of PortAudio's, which count from the other end: the caller waits for no sound card, so the
call is not counted among the periods."""

HISTOGRAM_STEPS_PER_OCTAVE = 16
"""Resolution of the histogram of callback times: 4.4 % a step."""


@kernel
def fill_resampled(sound, stop, out, frames, channels, resampler):
    """As `fill`, at the device's own rate."""
    control_word = flush_denormals()
    output = sound.output
    at = output.position
    for frame in range(frames):
        while resampler.place >= 1.0:
            if at == QUANTUM:
                obey_stop_word(sound, stop)
                render_quantum(sound)
                at = 0
            take_in(resampler, output.left[at], output.right[at])
            at += 1
        left, right = give_out(resampler)
        if channels == 1:
            out[frame] = 0.5 * (left + right)
        else:
            out[2 * frame] = left
            out[2 * frame + 1] = right
    output.position = at
    restore_denormals(control_word)


@kernel
def fill(sound, stop, out, frames, channels):
    """Write `frames` interleaved frames to the pointer `out`, stereo or mixed down to one channel.

    stop   pointer to the stop word, which is looked at before every quantum
    """
    control_word = flush_denormals()
    output = sound.output
    at = output.position
    frame = 0
    while frame < frames:
        if at == QUANTUM:
            obey_stop_word(sound, stop)
            render_quantum(sound)
            at = 0
        if channels == 1:
            out[frame] = 0.5 * (output.left[at] + output.right[at])
            frame += 1
            at += 1
        elif at == 0 and frames - frame >= QUANTUM:
            for i in range(0, QUANTUM, WIDTH):
                interleave(load(output.left, i), load(output.right, i), out, frame + i)
            frame += QUANTUM
            at = QUANTUM
        else:
            out[2 * frame] = output.left[at]
            out[2 * frame + 1] = output.right[at]
            frame += 1
            at += 1
    output.position = at
    restore_denormals(control_word)


@kernel
def note_time(load, cycles, frames, flags):
    """Count one callback: how long it took, and whether the host was late."""
    step = min(max(int(log2_scalar(float(max(cycles, 1))) * HISTOGRAM_STEPS_PER_OCTAVE), 0), 511)
    load.histogram[step] += 1
    load.callbacks += 1
    load.period = frames
    load.worst_cycles = max(load.worst_cycles, cycles)
    load.cycles += cycles
    if flags & PORTAUDIO_OUTPUT_UNDERFLOW:
        load.late_periods += 1


@kernel
def play(stream, output, frames):
    """Render for a stream that has the turn."""
    sound = record_at(stream.sound, SOUND)
    resampler = stream.resampler
    if resampler.step == 1.0:
        fill(sound, word_at(stream.stop), output, frames, stream.channels)
    else:
        fill_resampled(sound, word_at(stream.stop), output, frames, stream.channels, resampler)


def entry_points() -> dict[str, Any]:
    """Compile every entry point; the names are those of dsp.machine.ENTRY_POINTS."""
    pointer = types.CPointer(types.float32)
    counter = types.CPointer(types.int64)
    anything = types.voidptr
    # Frames and flags are `unsigned long`: 32 bits on Windows, where the upper half of the register may
    # hold anything. Neither needs more than 32 bits anywhere.
    word = types.uint32
    options = {"error_model": "numpy", "_nrt": False}

    @cfunc(types.int32(anything, pointer, word, anything, word, anything), **options)
    def callback(_input, output, frames, _time, flags, user):
        began = cycle_count()
        stream = record_at(user, STREAM)
        turn = word_at(stream.turn)
        if not compare_exchange(turn, stream.number, -stream.number):
            for i in range(frames * stream.channels):
                output[i] = 0.0
            return COMPLETE
        play(stream, output, frames)
        if flags & OFFLINE == 0:
            note_time(record_at(stream.sound, SOUND).load, cycle_count() - began, frames, flags)
        store_release(turn, stream.number)
        return CONTINUE

    @cfunc(types.int32(word, anything), **options)
    def jack_process(frames, user):
        began = cycle_count()
        words = record_at(user, JACK_WORDS)
        stream = words.stream
        left = floats_at(buffer_of(words.get_buffer, words.left, frames))
        right = floats_at(buffer_of(words.get_buffer, words.right, frames))
        clock = empty_clock(words, frames)
        turn = word_at(stream.turn)
        if not compare_exchange(turn, stream.number, -stream.number):
            for i in range(frames):
                left[i] = 0.0
                right[i] = 0.0
            if clock != 0:
                stop_clock(words, clock, 0)
            return 0
        sound = record_at(stream.sound, SOUND)
        hear_port(words, sound, frames)
        rendered = floats_at(words.frames_at)
        at = 0
        while at < frames:
            count = min(frames - at, LARGEST_PERIOD)
            if clock != 0:
                count = min(count, until_quantum(sound))
            play(stream, rendered, count)
            part(rendered, left, right, at, count)
            if clock != 0:
                send_clock(words, sound, clock, at, count)
            at += count
        note_time(sound.load, cycle_count() - began, frames, 0)
        store_release(turn, stream.number)
        return 0

    @cfunc(types.int32(anything), **options)
    def jack_late(user):
        record_at(record_at(user, JACK_WORDS).stream.sound, SOUND).load.late_periods += 1
        return 0

    @cfunc(types.void(types.float64, types.int64, types.uint64, anything), **options)
    def midi_in(_since_s, message, size, user):
        if size >= 3:
            hear_device(record_at(user, MIDI_WORDS), message)

    @cfunc(types.int64(counter), **options)
    def acquire(address):
        return load_acquire(address)

    @cfunc(types.void(counter, types.int64), **options)
    def release(address, value):
        store_release(address, value)

    @cfunc(types.boolean(counter, types.int64, types.int64), **options)
    def exchange(address, expected, new):
        return compare_exchange(address, expected, new)

    return {
        "calando_callback": callback,
        "calando_jack_process": jack_process,
        "calando_jack_late": jack_late,
        "calando_midi_in": midi_in,
        "calando_load_acquire": acquire,
        "calando_store_release": release,
        "calando_compare_exchange": exchange,
    }
