"""The composer: a profile, a seed and the guide's wishes become notes in beats, a few bars ahead.

Pure: the same profile, seed, client and sequence of calls give the same score. There are two horizons.
The far one plans bars: form, harmony and the bed, which a stalled interpreter must not tear. The near one
sings them: tempo and everything that is heard as an onset, decided with what is wished for now. Neither
is ever revised, but what a hand sends away is forgotten: a bar that has not begun is sung anew as full as a
hand wants it, and one that has loses its next note where less is wanted. What has to act at once (levels,
brightness, the breath's swell) goes by ramps.
"""

from __future__ import annotations

from collections import deque
from copy import deepcopy
from dataclasses import replace
from heapq import heapify, heappop, heappush
from math import inf

from dsp.score import Note, Ramp
from engine.guide.music_state import Event, MusicState
from engine.music import kit
from engine.music.anchor import anchor_motif
from engine.music.bar import Bar
from engine.music.bed import Bed
from engine.music.chance import Chance
from engine.music.chords import Chord
from engine.music.controls import FRONT, Controls
from engine.music.expression import Expression
from engine.music.foreground import Foreground, Late
from engine.music.form import Form, Part, Phrase
from engine.music.harmony import HEART_REGISTER, Harmony, Stretch, heart_pitch
from engine.music.planned import Before, Planned, Sung
from engine.music.scenes import Scene, mix_of, told
from engine.music.score import Landmark, Score
from engine.music.suiting import Suiting
from engine.music.thinning import thinned_away
from engine.music.tune import Line, motif_of
from profiles.schema import Profile

TEMPO_STEP = 0.003
"""Largest change of tempo at a bar line, as a share (SCIENCE.md A4)."""

NEAR_BEATS = 1.0
"""A bar is sung when its bar line is this near, so that what a hand or a heart wishes for is heard within a
bar and a beat (our own choice: a beat is longer than any stall of a machine that is merely busy)."""

ANEW_SHARE = 0.1
"""Of density's range: where a hand moves it by more, the music tells the hand so: one onset more at the
beginning of the next bar, or the next one left out (own choice)."""

MARK_WAITS_S = 30.0
"""How long the stroke that marks a moment waits for an inhale, which may fall into a silence; then it is left
out (own choice)."""

_AIR_PHRASES = 2
"""Phrases that one note of wind or water lasts."""


class Composer:
    """One sitting's music.

    `client` is the code whose anchor motif opens and closes it; without one the seed's own does.
    """

    def __init__(self, profile: Profile, seed: int, client: str | None = None) -> None:
        self._seed, self._turns = seed, 0
        stream = self._stream
        self._profile = profile
        self._bar_beats = profile.form.beats_per_bar
        self._form = Form(profile, stream("form"))
        self._controls = Controls(profile, mix_of(self._form.scene, profile.palette))
        self._harmony = Harmony(profile, stream("harmony"))
        self._bed = Bed(profile, stream("bed"))
        self._expression = Expression(profile, stream("touch"))
        self._anchor = anchor_motif(client if client else f"seed {seed}")
        self._front = Foreground(profile, self._anchor, stream("foreground"), self._expression)
        self._drums = stream("kit")
        self._tempo_bpm: float | None = None
        self._next_bar = 0
        self._phrase: Phrase | None = None
        self._bars_left = 0
        self._stretches: tuple[Stretch, ...] = ()
        self._unsung: deque[Planned] = deque()
        self._waiting: list[tuple[float, int, Note]] = []
        self._written = 0
        self._rests = False
        self._sung: Sung | None = None
        self._front_notes: list[Note] = []
        self._mark_until_s = -inf
        self._marked_bar: int | None = None
        self._chords: deque[tuple[float, Chord]] = deque()
        self._suiting = Suiting()
        self._untold: deque[tuple[float, Scene]] = deque()

    def opening(self) -> list[Ramp]:
        """Every parameter as it stands, to be set at once: at frame 0, or again for a new player."""
        return self._controls.standing()

    def heart_pitch(self, beat: float) -> float:
        """What the heart sounds on at `beat`, asked for in order: root or fifth of the chord there (MIDI)."""
        while len(self._chords) > 1 and self._chords[1][0] <= beat:
            self._chords.popleft()
        chord = self._chords[0][1] if self._chords else Chord(self._harmony.home % 12, (), (), "")
        channel = self._profile.palette.get("heart")
        return heart_pitch(chord, *(channel.register if channel else HEART_REGISTER))

    def wanted(self, beat: float) -> frozenset[int]:
        """Pitch classes that go with the harmony at `beat`."""
        return self._suiting.at(beat) or self._harmony.scale.classes

    def turn_to(self, profile: Profile, now_s: float) -> list[Ramp]:
        """Go on with another profile from the next bar that is not planned; returns ramps for now.

        The melody rests until then, and the bed plays alone at first, as at the opening, around the same
        home note. Engine time is `now_s`.
        """
        self._turns += 1
        beat = self._next_bar * self._bar_beats
        self._profile, self._bar_beats = profile, profile.form.beats_per_bar
        self._next_bar = -(-beat // self._bar_beats)
        self._form = Form(profile, self._stream("form"))
        self._harmony = Harmony(profile, self._stream("harmony"), self._harmony.home)
        self._bed.turn_to(profile)
        self._expression = Expression(profile, self._stream("touch"))
        self._front = Foreground(profile, self._anchor, self._stream("foreground"), self._expression)
        self._phrase, self._bars_left, self._stretches = None, 0, ()
        self._unsung.clear()
        self._untold.clear()
        self._sung = None
        return self._controls.turn_to(profile, now_s, mix_of(self._form.scene, profile.palette))

    def take_up(self, tune: Line, beats: float) -> bool:
        """Let what comes round every so many beats be the motif: the next phrase sings it, and so does each
        that has the own one. False where it is too short for one."""
        motif = motif_of(tune, beats, self._harmony.scale)
        if motif is None:
            return False
        self._anchor = motif
        for front in (self._front, *(self._sung.players[:1] if self._sung else ())):
            front.take_up(motif)
        return True

    def _stream(self, subject: str) -> Chance:
        turn = f" turn {self._turns}" if self._turns else ""
        return Chance(f"calando {self._seed} {subject}{turn}")

    def breath_at(self, t_s: float) -> tuple[float, float]:
        """Where the swell stands at `t_s`, 0 to 1 from the inhale on, and its breaths a minute."""
        return self._controls.breath.phase_at(t_s), self._controls.breath.per_min

    @property
    def home(self) -> float:
        """The home note, MIDI."""
        return self._harmony.home

    def compose(
        self, now_beat: float, now_s: float, tempo_bpm: float, until_beat: float, music: MusicState,
        breath_phase: float | None = None,
    ) -> Score:  # fmt: skip
        """What is new, and the ramps for now.

        now_beat, now_s   where the transport stands, in beats and in seconds of engine time
        tempo_bpm         the transport's tempo
        until_beat        the far horizon, up to which the bed is written; the near one is NEAR_BEATS away
        breath_phase      where a listener to be met stands in their breath, 0 to 1, or None (Controls.follow)

        Notes lie at or after `now_beat`. Where `now_beat` has jumped past bars that were planned, what they
        would have sung is left out; where it has jumped past the bed too, a new phrase begins at the next bar
        line.
        """
        score = Score(ramps=self._controls.follow(now_s, now_beat, music, breath_phase))
        if self._tempo_bpm is None:
            self._tempo_bpm = music.tempo_bpm if now_beat <= 0.0 else tempo_bpm
            score.tempo.append((max(now_beat, 0.0), self._tempo_bpm))
        if now_beat > self._next_bar * self._bar_beats:
            self._jump(now_beat, tempo_bpm)

        if music.event is not None:
            self._befall(music.event, now_s)

        def second(beat: float) -> float:
            return now_s + (beat - now_beat) * 60.0 / tempo_bpm

        while (beat := float(self._next_bar * self._bar_beats)) < until_beat:
            self._plan_bar(beat, second(beat), music, score)
        sung = self._sung
        if music.rests and not self._rests:
            self._forget_front(score)
        elif sung is not None and not music.rests and (step := self._step_by_hand(sung.density, music)):
            self._obey(step, sung, now_beat, second(sung.planned.beat), music, score)
        if sung is not None and music.tempo_by_hand and now_beat <= sung.planned.beat:
            self._step_tempo(sung.planned, sung.before, music, score)
        self._rests = music.rests
        while self._unsung and self._unsung[0].beat < now_beat + NEAR_BEATS:
            planned = self._unsung.popleft()
            sung_before = music.density if self._sung is None else self._sung.density
            before = Before(sung_before, self._tempo_bpm)
            if planned.beat >= now_beat:
                self._step_tempo(planned, before, music, score)
            self._sing_bar(planned, second(planned.beat), music, before)
        while self._untold and self._untold[0][0] <= now_beat:
            score.decisions.append(told(self._untold.popleft()[1], now_s))
        while self._waiting and self._waiting[0][0] < until_beat:
            beat, _, note = heappop(self._waiting)
            if beat >= now_beat:
                score.notes.append(note)
        return score

    def _befall(self, event: Event, now_s: float) -> None:
        """Take up what has come to pass, to be marked where the form has a place for it."""
        match event:
            case Event.SETTLED:
                self._form.bring_back()
            case Event.FOUND:
                self._mark_until_s, self._marked_bar = now_s + MARK_WAITS_S, None
            case Event.ARRIVED:
                self._form.turn()
                self._harmony.lift()

    def _forget_front(self, score: Score) -> None:
        score.forget.extend(name for name in FRONT if name in self._profile.palette)
        self._waiting = [kept for kept in self._waiting if kept[2].instrument not in FRONT]
        heapify(self._waiting)

    def _obey(
        self, step: int, sung: Sung, now_beat: float, at_s: float, music: MusicState, score: Score
    ) -> None:
        """A hand has moved density: a bar that waits is sung anew, and of one that sounds already the next
        note is left out where less is wanted. `at_s` is when the bar begins."""
        waits = now_beat <= sung.planned.beat
        end = sung.planned.beat if waits else inf
        coming = sorted((n for n in self._front_notes if now_beat <= n.beat < end), key=lambda n: n.beat)
        if not waits and (step > 0 or not coming):
            return
        self._forget_front(score)
        self._front_notes = []
        self._keep(coming[1:] if step < 0 else coming)
        if waits:
            self._front, self._expression, self._drums = sung.players
            self._sing_bar(sung.planned, at_s, music, sung.before)
        else:
            self._sung = replace(sung, density=music.density)

    def _step_by_hand(self, before: float, music: MusicState) -> int:
        """1 where a hand has raised density from what it was before, -1 where it has lowered it, 0 else."""
        low, high = self._profile.ranges.density
        way = music.density - before
        if not music.full_by_hand or abs(way) <= ANEW_SHARE * (high - low):
            return 0
        return 1 if way > 0.0 else -1

    def _jump(self, now_beat: float, tempo_bpm: float) -> None:
        self._next_bar = -int(-now_beat // self._bar_beats)
        self._tempo_bpm = tempo_bpm
        self._phrase, self._bars_left = None, 0
        self._unsung.clear()
        self._front.fall_silent()
        self._bed.restart()

    def _plan_bar(self, beat: float, at_s: float, music: MusicState, score: Score) -> None:
        """Decide form and harmony of the next bar, and write its bed."""
        bar = self._bar(self._next_bar, beat, self._bar_beats, at_s)
        over = music.ended and self._phrase is not None and not self._phrase.silent
        if self._phrase is None or self._bars_left <= 0 or (over and not self._form.closing):
            self._begin_phrase(bar, music, score)
        phrase = self._phrase
        assert phrase is not None
        place = phrase.bars - self._bars_left
        if phrase.part is not Part.GONE:
            bars = 1 if self._form.closing else _AIR_PHRASES * self._form.phrase_bars(bar.seconds)
            bars = max(bars, self._bars_left)
            self._keep(self._bed.air(phrase.scene, beat, bar.beats, bars, bar.beat_s))
        planned = Planned(
            self._next_bar, beat, bar.beats, phrase, place, self._stretches, self._harmony.scale
        )
        if not phrase.silent and place == planned.stretch.bar:
            stretch = planned.stretch
            self._chords.append((beat, stretch.chord))
            self._suiting.begin(beat, stretch.chord, planned.scale)
            beats = stretch.bars * bar.beats
            self._keep(self._bed.under(stretch, phrase, planned.scale, beat, beats, bar.beat_s))
            if stretch.fresh:
                score.landmarks.append(Landmark(beat, "chord", stretch.chord.name))
        self._unsung.append(planned)
        self._bars_left -= 1
        self._next_bar += 1

    def _bar(self, index: int, beat: float, beats: int, at_s: float) -> Bar:
        assert self._tempo_bpm is not None, "the first call sets the tempo"
        return Bar(index, beat, beats, 60.0 / self._tempo_bpm, at_s)

    def _sing_bar(self, planned: Planned, at_s: float, music: MusicState, before: Before) -> None:
        """Write the foreground of a bar, as full as is wished for now."""
        memo: dict[int, object] = {id(self._profile): self._profile}
        players = deepcopy((self._front, self._expression, self._drums), memo)
        self._sung = Sung(planned, music.density, before, players)
        self._front_notes = [n for n in self._front_notes if n.beat >= planned.beat - planned.beats]
        phrase, front = planned.phrase, self._front
        bar = self._bar(planned.index, planned.beat, planned.beats, at_s)
        late, step = self._late(bar), self._step_by_hand(before.density, music)
        density = music.density if music.full_by_hand else music.density * phrase.fullness
        if phrase.silent or music.silence or music.rests:
            front.fall_silent()
            if step > 0 and phrase.part is Part.SILENCE and not (music.silence or music.rests):
                self._keep(front.one_more(planned.stretches[-1], bar, (), late))
            return
        if planned.place == 0:
            if phrase.first_of_section and phrase.section > 0:
                front.new_section(phrase.section, phrase.scene)
            front.plan(phrase, planned.stretches, bar, planned.scale, density, music.register_st)
        if phrase.part is Part.OPENING:
            return
        mark = self._mark(bar)
        notes = front.write(phrase, planned.stretch, bar, density, planned.fresh, late, mark)
        drums = [] if phrase.part is Part.ENTER else self._drummed(planned, bar, music.density)
        notes = [self._played(note, bar) for note in sorted([*notes, *drums], key=lambda note: note.beat)]
        drums = [note for note in notes if note.instrument == "kit"]
        notes = [note for note in notes if note.instrument != "kit"]
        notes = [note for note in notes if not thinned_away(note, music.answer, self._seed)]
        if step > 0:
            notes += front.one_more(planned.stretch, bar, notes, late)
        elif step < 0:
            notes = sorted(notes, key=lambda note: note.beat)[1:]
        self._keep([*notes, *drums])

    def _drummed(self, planned: Planned, bar: Bar, density: float) -> list[Note]:
        """A bar of the kit, where the scene has one."""
        if "kit" not in self._profile.palette or "kit" not in planned.phrase.scene.sounding:
            return []
        low, high = self._profile.ranges.density
        full = min(max((density - low) / max(high - low, 0.1), 0.0), 1.0)
        return kit.played(self._drums, bar, full, planned.last, self._expression)

    def _step_tempo(self, planned: Planned, before: Before, music: MusicState, score: Score) -> None:
        """Move the tempo at a bar line, by a step that nobody notices; one sent for it before is void."""
        slowest, fastest = before.tempo_bpm * (1.0 - TEMPO_STEP), before.tempo_bpm * (1.0 + TEMPO_STEP)
        tempo_bpm = min(max(music.tempo_bpm, slowest), fastest)
        if planned.phrase.part is Part.OPENING and not self._turns:
            tempo_bpm = music.tempo_bpm  # the bed has no pulse yet: what tempo it had cannot be heard
        if tempo_bpm != self._tempo_bpm:
            score.tempo.append((planned.beat, tempo_bpm))
            self._tempo_bpm = tempo_bpm

    def _begin_phrase(self, bar: Bar, music: MusicState, score: Score) -> None:
        phrase = self._form.next(bar.seconds, music, music.left_s - (bar.now_s - music.t_s))
        if self._phrase is None or phrase.part is not self._phrase.part or not phrase.silent:
            score.landmarks.append(Landmark(bar.beat, "phrase", phrase.part.value))
        self._phrase, self._bars_left = phrase, phrase.bars
        if phrase.silent:
            if phrase.part is Part.SILENCE and self._stretches:
                beats = phrase.bars * bar.beats
                last, scale = self._stretches[-1], self._harmony.scale
                self._keep(self._bed.under(last, phrase, scale, bar.beat, beats, bar.beat_s))
                then = mix_of(self._form.scene, self._profile.palette)
                self._controls.rest(bar.beat, bar.beat + beats, then, bar.beat_s if phrase.deep else None)
            return
        before = self._harmony.scale
        self._harmony.retune(music.mood, phrase, comes_home=self._form.closing)
        if phrase.first_of_section or self._harmony.scale != before:
            text = f"{phrase.section + 1}: {self._harmony.scale.name}"
            score.landmarks.append(Landmark(bar.beat, "section", text))
        if phrase.first_of_section:
            score.landmarks.append(Landmark(bar.beat, "scene", phrase.scene.name))
            self._untold.append((bar.beat, phrase.scene))
        melody = self._front.own_melody(self._harmony.scale) if phrase.part is Part.RETURN else ()
        melody = melody or self._front.theme(phrase.part)
        self._stretches = self._harmony.stretches(phrase, bar.seconds, melody)

    def _mark(self, bar: Bar) -> float | None:
        """The beat of this bar that a stroke marks: where an inhale begins. A bar sung anew has it again."""
        inhale_s = self._controls.breath.inhale_s(bar.now_s)
        beat = bar.beat + (inhale_s - bar.now_s) / bar.beat_s
        if beat >= bar.end or inhale_s > self._mark_until_s or self._marked_bar not in (None, bar.index):
            return None
        self._marked_bar = bar.index
        return beat

    def _late(self, bar: Bar) -> Late:
        breath = self._controls.breath

        def late(beat: float) -> float:
            return self._expression.late_s(breath.phase_at(bar.now_s + (beat - bar.beat) * bar.beat_s))

        return late

    def _played(self, note: Note, bar: Bar) -> Note:
        """The note as hands play it that know the breath and what sounds already."""
        at_s = bar.now_s + (note.beat - bar.beat) * bar.beat_s
        breath = self._controls.breath
        phase = breath.phase_at(at_s) if breath.goes else None
        coming = self._bed.coming(note.beat, bar.beat_s)
        return self._expression.played(note, at_s, phase, self._controls.sunk_db(at_s), coming)

    def _keep(self, notes: list[Note]) -> None:
        for note in notes:
            if note.instrument in FRONT:
                self._front_notes.append(note)
            heappush(self._waiting, (note.beat, self._written, note))
            self._written += 1
