"""Form: the phrase and section clocks, and where the music falls silent and comes to its end.

A sitting is opening, sections with silences between them, and a closing. A section is periods of
four phrases grown from a small rewriting grammar; its last phrases are a cadence. Phrases are whole
bars near the profile's phrase length, so they follow the tempo.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from random import Random

from engine.guide.music_state import MusicState, Stage
from engine.music.chords import DEEPEST
from engine.music.scenes import SCENES, Scene
from profiles.schema import Ending, Profile


class Part(StrEnum):
    """What a phrase is for."""

    OPENING = "opening"  # the bed alone, fading in
    ANCHOR = "anchor"  # the listener's own motif
    ENTER = "entering"  # after a silence the bed comes back alone
    RETURN = "return"  # the same in a new harmony: an event
    STATE = "statement"
    VARY = "variation"
    CONTRAST = "contrast"
    REST = "rest"  # the melody rests, the bed and a few tones go on
    LEAVE = "leaving"  # the last chord before home
    HOME = "home"
    SILENCE = "silence"  # composed silence: the drone at most
    GONE = "gone"  # after the end


SILENT = frozenset({Part.SILENCE, Part.GONE})
"""Parts in which nothing is struck and no chord begins."""

_PERIODS: tuple[tuple[Part, ...], ...] = (
    (Part.STATE, Part.VARY, Part.CONTRAST, Part.VARY),
    (Part.STATE, Part.REST, Part.VARY, Part.CONTRAST),
    (Part.STATE, Part.VARY, Part.REST, Part.VARY),
    (Part.STATE, Part.CONTRAST, Part.STATE, Part.REST),
)
"""What a period may grow into."""

_DEPTHS = (0.0, 0.5 * DEEPEST, 0.8 * DEEPEST, DEEPEST)
"""How far from home each phrase of a period stands: an arc away, whose next step is home again."""

_SHARES = {
    Part.REST: 0.5, Part.RETURN: 0.5, Part.STATE: 0.95, Part.VARY: 1.0, Part.CONTRAST: 1.0, Part.HOME: 0.8,
}  # fmt: skip
"""Share of the onsets owed that a phrase may spend; what is held back sounds in the next."""


_CADENCE: tuple[tuple[Part, float], ...] = ((Part.LEAVE, DEEPEST), (Part.HOME, 0.0), (Part.SILENCE, 0.0))
"""The end of a section: away, home, and silence."""

_OWN = frozenset({Part.ANCHOR, Part.RETURN})
"""Parts in which the lead sings the listener's own motif."""

_GIVES_WAY = frozenset({Part.STATE, Part.VARY, Part.CONTRAST, Part.REST, Part.LEAVE})
"""Parts that an event may come before: a section's way home and its silence stay together."""

_STRUCK = frozenset(Part) - SILENT - {Part.ENTER, Part.OPENING}
"""Parts in which a melody or figures are heard: none follows a silence at once."""

_EBB: tuple[tuple[Part, float], ...] = ((Part.REST, 0.5 * DEEPEST), (Part.VARY, 0.5 * DEEPEST))
"""In turn, while the last fade is longer than the way home."""

_WAYS_HOME: dict[Ending, tuple[tuple[Part, float], ...]] = {
    "cadence": ((Part.LEAVE, DEEPEST), (Part.ANCHOR, 0.0), (Part.HOME, 0.0)),
    "dissolve": ((Part.ANCHOR, 0.0), (Part.REST, 0.0), (Part.HOME, 0.0)),
}
"""The last phrases of a sitting; one that has no room for all of them takes the last."""

_RING_S = 6.0
"""From the end of the last phrase to the end of the last fade: what was struck rings out (own choice)."""

SOFT_SHARE = 0.45
"""A section that begins while loudness lies below this share of the profile's range is an afterglow: the
guide is there in the last third of a sitting, and a hand that has made the music soft is met alike (own
choice)."""


DEEP_FROM_S, DEEP_APART_S, DEEP_LEFT_S = 330.0, 100.0, 180.0
"""From when on a silence is a deep one, how far two of them are apart at least, and how much of the sitting
is left at least: who has listened for so long can bear that nothing sounds, it stays rare, and the music has
come back from it before it begins to end (own choice)."""

_ENTER_S = 24.0
"""Length of what follows a deep one, in which the bed comes back alone (own choice)."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """`bars` whole bars of one `part`. `depth`: distance from home the chord shall stand at."""

    part: Part
    bars: int
    section: int
    scene: Scene
    first_of_section: bool = False
    depth: float = 0.0
    deep: bool = False
    """Of a silence: whether nothing at all is left of the sound."""

    @property
    def silent(self) -> bool:
        return self.part in SILENT

    @property
    def own(self) -> bool:
        """Whether the listener's own motif is sung."""
        return self.part in _OWN

    @property
    def fullness(self) -> float:
        """Onsets, as a share of what the guide wishes for."""
        return 0.0 if self.part is Part.ENTER else self.scene.fullness

    @property
    def share(self) -> float:
        """Share of the onsets owed that may be spent, 0 to 1."""
        return _SHARES.get(self.part, 1.0)


class Form:
    """Gives one phrase after another; asked only when the last one is over."""

    def __init__(self, profile: Profile, random: Random) -> None:
        self._form = profile.form
        low, high = profile.ranges.loudness_db
        self._soft_db = low + SOFT_SHARE * (high - low)
        self._scene = SCENES[profile.form.scenes[0]]
        self._random = random
        self._queue: list[tuple[Part, float]] = [(Part.OPENING, 0.0), (Part.OPENING, 0.0), (Part.ANCHOR, 0.0)]
        self._section = 0
        self._left_s = self._section_s()
        self._starts = True
        self._silent_before = False
        self._deep_s = -DEEP_APART_S
        self._deep_before = False
        self._closing = False
        self._home_planned = False
        self._ebbs = 0
        self._returns = self._turns = False

    @property
    def scene(self) -> Scene:
        """What the section that is next to sound is: while a silence lasts, the one that comes after it."""
        return self._scene

    @property
    def closing(self) -> bool:
        """Whether the last phrases have begun."""
        return self._closing

    def bring_back(self) -> None:
        """The listener's own motif shall be sung as soon as a phrase gives way to it."""
        self._returns = True

    def turn(self) -> None:
        """This section shall come home now, and another one begin."""
        self._turns = True

    def phrase_bars(self, bar_s: float) -> int:
        """Bars in a phrase where a bar lasts `bar_s` seconds."""
        return max(1, round(self._form.phrase_s / bar_s))

    def next(self, bar_s: float, music: MusicState, left_s: float) -> Phrase:
        """The next phrase where a bar lasts `bar_s` seconds. A silence asked for is no part of the form.

        `left_s` seconds after it begins, the last fade is over.
        """
        if music.ended:
            self._closing, self._queue = True, []
        elif music.stage is Stage.END:
            self._close(self.phrase_bars(bar_s) * bar_s, left_s)
        if not self._queue:
            if self._closing:
                return Phrase(Part.GONE, 1, self._section, self._scene)
            self._grow(self._left_s / (self.phrase_bars(bar_s) * bar_s), music.stage)
        if not self._closing and self._queue[0][0] in _GIVES_WAY:
            self._give_way()
        if self._silent_before and self._queue[0][0] in _STRUCK:
            self._queue.insert(0, (Part.ENTER, 0.0))
        part, depth = self._queue.pop(0)
        self._silent_before = part is Part.SILENCE
        if part is Part.SILENCE:
            return self._silence(bar_s, music, left_s)
        bars = self.phrase_bars(bar_s)
        if part is Part.ENTER and self._deep_before:
            bars = max(bars, ceil(_ENTER_S / bar_s))
        self._left_s -= bars * bar_s
        first, self._starts = self._starts, False
        return Phrase(part, bars, self._section, self._scene, first, depth)

    def _section_s(self) -> float:
        return self._random.uniform(*self._form.section_s)

    def _grow(self, room: float, stage: Stage) -> None:
        """Grow the queue by a period, or where the section has little room left (in phrases) by its end."""
        period = list(zip(self._random.choice(_PERIODS), _DEPTHS, strict=True))
        if stage is Stage.ARRIVE:
            # Arrived, the music lets silence grow: after two periods home, and a silence.
            self._queue = [*period, *period, *_CADENCE[1:]]
        elif room < 2 * len(period):
            self._queue = [*period[: max(0, round(room) - 2)], *_CADENCE]
        else:
            self._queue = period

    def _give_way(self) -> None:
        """Put what events have asked for before what is planned."""
        if self._turns:
            self._queue, self._left_s, self._turns = list(_CADENCE), 0.0, False
        if self._returns:
            self._queue.insert(0, (Part.RETURN, 0.0))
            self._returns = False

    def _silence(self, bar_s: float, music: MusicState, left_s: float) -> Phrase:
        low, high = self._form.silence_s
        fewest, most = max(1, ceil(low / bar_s)), max(1, int(high / bar_s))
        if music.stage is Stage.ARRIVE:
            fewest = (fewest + most + 1) // 2
        deep = left_s >= DEEP_LEFT_S and music.t_s >= max(DEEP_FROM_S, self._deep_s + DEEP_APART_S)
        self._deep_before = deep
        if deep:
            fewest, self._deep_s = most, music.t_s
        section, scene = self._section, self._scene
        if self._left_s < self.phrase_bars(bar_s) * bar_s:
            self._section += 1
            self._left_s = self._section_s()
            self._starts = True
            scenes = self._form.scenes
            soft = music.loudness_db < self._soft_db
            self._scene = SCENES["afterglow" if soft else scenes[self._section % len(scenes)]]
        bars = self._random.randint(min(fewest, most), most)
        return Phrase(Part.SILENCE, bars, section, scene, deep=deep)

    def _close(self, phrase_s: float, left_s: float) -> None:
        """Ebb while the last fade is long, then come home just before it is over.

        Called for every phrase of the ending: a hand may end a sitting while its last fade is under way.
        """
        if not self._closing:
            self._closing, self._queue = True, []
        room = max(1, int(min((left_s - _RING_S) / phrase_s, 99.0)))
        if self._home_planned:
            self._queue = self._queue[-room:]
            return
        way = _WAYS_HOME[self._form.ending]
        if room > len(way):
            self._queue = [_EBB[self._ebbs % len(_EBB)]]
            self._ebbs += 1
            return
        self._home_planned = True
        self._queue = list(way[-room:])
