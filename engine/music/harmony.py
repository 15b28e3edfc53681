"""Harmony in time: which chord each stretch of a phrase stands on, and how the pad voices it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, pi, sin
from random import Random

from engine.music.bass import bass_under, home_bass
from engine.music.chords import DEEPEST, Chord, ChordGraph
from engine.music.form import Part, Phrase
from engine.music.orchestration import CHORDS
from engine.music.scale import BRIGHTER, Scale, part_of
from engine.music.scenes import SCENES
from engine.music.voice_leading import Voicing, voice
from profiles.schema import Mode, Profile

_CHORD_REGISTER = (45.0, 69.0)
"""110 to 440 Hz, where the harmony lies where nothing of a palette sounds it (SCIENCE.md D1)."""

_KEYS = (5, 7)
"""Semitones from the home note to those of sections that have their own: its fourth and fifth, in which a
motif that returns keeps all its notes but one."""

_LENT = 0.3
"""How often the last chord before home is borrowed from the neighbouring mode (own choice)."""

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


_WHOLE = frozenset({Part.OPENING, Part.ENTER, Part.LEAVE, Part.HOME})
"""Parts of the form that stand on one chord each, as does the listener's own motif."""

STANDS_S = 60.0
"""Seconds after which harmony leaves a root, however often it is asked for, unless the phrase is one of
_WHOLE. With a silence and what such phrases last it is left within 90 s, the shortest section
(SCIENCE.md D1): what stands longer than that is a drone and no chord (own choice)."""

_BORROWS_S = 30.0
"""Seconds on a root after which a triad of the parent mode is better than to stay. Sooner, five-note music
would have more than one note in twenty outside its mode (own choice)."""

_LEAST_SPAN = 20.0
"""Semitones that a chord of four voices needs to be voiced without low seconds (own choice)."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A chord over `bars` bars from bar `bar` of its phrase."""

    bar: int
    bars: int
    chord: Chord
    voicing: Voicing
    bass: int
    fresh: bool
    """False where the chord of the stretch before goes on."""


class Harmony:
    """The walk through the chord graph for one sitting."""

    def __init__(self, profile: Profile, random: Random, home: int | None = None) -> None:
        """`home` is a pitch (MIDI) whose name the home note takes where the profile's range has it."""
        self._harmony = profile.harmony
        self._random = random
        low, high = self._harmony.tonic
        self._home = random.randint(-int(-low // 1), int(high))
        if home is not None:
            named = (pitch for pitch in range(-int(-low // 1), int(high) + 1) if (pitch - home) % 12 == 0)
            self._home = next(named, self._home)
        chords = next((profile.palette[name] for name in CHORDS if name in profile.palette), None)
        drone = profile.palette.get("drone")
        self._register = chords.register if chords else _CHORD_REGISTER
        self._low = drone.register if drone else HEART_REGISTER
        self._scene = SCENES[profile.form.scenes[0]]
        self._away = 0
        self.scale = Scale(self._home, self._harmony.modes_for(self._harmony.mood)[0])
        self._graph = ChordGraph(self.scale)
        self._chord = self._graph.home
        self._voicing: Voicing | None = None
        self._bass = home_bass(self.scale, *self._low)
        self._stood_s = self._length_s = self._rooted_s = 0.0
        self._lifts = self._lifted = False
        self._carried: list[int] = []

    @property
    def home(self) -> int:
        """The home note of the sitting (MIDI)."""
        return self._home

    @property
    def _colour(self) -> float:
        return max(self._harmony.colour, _LIFTED_COLOUR) if self._lifted else self._harmony.colour

    def lift(self) -> None:
        """From the next section on, every mode a step brighter and chords fuller of colour."""
        self._lifts = True

    def retune(self, mood: float, phrase: Phrase, *, comes_home: bool = False) -> None:
        """Take a mode of `mood` (valence, -1 to 1): for a new section, or as the mood moves on.

        A new section may have a home note of its own; one that `comes_home` has that of the sitting.
        """
        new_section = phrase.first_of_section and phrase.section > 0
        lifts = self._lifts and new_section and not self._lifted
        self._lifted = self._lifted or lifts
        modes: tuple[Mode, ...] = self._harmony.modes_for(mood)
        if self._lifted:
            modes = tuple(BRIGHTER[mode] for mode in modes)
        tonic = self.scale.tonic
        if new_section:
            self._scene = phrase.scene
            self._voicing, self._stood_s = None, 0.0
            if not lifts:  # a brighter mode is heard as one on the same home note
                self._away = self._key() if phrase.scene.away else 0
            tonic = self._home + self._away
        if comes_home:
            tonic = self._home
        if self.scale.mode in modes and not new_section:
            mode = self.scale.mode
        else:
            mode = modes[0] if self._random.random() < 0.4 else self._random.choice(modes)
        if (tonic, mode) != (self.scale.tonic, self.scale.mode):
            self.scale = Scale(tonic, mode)
            self._graph = ChordGraph(self.scale)
            self._carried = []

    def _key(self) -> int:
        return self._random.choice([key for key in _KEYS if key != self._away])

    def stretches(
        self, phrase: Phrase, bar_s: float, melody: Sequence[tuple[int, float]] = ()
    ) -> tuple[Stretch, ...]:
        """The chords under `phrase`, whose bars last `bar_s` seconds.

        `melody`, (pitch, beats) note by note, is what the harmony follows: a motif that is sung again.
        """
        if phrase.own or phrase.part in _WHOLE:
            chord = self._first(phrase, melody)
            self._length_s = 0.0
            return (self._stretch(0, phrase.bars, chord, bar_s, bound=True),)
        fewest = max(1, ceil(self._harmony.chord_s[0] / bar_s - 0.01))
        found: list[Stretch] = []
        bar = 0
        while bar < phrase.bars:
            left = round((self._length_s - self._stood_s) / bar_s) if self._voicing else 0
            chord = None
            if left <= 0:
                chord = self._walk(phrase, bar, melody)
                self._length_s = self._drawn_s()
                left = max(fewest, round(self._length_s / bar_s))
            rest = phrase.bars - bar
            bars = self._within(left, rest, fewest, bar_s)
            found.append(self._stretch(bar, bars, chord, bar_s))
            bar += bars
        return tuple(found)

    def _first(self, phrase: Phrase, melody: Sequence[tuple[int, float]]) -> Chord:
        """The chord of a phrase that has one alone."""
        match phrase.part:
            case Part.RETURN:
                return self._carrying(melody)
            case Part.LEAVE:
                lent = self._graph.borrowed(self._random) if self._random.random() < _LENT else None
                return lent or self._graph.before_home(self._chord, self._random)
            case _:
                return self._graph.home

    def _walk(self, phrase: Phrase, bar: int, melody: Sequence[tuple[int, float]]) -> Chord:
        if bar == 0 and phrase.depth == 0.0 and self._random.random() < 0.75:
            return self._graph.home
        depth = phrase.depth if bar == 0 else min(phrase.depth + 0.4, DEEPEST)
        return self._graph.next(self._chord, depth, self._random, melody)

    def _within(self, left: int, rest: int, fewest: int, bar_s: float) -> int:
        """Bars for a chord that has so many `left`, where `rest` bars are left of the phrase: what it would
        leave is enough for another chord, or nothing."""
        if rest - left >= fewest:
            return left
        stood_s = self._stood_s if self._voicing else 0.0
        if rest < 2 * fewest or stood_s + rest * bar_s <= self._harmony.chord_s[1]:
            return rest
        return rest - fewest

    def _drawn_s(self) -> float:
        """How long the next chord stands, from the scene's part of the range: rather long or short than
        between (arcsine law), in its logarithm, so that long chords are followed by some that move."""
        shortest, longest = self._harmony.chord_s
        low, high = self._scene.chords
        place = sin(0.5 * pi * self._random.random()) ** 2
        return shortest * (longest / shortest) ** (low + (high - low) * place)

    def _carrying(self, melody: Sequence[tuple[int, float]]) -> Chord:
        """A chord for a motif that returns: each time another one, and home only when all have been. The
        sitting's home, on which it was first sung, may be another than that of the section."""
        home = self._graph.home
        chord = self._graph.under(melody, self._chord, [home.root, self._home % 12, *self._carried])
        self._carried = [] if chord is home else [*self._carried, chord.root]
        return chord

    def _stretch(
        self, bar: int, bars: int, chord: Chord | None, bar_s: float, *, bound: bool = False
    ) -> Stretch:
        lasts_s = bars * bar_s
        same = chord is None or chord.root == self._chord.root
        leaves = same and not bound and self._rooted_s + lasts_s > STANDS_S
        longest_s = self._harmony.chord_s[1]
        if same and self._voicing and not leaves and (chord is None or self._stood_s + lasts_s <= longest_s):
            self._stood_s += lasts_s
            self._rooted_s += lasts_s
            return Stretch(bar, bars, self._chord, self._voicing, self._bass, False)
        before, root = self._voicing or (), self._chord.root
        stands = None if self._scene.walks else home_bass(self.scale, *self._low)
        self._chord, self._voicing = self._reached(chord or self._chord, stands, leaves)
        self._bass = (
            bass_under(self._chord, self._bass, (*before, *self._voicing), *self._low)
            if stands is None
            else stands
        )
        self._stood_s = lasts_s
        self._rooted_s = lasts_s + (self._rooted_s if self._chord.root == root else 0.0)
        return Stretch(bar, bars, self._chord, self._voicing, self._bass, True)

    def _reached(self, chord: Chord, bass: int | None, leaves: bool) -> tuple[Chord, Voicing]:
        """`chord`, coloured or plain, or failing that another one, with a voicing led smoothly from the last.

        Open chords of the five-note modes cannot always be reached without breaking a rule, least in a
        narrow low register or over a `bass` that stands. Then another root will do, in the end one of the
        parent mode, before harmony stays where it is. Where it `leaves`, the root that stands is tried last.
        The last resort, home voiced afresh, is for a change of mode that leaves none.
        """
        tries = [chord]
        if chord.name == self._chord.name or self._random.random() < self._colour:
            tries.insert(0, self._graph.coloured(chord, self._random))
        away = self._graph.elsewhere(self._chord, 0.5 * DEEPEST, self._random)
        if not leaves and self._rooted_s < _BORROWS_S:
            away = [each for each in away if each not in self._graph.kin]
        tries = [*away, *tries] if leaves else [*tries, *away]
        tries += [self._graph.home, *self._graph.chords]
        register = part_of(self._register, self._scene.height, _LEAST_SPAN)
        stood = {pitch % 12 for pitch in self._voicing or ()}
        for under in (bass, None):
            for one in tries:
                voicing = voice(one, self._voicing, *register, bass=under)
                moved = one.root == self._chord.root or {pitch % 12 for pitch in voicing or ()} != stood
                if voicing and moved:
                    return one, voicing
        return self._graph.home, voice(self._graph.home, None, *self._register) or ()
