"""A pace of one's own, told from beats: where the swing is widest, how sure, and when nothing can be told.

The hearts here are sums of sines whose width is given for each pace; benchmarks/pace.py has whole listeners.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pytest

from engine.guide.breath import BreathPath
from engine.guide.music_state import Decision, Hand
from engine.journal.figures import usual
from engine.journal.record import Figures
from engine.pace import words
from engine.pace.estimate import Estimate, estimate
from engine.pace.heard import Breathed, Heard, heard
from engine.pace.protocol import PACES_PER_MIN
from engine.pace.search import merged
from engine.pace.swing import Swing, swing, swings
from profiles.load import load
from sensors.artefacts import Label, LabelledBeat
from tests.engine.kept import head

ARMS = ("paced", "paced:5.5", "paces:6.5,6")

LATE = 0.3
"""Of a breath: how much later than the pacer these listeners breathe."""


def search(
    width: Callable[[float], float], *, seed: int = 1, noise_bpm: float = 0.8, chest: bool = True,
    breathes: Callable[[float], float] | None = None, deaf: tuple[float, float] = (0.0, 0.0),
) -> Heard:  # fmt: skip
    """A search of a heart that swings by `width` beats a minute at each pace, quickest at 0.4 of a breath.

    breathes  the listener's rate at each pace; the pacer's where it is None
    deaf      seconds in which no beat is heard
    """
    random = np.random.default_rng(seed)
    beats: list[LabelledBeat] = []
    breaths: list[Breathed] = []
    decisions: list[Decision] = []
    guide = own = now_s = 0.0
    next_s = 0.8
    slow = 0.0
    for pace in PACES_PER_MIN:
        decisions.append(Decision(now_s, Hand.PROFILE, "pace", pace, "a pace"))
        end_s = now_s + 120.0
        rate = pace if breathes is None else breathes(pace)
        while now_s < end_s:
            breaths.append(Breathed(now_s, pace, own % 1.0 if chest else None))
            now_s += 0.25
            guide += 0.25 * pace / 60.0
            own = guide - LATE if breathes is None else own + 0.25 * rate / 60.0
            slow += -slow * 0.005 + random.normal(0.0, 0.12)
            while next_s <= now_s:
                middle = own - 0.45 * rate / 60.0  # of the interval that ends here
                swing_bpm = 0.5 * width(pace) * np.cos(2.0 * np.pi * (middle - 0.4))
                bpm = 66.0 + slow + swing_bpm + random.normal(0.0, noise_bpm)
                if not deaf[0] <= next_s < deaf[1]:
                    beats.append(LabelledBeat(next_s, 60_000.0 / bpm, Label.NORMAL, True))
                next_s += 60.0 / bpm
        decisions.append(Decision(now_s, Hand.PROFILE, "pace", None, "a rest"))
    return heard(beats, breaths, decisions)


def bell(own: float, most: float = 10.0, wide: float = 0.8) -> Callable[[float], float]:
    return lambda pace: most / (1.0 + ((pace - own) / wide) ** 2)


@pytest.mark.parametrize("chest", [True, False])
def test_width_and_place_of_a_swing_are_what_they_are(chest: bool) -> None:
    for found in swings(search(lambda pace: 2.0 + pace, chest=chest)):
        assert found.counts
        assert found.width_bpm == pytest.approx(2.0 + found.per_min, abs=3.5 * found.error_bpm + 0.1)
        assert 0.0 < found.error_bpm < 0.6
        assert found.peak_at == pytest.approx(0.4 if chest else 0.4 + LATE, abs=0.05)
        assert found.smooth > 0.6
        assert (found.in_step is None) is not chest
        if chest:
            assert found.breath_per_min == pytest.approx(found.per_min, abs=0.05)


def test_the_error_is_how_far_the_width_differs_from_search_to_search() -> None:
    led = [swings(search(lambda _pace: 6.0, seed=seed))[2] for seed in range(24)]
    spread = np.std([each.width_bpm for each in led])
    assert 0.6 < np.mean([each.error_bpm for each in led]) / spread < 1.6


@pytest.mark.parametrize("own", [4.5, 5.0, 5.5, 6.0, 6.5])
def test_the_pace_of_the_widest_swing_is_found(own: float) -> None:
    for seed in range(4):
        found = estimate(swings(search(bell(own), seed=seed, chest=seed % 2 == 0)))
        assert found.own_per_min is not None
        assert abs(found.own_per_min - own) <= 0.5
        assert own in (found.best_per_min, *found.as_well)
        assert sum(share for _, share in found.share) == pytest.approx(1.0)


def resonance(own: float, sharp: float, paces: Sequence[float], *, moment: bool = True) -> list[Swing]:
    """Swings of a resonance without noise, with a chest: 8 beats at its own pace, in step with it there."""
    found: list[Swing] = []
    for pace in paces:
        off = sharp * (pace / own - own / pace)
        late = np.arctan(off) / (2.0 * np.pi) if moment else 0.0
        found.append(Swing(pace, 8.0 / np.hypot(1.0, off), 0.4, (0.4 + late) % 1.0, 0.8, in_step=0.95))
    return found


@pytest.mark.parametrize("own", [4.7, 5.2, 5.8, 6.3])
def test_a_pace_between_those_that_were_tried_is_told_too(own: float) -> None:
    found = estimate(resonance(own, 4.0, PACES_PER_MIN))
    assert found.own_per_min == pytest.approx(own, abs=0.15)
    assert found.best_per_min == min(PACES_PER_MIN, key=lambda pace: abs(pace - own))


def test_the_moment_tells_where_the_width_hardly_does() -> None:
    told, untold = (
        dict(estimate(resonance(6.0, 1.6, PACES_PER_MIN, moment=moment)).share) for moment in (True, False)
    )
    assert told[6.0] > untold[6.0] + 0.05


def test_moments_that_do_not_go_with_the_pace_spoil_nothing() -> None:
    found = estimate(resonance(5.0, 5.0, PACES_PER_MIN, moment=False))
    assert found.own_per_min == pytest.approx(5.0, abs=0.25)


def test_a_flat_heart_has_no_pace_that_can_be_told() -> None:
    assert not any(estimate(swings(search(lambda _pace: 0.3, seed=seed))).told for seed in range(6))


def test_a_heart_that_swings_alike_at_all_is_not_given_one() -> None:
    found = estimate([Swing(pace, 8.0, 0.5, smooth=0.8) for pace in PACES_PER_MIN])
    assert not found.told
    assert "at all of them" in words.told(found, simulated=False)


def test_a_listener_who_breathes_at_their_own_rate_is_told_so() -> None:
    away = swings(search(lambda _pace: 8.0, breathes=lambda _pace: 13.0))
    assert not any(each.counts for each in away)
    assert all("its own way, 13.0 a minute" in each.why for each in away)
    deaf = swings(search(lambda _pace: 8.0, breathes=lambda _pace: 13.0, chest=False))
    assert all("nobody knows" in each.why for each in deaf)
    assert not estimate(away).told
    assert not estimate(deaf).told


def test_a_pace_in_which_the_heart_was_not_heard_is_left_out_and_told() -> None:
    found = swings(search(bell(5.5), deaf=(270.0, 330.0)))
    assert [each.per_min for each in found if not each.counts] == [5.5]
    assert "heard too little" in found[2].why
    assert "5.5 is still to come" in words.told(
        estimate([each for each in found if each.per_min in (5.5, 6.0)]), simulated=False, left=(5.5,)
    )


def test_a_pace_that_was_stopped_early_is_too_short_to_tell() -> None:
    whole = search(bell(5.5))
    first = whole.led[0]
    assert "too short" in swing(whole, first._replace(until_s=first.from_s + 70.0)).why
    assert swing(whole, first._replace(until_s=first.from_s + 90.0)).counts


def test_false_beats_hardly_move_a_swing() -> None:
    clean = search(lambda _pace: 8.0, seed=3)
    beats = clean.beats.copy()
    beats[20::40, 1] *= 0.6
    spoilt = swings(Heard(beats, clean.guide, clean.own, clean.led))
    for one, other in zip(swings(clean), spoilt, strict=True):
        assert other.width_bpm == pytest.approx(one.width_bpm, abs=1.5)


def test_what_was_measured_stands_when_a_later_try_is_lost() -> None:
    good, lost = Swing(5.5, 8.0, 0.3), Swing(5.5, why="the heart was heard too little")
    assert merged([good], [lost, Swing(6.0, 7.0, 0.3)]) == (Swing(6.0, 7.0, 0.3), good)
    assert merged([lost], [good]) == (good,)
    assert merged([good], [Swing(5.5, 9.0, 0.2)])[0].width_bpm == 9.0


def test_nothing_heard_is_nothing_told() -> None:
    nothing = heard([], [], [])
    assert swings(nothing) == ()
    assert "none of the paces" in estimate(()).why


def test_the_answer_in_words() -> None:
    assert words.verdict(Estimate(5.5, (), ())) == "5.5"
    assert words.verdict(Estimate(5.5, (5.0,), ())) == "5.5, or 5 as well"
    assert words.verdict(Estimate(5.5, (5.0, 6.0), ())) == "5.5, or 5 or 6 as well"
    assert words.verdict(Estimate(None, (), (), "x")) == words.UNTOLD
    between = Estimate(5.5, (5.0,), (), own_per_min=5.3)
    assert "about 5.3 breaths a minute; of those that were tried 5.5, or 5 as well. In 90" in words.told(
        between, simulated=False
    )
    assert "--breath 5.3" in words.use(between, simulated=False, kept=True)
    at_one = Estimate(5.5, (5.0,), (), own_per_min=5.5)
    assert "about 5.5 breaths a minute, or 5 as well. In 90" in words.told(at_one, simulated=False)
    agreed = words.compared([Estimate(5.0, (), ()), Estimate(None, (), (), "x")], Estimate(5.5, (5.0,), ()))
    assert "agrees" in agreed
    assert "may wander" in words.compared([Estimate(4.5, (), ())], Estimate(6.5, (6.0,), ()))
    assert words.compared([], Estimate(6.5, (), ())) == ""


def test_no_word_of_it_reproaches_or_promises_health() -> None:
    said = [*words.CAUTIONS, words.told(Estimate(None, (), (), "x"), simulated=False)]
    said += [each.why for each in swings(search(lambda _pace: 8.0, breathes=lambda _pace: 13.0))]
    for word in ("fail", "wrong with you", "treat", "diagnos", "cure"):
        assert word not in " ".join(said).lower()


def test_the_way_of_a_slow_breath_ends_at_the_own_pace() -> None:
    for name, ends in (("relax", 5.0), ("sleep", 5.0), ("breathe", 5.0), ("focus", 12.0), ("energise", 14.0)):
        profile = load(name)
        path = BreathPath(profile.breath, profile.goal, 180.0, 14.0, 5.0)
        assert path.at(36_000.0) == pytest.approx(ends), name
        without = BreathPath(profile.breath, profile.goal, 180.0, 14.0)
        assert without.at(36_000.0) == pytest.approx(profile.breath.then_per_min), name


def test_breathe_leads_straight_to_it_no_quicker_than_it_may() -> None:
    breath = load("breathe").breath
    path = BreathPath(breath, "down", 150.0, 14.0, 5.0)
    rates = [path.at(float(t)) for t in range(600)]
    assert rates[270] == pytest.approx(5.0)
    assert max(a - b for a, b in pairwise(rates)) <= 2.0 / 60.0 + 1e-9
    assert BreathPath(breath, "down", 150.0, 4.8, 5.5).at(600.0) == pytest.approx(4.8)


def test_a_pacers_breath_is_no_usual_one() -> None:
    own = [head(f"2026-{n}", figures=Figures(breath_per_min=14.0)) for n in range(3)]
    led = [head(f"2027-{n}", arm=arm, figures=Figures(breath_per_min=6.0)) for n, arm in enumerate(ARMS * 4)]
    assert usual([*led, *own]).breath_per_min == 14.0
    assert usual(led).breath_per_min is None
