"""Along: how somebody plays along with the music; what is played is heard without asking here (dsp.played).

What hands play has channels of its own, which no scene and no wish for a softer foreground touches. Its pitch
is drawn to what goes with the chord that stands, which is sent when it changes.
"""

from __future__ import annotations

from dataclasses import dataclass

from dsp.command import Command, ramp, scale
from dsp.score import Ramp
from dsp.touch import CHOOSE, HANDS, PLAYERS, Touch

CHANNELS = {
    "hand_piano": {"level_db": -10.0, "reverb": 0.35, "brightness": 0.4, "attack_s": 0.01, "release_s": 0.7},
    "hand_kalimba": {"level_db": -10.0, "reverb": 0.4, "brightness": 0.4, "attack_s": 0.01, "release_s": 1.5},
    "hand_pad": {"level_db": -12.0, "reverb": 0.45, "brightness": 0.6, "attack_s": 0.06, "release_s": 1.2},
}
"""What each instrument's channel is while somebody plays along: a little over what profiles give the same
instrument where it leads, and quick to answer. Own choice."""

LEVEL_S = 0.05

NOBODY = "Nobody plays along in this sitting; begin one with --play-along, and somebody may."
"""What is said to who would."""


@dataclass(frozen=True, slots=True)
class Along:
    """How somebody plays along.

    device      part of the name of the MIDI source, or empty for whichever there is
    instrument  one of dsp.touch.HANDS
    strength    how far pitches are drawn to what goes with the chord: 0 as played, 1 no wrong notes
    pull        how far beginnings are pulled to the next eighth of the music, 0 to 1
    """

    device: str = ""
    instrument: str = HANDS[0]
    strength: float = 1.0
    pull: float = 0.0

    def __post_init__(self) -> None:
        if self.instrument not in HANDS:
            known = ", ".join(HANDS)
            raise ValueError(f"Nobody plays along on {self.instrument!r}; there are {known}.")
        for name in ("strength", "pull"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"The {name} of playing along lies between 0 and 1.")

    def opening(self) -> list[Command]:
        """The instruments' channels as they are to be."""
        return [
            ramp(Ramp(instrument, parameter, value, LEVEL_S))
            for instrument, channel in CHANNELS.items() for parameter, value in channel.items()
        ]  # fmt: skip

    def chosen(self) -> list[Touch]:
        """What makes everybody play the instrument."""
        return [Touch(CHOOSE, player, HANDS.index(self.instrument)) for player in range(PLAYERS)]

    def drawn(self, wanted: frozenset[int]) -> Command:
        """Draw to these pitch classes."""
        return scale(wanted, self.strength, self.pull)
