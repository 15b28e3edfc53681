"""The cohort: its statistics against known formulas, its hearts against the beat-level ones, its command."""

from __future__ import annotations

import json
import random

import pytest
from scipy import stats

from engine.cli.cohort import cohort
from engine.cohort.box import WORLDS, World, advantages, sit_in
from engine.cohort.figures import figures, mean_interval, share_interval
from engine.cohort.people import Lever, Person, person, wander_bpm
from engine.cohort.rate_heart import STEP_S, RateHeart
from engine.cohort.sitting import sit_all
from engine.guide.arms import Arm
from sensors.simulated import SimulatedListener
from tests.program import program

BENCHMARK = program("guide_cohort")


@pytest.mark.parametrize(("count", "n"), [(0, 20), (3, 20), (20, 20), (480, 1000)])
def test_share_intervals_are_wilsons(count: int, n: int) -> None:
    theirs = stats.binomtest(count, n).proportion_ci(method="wilson")
    mine = share_interval(count, n)
    assert mine.low == pytest.approx(theirs.low, abs=1e-6)
    assert mine.high == pytest.approx(theirs.high, abs=1e-6)


def test_mean_intervals_cover_as_often_as_they_say() -> None:
    rng, covered = random.Random(5), 0
    for _ in range(800):
        interval = mean_interval([rng.gauss(3.0, 2.0) for _ in range(60)])
        covered += interval.low <= 3.0 <= interval.high
    assert 0.92 <= covered / 800 <= 0.97


@pytest.mark.parametrize(("rsa", "missed"), [(10.0, 0.0), (40.0, 0.0), (60.0, 0.08), (70.0, 0.0)])
def test_rate_level_hearts_wander_as_the_gate_reads_beats(rsa: float, missed: float) -> None:
    beats = BENCHMARK.wander_of_beats(rsa, missed)
    assert wander_bpm(SimulatedListener(rsa=rsa, missed=missed)) == pytest.approx(beats, rel=0.25)


def test_people_differ_and_stay_themselves() -> None:
    assert person(3) == person(3)
    people = [person(seed) for seed in range(300)]
    assert 0.85 < sum(p.listener.coupling == 0.0 for p in people) / 300 < 0.95
    assert max(p.listener.coupling for p in people) <= 0.1
    assert 0.6 < sum(p.follows for p in people) / 300 < 0.8
    assert any(p.irregular for p in people)
    assert any(p.listener.drops for p in people)


def test_a_coupled_heart_gives_way_and_a_deaf_one_does_not() -> None:
    def end(coupling: float) -> float:
        listener = SimulatedListener(rest=72.0, start=72.0, drift=0.0, coupling=coupling)
        heart = RateHeart(Person(listener))
        for i in range(300):
            heart.advance(2.0 * i, 64.0, None)
        return heart.rate

    assert end(0.0) == pytest.approx(72.0, abs=0.01)
    assert end(0.5) == pytest.approx(68.0, abs=0.2)


def test_every_arm_gets_the_same_people_and_the_governed_ones_keep_the_limits() -> None:
    outcomes = sit_all("relax", list(Arm), 600.0, range(10))
    assert len(outcomes) == 50
    for arm in Arm:
        theirs = [o for o in outcomes if o.arm == arm.value]
        assert len(theirs) == 10
        assert sum(theirs[0].stages) == pytest.approx(1.0)
    table = figures([o for o in outcomes if o.arm == "governed"])
    assert table["reversals_most"].value <= 1
    assert table["tempo_change_per_min_most"].value <= 0.0300001
    others = [o for o in outcomes if not o.follows and person(o.seed).listener.coupling == 0.0]
    assert others
    for seed in {o.seed for o in others}:
        # A heart that gives way to nothing comes to the target, or does not, alike in every arm.
        assert len({o.to_target_s for o in others if o.seed == seed}) == 1
    follow = figures([o for o in outcomes if o.arm == "follow"])
    assert follow["reversals"].value > 20


def led(lever: Lever, swell: float | None, seconds: float, beta: float = 0.5) -> RateHeart:
    """A heart of 80 at the start and 70 at rest, and a breath of 15, with one swell all the time."""
    listener = SimulatedListener(
        rest=70.0, start=80.0, settle=600.0, breath=15.0, drift=0.0, breath_coupling=beta
    )
    heart = RateHeart(Person(listener, lever))
    for i in range(int(seconds / STEP_S)):
        heart.advance(STEP_S * i, None, swell)
    return heart


def test_a_breath_goes_its_share_of_the_way_to_a_swell_within_reach_and_none_beyond() -> None:
    near, far = led(Lever(lock=0.3), 12.0, 600.0), led(Lever(lock=0.15), 12.0, 600.0)
    assert near.breath == pytest.approx(15.0 + 0.5 * (12.0 - 15.0), abs=0.01)
    assert far.breath == pytest.approx(15.0, abs=0.01)  # 0.22 off: lost after ten seconds
    assert (near.follows, far.follows) == (True, False)
    assert led(Lever(lock=0.3), 12.0, 600.0, beta=0.0).breath == pytest.approx(15.0)


def test_a_swell_that_was_lost_is_found_again_only_when_it_comes_near() -> None:
    heart = led(Lever(lock=0.2), 10.0, 60.0)
    assert not heart.follows
    for i in range(100):
        heart.advance(60.0 + STEP_S * i, None, 13.0)  # 0.14 off, over half of the reach
    assert not heart.follows
    for i in range(100):
        heart.advance(260.0 + STEP_S * i, None, 14.5)
    assert heart.follows


def test_a_slower_breath_settles_the_heart_and_lowers_it_by_what_the_lever_says() -> None:
    beta, swell = 0.5, 12.0
    slow = beta * (15.0 - swell) / (15.0 - 6.0)
    idle = led(Lever(), swell, 600.0, beta)
    assert idle.rate == pytest.approx(70.0 + 10.0 / 2.71828, abs=0.05)
    calm = led(Lever(calm_bpm=3.0), swell, 600.0, beta)
    assert idle.rate - calm.rate == pytest.approx(3.0 * slow, abs=0.01)
    quick = led(Lever(settling=3.0), swell, 600.0, beta)
    late = (10.0 / 2.71828) * 2.71828 ** (-3.0 * slow)  # but for the half minute in which the breath comes
    assert quick.rate - 70.0 == pytest.approx(late, rel=0.1)


def test_following_a_swell_far_below_costs_and_one_that_is_near_does_not() -> None:
    def rise(swell: float, beta: float = 0.3) -> float:
        dear, free = (led(Lever(cost_bpm_per_min=xi), swell, 600.0, beta) for xi in (1.0, 0.0))
        return dear.rate - free.rate

    assert rise(13.0) == 0.0
    assert rise(9.0) > 3.0
    assert rise(9.0, beta=0.0) == 0.0  # who does not follow pays nothing


def test_where_the_breath_changes_no_heart_the_arms_are_equal() -> None:
    """Contract 10 of LOOP.md, a test of the test: gamma = eta = 0 and xi = 0."""
    idle = [n for n, world in enumerate(WORLDS) if world.effect == world.cost_bpm_per_min == 0.0]
    assert len(idle) == 6
    for number in (idle[0], idle[-1]):
        pairs = sit_in("relax", 600.0, number, range(6))
        assert {(pair.reached, pair.heart_bpm) for pair in pairs} == {(0, 0.0)}
        assert advantages(pairs, down=True)[number].verdict == "equal"
    at_cost = WORLDS.index(World(0.8, 1.0, 0.0, 0.0))
    assert any(pair.heart_bpm != 0.0 for pair in sit_in("relax", 600.0, at_cost, range(6)))


def test_the_governed_arm_is_ahead_where_running_ahead_costs_and_behind_where_it_is_free() -> None:
    dear, free = (WORLDS.index(World(0.8, cost, 0.0, 3.0)) for cost in (1.0, 0.0))
    pairs = [pair for world in (dear, free) for pair in sit_in("relax", 1200.0, world, range(24))]
    told = advantages(pairs, down=True)
    assert told[dear].verdict == "governed"
    assert told[free].verdict == "open-loop"
    assert told[dear].heart_bpm.value < -0.3


def test_the_command_prints_an_object_an_arm(capsys: pytest.CaptureFixture[str]) -> None:
    cohort(
        ["--listeners", "4", "--duration", "120s", "--arm", "governed", "--arm", "paced", "--json"],
        standalone_mode=False,
    )
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["arm"] for row in rows] == ["governed", "paced"]
    assert all(row["listeners"] == 4 for row in rows)


def test_the_command_prints_an_object_a_world(capsys: pytest.CaptureFixture[str]) -> None:
    cohort(["--listeners", "2", "--duration", "120s", "--workers", "1", "--json"], standalone_mode=False)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    worlds = [row["world"] for row in rows if "world" in row]
    assert [World(**world) for world in worlds] == list(WORLDS)
    assert {row["ahead"] for row in rows if "world" in row} <= {"governed", "open-loop", "equal", "not told"}


def test_the_command_prints_a_table_with_intervals(capsys: pytest.CaptureFixture[str]) -> None:
    cohort(["--listeners", "3", "--duration", "120s", "--workers", "1"], standalone_mode=False)
    out = capsys.readouterr().out
    assert "sittings of 2:00;" in out
    for words in ("governed", "yoked", "time to target", "false back-offs", "time in coast", "The box"):
        assert words in out
