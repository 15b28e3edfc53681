"""Obeying the stop word of dsp.stop_page, at the beginning of a quantum.

Each change is reported with the frame of its quantum, so that a replay can make it there again. While
stopped, fades are taken note of and not begun: no command can undo a stop.
"""

# pyright: basic

from __future__ import annotations

from dsp.compiled import kernel
from dsp.master import PANIC_FADE_S, begin_fade
from dsp.processor import load_acquire
from dsp.ring import RESUMED, STOPPED, report

RETURN_FADE_S = 2.0
"""How long the way back to the music takes. Our own choice."""


@kernel
def obey_stop_word(sound, word):
    """Begin the panic fade when the word is set, and the way back when it is cleared."""
    asked = load_acquire(word)
    if asked != 0 and sound.stopped == 0:
        sound.stopped = 1
        begin_fade(sound.master, 0.0, PANIC_FADE_S, sound.sample_rate)
        report(
            sound.telemetry, STOPPED, 0, sound.frame, asked, sound.transport.beat, 0.0, 0.0, 0.0, 0.0
        )
    elif asked == 0 and sound.stopped != 0:
        sound.stopped = 0
        if sound.coasting == 0:
            begin_fade(sound.master, sound.wanted_level, RETURN_FADE_S, sound.sample_rate)
        report(sound.telemetry, RESUMED, 0, sound.frame, 0, sound.transport.beat, 0.0, 0.0, 0.0, 0.0)


@kernel
def fade_unless_stopped(sound, level, seconds):
    """What every other fade goes through."""
    if sound.stopped == 0:
        begin_fade(sound.master, level, seconds, sound.sample_rate)
