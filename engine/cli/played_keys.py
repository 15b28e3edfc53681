"""Played keys: the letters of the computer's keyboard as a piano, while somebody plays along on them.

A terminal tells which key went down and never that one went up, so each note has a length of its own; a key
that is held repeats itself, and its note goes on. They are read in a thread that waits for nothing else, for
a tick would come a tenth of a second late.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from dsp.touch import KEYBOARD, LET_GO, NOTE_OFF, NOTE_ON, Touch

WHITE, BLACK = "asdfghjkl;'", "we tyu op ]"
"""The keys of the middle row from C on, and those above them; a blank where a piano has no black key."""

STEPS = (0, 2, 4, 5, 7, 9, 11, 12, 14, 16, 17)

KEYS = {
    **dict(zip(WHITE, STEPS, strict=True)),
    **{key: step + 1 for key, step in zip(BLACK, STEPS, strict=True) if key != " "},
}
"""Semitones over the lowest C, by key."""

LOWER, HIGHER = "z", "x"
LOWEST_C, HIGHEST_C, FIRST_C = 24, 84, 60
"""MIDI numbers of the C on the key A: as far as it goes by octaves, and at first."""

HELD_S = 0.5
"""Length of a note. Own choice."""

REPEATED_S = 0.12
"""A key that comes again within so long is held: keyboards repeat one at 10 to 50 a second."""

VALUE = 0.55
"""How hard: letters know no softer and no harder."""

WAIT_S = 0.05


class Typed(Protocol):
    """What is read: a terminal, key by key."""

    def awaited(self, seconds: float) -> str:
        """What was typed, as soon as something is or after so long."""
        ...


class PlayedKeys:
    """Reads a terminal while it `plays`.

    touch   takes what is played, as `Sitting.touch` does
    leave   the characters that end it
    """

    def __init__(self, terminal: Typed, touch: Callable[[Sequence[Touch]], None], leave: str) -> None:
        self._terminal, self._touch, self._leave = terminal, touch, leave
        self._low_c = FIRST_C
        self._until: dict[int, float] = {}
        self._came: dict[str, float] = {}
        self._playing = threading.Event()

    @property
    def plays(self) -> bool:
        """Whether the keys are a piano just now."""
        return self._playing.is_set()

    def begin(self) -> None:
        """From now on every key is played, until one of `leave` is pressed."""
        self._playing.set()
        threading.Thread(target=self._run, name="played keys", daemon=True).start()

    def end(self) -> None:
        """Let go of everything, and read no more."""
        if self.plays:
            self._playing.clear()
            self._until.clear()
            self._touch([Touch(LET_GO, KEYBOARD)])

    def press(self, key: str, now_s: float) -> None:
        """Play one key at a time in seconds; LOWER and HIGHER change the octave, any other does nothing."""
        if key in (LOWER, HIGHER):
            step = 12 if key == HIGHER else -12
            self._low_c = min(max(self._low_c + step, LOWEST_C), HIGHEST_C)
        elif key in KEYS:
            pitch = self._low_c + KEYS[key]
            held = pitch in self._until and now_s - self._came.get(key, 0.0) < REPEATED_S
            self._came[key], self._until[pitch] = now_s, now_s + HELD_S
            if not held:
                self._touch([Touch(NOTE_ON, KEYBOARD, pitch, VALUE)])

    def let_go(self, now_s: float) -> None:
        """Let go of the notes that have been held long enough."""
        over = [pitch for pitch, until_s in self._until.items() if until_s <= now_s]
        for pitch in over:
            del self._until[pitch]
        if over:
            self._touch([Touch(NOTE_OFF, KEYBOARD, pitch) for pitch in over])

    def _run(self) -> None:
        while self.plays:
            typed = self._terminal.awaited(WAIT_S)
            for key in typed:
                if key in self._leave:
                    self.end()
                    return
                self.press(key, time.monotonic())
            self.let_go(time.monotonic())
