"""Words: the guide's lines as a sitting tells them: when, with what sound, and what they ask of the music."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite, log10, nan
from typing import TYPE_CHECKING

from dsp import command
from dsp.command import Command
from engine.clock import TICK_S
from engine.guest.duck import AFTER_S
from engine.guide.hands import SOFTENED
from engine.guide.music_state import Hand, Intent, MusicState
from engine.words.bell import Bell
from engine.words.telling import Line, Standing, Telling

if TYPE_CHECKING:
    from dsp.telemetry import Meter
    from engine.guest.channel import GuestChannel
    from engine.words.voice import Voice
    from profiles.schema import Profile

WISHES = {"soften": "soften", "silence": "hush", "level": "resume"}
"""What a line's wish is among the actions of hands."""

_HOLDS = {"soften": SOFTENED, "silence": ("silence",), "level": ()}
"""What a wish takes; where a person's hand holds any of it, the person's wish stands."""

SOFTEST_BED_LUFS = -36.0
"""Over music that is softer a voice is no softer (own choice)."""

HEARD_S = (1.2, 2.4)
"""After a line the music is heard by itself, as far back as it has stepped: the meter's 400 ms lie between
the end of the line, with what the room says after it, and the beginning of the music's return."""

BED_S = 5.0
"""Of listening, with which what was heard before is forgotten: phrases come and go (own choice)."""

HALF = 0.5
"""Depth of the swell while a voice speaks, of what it is else (RELAX.md 3)."""

SHALLOWER_S, DEEPER_S = 0.6, 2.5
"""The swell grows shallow while the music steps back, and deep again once a line is over (own choice)."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The music that words stand on, at one tick."""

    profile: Profile
    home: float
    """Its home note, MIDI: a bell sounds in it."""
    music: MusicState
    meter: Meter | None
    """The newest reading; None before the first."""
    cap_lufs: float
    """The cap on loudness."""

    @property
    def lufs(self) -> float | None:
        """Momentary loudness of all that is heard; None while it is not known."""
        lufs = nan if self.meter is None else self.meter.lufs_momentary
        return lufs if isfinite(lufs) else None

    @property
    def master_db(self) -> float:
        """What the master takes from voice and music alike."""
        return self.profile.master.level_db + self.music.loudness_db


class Words:
    """One guide in one sitting. `tick` is called once a tick, in order.

    voice   what says the lines; those that it does not have, or all without it, are text and a bell
    """

    def __init__(self, telling: Telling, voice: Voice | None = None) -> None:
        self._telling, self._voice = telling, voice
        self._bell: Bell | None = None
        self._wished: list[Intent] = []
        self._begun: Line | None = None
        self._bed: float | None = None
        """Power of the music where nothing is said, as of late."""
        self._voiced: tuple[float, float] | None = None
        """From when until when a voice says the newest line."""
        self._ducked_lu = 0.0
        """By how much the music has stepped back for it, as a whole."""
        self._back_s = 0.0
        """When it has come back."""
        self._depth, self._depth_s = 1.0, 0.0

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
        self._listen(at_s, ground)
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
            if self._voiced is not None:
                self._voiced = self._voiced[0], min(self._voiced[1], at_s)
        self._breathe(at_s)
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
        from engine.words.voice import DUCKED_LU, stand

        bed_lufs = None if self._bed is None else 10.0 * log10(self._bed)
        how = stand(bed_lufs, ground.master_db, ground.cap_lufs, trim_db)
        frame = round(line.at_s * guest.rate_hz)
        placed = guest.put(clip, frame, level_db=how.gain_db, duck=how.duck)  # near: a room would blur it
        begin_s, end_s = placed.frame / guest.rate_hz, placed.end / guest.rate_hz
        self._voiced = begin_s, end_s
        self._ducked_lu = DUCKED_LU + how.deeper_db
        self._back_s = end_s + AFTER_S + how.duck.back_s
        return replace(line, at_s=begin_s, digest=placed.clip.digest)

    def _listen(self, at_s: float, ground: Ground) -> None:
        """Measure the music where nothing is said over it: before it steps back, and while it still has."""
        if ground.lufs is None:
            return
        end_s = -inf if self._voiced is None else self._voiced[1]
        if HEARD_S[0] <= at_s - end_s <= HEARD_S[1]:
            lufs = ground.lufs + self._ducked_lu
        elif at_s >= self._back_s:
            lufs = ground.lufs
        else:
            return
        power = 10.0 ** (max(lufs, SOFTEST_BED_LUFS) / 10.0)
        before = power if self._bed is None else self._bed
        self._bed = before + (power - before) * TICK_S / BED_S

    def _breathe(self, at_s: float) -> None:
        """How deep the swell is, of what it would be."""
        dt_s, self._depth_s = max(0.0, at_s - self._depth_s), at_s
        begin_s, end_s = (inf, -inf) if self._voiced is None else self._voiced
        if begin_s - SHALLOWER_S <= at_s < end_s:
            self._depth = max(HALF, self._depth - (1.0 - HALF) * dt_s / SHALLOWER_S)
        else:
            self._depth = min(1.0, self._depth + (1.0 - HALF) * dt_s / DEEPER_S)

    def under(self, music: MusicState) -> MusicState:
        """What the guide wants of the music, with a swell that is half as deep while a voice speaks."""
        return replace(music, breath_depth_db=self._depth * music.breath_depth_db)

    @property
    def standing(self) -> Standing:
        return replace(self._telling.standing, begun=self._begun)
