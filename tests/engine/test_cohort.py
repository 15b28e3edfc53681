"""The cohort: its statistics against known formulas, its hearts against the beat-level ones, its command."""

from __future__ import annotations

import importlib.util
import json
import random
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

from engine.cli.cohort import cohort
from engine.cohort import Arm, figures, mean_interval, person, share_interval, sit_all, wander_bpm
from engine.cohort import RateHeart as RateLevel
from sensors.simulated import SimulatedListener


def _benchmark() -> Any:
    file = Path(__file__).parents[2] / "benchmarks" / "guide_cohort.py"
    spec = importlib.util.spec_from_file_location("guide_cohort", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BENCHMARK = _benchmark()


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


@pytest.mark.parametrize(("rsa", "missed"), [(10.0, 0.0), (40.0, 0.0), (60.0, 0.08)])
def test_rate_level_hearts_wander_as_the_gate_reads_beats(rsa: float, missed: float) -> None:
    beats = BENCHMARK.wander_of_beats(rsa, missed)
    assert wander_bpm(SimulatedListener(rsa=rsa, missed=missed)) == pytest.approx(beats, rel=0.4)


def test_people_differ_and_stay_themselves() -> None:
    assert person(3) == person(3)
    people = [person(seed) for seed in range(300)]
    deaf = sum(p.listener.coupling == 0.0 for p in people) / 300
    assert 0.3 < deaf < 0.5
    assert any(p.irregular for p in people)
    assert any(p.listener.drops for p in people)


def test_a_coupled_heart_gives_way_and_a_deaf_one_does_not() -> None:
    def end(coupling: float) -> float:
        who = person(1)
        listener = SimulatedListener(rest=72.0, start=72.0, drift=0.0, coupling=coupling)
        heart = RateLevel(type(who)(listener))
        for i in range(300):
            heart.advance(2.0 * i, 64.0, None)
        return heart.rate

    assert end(0.0) == pytest.approx(72.0, abs=0.01)
    assert end(0.5) == pytest.approx(68.0, abs=0.2)


def test_every_arm_gets_the_same_people_and_the_governed_ones_keep_the_limits() -> None:
    outcomes = sit_all("relax", list(Arm), 600.0, range(6))
    assert len(outcomes) == 30
    for arm in Arm:
        theirs = [o for o in outcomes if o.arm == arm.value]
        assert len(theirs) == 6
        assert sum(theirs[0].stages) == pytest.approx(1.0)
    table = figures([o for o in outcomes if o.arm == "governed"])
    assert table["reversals_most"].value <= 1
    assert table["tempo_change_per_min_most"].value <= 0.0300001
    others = [o for o in outcomes if not o.responder]
    for seed in {o.seed for o in others}:
        # A heart that gives way to nothing comes to the target, or does not, alike in every arm.
        assert len({o.to_target_s for o in others if o.seed == seed}) == 1
    follow = figures([o for o in outcomes if o.arm == "follow"])
    assert follow["reversals"].value > 20


def test_the_command_prints_an_object_an_arm(capsys: pytest.CaptureFixture[str]) -> None:
    cohort(
        ["--listeners", "4", "--duration", "120s", "--arm", "governed", "--arm", "paced", "--json"],
        standalone_mode=False,
    )
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["arm"] for row in rows] == ["governed", "paced"]
    assert all(row["listeners"] == 4 for row in rows)


def test_the_command_prints_a_table_with_intervals(capsys: pytest.CaptureFixture[str]) -> None:
    cohort(["--listeners", "3", "--duration", "120s", "--workers", "1"], standalone_mode=False)
    out = capsys.readouterr().out
    assert "sittings of 2:00;" in out
    for words in ("governed", "yoked", "time to target", "false back-offs", "time in coast"):
        assert words in out
