"""The entry: how hard a stroke may be struck, so that loudness rises by less than the law of rises allows.

Short-term loudness is the energy of three seconds. What enters in one second beyond what leaves in it may be
no more than a share of that energy. The bed's share is known from where its channels stand, the strokes' from
what has been written; where the room is too small for a stroke it is played softer, and the master's governor
(dsp.rise) can sleep. This is what a player does who comes in after a rest.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from types import MappingProxyType

from dsp.palette.instruments import playing
from dsp.score import DRUM_PITCHES, Note
from profiles.schema import Profile

STRUCK = playing("lead", "stroke", "drums")
"""Instruments whose strokes are weighed."""

STROKE_DB = -8.5
"""K-weighted power of the first second of a stroke at velocity 1 through a channel at 0 dB, over full scale.
By measurement: -11 to -7, the most by a kalimba, or a piano in its middle where the breath is full."""

BED_DB = -26.0
"""The same of a whole mix: by measurement -27, where few layers sound, to -24.5."""

DRUMS_DB: Mapping[int, float] = MappingProxyType({DRUM_PITCHES["kick"]: -5.5})
OTHER_DRUMS_DB = -20.0
"""How far strokes of the kit lie under STROKE_DB: a kick, and all that is lighter. By measurement."""

_DRUMS = frozenset(playing("drums"))

ROOM_LU = 0.55
RETURNING_LU = 0.12
"""How far strokes alone may raise short-term loudness in a second: over a bed that stands, and over one that
is down or on its way back. The law is 1 LU; the rest is left to the breath, to chords and to that way. Where
a chord comes in, its tones take their part of the room, a stroke as much as each of them."""

SWELLS_SHARE = 0.6
"""Of that room, what the breath takes from a drum where it raises the whole fastest: there the governor works
most. Own choice."""

WINDOW_S, SECOND_S = 3.0, 1.0
SOFTEST = 0.2
"""No stroke is played with less of its velocity than this: 21 dB softer. Own choice."""


class Entry:
    """Keeps account of one sitting's strokes, in order of time."""

    def __init__(self, profile: Profile) -> None:
        struck = [name for name in STRUCK if name in profile.palette]
        self._full = {name: power(STROKE_DB + profile.palette[name].level_db) for name in struck}
        self._strokes: deque[tuple[float, float]] = deque()

    def velocity(
        self, note: Note, at_s: float, sunk_db: float, coming: int = 0, swelling: float = 0.0
    ) -> float:
        """The velocity with which `note` may be struck at `at_s`, 0 to 1: its own, or less.

        sunk_db    how far the bed then lies under where the profile has it, 0 or below
        coming     tones of the bed that come in about then
        swelling   how fast the breath then raises the whole, 0 to 1 (fastest), where it takes its part
        """
        full = self._full.get(note.instrument)
        if full is None:
            return note.velocity
        if note.instrument in _DRUMS:
            full *= power(DRUMS_DB.get(round(note.pitch), OTHER_DRUMS_DB))
        while self._strokes and self._strokes[0][0] < at_s - WINDOW_S - SECOND_S:
            self._strokes.popleft()
        held = self._between(at_s - WINDOW_S, at_s)
        entered = self._between(at_s - SECOND_S, at_s)
        leaves = self._between(at_s - WINDOW_S, at_s - WINDOW_S + SECOND_S)
        bed = WINDOW_S * power(BED_DB + sunk_db)
        room_lu = RETURNING_LU if sunk_db < 0.0 else ROOM_LU / (1 + coming)
        room_lu *= 1.0 - SWELLS_SHARE * swelling
        room = (power(room_lu) - 1.0) * (bed + held) + leaves - entered
        highest = (max(room, 0.0) / full) ** (1.0 / 3.0)
        played = min(note.velocity, max(highest, SOFTEST * note.velocity))
        self._strokes.append((at_s, full * played**3))
        return played

    def _between(self, from_s: float, to_s: float) -> float:
        """Energy of the strokes of a stretch of time."""
        return sum(energy for at_s, energy in self._strokes if from_s <= at_s <= to_s)


def power(level_db: float) -> float:
    """Of a level in dB, as a ratio."""
    return 10.0 ** (level_db / 10.0)
