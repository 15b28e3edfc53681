"""The composer: a profile, a seed and the guide's wishes become notes in beats, a few bars ahead.

Pure: the same profile, seed, client and sequence of calls give the same score. Whole bars are
decided when the horizon reaches them and never revised; what has to act at once (levels, brightness,
the breath's swell) goes by ramps.
"""

from __future__ import annotations

from heapq import heappop, heappush
from random import Random

from dsp.score import DRUM_PITCHES, Note, Ramp
from engine.guide.music_state import MusicState
from engine.music import kit
from engine.music.anchor import anchor_motif
from engine.music.bed import Bed
from engine.music.controls import Controls
from engine.music.foreground import Bar, Foreground, Late
from engine.music.form import Form, Part, Phrase
from engine.music.harmony import Harmony, Stretch
from engine.music.score import Marker, Score
from engine.music.touch import Touch
from profiles.schema import Profile

TEMPO_STEP = 0.003
"""Largest change of tempo at a bar line, as a share (SCIENCE.md A4)."""

_BED_PHRASES = 2
"""Phrases that one note of the drone or the wind lasts."""


class Composer:
    """One sitting's music.

    `client` is the code whose anchor motif opens and closes it; without one the seed's own does.
    """

    def __init__(self, profile: Profile, seed: int, client: str | None = None) -> None:
        self._seed, self._turns = seed, 0
        stream = self._stream
        self._profile = profile
        self._bar_beats = profile.form.beats_per_bar
        self._controls = Controls(profile)
        self._form = Form(profile, stream("form"))
        self._harmony = Harmony(profile, stream("harmony"))
        self._bed = Bed(profile, stream("bed"))
        self._touch = Touch(stream("touch"), steady="kit" in profile.palette)
        self._anchor = anchor_motif(client if client else f"seed {seed}")
        self._front = Foreground(profile, self._anchor, stream("foreground"), self._touch)
        self._drums = stream("kit")
        self._tempo_bpm: float | None = None
        self._next_bar = 0
        self._phrase: Phrase | None = None
        self._bars_left = 0
        self._stretches: tuple[Stretch, ...] = ()
        self._waiting: list[tuple[float, int, Note]] = []
        self._written = 0

    def opening(self) -> list[Ramp]:
        """Every parameter as it stands, to be set at once: at frame 0, or again for a new player."""
        return self._controls.standing()

    def turn_to(self, profile: Profile, now_s: float) -> list[Ramp]:
        """Go on with another profile from the next bar that is not written; returns ramps for now.

        The bed plays alone at first, as at the opening, around the same home note. Engine time is `now_s`.
        """
        self._turns += 1
        beat = self._next_bar * self._bar_beats
        self._profile, self._bar_beats = profile, profile.form.beats_per_bar
        self._next_bar = -(-beat // self._bar_beats)
        self._form = Form(profile, self._stream("form"))
        self._harmony = Harmony(profile, self._stream("harmony"), self._harmony.home)
        self._bed.turn_to(profile)
        self._touch = Touch(self._stream("touch"), steady="kit" in profile.palette)
        self._front = Foreground(profile, self._anchor, self._stream("foreground"), self._touch)
        self._phrase, self._bars_left, self._stretches = None, 0, ()
        return self._controls.turn_to(profile, now_s)

    def _stream(self, subject: str) -> Random:
        turn = f" turn {self._turns}" if self._turns else ""
        return Random(f"calando {self._seed} {subject}{turn}")

    def compose(
        self, now_beat: float, now_s: float, tempo_bpm: float, until_beat: float, music: MusicState
    ) -> Score:
        """What is new up to beat `until_beat`, and the ramps for now.

        now_beat, now_s   where the transport stands, in beats and in seconds of engine time
        tempo_bpm         the transport's tempo
        until_beat        the horizon; about 12 beats past `now_beat` keeps the music responsive

        Notes lie at or after `now_beat` and before `until_beat`. Where `now_beat` has jumped past what
        was written, the past is left out and a new phrase begins at the next bar line.
        """
        score = Score(ramps=self._controls.follow(now_s, now_beat, music))
        if self._tempo_bpm is None:
            self._tempo_bpm = music.tempo_bpm if now_beat <= 0.0 else tempo_bpm
            score.tempo.append((max(now_beat, 0.0), self._tempo_bpm))
        if now_beat > self._next_bar * self._bar_beats:
            self._jump(now_beat, tempo_bpm)
        while (beat := float(self._next_bar * self._bar_beats)) < until_beat:
            self._write_bar(beat, now_s + (beat - now_beat) * 60.0 / tempo_bpm, music, score)
        while self._waiting and self._waiting[0][0] < until_beat:
            beat, _, note = heappop(self._waiting)
            if beat >= now_beat:
                score.notes.append(note)
        return score

    def _jump(self, now_beat: float, tempo_bpm: float) -> None:
        self._next_bar = -int(-now_beat // self._bar_beats)
        self._tempo_bpm = tempo_bpm
        self._phrase, self._bars_left = None, 0
        self._front.fall_silent()
        self._bed.restart()

    def _write_bar(self, beat: float, at_s: float, music: MusicState, score: Score) -> None:
        tempo_bpm = self._step_tempo(beat, music.tempo_bpm, score)
        bar = Bar(self._next_bar, beat, self._bar_beats, 60.0 / tempo_bpm, at_s)
        stop = (music.silence or music.ended) and self._phrase is not None and not self._phrase.silent
        if self._phrase is None or self._bars_left <= 0 or (stop and not self._form.closing):
            self._begin_phrase(bar, music, score)
        phrase = self._phrase
        assert phrase is not None
        place = phrase.bars - self._bars_left
        if phrase.part is not Part.GONE:
            bars = 1 if self._form.closing else _BED_PHRASES * self._form.phrase_bars(bar.seconds)
            self._keep(
                self._bed.under(self._harmony.scale, beat, bar.beats, max(bars, self._bars_left), bar.beat_s)
            )
        if not phrase.silent:
            stretch = next(s for s in reversed(self._stretches) if s.bar <= place)
            if place == stretch.bar:
                self._keep(self._bed.pad(stretch, beat, stretch.bars * bar.beats, bar.beat_s))
                if stretch.fresh:
                    score.markers.append(Marker(beat, "chord", stretch.chord.name))
            if phrase.part is not Part.OPENING:
                fresh = place == stretch.bar and stretch.fresh
                self._keep(self._front.write(phrase, stretch, bar, music.density, fresh, self._late(bar)))
                if "kit" in self._profile.palette:
                    self._keep(self._kit(bar, music.density))
        self._bars_left -= 1
        self._next_bar += 1

    def _step_tempo(self, beat: float, wanted_bpm: float, score: Score) -> float:
        present = self._tempo_bpm or wanted_bpm
        tempo_bpm = min(max(wanted_bpm, present * (1.0 - TEMPO_STEP)), present * (1.0 + TEMPO_STEP))
        if self._phrase is not None and self._phrase.part is Part.OPENING:
            tempo_bpm = wanted_bpm  # the bed has no pulse: what tempo it had cannot be heard
        if tempo_bpm != present:
            score.tempo.append((beat, tempo_bpm))
            self._tempo_bpm = tempo_bpm
        return tempo_bpm

    def _begin_phrase(self, bar: Bar, music: MusicState, score: Score) -> None:
        phrase = self._form.next(bar.seconds, music, music.left_s - (bar.now_s - music.t_s))
        if self._phrase is None or phrase.part is not self._phrase.part or not phrase.silent:
            score.markers.append(Marker(bar.beat, "phrase", phrase.part.value))
        self._phrase, self._bars_left = phrase, phrase.bars
        if phrase.silent:
            self._front.fall_silent()
            if phrase.part is Part.SILENCE and self._stretches:
                beats = phrase.bars * bar.beats
                self._keep(self._bed.pad(self._stretches[-1], bar.beat, beats, bar.beat_s))
                self._controls.rest(bar.beat, bar.beat + beats)
            return
        before = self._harmony.scale
        self._harmony.retune(music.mood, phrase.first_of_section and phrase.section > 0)
        if phrase.first_of_section and phrase.section > 0:
            self._front.new_section(phrase.section, bar.now_s)
        if phrase.first_of_section or self._harmony.scale != before:
            text = f"{phrase.section + 1}: {self._harmony.scale.name}"
            score.markers.append(Marker(bar.beat, "section", text))
        self._stretches = self._harmony.stretches(phrase, bar.seconds)
        self._front.plan(phrase, self._stretches, bar, self._harmony.scale, music.density)

    def _kit(self, bar: Bar, density: float) -> list[Note]:
        low, high = self._profile.ranges.density
        fullness = min(max((density - low) / max(high - low, 0.1), 0.0), 1.0)
        return [
            Note(
                max(bar.beat, bar.beat + beat + self._touch.tight_s() / bar.beat_s),
                0.5,
                "kit",
                DRUM_PITCHES[drum],
                self._touch.velocity(velocity),
                0.0,
                {"hat": 0.25, "brush": -0.2, "rim": 0.08}.get(drum, 0.0),
            )
            for beat, drum, velocity in kit.bar(self._drums, bar.beats, fullness, self._bars_left == 1)
        ]

    def _late(self, bar: Bar) -> Late:
        breath = self._controls.breath

        def late(beat: float) -> float:
            return self._touch.late_s(breath.phase_at(bar.now_s + (beat - bar.beat) * bar.beat_s))

        return late

    def _keep(self, notes: list[Note]) -> None:
        for note in notes:
            heappush(self._waiting, (note.beat, self._written, note))
            self._written += 1
