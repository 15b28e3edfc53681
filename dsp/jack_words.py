"""What a JACK client's callbacks are handed: its stream, its ports, and where libjack's functions are.

Nothing here needs Numba or NumPy: it is also what a process does that only plays.
"""

from __future__ import annotations

import ctypes

from dsp.stream import StreamWords

LARGEST_PERIOD = 8192
"""Frames of the longest period of JACK; what is longer is played in portions."""


class MidiEvent(ctypes.Structure):
    """jack_midi_event_t of jack/midiport.h."""

    _fields_ = (("time", ctypes.c_uint32), ("size", ctypes.c_uint64), ("bytes", ctypes.c_uint64))


class JackWords(ctypes.Structure):
    """The user data of a JACK client's callbacks.

    stream                   as PortAudio's callback has it
    get_buffer, count, get   addresses of jack_port_get_buffer, jack_midi_get_event_count and
                             jack_midi_event_get
    clear, reserve           addresses of jack_midi_clear_buffer and jack_midi_event_reserve
    left, right, midi        the ports; without a MIDI port 0
    clock                    the port on which MIDI clock is sent; 0 where none is
    clock_bar                beats of a bar, at which followers start
    clock_ends               1 from when the clock is to stop, for the client will leave
    clock_runs               1 between Start and Stop
    clock_again              set to 1 where a follower has come, who has not heard the last Start
    clock_beat               the beat that was heard last
    news                     counted on by whoever watches the port: a device has come, or gone with its keys
    sources                  how many devices are connected since then
    news_heard               the count of `news` that has been handed in
    event_at, event          address of `event`, and room for one
    frames_at, frames        address of `frames`, and room for a period, left and right in turn
    """

    _fields_ = (
        ("stream", StreamWords),
        *(
            (name, ctypes.c_int64)
            for name in (
                "get_buffer", "count", "get", "left", "right", "midi", "news", "sources", "news_heard",
                "event_at", "frames_at", "clear", "reserve", "clock", "clock_bar", "clock_ends", "clock_runs",
                "clock_again",
            )
        ),
        ("clock_beat", ctypes.c_double),
        ("event", MidiEvent),
        ("frames", ctypes.c_float * (2 * LARGEST_PERIOD)),
    )  # fmt: skip
