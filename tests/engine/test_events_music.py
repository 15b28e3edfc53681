"""Events as they are heard: the own motif in new harmony, one stroke on an inhale, a brighter mode."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise

import pytest

from dsp.score import Note
from engine.guide.music_state import Event, MusicState, Stage
from engine.music.anchor import anchor_motif
from engine.music.composer import MARK_WAITS_S, Composer
from engine.music.controls import FRONT
from engine.music.foreground import ARPEGGIO_BEATS, MARK_BEATS, STROKE_BEATS
from engine.music.orchestration import MARKS
from engine.music.scale import BRIGHTER
from engine.music.score import Landmark
from profiles.load import load, names
from profiles.schema import MODES

AT_S = 200.0
BREATH_PER_MIN = 8.0
Wishes = dict[float, dict[str, object]]
"""What the guide asks for from a moment on, beside what it asks for anyway."""


@dataclass
class Played:
    """A piece at 60 beats a minute, so that a beat is a second."""

    notes: list[Note] = field(default_factory=list)
    markers: list[Landmark] = field(default_factory=list)

    def spans(self, part: str) -> list[tuple[float, float]]:
        phrases = [m for m in self.markers if m.kind == "phrase"]
        return [(a.beat, b.beat) for a, b in pairwise(phrases) if a.text == part]

    def sung(self, span: tuple[float, float]) -> list[Note]:
        """What the lead sings there."""
        first, last = span
        layers = (STROKE_BEATS, ARPEGGIO_BEATS, MARK_BEATS)
        front = [n for n in self.notes if first - 0.1 <= n.beat < last - 0.1 and n.instrument in MARKS]
        return [n for n in front if n.beats not in layers]

    def chord_at(self, beat: float) -> str:
        return [m.text for m in self.markers if m.kind == "chord" and m.beat <= beat][-1]

    def scales(self) -> list[tuple[float, str]]:
        return [(m.beat, m.text.split(": ")[1]) for m in self.markers if m.kind == "section"]


def play(
    name: str, events: dict[float, Event], seconds: float = 300.0, wishes: Wishes | None = None,
    seed: int = 3,
) -> Played:  # fmt: skip
    """Five looks a second; what several tests look at is played once."""
    if wishes:
        return _played(name, events, seconds, wishes, seed)
    return _kept(name, tuple(events.items()), seconds, seed)


@cache
def _kept(name: str, events: tuple[tuple[float, Event], ...], seconds: float, seed: int) -> Played:
    return _played(name, dict(events), seconds, {}, seed)


def _played(name: str, events: dict[float, Event], seconds: float, wishes: Wishes, seed: int) -> Played:
    profile, played = load(name), Played()
    composer = Composer(profile, seed, "ANNA")
    low, high = profile.ranges.density
    density, mood = (low + high) / 2, profile.harmony.mood
    plain = MusicState(0.0, Stage.GUIDE, 60.0, density, 0.35, 0.0, BREATH_PER_MIN, 2.0, 0.0, mood=mood)
    for tick in range(round(5 * seconds)):
        t_s = tick / 5
        music = replace(plain, t_s=t_s, event=events.get(t_s))
        for from_s, wish in wishes.items():
            music = replace(music, **wish) if from_s <= t_s else music
        score = composer.compose(t_s, t_s, 60.0, t_s + 14.0, music)
        played.notes = [n for n in played.notes if n.instrument not in score.forget or n.beat < t_s]
        played.notes += score.notes
        played.markers += score.landmarks
    return played


@pytest.mark.parametrize("name", names())
def test_what_was_before_an_event_is_as_without_it(name: str) -> None:
    ours, twin = play(name, {AT_S: Event.SETTLED}), play(name, {})
    assert [n for n in ours.notes if n.beat < AT_S] == [n for n in twin.notes if n.beat < AT_S]
    assert ours.notes != twin.notes


@pytest.mark.parametrize("name", names())
def test_the_own_motif_returns_within_a_minute_in_its_own_rhythm(name: str) -> None:
    motif = anchor_motif("ANNA")
    ((first, last),) = play(name, {AT_S: Event.SETTLED}).spans("return")
    assert AT_S < first < AT_S + 45.0
    notes = play(name, {AT_S: Event.SETTLED}).sung((first, last))[: len(motif.steps)]
    stretch = notes[0].beats / motif.lengths[0]
    assert stretch in (1.0, 2.0)
    assert [n.beats / stretch for n in notes[:-1]] == list(motif.lengths[:-1])
    assert play(name, {}).spans("return") == []


@pytest.mark.parametrize("name", ["relax", "grief", "sleep", "release", "focus", "energise"])
def test_its_notes_are_those_of_the_beginning_and_its_harmony_is_another(name: str) -> None:
    """Up to the octave: another instrument may sing it. A bowl, which sings chords alone, is left out. A tone
    gives way where it would rub against a chord, so that one sitting alone says little."""
    notes, kept, sung = len(anchor_motif("ANNA").steps), 0, 0
    for seed in range(1, 9):
        played = play(name, {90.0: Event.SETTLED, 240.0: Event.SETTLED}, 340.0, seed=seed)
        (begin,) = played.spans("anchor")
        returns = played.spans("return")
        lines = [[round(n.pitch) % 12 for n in played.sung(span)[:notes]] for span in (begin, *returns)]
        kept += sum(a == b for line in lines[1:] for a, b in zip(lines[0], line, strict=True))
        sung += notes * len(returns)
        chords = [played.chord_at(span[0]) for span in (begin, *returns)]
        assert len(returns) == 2
        tonic = chords[0].split("m")[0]
        assert not any(chord.split("m")[0] == tonic for chord in chords[1:])
    assert kept >= 0.6 * sung


@pytest.mark.parametrize("name", names())
def test_a_single_stroke_falls_on_the_next_inhale(name: str) -> None:
    """By the fittest instrument there is, no louder than others, and alone but for the lead."""
    played, profile = play(name, {AT_S: Event.FOUND}), load(name)
    (mark,) = [n for n in played.notes if n.beats == MARK_BEATS]
    assert mark.instrument == next(each for each in MARKS if each in profile.palette)
    assert AT_S < mark.beat < AT_S + MARK_WAITS_S
    assert mark.beat % (60.0 / BREATH_PER_MIN) == pytest.approx(0.0, abs=0.02) or mark.beat % 7.5 > 7.48
    assert mark.velocity <= max(n.velocity for n in played.notes if n.instrument in FRONT and n != mark)
    bar = profile.form.beats_per_bar
    first = mark.beat // bar * bar
    bars = [n for n in played.notes if first <= n.beat < first + bar]
    beside = [n for n in bars if n.instrument in MARKS and n != mark]
    assert all(n.beats not in (STROKE_BEATS, ARPEGGIO_BEATS) for n in beside)


def test_a_bar_that_a_hand_has_sung_anew_keeps_its_stroke() -> None:
    (mark,) = [n for n in play("relax", {AT_S: Event.FOUND}).notes if n.beats == MARK_BEATS]
    bar = mark.beat // 4 * 4
    fuller: Wishes = {bar - 0.5: {"density": 1.0, "full_by_hand": True}}
    again = [n for n in play("relax", {AT_S: Event.FOUND}, wishes=fuller).notes if n.beats == MARK_BEATS]
    assert again == [mark]


def test_a_stroke_that_finds_no_place_is_left_out() -> None:
    still: Wishes = {AT_S - 1.0: {"silence": True}, AT_S + 60.0: {"silence": False}}
    assert [n for n in play("relax", {AT_S: Event.FOUND}, wishes=still).notes if n.beats == MARK_BEATS] == []


@pytest.mark.parametrize("name", names())
def test_arriving_comes_home_falls_silent_and_begins_a_brighter_section(name: str) -> None:
    at_s = 60.0  # in the middle of the first section
    played = play(name, {at_s: Event.ARRIVED}, 180.0)
    twin = play(name, {}, 180.0)
    (_, before), (begun, after), *_ = played.scales()
    assert at_s < begun < at_s + 60.0
    assert len(twin.scales()) == 1 or twin.scales()[1][0] > begun
    home_chord, silence = played.spans("home")[0], played.spans("silence")[0]
    assert home_chord[1] == silence[0]
    assert silence[1] == begun
    tonic, mode = after.split(" ", 1)
    assert tonic == before.split(" ")[0]
    lifted = {BRIGHTER[each] for each in load(name).harmony.modes_for(load(name).harmony.mood)}
    assert mode.replace(" ", "_") in lifted


def test_a_brighter_mode_is_one_tone_higher() -> None:
    for mode, brighter in BRIGHTER.items():
        if len(MODES[mode]) == len(MODES[brighter]) == 7:
            assert sum(MODES[brighter]) - sum(MODES[mode]) == (mode != "lydian")
        else:
            assert set(MODES[brighter]) <= set(MODES["lydian"]) or len(MODES[brighter]) == 5


def test_an_ending_is_not_held_up() -> None:
    ends: Wishes = {AT_S + 5.0: {"stage": Stage.END, "left_s": 60.0}}
    played = play("relax", {AT_S: Event.SETTLED}, wishes=ends)
    parts = [m.text for m in played.markers if m.kind == "phrase" and m.beat > AT_S + 20.0]
    assert "return" not in parts
