"""Touches: what somebody who plays along may say to the sound, each in one fixed-size record.

A touch is a key that goes down or up, a pedal, or what a player's instrument shall be. It is what happened on
the keyboard and no more: what is heard of it is decided where it is heard (dsp.played). So a sitting's
touches, each with its frame, are all that its played notes need to be heard again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dsp.palette.instruments import NAMES, playing
from dsp.record import record_dtype

NOTE_ON, NOTE_OFF, PEDAL, LET_GO, CHOOSE, CONTROL = range(1, 7)
"""Kinds of touch."""

MIDI, KEYBOARD, PADS = range(3)
"""Who plays: each has a pedal and an instrument of its own, and lets go of its own keys only."""

PLAYERS = 4
EVERYBODY = -1

SOURCES_TOLD = 1.0

FROM_DEVICE, FROM_CONTROL = range(2)
"""Who writes touches into the sound's memory: the callback that hears a MIDI port, and the control side."""

PRODUCERS = 2

SOFTEST, LOUDEST = 0.18, 0.9
"""Velocities of a note at the softest and the hardest touch: nobody's touch is lost, and none startles. Own
choice; the level of an instrument goes by the power 1.5 of it (dsp.note)."""

HANDS = playing("hand")
"""Instruments that are played along; no other is, so no hand can take a voice from the music."""

FIRST_HAND = NAMES.index(HANDS[0])
"""Place of the first in the table; the others come behind it."""

TOUCH = record_dtype(
    [
        ("frame", np.int64),
        ("kind", np.int32),
        ("player", np.int32),
        ("key", np.int32),
        ("value", np.float32),
    ],
)
"""One touch in a ring.

frame    it is felt in the quantum that holds this frame, or in the next one where that is past
kind     NOTE_ON: `key` at velocity `value`; NOTE_OFF: `key`; PEDAL: down where `value` is half or more;
         LET_GO: every key of the player, or of EVERYBODY; with the value SOURCES_TOLD it says how many MIDI
         sources there are now, `key`; CHOOSE: the instrument HANDS[key];
         CONTROL: controller `key` at `value`, which only is told
player   whose it is, one of PLAYERS
key      a MIDI number, 0 to 127
value    0 to 1
"""


@dataclass(frozen=True, slots=True)
class Touch:
    """A touch before it is written into a ring; fields as in TOUCH, a frame of 0 being at once."""

    kind: int
    player: int = KEYBOARD
    key: int = 0
    value: float = 0.0
    frame: int = 0

    def to_row(self) -> tuple[int | float, ...]:
        """Values in the order of TOUCH."""
        return (self.frame, self.kind, self.player, self.key, self.value)
