"""The foreground: melody, arpeggios and loop strokes, spent bar by bar from the onset budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import pi, sin
from random import Random

from dsp.score import Note
from engine.music import loops
from engine.music.arpeggio import Arpeggio, euclid, tones
from engine.music.bar import Bar
from engine.music.budget import OnsetBudget
from engine.music.chords import Chord, ChordGraph
from engine.music.expression import COLOUR, Expression
from engine.music.form import Part, Phrase
from engine.music.harmony import Stretch
from engine.music.kit import SWING
from engine.music.melody import LEAD_CEILING, refitted, sung
from engine.music.motif import Motif
from engine.music.orchestration import MARKS, cast
from engine.music.ringing import Ringing
from engine.music.scale import Scale, part_of, pitches_of
from engine.music.scenes import SCENES, Scene
from engine.music.themes import Themes
from profiles.schema import Instrument, Profile

_KEPT = 0.5
"""A motif is sung to its end while density is at least this share of what it was begun with (own choice)."""

_PULL_ELSEWHERE = 6.0
"""How strongly a line is drawn to where it should lie when another register is asked for: more than to where
the last one ended (own choice)."""

_ARCH = {Part.STATE: 0.0, Part.VARY: 2.0, Part.CONTRAST: 4.0, Part.LEAVE: -1.0, Part.HOME: -3.0}
"""Semitones by which a phrase lies above the section's centre: up and back over a period."""

_CLEAR_BEATS = 0.3
"""An arpeggio keeps this far from a melody note or stroke, so that each is heard as one onset."""

STROKE_BEATS = 5.9
ARPEGGIO_BEATS = 1.4
MARK_BEATS = 7.9
"""Lengths of loop strokes, arpeggios and a stroke that marks a moment; no melody note has them, so the layers
can be told apart."""

_OWN_REGISTER = (55, 76)
"""MIDI 55 to 76, 196 to 659 Hz: where the own motif is found (SCIENCE.md D1: melody 220 to 660)."""

_MARK_VELOCITY = 0.5
"""Of the single stroke that marks a moment: no louder than any other."""

ORNAMENTS = (STROKE_BEATS, ARPEGGIO_BEATS)
"""What may be left out without a hole in the melody."""

_ENTRANCE = (0.6, 0.75, 0.88)
"""How softly the first phrases of a section are played, as a share."""

QUICK_BPM = 76.0
"""Over this, music without a drum is felt at half time: calm is 48 to 76 (SCIENCE.md D1)."""

LIGHTER, _FROM_BPM, _WHOLLY_BPM = 0.15, 70.0, 84.0
"""Share of a stroke's velocity that quick music gives up, and between which tempos: a quick heart is met by
many thin attacks, not by many heavy ones (own choice)."""

_LEAD_SPAN, _FIGURE_SPAN = 12.0, 10.0
"""Semitones that a melody and a figure need, however small a part of a register a scene gives them."""

_THEMES = {Part.STATE: False, Part.VARY: False, Part.CONTRAST: True}
"""Parts that sing a theme of the section, and whether it is the second."""

Melody = tuple[tuple[int, float], ...]
"""Note by note, (MIDI number, beats)."""

Late = Callable[[float], float]
"""Seconds the breath's rubato and the hands add to a note written at a beat."""


@dataclass(frozen=True, slots=True)
class _Sung:
    beat: float
    beats: float
    pitch: int
    velocity: float


class Foreground:
    """Everything that is heard as an onset, for one sitting."""

    def __init__(self, profile: Profile, anchor: Motif, random: Random, expression: Expression) -> None:
        self._profile = profile
        self._random = random
        self._expression = expression
        self._anchor = anchor
        self._own = anchor.pitches
        self._mark = next((name for name in MARKS if name in profile.palette), None)
        self._pulsed = "kit" in profile.palette
        self._swing = SWING - 0.5 if self._pulsed else 0.0
        self._budget = OnsetBudget()
        self._themes = Themes(anchor, profile.form.rests, random)
        self._planned = 0.0
        self._loops = loops.drawn(random)
        self._arpeggio = Arpeggio.drawn(random)
        self._scene = SCENES[profile.form.scenes[0]]
        self._orchestra = cast(profile, 0, self._scene, random, None)
        self._line: list[_Sung] = []
        self._ringing = Ringing()
        self._melodies: dict[bool, Melody] = {}
        self._left: float | None = None
        self._phrases = 0
        self._register_st = 0.0

    def new_section(self, section: int, scene: Scene) -> None:
        """Another orchestra, another way of breaking chords, motifs new or recalled."""
        self._scene = scene
        self._orchestra = cast(self._profile, section, scene, self._random, self._orchestra)
        self._melodies.clear()
        self._arpeggio = Arpeggio.drawn(self._random)
        self._themes.new_section()
        if section % 2:
            self._loops = loops.drawn(self._random)
        self._phrases = 0

    def take_up(self, motif: Motif) -> None:
        """Sing this in the next phrase, and as the own motif from here on."""
        self._anchor, self._own = motif, motif.pitches
        self._themes.take_up(motif)

    def fall_silent(self) -> None:
        """Nothing is owed after a silence, and nothing half-sung goes on."""
        self._budget.forgive()
        self._line = []

    def plan(
        self,
        phrase: Phrase,
        stretches: Sequence[Stretch],
        bar: Bar,
        scale: Scale,
        density: float,
        register_st: float,
    ) -> None:
        """Choose what the lead sings in the phrase that starts with `bar`.

        register_st  semitones by which all that is struck in it lies higher, or lower
        """
        self._line = []
        self._register_st = register_st
        self._phrases += 1
        lead = self._orchestra.lead
        owed = density * phrase.bars * bar.seconds
        beats = phrase.bars * bar.beats
        self._planned = density
        if lead is None or not (phrase.own or "lead" in phrase.scene.sounding):
            return
        motif = self._themes.of(phrase, beats, owed, bar.now_s)
        if motif is None:
            return
        start = bar.beat + self._lead_in(beats - motif.beats)
        chords = [_chord_at(start + sum(motif.lengths[:n]), bar, stretches) for n in range(len(motif.steps))]
        low, high = self._range(lead)
        ladder = self._ladder(lead, scale, chords[0])
        if phrase.own or motif.pitches:
            own = self._moved(motif.pitches, lead, scale) if motif.pitches else self.own_line(scale)
            pitches = refitted(own, ladder, chords, motif.lengths if motif.pitches else ())
        else:
            centre = low + (high - low) * self._orchestra.centre + _ARCH.get(phrase.part, 0.0)
            centre += register_st
            pull = _PULL_ELSEWHERE if register_st else 1.0
            centre = min(max(centre, low + 3), high - 3)
            pitches = sung(motif, ladder, chords, centre, self._left, phrase.part is Part.HOME, pull)
        at = start
        for n, (pitch, length) in enumerate(zip(pitches, motif.lengths, strict=False)):
            arch = sin(pi * (n + 0.5) / len(motif.steps))
            accent = 0.04 if (at - bar.beat) % bar.beats == 0 else 0.0
            self._line.append(_Sung(at, length, pitch, 0.56 + 0.15 * arch + accent))
            self._ringing.struck(lead, pitch, at, length)
            at += length
        if pitches:
            self._left = pitches[-1]
        if phrase.part in _THEMES:
            self._melodies[_THEMES[phrase.part]] = tuple(zip(pitches, motif.lengths, strict=False))

    def theme(self, part: Part) -> Melody:
        """What the lead has sung last in such a part of this section, for the harmony to follow."""
        return self._melodies.get(_THEMES[part], ()) if part in _THEMES else ()

    def own_line(self, scale: Scale) -> tuple[int, ...]:
        """The listener's own motif at home, as the present lead sings it; () where nothing can.

        One's own motif is known by its notes, too: whatever sings it and in whatever mode, they are those of
        the beginning, but for the octave and for a tone that this mode does not have.
        """
        lead = self._orchestra.lead
        if lead is None:
            return ()
        home = ChordGraph(scale).home
        if not self._own:
            chords, (low, high) = [home] * len(self._anchor.steps), _OWN_REGISTER
            middle = (low + high) / 2
            self._own = sung(self._anchor, scale.ladder(low, high), chords, middle, None, home=True)
        return self._moved(self._own, lead, scale)

    def _moved(self, line: tuple[int, ...], lead: str, scale: Scale) -> tuple[int, ...]:
        """A line by as many octaves as bring it to the lead, and what this mode does not have to the next."""
        away = sum(self._range(lead)) / 2 - sum(line) / len(line)
        moved = [pitch + 12 * round(away / 12) for pitch in line]
        ladder = self._ladder(lead, scale, ChordGraph(scale).home)
        return tuple(min(ladder, key=lambda p: (abs(p - pitch), p)) for pitch in moved)

    def own_melody(self, scale: Scale) -> Melody:
        """The same note by note, (pitch, beats), for the harmony to follow."""
        return tuple(zip(self.own_line(scale), self._anchor.lengths, strict=False))

    def _range(self, lead: str) -> tuple[float, float]:
        low, high = part_of(self._profile.palette[lead].register, self._scene.lead_height, _LEAD_SPAN)
        return low, min(high, LEAD_CEILING)

    def _ladder(self, lead: str, scale: Scale, chord: Chord) -> tuple[int, ...]:
        """What the lead may sing. A bowl rings on under what follows, so it sings chord tones alone."""
        low, high = self._range(lead)
        return pitches_of(chord.classes, low, high) if lead == "bowl" else scale.ladder(low, high)

    def write(
        self,
        phrase: Phrase,
        stretch: Stretch,
        bar: Bar,
        density: float,
        fresh: bool,
        late: Late,
        mark: float | None = None,
    ) -> list[Note]:
        """The notes of one bar over `stretch`; `fresh` where its chord begins with this bar.

        A single stroke falls on the beat `mark`, and nothing in that bar beside it but the lead.
        """
        phrase_s = phrase.bars * bar.seconds
        self._budget.earn(density, bar.seconds, phrase_s)
        self._ringing.forget_before(bar.beat)
        taken: list[float] = []
        notes: list[Note] = []
        soft = _ENTRANCE[self._phrases - 1] if 0 < self._phrases <= len(_ENTRANCE) else 1.0
        soft *= self._light(bar)
        for note in (n for n in self._line if bar.beat <= n.beat < bar.end):
            sure = density > 0.0 and (phrase.own or density >= _KEPT * self._planned)
            if sure or self._budget.may_sing(density, phrase_s):
                self._budget.spend()
                taken.append(note.beat)
                notes.append(self._lead_note(note, soft, bar, late))
        if mark is not None and self._mark is not None:
            self._budget.spend()
            pitch = self._mark_pitch(stretch)
            return [*notes, Note(mark, MARK_BEATS, self._mark, pitch, _MARK_VELOCITY)]
        for pitch, beat in self._strokes(stretch, bar, taken):
            if self._budget.spare(phrase.share) < 1:
                break
            self._budget.spend()
            taken.append(beat)
            name = self._orchestra.stroke or "bowl"
            self._ringing.struck(name, pitch, beat, STROKE_BEATS)
            notes.append(
                self._note(
                    beat, STROKE_BEATS, name, pitch, 0.52 * soft, -self._orchestra.lead_pan * 2.5, bar, late
                )
            )
        for pitch, beat in self._arpeggio_notes(stretch, bar, taken, self._budget.spare(phrase.share), fresh):
            self._budget.spend()
            name = self._orchestra.arpeggio or "pluck"
            notes.append(
                self._note(
                    beat, ARPEGGIO_BEATS, name, pitch, 0.42 * soft, self._orchestra.arpeggio_pan, bar, late
                )
            )
        return notes

    def one_more(self, stretch: Stretch, bar: Bar, taken: Sequence[Note], late: Late) -> list[Note]:
        """One onset more, on the first free half beat of a bar: what a hand hears that asks for more.

        `taken` is what the bar has already. Nothing where the palette has no instrument for it.
        """
        name = self._orchestra.arpeggio
        pitches = tones(stretch.chord, stretch.voicing, *self._arpeggio_span(name)) if name else ()
        halves = (bar.beat + half / 2 for half in range(2 * bar.beats))
        free = (beat for beat in halves if all(abs(beat - note.beat) >= _CLEAR_BEATS for note in taken))
        beat = next(free, None)
        if name is None or beat is None or not pitches:
            return []
        pitch = self._arpeggio.next(self._ringing.free(name, pitches, beat, ARPEGGIO_BEATS))
        return [self._note(beat, ARPEGGIO_BEATS, name, pitch, 0.42, self._orchestra.arpeggio_pan, bar, late)]

    def _lead_in(self, spare: float) -> float:
        """Beats of rest before the first note: none, one, or part of what is spare."""
        return min(self._random.choice((0.0, 0.0, 1.0, 2.0)), max(0.0, int(spare)))

    def _mark_pitch(self, stretch: Stretch) -> int:
        """The lowest root in reach, or failing that the lowest tone: a mark asks for nothing to follow."""
        low, high = self._profile.palette[self._mark or "bowl"].register
        found = tones(stretch.chord, stretch.voicing, low, high) or (round((low + high) / 2),)
        return next((pitch for pitch in found if pitch % 12 == stretch.chord.root), found[0])

    def _strokes(self, stretch: Stretch, bar: Bar, taken: list[float]) -> list[tuple[int, float]]:
        name = self._orchestra.stroke
        if name is None:
            return []
        pitches = tones(stretch.chord, stretch.voicing, *self._register(name))
        due = [(loop.tone, beat) for loop in self._loops for beat in loop.strokes(bar.beat, bar.end)]
        free = {beat: tone for tone, beat in due if all(abs(beat - t) >= _CLEAR_BEATS for t in taken)}

        def key(beat: float, tone: float) -> int:
            free_keys = self._ringing.free(name, pitches, beat, STROKE_BEATS)
            return free_keys[round(tone * (len(free_keys) - 1))]

        return [(key(beat, tone), float(beat)) for beat, tone in free.items() if pitches]

    def _arpeggio_notes(
        self, stretch: Stretch, bar: Bar, taken: list[float], count: int, fresh: bool
    ) -> list[tuple[int, float]]:
        name = self._orchestra.arpeggio
        if name is None or count < 1:
            return []
        pitches = tones(stretch.chord, stretch.voicing, *self._arpeggio_span(name))
        if not pitches:
            return []
        per_beat = 1 if self._half_time(bar) else 2
        division = per_beat if 2 * count <= per_beat * bar.beats else 2 * per_beat
        slots = [s / division for s in range(bar.beats * division)]
        free = [s for s in slots if all(abs(bar.beat + s - t) >= _CLEAR_BEATS for t in taken)]
        chosen = (
            [free[i] for i in euclid(min(count, len(free)), len(free), self._arpeggio.rotation)]
            if free
            else []
        )
        if fresh and chosen and free[0] == 0.0:
            chosen[0] = 0.0
        found: list[tuple[int, float]] = []
        for slot in sorted(set(chosen)):
            beat = bar.beat + slot
            free_keys = self._ringing.free(name, pitches, beat, ARPEGGIO_BEATS)
            pitch = self._arpeggio.next(free_keys)
            if slot == 0.0 and fresh:
                pitch = next((p for p in free_keys if p % 12 == stretch.chord.root), pitch)
            self._ringing.struck(name, pitch, beat, ARPEGGIO_BEATS)
            found.append((pitch, beat))
        return found

    def _arpeggio_span(self, name: Instrument) -> tuple[float, float]:
        """The part of an instrument's register in which it plays arpeggios in this scene."""
        low, high = part_of(self._register(name), self._scene.figure_height, _FIGURE_SPAN)
        return low, min(high, LEAD_CEILING)

    def _register(self, name: Instrument) -> tuple[float, float]:
        """The register of an instrument that accompanies, its lower or its upper end left out."""
        low, high = self._profile.palette[name].register
        return low + max(self._register_st, 0.0), high + min(self._register_st, 0.0)

    def _half_time(self, bar: Bar) -> bool:
        return not self._pulsed and bar.bpm > QUICK_BPM

    def _light(self, bar: Bar) -> float:
        """How lightly a bar is struck, as a share."""
        quick = (bar.bpm - _FROM_BPM) / (_WHOLLY_BPM - _FROM_BPM)
        return 1.0 if self._pulsed else 1.0 - LIGHTER * min(max(quick, 0.0), 1.0)

    def _lead_note(self, note: _Sung, soft: float, bar: Bar, late: Late) -> Note:
        name = self._orchestra.lead or "piano"
        return self._note(
            note.beat, note.beats, name, note.pitch, note.velocity * soft, self._orchestra.lead_pan, bar, late
        )

    def _note(
        self,
        beat: float,
        beats: float,
        name: str,
        pitch: int,
        velocity: float,
        pan: float,
        bar: Bar,
        late: Late,
    ) -> Note:
        velocity = self._expression.velocity(velocity)
        swung = beat + (self._swing if (beat * 2) % 2 == 1 else 0.0)
        at = max(bar.beat, swung + late(beat) / bar.beat_s)
        return Note(
            at, beats, name, pitch, velocity, COLOUR * (velocity - 0.45), self._expression.pan(pan, pitch)
        )


def _chord_at(beat: float, bar: Bar, stretches: Sequence[Stretch]) -> Chord:
    """The chord that stands at `beat` of the phrase that starts with `bar`."""
    under = [s for s in stretches if bar.beat + s.bar * bar.beats <= beat]
    return (under or [stretches[0]])[-1].chord
