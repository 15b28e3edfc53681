"""A JACK client's ports, from machine code: what a keyboard has played, with the frame of each event.

JACK hands a period's events over with their places in the period, before its sound is asked for. So a note is
heard at a distance from its event that no period has a part in, and nothing stands between the two that could
wait: libjack's functions are called by their addresses, and neither they nor this allocate or lock.
"""

# pyright: basic

from __future__ import annotations

import numpy as np

from dsp.compiled import kernel
from dsp.foreign import buffer_of, byte_at, events_in, take_event
from dsp.jack_words import JackWords, MidiEvent
from dsp.played import hand_in
from dsp.processor import record_at
from dsp.quantum import QUANTUM
from dsp.touch import CONTROL, FROM_DEVICE, LET_GO, MIDI, NOTE_OFF, NOTE_ON, PEDAL, SOURCES_TOLD

JACK_WORDS = np.dtype(JackWords)
MIDI_EVENT = np.dtype(MidiEvent)

SUSTAIN, ALL_SOUND_OFF, ALL_NOTES_OFF = 64, 120, 123
"""Controllers (MIDI 1.0, "Control Change Messages"; 121 to 127 are channel modes, 123 and on let go)."""

@kernel
def hear_port(words, sound, frames):
    """Hand in what the keyboard has played in this period, before its first frame is rendered."""
    ring = sound.played.rings[FROM_DEVICE]
    now = sound.frame - QUANTUM + sound.output.position
    if words.news != words.news_heard:
        words.news_heard = words.news
        hand_in(ring, now, LET_GO, MIDI, words.sources, SOURCES_TOLD)
    if words.midi == 0:
        return
    buffer = buffer_of(words.get_buffer, words.midi, frames)
    event = record_at(words.event_at, MIDI_EVENT)
    for n in range(events_in(words.count, buffer)):
        if take_event(words.get, words.event_at, buffer, n) == 0 and event.size >= 3:
            frame = now + int(event.time * words.stream.resampler.step)
            hear_message(ring, frame, event.bytes)


@kernel
def hear_message(ring, frame, message):
    """Hand in one channel message of MIDI; what a keyboard says otherwise is not for us."""
    kind = byte_at(message) & 0xF0
    first = byte_at(message + 1) & 0x7F
    second = byte_at(message + 2) & 0x7F
    value = second * (1.0 / 127.0)
    if kind == 0x90 and second > 0:
        hand_in(ring, frame, NOTE_ON, MIDI, first, value)
    elif kind == 0x80 or kind == 0x90:
        hand_in(ring, frame, NOTE_OFF, MIDI, first, value)
    elif kind == 0xB0 and first == SUSTAIN:
        hand_in(ring, frame, PEDAL, MIDI, first, value)
    elif kind == 0xB0 and (first == ALL_SOUND_OFF or first >= ALL_NOTES_OFF):
        hand_in(ring, frame, LET_GO, MIDI, 0, 0.0)
    elif kind == 0xB0:
        hand_in(ring, frame, CONTROL, MIDI, first, value)


@kernel
def part(frames, left, right, at, count):
    """Lay out a period's portion, left and right in turn, on two ports from frame `at` on."""
    for i in range(count):
        left[at + i] = frames[2 * i]
        right[at + i] = frames[2 * i + 1]
