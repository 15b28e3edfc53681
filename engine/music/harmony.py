"""Harmony in time: which chord each stretch of a phrase stands on, and how the pad voices it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from engine.music.chords import DEEPEST, Chord, ChordGraph
from engine.music.form import Part, Phrase
from engine.music.scale import BRIGHTER, Scale
from engine.music.voice_leading import Voicing, voice
from profiles.schema import Mode, Profile

_PAD_REGISTER = (45.0, 69.0)
"""110 to 440 Hz, where the harmony lies where a palette has no pad (SCIENCE.md D1)."""

_HURRY = 0.6
"""Share of the shortest chord after which a cadence may move on."""

_LIFTED_COLOUR = 0.8
"""How often chords carry added notes after a lift, where the profile has them more seldom: so that it is
heard in Lydian too, over which there is no brighter mode (own choice)."""


HEART_REGISTER = (31.0, 42.0)
"""MIDI numbers of the heart's strokes where a palette has no heart: 49 to 92 Hz, an octave, so that every
chord has its root there and the overtones lie over the drone, at 100 to 370 Hz."""


def heart_pitch(chord: Chord, low: float, high: float) -> float:
    """What the heart sounds on under a chord, between two MIDI numbers: its root or its fifth, whichever is
    nearer the middle. Where neither lies between them, the root that lies nearest."""
    tones = {chord.root} | ({(chord.root + 7) % 12} & set(chord.core))
    middle = (low + high) / 2
    within = [pitch for pitch in range(-int(-low // 1), int(high) + 1) if pitch % 12 in tones]
    around = [pitch for pitch in range(128) if pitch % 12 == chord.root]
    return float(min(within or around, key=lambda pitch: abs(pitch - middle)))


@dataclass(frozen=True, slots=True)
class Stretch:
    """A chord over `bars` bars from bar `bar` of its phrase."""

    bar: int
    bars: int
    chord: Chord
    voicing: Voicing
    fresh: bool
    """False where the chord of the stretch before goes on."""


class Harmony:
    """The walk through the chord graph for one sitting."""

    def __init__(self, profile: Profile, random: Random, home: int | None = None) -> None:
        """`home` is a pitch (MIDI) whose name the home note takes where the profile's range has it."""
        self._harmony = profile.harmony
        self._random = random
        low, high = self._harmony.tonic
        self._tonic = random.randint(-int(-low // 1), int(high))
        if home is not None:
            named = (pitch for pitch in range(-int(-low // 1), int(high) + 1) if (pitch - home) % 12 == 0)
            self._tonic = next(named, self._tonic)
        pad = profile.palette.get("pad")
        self._register = pad.register if pad else _PAD_REGISTER
        self.scale = Scale(self._tonic, self._harmony.modes_for(self._harmony.mood)[0])
        self._graph = ChordGraph(self.scale)
        self._chord = self._graph.home
        self._voicing: Voicing | None = None
        self._stood_s = 0.0
        self._lifts = self._lifted = False
        self._carried: list[int] = []

    @property
    def home(self) -> int:
        """The home note (MIDI)."""
        return self._tonic

    @property
    def _colour(self) -> float:
        return max(self._harmony.colour, _LIFTED_COLOUR) if self._lifted else self._harmony.colour

    def lift(self) -> None:
        """From the next section on, every mode a step brighter and chords fuller of colour."""
        self._lifts = True

    def retune(self, mood: float, new_section: bool) -> None:
        """Take a mode of `mood` (valence, -1 to 1): for a new section, or as the mood moves on."""
        self._lifted = self._lifted or (self._lifts and new_section)
        modes: tuple[Mode, ...] = self._harmony.modes_for(mood)
        if self._lifted:
            modes = tuple(BRIGHTER[mode] for mode in modes)
        if self.scale.mode in modes and not new_section:
            return
        mode = modes[0] if self._random.random() < 0.4 else self._random.choice(modes)
        if mode != self.scale.mode:
            self.scale = Scale(self._tonic, mode)
            self._graph = ChordGraph(self.scale)

    def stretches(
        self, phrase: Phrase, bar_s: float, melody: Sequence[tuple[int, float]] = ()
    ) -> tuple[Stretch, ...]:
        """The chords under `phrase`, whose bars last `bar_s` seconds.

        `melody`, (pitch, beats) note by note, is what the harmony has to follow where a motif returns.
        """
        first = self._first(phrase, phrase.bars * bar_s, melody)
        halves = self._halves(phrase, bar_s)
        found = [self._stretch(0, halves[0], first, bar_s)]
        if len(halves) == 2:
            second = self._graph.next(first or self._chord, min(phrase.depth + 0.4, DEEPEST), self._random)
            found.append(self._stretch(halves[0], halves[1], second, bar_s))
        return tuple(found)

    def _first(self, phrase: Phrase, phrase_s: float, melody: Sequence[tuple[int, float]]) -> Chord | None:
        """The chord at the start of the phrase; None where the last one has not stood long enough."""
        shortest, longest = self._harmony.chord_s
        cadence = phrase.own or phrase.part in (Part.LEAVE, Part.HOME)
        young = self._stood_s < shortest * (_HURRY if cadence else 0.95)
        if self._stood_s > 0.0 and young and self._stood_s + phrase_s <= longest * 1.1:
            return None
        if melody:
            return self._carrying(melody)
        if phrase.part in (Part.OPENING, Part.ANCHOR, Part.HOME):
            return self._graph.home
        if phrase.part is Part.LEAVE:
            return self._graph.before_home(self._chord, self._random)
        if phrase.depth == 0.0 and self._random.random() < 0.75:
            return self._graph.home
        return self._graph.next(self._chord, phrase.depth, self._random)

    def _carrying(self, melody: Sequence[tuple[int, float]]) -> Chord:
        """A chord for a motif that returns: each time another one, and home only when all have been."""
        home = self._graph.home
        chord = self._graph.under(melody, self._chord, [home.root, *self._carried])
        self._carried = [] if chord is home else [*self._carried, chord.root]
        return chord

    def _halves(self, phrase: Phrase, bar_s: float) -> tuple[int, ...]:
        shortest, longest = self._harmony.chord_s
        half = phrase.bars // 2
        if phrase.own or phrase.part in (Part.OPENING, Part.LEAVE, Part.HOME) or half == 0:
            return (phrase.bars,)
        must = phrase.bars * bar_s > longest
        may = half * bar_s >= shortest and self._random.random() < 0.5
        return (half, phrase.bars - half) if must or may else (phrase.bars,)

    def _stretch(self, bar: int, bars: int, chord: Chord | None, bar_s: float) -> Stretch:
        lasts_s = bars * bar_s
        same = chord is None or chord.root == self._chord.root
        if same and self._voicing and (chord is None or self._stood_s + lasts_s <= self._harmony.chord_s[1]):
            self._stood_s += lasts_s
            return Stretch(bar, bars, self._chord, self._voicing, False)
        self._chord, self._voicing = self._reached(chord or self._chord)
        self._stood_s = lasts_s
        return Stretch(bar, bars, self._chord, self._voicing, True)

    def _reached(self, chord: Chord) -> tuple[Chord, Voicing]:
        """`chord`, coloured or plain, or failing that another one, with a voicing led smoothly from the last.

        Open chords of the five-note modes cannot always be reached without breaking a rule, least in a
        narrow low register. Then any chord will do that can; the last resort, home voiced afresh, is for
        a change of mode that leaves none.
        """
        likely = self._graph.next(self._chord, 0.5 * DEEPEST, self._random)
        tries = [chord, likely, self._graph.home, *self._graph.chords]
        if chord.name == self._chord.name or self._random.random() < self._colour:
            tries.insert(0, self._graph.coloured(chord, self._random))
        for one in tries:
            voicing = voice(one, self._voicing, *self._register)
            if voicing:
                return one, voicing
        return self._graph.home, voice(self._graph.home, None, *self._register) or ()
