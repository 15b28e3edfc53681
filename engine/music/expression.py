"""Expression: what a player's hands add to the written note in time, loudness and place.

SCIENCE.md D4: onsets spread over 8-25 ms, a rubato shaped by the breath, velocities that vary. The
rubato displaces notes and leaves the transport alone, so the pulse can still be found.
"""

from __future__ import annotations

from dataclasses import replace
from math import pi, sin
from random import Random

from dsp.score import Note
from engine.music.entry import Entry
from profiles.schema import Profile

SPREAD_S = 0.011
"""Standard deviation of an onset's timing."""

WIDEST_S = 0.025
"""No note strays further by chance."""

RUBATO_S = 0.030
"""Depth of the breath's rubato where there is no pulse to keep."""

PULSE_RUBATO_S = 0.008
"""The same where a profile has a pulse."""

COLOUR = 0.4
"""Brightness that a note gains with its velocity."""

LEANING = 0.15
"""Share of a note's velocity by which it is played stronger where most air flows out, and softer where most
flows in: 2 dB either way. A phrase then leans on the exhale (own choice)."""


SWELLS_LATE, SWELLS_FOR = 0.75, 0.5
"""Short-term loudness follows the breath by half its three seconds: it rises from so far into the inhale, as
a share of it, for so much of the breath (own choice, as measured)."""


MELODY_GIVES = 0.4
"""Of what a drum leaves to the breath, how much any other stroke does: it leans on the exhale, as whose
beginning loudness still rises. Own choice, as measured (benchmarks/loop_sound.py)."""


def swelling(phase: float, inhale_share: float) -> float:
    """How fast short-term loudness rises with the breath at this phase of it, 0 to 1 (fastest)."""
    since = (phase - SWELLS_LATE * inhale_share) % 1.0
    return sin(pi * since / SWELLS_FOR) if since < SWELLS_FOR else 0.0


def leaning(note: Note, phase: float, inhale_share: float) -> Note:
    """`note` as it is played at this phase of the breath, 0 to 1 from the inhale on."""
    flows_in = phase < inhale_share
    flow = sin(pi * (phase / inhale_share if flows_in else (phase - inhale_share) / (1.0 - inhale_share)))
    stronger = note.velocity * (1.0 + LEANING * (-flow if flows_in else flow))
    return _struck(note, min(max(stronger, 0.05), 0.95))


def _struck(note: Note, velocity: float) -> Note:
    """The note with another velocity, and the colour that goes with it."""
    return replace(note, velocity=velocity, brightness=note.brightness + COLOUR * (velocity - note.velocity))


class Expression:
    """The hands of one sitting; where a profile has drums its pulse stays plain."""

    def __init__(self, profile: Profile, random: Random) -> None:
        self._random = random
        self._rubato_s = PULSE_RUBATO_S if "kit" in profile.palette else RUBATO_S
        self._inhale_share = profile.breath.inhale_share
        self._entry = Entry(profile)
        self._wander = 0.0

    def played(
        self, note: Note, at_s: float, breath_phase: float | None, sunk_db: float, coming: int = 0
    ) -> Note:
        """`note` as it is struck at `at_s`: no stronger than there is room for, of which the breath has its
        part; all but drums lean on the breath too.

        breath_phase   then, 0 to 1 from the inhale on; None where no breath is guided
        sunk_db        how far the bed then lies under its own level, 0 or below
        coming         tones of the bed that come in about then
        """
        swells = 0.0 if breath_phase is None else swelling(breath_phase, self._inhale_share)
        if breath_phase is not None and note.instrument != "kit":
            note = leaning(note, breath_phase, self._inhale_share)
            swells *= MELODY_GIVES
        return _struck(note, self._entry.velocity(note, at_s, sunk_db, coming, swells))

    def late_s(self, breath_phase: float) -> float:
        """Seconds to add to an onset: late at the top of the breath (phase 0 to 1), early at its foot."""
        chance = min(max(self._random.gauss(0.0, SPREAD_S), -WIDEST_S), WIDEST_S)
        return chance + self._rubato_s * sin(2 * pi * breath_phase)

    def tight_s(self) -> float:
        """The same for drums: a little behind or before, never rubato."""
        return min(max(self._random.gauss(0.004, 0.005), -0.008), 0.016)

    def velocity(self, written: float) -> float:
        """The written velocity with a slow wander and a little chance, 0.05 to 0.95."""
        self._wander = 0.85 * self._wander + self._random.gauss(0.0, 0.018)
        return min(max(written + self._wander + self._random.gauss(0.0, 0.03), 0.05), 0.95)

    def pan(self, place: float, pitch: float) -> float:
        """`place` (-1 to 1), drawn to the middle for low notes: none off centre under MIDI 50, 147 Hz."""
        reach = min(max((pitch - 50.0) / 12.0, 0.0), 1.0)
        return min(max((place + self._random.gauss(0.0, 0.05)) * reach, -1.0), 1.0)
