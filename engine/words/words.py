"""Words: the guide's lines as a sitting tells them: when, with what sound, and what they ask of the music."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dsp import command
from dsp.command import Command
from engine.guide.hands import SOFTENED
from engine.guide.music_state import Hand, Intent, MusicState
from engine.words.bell import Bell
from engine.words.telling import Standing, Telling

WISHES = {"soften": "soften", "silence": "hush", "level": "resume"}
"""What a line's wish is among the actions of hands."""

_HOLDS = {"soften": SOFTENED, "silence": ("silence",), "level": ()}
"""What a wish takes; where a person's hand holds any of it, the person's wish stands."""


class Words:
    """One guide in one sitting. `tick` is called once a tick, in order."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling
        self._bell: Bell | None = None
        self._wished: list[Intent] = []

    def wishes(self) -> list[Intent]:
        """What the lines have asked of the music since the last time."""
        wished, self._wished = self._wished, []
        return wished

    def tick(
        self,
        at_s: float,
        rate_hz: int,
        breath: tuple[float, float],
        music: MusicState,
        intents: Sequence[Intent],
        held: Mapping[str, float],
        holders: Mapping[str, Hand],
        tone: tuple[Mapping[str, object], float],
    ) -> list[Command]:
        """What is sent at this tick, which takes effect at engine time `at_s`.

        breath   phase and rate a minute of the music's breath at `at_s`
        tone     the profile's palette and its home note, in which a bell sounds
        """
        told = self._telling.step(at_s, *breath, music.stage, intents, music.decisions, held)
        commands: list[Command] = []
        if self._bell is None:
            self._bell = Bell(tuple(tone[0]), tone[1])
            commands += map(command.ramp, self._bell.opening())
        if told.wish is not None and not any(
            holders.get(name) in (Hand.LISTENER, Hand.THERAPIST) for name in _HOLDS[told.wish]
        ):
            self._wished.append(Intent(at_s, Hand.PROFILE, WISHES[told.wish]))
        if told.line is not None:
            commands.append(self._bell.stroke(round(told.line.at_s * rate_hz), turn=told.line.turn))
        return commands

    @property
    def standing(self) -> Standing:
        return self._telling.standing

