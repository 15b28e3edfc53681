"""Words: the guide's lines as a sitting tells them: when, with what sound, and what they ask of the music."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING

from dsp import command
from dsp.command import Command
from engine.guide.hands import SOFTENED
from engine.guide.music_state import Hand, Intent, MusicState
from engine.words.bell import Bell
from engine.words.telling import Line, Standing, Telling

if TYPE_CHECKING:
    from engine.guest.channel import GuestChannel
    from engine.words.voice import Voice
    from profiles.schema import Profile

WISHES = {"soften": "soften", "silence": "hush", "level": "resume"}
"""What a line's wish is among the actions of hands."""

_HOLDS = {"soften": SOFTENED, "silence": ("silence",), "level": ()}
"""What a wish takes; where a person's hand holds any of it, the person's wish stands."""

ALONE_S = 7.0
"""After a line the music is measured again once it has come back (own choice: 2.5 s, and a window of 3 s)."""

SOFTEST_BED_LUFS = -36.0
"""Over music that is softer a voice is no softer (own choice)."""

BED_FALLS_LU = 0.01
"""In a tick: the bed is what the music has been of late, not what it is in a rest or on its way back (own
choice)."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The music that words stand on, at one tick."""

    profile: Profile
    home: float
    """Its home note, MIDI: a bell sounds in it."""
    music: MusicState
    lufs: float | None
    """Short-term loudness of all that is heard; None while it is not known."""


class Words:
    """One guide in one sitting. `tick` is called once a tick, in order.

    voice   what says the lines; those that it does not have, or all without it, are text and a bell
    """

    def __init__(self, telling: Telling, voice: Voice | None = None) -> None:
        self._telling, self._voice = telling, voice
        self._bell: Bell | None = None
        self._wished: list[Intent] = []
        self._begun: Line | None = None
        self._bed_lufs: float | None = None
        self._alone_from_s = 0.0

    def wishes(self) -> list[Intent]:
        """What the lines have asked of the music since the last time."""
        wished, self._wished = self._wished, []
        return wished

    def tick(
        self, at_s: float, breath: tuple[float, float], ground: Ground, intents: Sequence[Intent],
        held: Mapping[str, float], holders: Mapping[str, Hand], guest: GuestChannel,
    ) -> list[Command]:  # fmt: skip
        """What is sent at this tick, which takes effect at engine time `at_s`.

        breath   phase and rate a minute of the music's breath at `at_s`
        guest    the channel that a voice sounds on
        """
        self._listen(at_s, ground, guest)
        music = ground.music
        told = self._telling.step(at_s, *breath, music.stage, intents, music.decisions, held)
        commands: list[Command] = []
        if self._bell is None:
            self._bell = Bell(tuple(ground.profile.palette), ground.home)
            commands += map(command.ramp, self._bell.opening())
        if told.wish is not None and not any(
            holders.get(name) in (Hand.LISTENER, Hand.THERAPIST) for name in _HOLDS[told.wish]
        ):
            self._wished.append(Intent(at_s, Hand.PROFILE, WISHES[told.wish]))
        if told.cut:
            guest.hush()
        self._begun = told.line
        if told.line is not None:
            self._begun = self._spoken(told.line, ground, held.get("voice_db", 0.0), guest)
            if self._begun.digest is None:
                frame = round(told.line.at_s * guest.rate_hz)
                commands.append(self._bell.stroke(frame, turn=told.line.turn))
        return commands

    def _spoken(self, line: Line, ground: Ground, trim_db: float, guest: GuestChannel) -> Line:
        """The line, put on the guest channel where there is a voice for it."""
        clip = None if self._voice is None else self._voice.clip(line.place, guest.rate_hz)
        if clip is None:
            return line
        from engine.words.voice import REVERB, level_db

        master_db = ground.profile.master.level_db + ground.music.loudness_db
        gain_db = level_db(self._bed_lufs, master_db, trim_db)
        placed = guest.put(clip, round(line.at_s * guest.rate_hz), level_db=gain_db, reverb=REVERB)
        return replace(line, at_s=placed.frame / guest.rate_hz, digest=placed.clip.digest)

    def _listen(self, at_s: float, ground: Ground, guest: GuestChannel) -> None:
        """Measure the music while nothing is said over it."""
        if guest.speaking:
            self._alone_from_s = at_s + ALONE_S
        elif at_s >= self._alone_from_s and ground.lufs is not None and isfinite(ground.lufs):
            fallen = ground.lufs if self._bed_lufs is None else self._bed_lufs - BED_FALLS_LU
            self._bed_lufs = max(ground.lufs, fallen, SOFTEST_BED_LUFS)

    @property
    def standing(self) -> Standing:
        return replace(self._telling.standing, begun=self._begun)
