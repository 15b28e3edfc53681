"""The composer as a whole: over many seeds, profiles and paths of the guide it keeps its promises."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from random import Random
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsp.palette.instruments import COMPOSED
from dsp.score import CHANNEL_PARAMETERS, DRUM_PITCHES, INSTRUMENTS, MASTER_PARAMETERS, Note, Ramp
from engine.guide.music_state import MusicState, Stage
from engine.music.anchor import anchor_motif
from engine.music.composer import TEMPO_STEP, Composer
from engine.music.foreground import ARPEGGIO_BEATS, STROKE_BEATS
from engine.music.harmony import HEART_REGISTER
from engine.music.scale import hertz, note_name
from engine.music.scenes import SCENES
from engine.music.score import Landmark
from profiles.load import load, names
from profiles.schema import MODES

FOREGROUND = ("piano", "pluck", "kalimba", "bowl")
PROFILES = names()


@dataclass
class Sitting:
    """What a composer gave, tick by tick, and the clock that played it."""

    notes: list[Note] = field(default_factory=list)
    ramps: list[tuple[float, Ramp]] = field(default_factory=list)
    markers: list[Landmark] = field(default_factory=list)
    tempo: list[tuple[float, float]] = field(default_factory=list)
    beats: list[float] = field(default_factory=list)
    per_tick: list[list[Note]] = field(default_factory=list)

    def at_s(self, beat: float) -> float:
        i = min(max(bisect_right(self.beats, beat) - 1, 0), len(self.beats) - 2)
        return (i + (beat - self.beats[i]) / (self.beats[i + 1] - self.beats[i])) / 10

    def parts(self) -> list[tuple[float, str]]:
        return [(m.beat, m.text) for m in self.markers if m.kind == "phrase"]

    def onsets_s(self) -> list[float]:
        """Foreground onsets in seconds; two within 30 ms are one."""
        found = sorted(self.at_s(n.beat) for n in self.notes if n.instrument in FOREGROUND)
        return [t for i, t in enumerate(found) if i == 0 or t - found[i - 1] > 0.03]


def plain(profile, t, density=None, bpm=None):
    low, high = profile.ranges.density
    tempo = min(max(66.0, profile.ranges.tempo_bpm[0]), profile.ranges.tempo_bpm[1])
    return MusicState(
        t,
        Stage.MATCH if t < 120 else Stage.GUIDE,
        bpm or tempo,
        (low + high) / 2 if density is None else density,
        0.35,
        -60.0 * max(0.0, 1 - t / profile.arc.fade_in_s) ** 2,
        8.0,
        2.0,
        0.5,
        mood=profile.harmony.mood,
    )


def play(name, seed, seconds, wish=None, client=None, leaps=None):
    """A sitting; `wish(profile, t)` is the guide, `leaps` {tick: beats} what a lost device costs."""
    profile = load(name)
    composer = Composer(profile, seed, client)
    sitting = Sitting(ramps=[(0.0, r) for r in composer.opening()])
    beat, bpm, coming = 0.0, 60.0, []
    for tick in range(int(seconds * 10)):
        t = tick / 10
        music = (wish or plain)(profile, t)
        bpm = music.tempo_bpm if tick == 0 else bpm
        beat += (leaps or {}).get(tick, 0.0)
        score = composer.compose(beat, t, bpm, beat + 12.0, music)
        assert all(beat <= n.beat < beat + 12.0 for n in score.notes)
        assert [n.beat for n in score.notes] == sorted(n.beat for n in score.notes)
        sitting.notes += score.notes
        sitting.per_tick.append(score.notes)
        sitting.ramps += [(t, r) for r in score.ramps]
        sitting.markers += score.landmarks
        sitting.tempo += score.tempo
        coming += score.tempo
        while coming and coming[0][0] <= beat:
            bpm = coming.pop(0)[1]
        sitting.beats.append(beat)
        beat += bpm / 600.0
    return sitting


@cache
def plainly(name, seed):
    """Ten minutes of a guide that wants one thing; for all tests that look at such a sitting."""
    return play(name, seed, 600)


class Wanderer:
    """A guide with no manners: everything it may ask for, at random, for seconds or minutes at a time."""

    def __init__(self, seed):
        self.random = Random(seed)
        self.until = -1.0
        self.state = None
        self.tempo = None

    def __call__(self, profile, t):
        if t >= self.until:
            low, high = profile.ranges.tempo_bpm
            self.until = t + self.random.choice((3, 20, 60, 90))
            self.goal = self.random.uniform(low, high)
            self.state = replace(
                plain(profile, t, self.random.uniform(0.0, 2.5)),
                stage=self.random.choice([s for s in Stage if s is not Stage.END]),
                brightness=self.random.random(),
                loudness_db=self.random.uniform(-30, 0),
                breath_guide_per_min=self.random.choice((0.0, 4.5, 14.0)),
                breath_depth_db=self.random.uniform(0, 3),
                silence=self.random.random() < 0.2,
                mood=self.random.uniform(-1, 1),
            )
        self.tempo = (self.tempo or self.goal) + (self.goal - (self.tempo or self.goal)) * 0.02
        return replace(self.state, t_s=t, tempo_bpm=self.tempo)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(PROFILES), st.integers(0, 10**6))
def test_whatever_the_guide_asks_the_score_keeps_its_bounds(name, seed):
    profile = load(name)
    sitting = play(name, seed, 180, Wanderer(seed))
    for note in sitting.notes:
        assert note.instrument in profile.palette
        assert note.instrument != "heart"
        assert note.beats > 0.0
        assert 0.0 < note.velocity <= 1.0
        assert -1.0 <= note.brightness <= 1.0
        assert -1.0 <= note.pan <= 1.0
        if note.instrument == "kit":
            assert note.pitch in DRUM_PITCHES.values()
        elif note.instrument not in ("wind", "water"):
            low, high = profile.palette[note.instrument].register
            assert low <= note.pitch <= high
            assert hertz(note.pitch) <= 1200.0
            assert note.pan == 0.0 or note.pitch >= 50
    for _, ramp in sitting.ramps:
        assert ramp.seconds >= 0.0
        if ramp.channel == "master":
            assert ramp.parameter in MASTER_PARAMETERS
        else:
            assert ramp.channel in INSTRUMENTS
            assert ramp.parameter in CHANNEL_PARAMETERS
        assert -60.0 <= ramp.value <= 20000.0
    bars = profile.form.beats_per_bar
    before_tunes = ("opening", "entering", "silence")
    tunes = [m.beat for m in sitting.markers if m.kind == "phrase" and m.text not in before_tunes]
    first_tune = min(tunes, default=math.inf)
    for (_, before), (beat, bpm) in pairwise(sitting.tempo):
        assert beat % bars == 0.0
        if beat > first_tune:
            assert abs(bpm / before - 1.0) <= TEMPO_STEP + 1e-12
    foreground = sorted(sitting.at_s(n.beat) for n in sitting.notes if n.instrument in FOREGROUND)
    assert all(b - a > 2.0 for a, b in zip(foreground, foreground[12:], strict=False))  # six a second at most


@pytest.mark.parametrize("name", PROFILES)
def test_same_seed_same_score_other_seed_another(name):
    one, two, three = play(name, 7, 120), play(name, 7, 120), play(name, 8, 120)
    assert (one.notes, one.ramps, one.tempo, one.markers) == (two.notes, two.ramps, two.tempo, two.markers)
    assert one.notes != three.notes
    mine = [(round(n.beat, 1), n.pitch) for n in one.notes if n.instrument in FOREGROUND]
    other = {(round(n.beat, 1), n.pitch) for n in three.notes if n.instrument in FOREGROUND}
    assert sum(n in other for n in mine) < 0.5 * len(mine)


def test_what_is_written_does_not_hang_on_how_often_it_is_asked_for():
    """Asked in one piece or bar by bar, a bar is the same: decided once, never revised."""
    profile = load("relax")
    often = play("relax", 3, 60, lambda p, t: replace(plain(p, t), loudness_db=0.0)).notes
    once = (
        Composer(profile, 3)
        .compose(0.0, 0.0, 66.0, 48.0, replace(plain(profile, 0.0), loudness_db=0.0))
        .notes
    )
    early = [(n.instrument, n.pitch) for n in often if n.beat < 48.0]
    bed = ("pad", "drone", "wind", "water")
    assert [n for n in early if n[0] in bed] == [(n.instrument, n.pitch) for n in once if n.instrument in bed]


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("level", [0.0, 0.8])
def test_density_follows_the_guide(name, level):
    profile = load(name)
    low, high = profile.ranges.density
    density = max(low + level * (high - low), 0.1)
    due = heard = 0.0
    for seed in (3, 11) if level == 0.0 else (11,):  # sparse music has too few onsets in one
        sitting = play(name, seed, 420, lambda p, t: plain(p, t, density))
        scenes = [(m.beat, SCENES[m.text].fullness) for m in sitting.markers if m.kind == "scene"]
        for (a, text), (b, _) in pairwise([*sitting.parts(), (sitting.beats[-1], "")]):
            if text not in ("silence", "opening", "entering"):
                fullness = [share for beat, share in scenes if beat <= a][-1]
                due += fullness * density * max(0.0, min(sitting.at_s(b), 400) - max(sitting.at_s(a), 40))
        heard += sum(40 <= t < 400 for t in sitting.onsets_s())
    assert heard == pytest.approx(due, rel=0.15)


def test_a_hand_that_holds_density_has_it_in_every_scene():
    for name in ("relax", "sleep"):
        density = load(name).ranges.density[1]
        wish = lambda p, t, d=density: replace(plain(p, t, d), full_by_hand=True)  # noqa: E731
        sitting = play(name, 11, 420, wish)
        spans = pairwise([*sitting.parts(), (sitting.beats[-1], "")])
        quiet = ("silence", "opening")
        spans_s = [(sitting.at_s(a), sitting.at_s(b)) for (a, text), (b, _) in spans if text not in quiet]
        sounding = sum(max(0.0, min(b, 400) - max(a, 40)) for a, b in spans_s)
        heard = sum(40 <= t < 400 for t in sitting.onsets_s())
        assert heard / sounding == pytest.approx(density, rel=0.15)


def test_density_follows_within_a_minute_of_a_change():
    sitting = play("relax", 5, 240, lambda p, t: plain(p, t, 0.9 if t < 120 else 0.2))
    onsets = sitting.onsets_s()
    thick, thin = sum(60 <= t < 120 for t in onsets), sum(150 <= t < 210 for t in onsets)
    assert 40 <= thick <= 62
    assert thin <= 16


@pytest.mark.parametrize("name", PROFILES)
def test_notes_lie_in_the_mode_and_sections_fall_silent(name):
    profile = load(name)
    sitting = plainly(name, 2)
    scales = [(m.beat, m.text.split(": ")[1].split(" ", 1)) for m in sitting.markers if m.kind == "section"]
    letters = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
    inside = []
    for note in sitting.notes:
        if note.instrument in (*FOREGROUND, "pad", "drone"):
            tonic, mode = [s for beat, s in scales if beat <= note.beat][-1]
            inside.append((note.pitch - letters.index(tonic)) % 12 in MODES[mode.replace(" ", "_")])
    assert sum(inside) / len(inside) >= 0.95
    allowed = {m.replace("_", " ") for modes in profile.harmony.modes.values() for m in modes}
    assert {mode for _, (_, mode) in scales} <= allowed
    low, high = profile.form.silence_s
    for (a, text), (b, _) in pairwise(sitting.parts()):
        if text == "silence":
            assert low - 0.05 <= sitting.at_s(b) - sitting.at_s(a) <= high + 0.05
            begun = [n for n in sitting.notes if a <= n.beat < b]
            assert all(n.instrument in ("drone", "wind", "water", "pad", "choir") for n in begun)
            standing = [n.pitch for n in sitting.notes if n.instrument == "pad" and n.beat < a][-8:]
            assert {n.pitch for n in begun if n.instrument == "pad"} <= set(standing)
    assert sum(text == "silence" for _, text in sitting.parts()) >= 3


@pytest.mark.parametrize("name", ["relax", "grief", "focus", "release"])
def test_harmony_moves_slowly_and_by_least_motion(name):
    profile = load(name)
    sitting = plainly(name, 4)
    shortest, longest = profile.harmony.chord_s
    ends = sorted([m.beat for m in sitting.markers if m.kind == "chord"])
    silent = [beat for beat, text in sitting.parts() if text == "silence"]
    for a, b in pairwise(ends):
        end = min([b, *[s for s in silent if a < s < b]])
        assert 4.0 <= 0.9 * shortest <= sitting.at_s(end) - sitting.at_s(a) <= 1.15 * longest
    chords = next(name for name in ("pad", "choir") if name in profile.palette)
    voices = [n for n in sitting.notes if n.instrument == chords]
    held = [n for n in sitting.notes if n.instrument in (chords, "drone")]
    afresh = sorted(m.beat for m in sitting.markers if m.kind == "scene")
    led = 0
    for note in voices:
        begins = ends[bisect_right(ends, note.beat) - 1]
        if bisect_right(afresh, begins - 0.1) < bisect_right(afresh, note.beat):
            continue  # a section is voiced afresh
        before = [n.pitch for n in held if n.beat < begins <= n.beat + n.beats]
        if before:
            led += 1
            assert min(abs(note.pitch - pitch) for pitch in before) <= 4
    assert led > 80


@pytest.mark.parametrize("name", PROFILES)
def test_no_voice_doubles_what_the_drone_has(name):
    """Two on one pitch beat slowly, and loudness comes and goes with them."""
    held = [n for n in plainly(name, 2).notes if n.instrument in ("pad", "choir", "drone")]
    voices = [n for n in held if n.instrument != "drone"]
    doubled = [
        (drone, n) for drone in held if drone.instrument == "drone"
        for n in voices if n.pitch == drone.pitch and abs(n.beat - drone.beat) < 0.5 * drone.beats
        and n.beat + n.beats > drone.beat + 0.5 * drone.beats
    ]  # fmt: skip
    assert len(voices) > 80
    assert not doubled


def test_melody_rests_between_a_third_and_half_of_the_time():
    """Rests of the lead line over the phrases in which it sings."""
    rests = []
    for seed in range(4):
        sitting = play("relax", seed, 300, lambda p, t: plain(p, t, 0.5))
        lead = [n for n in sitting.notes if n.instrument == "piano" and n.beats != ARPEGGIO_BEATS]
        scenes = [(m.beat, m.text) for m in sitting.markers if m.kind == "scene"]
        for (a, text), (b, _) in pairwise(sitting.parts()):
            leads = "lead" in SCENES[[scene for beat, scene in scenes if beat <= a][-1]].sounding
            if leads and text in ("statement", "variation", "contrast"):
                sung = sum(min(n.beats, b - n.beat) for n in lead if a <= n.beat < b)
                rests.append(1.0 - sung / (b - a))
    assert 0.28 <= sum(rests) / len(rests) <= 0.55


@pytest.mark.parametrize("name", ["relax", "grief", "release", "focus", "energise"])
def test_melody_goes_by_step_seldom_leaps_and_comes_back(name):
    """Most as folk songs do (MEASURES.md: steps 53 %, leaps 7 %, 4-grams that recur .45)."""
    steps, leaps, recurring = [], [], []
    for seed in (2, 3, 4):
        sitting = plainly(name, seed)
        layers = (STROKE_BEATS, ARPEGGIO_BEATS)
        lead = [n for n in sitting.notes if n.instrument in FOREGROUND and n.beats not in layers]
        sizes = [abs(b.pitch - a.pitch) for a, b in pairwise(lead)]
        steps.append(sum(size in (1, 2) for size in sizes) / len(sizes))
        leaps.append(sum(size >= 5 for size in sizes) / len(sizes))
        moves = [(math.copysign(b.pitch != a.pitch, b.pitch - a.pitch), b.beats) for a, b in pairwise(lead)]
        grams = Counter(tuple(moves[i : i + 4]) for i in range(len(moves) - 3))
        recurring.append(sum(n for n in grams.values() if n > 1) / sum(grams.values()))
    assert median(steps) >= 0.40
    assert median(leaps) <= 0.15
    assert median(recurring) >= 0.30


def test_an_ending_comes_home_and_leaves_silence():
    for name in ("relax", "grief", "energise"):
        profile = load(name)
        fade = profile.arc.fade_out_s

        def wish(p, t, fade=fade):
            way = min(max(0.0, t - 120) / fade, 1.0)
            return replace(
                plain(p, t),
                stage=Stage.END if t >= 120 else Stage.GUIDE,
                loudness_db=-60 * way * way,
                ended=way >= 1,
                left_s=120 + fade - t if t >= 120 else math.inf,
            )

        sitting = play(name, 9, 120 + fade + 60, wish)
        parts = [text for _, text in sitting.parts()]
        assert parts[-1] == "gone"
        assert parts[-4:-1] == ["leaving", "anchor", "home"] or (fade < 60 and parts[-2] == "home")
        gone_s = sitting.at_s(sitting.parts()[-1][0])
        assert 120 + fade - 20 < gone_s < 120 + fade
        last = max(n.beat for n in sitting.notes)
        assert last < sitting.parts()[-1][0]
        chords = [m.text for m in sitting.markers if m.kind == "chord"]
        scale = [m.text for m in sitting.markers if m.kind == "section"][-1].split(": ")[1].split(" ")[0]
        assert chords[-1].startswith(scale)


def test_in_a_composed_silence_the_music_sinks_and_swells_back():
    """Down at once, and up over more than ten seconds: a return is no leap (SCIENCE.md A6)."""
    sitting = play("relax", 2, 400)
    level_db = load("relax").palette["piano"].level_db
    parts = pairwise(sitting.parts())
    silences = [(sitting.at_s(a), sitting.at_s(b)) for (a, text), (b, _) in parts if text == "silence"]
    ramps = [(t, r) for t, r in sitting.ramps if r.channel == "piano" and r.parameter == "level_db" and t > 1]
    assert len(ramps) == 2 * len(silences) >= 4
    for (begin, end), (down_s, down), (up_s, up) in zip(silences, ramps[::2], ramps[1::2], strict=True):
        assert down_s == pytest.approx(begin, abs=0.2)
        assert up_s == pytest.approx(end, abs=0.2)
        assert down.value <= level_db - 5.0
        assert down.seconds <= 3.0
        assert up.value == level_db
        assert up.seconds >= 10.0


def test_an_asked_for_silence_thins_to_the_drone_and_ends_when_it_ends():
    sitting = play("relax", 1, 200, lambda p, t: replace(plain(p, t), silence=80 <= t < 130))
    still = [n for n in sitting.notes if 95 <= sitting.at_s(n.beat) < 128]
    assert still
    # The bed goes on, hushed, so that there is something to come back to; nothing is struck.
    assert {n.instrument for n in still} <= {"drone", "wind", "pad"}
    assert any(n.instrument == "piano" for n in sitting.notes if 132 <= sitting.at_s(n.beat) < 150)
    down = {r.channel: r for t, r in sitting.ramps if t == 80.0 and r.parameter == "level_db"}
    assert {"pad", "piano", "bowl"} <= set(down)
    assert all(r.seconds >= 4 for r in down.values())


def test_a_lost_device_neither_bursts_nor_stops_the_piece():
    leap = {600: 90.0, 1200: 5.0}
    sitting = play("relax", 6, 180, leaps=leap)
    for tick in leap:
        assert all(n.beat >= sitting.beats[tick] for n in sitting.per_tick[tick])
        front = [n for n in sitting.per_tick[tick] if n.instrument in FOREGROUND]
        assert len(front) <= 12
    after = [n.instrument for n in sitting.notes if sitting.beats[600] <= n.beat < sitting.beats[600] + 8]
    assert {"pad", "drone", "wind"} <= set(after)


def test_opening_given_again_is_what_stands():
    profile = load("relax")
    composer = Composer(profile, 1)
    first = {(r.channel, r.parameter): r.value for r in composer.opening()}
    assert set(first) >= {("master", p) for p in MASTER_PARAMETERS} | {("pad", p) for p in CHANNEL_PARAMETERS}
    assert {c for c, p in first if p == "level_db"} == {*COMPOSED, "master"}
    ramps = composer.compose(0.0, 0.0, 60.0, 12.0, plain(profile, 100.0)).ramps
    again = {(r.channel, r.parameter): r.value for r in composer.opening()}
    assert again == first | {(r.channel, r.parameter): r.value for r in ramps}
    assert again["master", "level_db"] == profile.master.level_db


def test_the_anchor_opens_the_sitting_and_comes_back_at_its_end():
    """The client's own rhythm is what the lead plays in both anchor phrases, whatever the seed."""
    for client in ("M-17", "ana"):
        motif = anchor_motif(client)
        for seed in (1, 2):
            wish = lambda p, t: replace(  # noqa: E731
                plain(p, t),
                stage=Stage.END if t > 120 else Stage.GUIDE,
                left_s=240 - t if t > 120 else math.inf,
            )
            sitting = play("breathe", seed, 240, wish, client)
            places = [beat for beat, text in sitting.parts() if text == "anchor"]
            assert len(places) == 2
            for place in places:
                lead = [
                    n for n in sitting.notes if n.instrument == "kalimba" and place <= n.beat < place + 16
                ]
                sung = [n for n in lead if n.beats not in (STROKE_BEATS, ARPEGGIO_BEATS)][: len(motif.steps)]
                assert len(sung) == len(motif.steps)
                stretch = sung[0].beats / motif.lengths[0]
                assert stretch in (1.0, 2.0)
                assert [n.beats / stretch for n in sung[:-1]] == list(motif.lengths[:-1])


@pytest.mark.parametrize("bpm", [48.0, 60.0, 84.0])
def test_wind_sighs_with_the_breath(bpm):
    sitting = play("relax", 1, 120, lambda p, t: replace(plain(p, t, bpm=bpm), breath_guide_per_min=6.0))
    wind = [(t, r) for t, r in sitting.ramps if r.channel == "wind" and r.parameter == "level_db" and t > 0]
    rises = [t for (t, r), (_, before) in zip(wind[1:], wind, strict=False) if r.value > before.value]
    assert all(b - a == pytest.approx(10.0, abs=0.21) for a, b in pairwise(rises))
    assert {round(r.seconds) for _, r in wind} == {2, 4}  # of the six seconds of the exhale


@pytest.mark.parametrize("name", PROFILES)
def test_the_heart_sounds_root_or_fifth_of_the_chord_that_stands(name: str) -> None:
    profile = load(name)
    composer, beat, asked = Composer(profile, 3), 0.0, 0
    chords: dict[float, frozenset[int]] = {}
    low, high = profile.palette["heart"].register if "heart" in profile.palette else HEART_REGISTER
    moved = set[float]()
    for tick in range(2400):
        score = composer.compose(beat, tick / 10, 66.0, beat + 12.0, plain(profile, tick / 10))
        chords |= {m.beat: tones_of(m.text) for m in score.landmarks if m.kind == "chord"}
        pitch = composer.heart_pitch(beat)
        standing = [tones for at, tones in sorted(chords.items()) if at <= beat]
        if standing:
            assert round(pitch) % 12 in standing[-1]
            moved.add(pitch)
            asked += 1
        assert 31.0 <= low <= pitch <= high <= 42.0
        beat += 0.11
    assert asked > 1000
    assert len(moved) > 1


def tones_of(chord: str) -> frozenset[int]:
    """Root and fifth of a chord by its name, as pitch classes."""
    name = chord[:2] if chord[1:2] in ("#", "b", "\u266f", "\u266d") else chord[:1]
    root = next(pitch for pitch in range(12) if note_name(pitch) == name)
    return frozenset({root, (root + 7) % 12})
