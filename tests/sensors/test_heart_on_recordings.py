"""The bars of the heart analysis on real recordings, measured by the programs in benchmarks/."""

from __future__ import annotations

import importlib
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
data = importlib.import_module("heart_data")

pytestmark = pytest.mark.skipif(
    not data.DATA.exists(), reason=f"no evaluation recordings at {data.DATA} (set CALANDO_RECORDINGS)"
)


def test_injected_artefacts_are_found() -> None:
    for row in importlib.import_module("heart_artefacts").found():
        assert row["found %"] >= 98.0, row


def test_clean_recordings_are_left_alone() -> None:
    rows = importlib.import_module("heart_artefacts").false_alarms()
    assert {row["recording"]: row["marked %"] for row in rows}["all"] <= 0.5
    assert all(row["marked %"] <= 0.5 for row in rows), rows


def test_figures_reproduce_the_reference_table() -> None:
    for row in importlib.import_module("heart_variability").reference_table():
        assert row["median error %"] < 0.5, row


def test_foretold_beats_are_a_quarter_nearer_than_by_the_naive_rule() -> None:
    for row in importlib.import_module("heart_predictor").measure():
        assert row["ratio"] <= 0.75, row


def breath_rows(kind: str) -> list[dict[str, float]]:
    benchmark = importlib.import_module("heart_breathing")
    return benchmark.rows_of(getattr(benchmark, kind)())[0]


@pytest.mark.filterwarnings("ignore")
def test_paced_breathing_is_named() -> None:
    for row in breath_rows("paced"):
        assert row["median error sure"] <= 0.3, row
        assert row["wrong of sure %"] == 0.0, row
        assert row["share sure"] >= 0.45, row


@pytest.mark.filterwarnings("ignore")
def test_breathing_agrees_with_the_belt() -> None:
    for row in breath_rows("belt"):
        assert row["median error sure"] <= 1.0, row
        assert row["wrong of sure %"] <= 3.0, row
        assert row["share sure"] >= 0.4, row


@pytest.mark.filterwarnings("ignore")
def test_breathing_is_right_where_it_is_sure_in_intensive_care() -> None:
    for row in breath_rows("intensive_care"):
        if row["share sure"] > 0.0:
            assert row["median error sure"] <= 1.5, row
            assert row["wrong of sure %"] <= 3.0, row
        if row["recording"] in ("bidmc_05", "bidmc_17"):
            assert row["share sure"] < 0.1, row


@pytest.mark.parametrize("record", ["200", "208"])
def test_figures_are_refused_for_irregular_records(record: str) -> None:
    from sensors.beat import TimedBeat
    from sensors.monitor import HeartMonitor

    t = data.mitdb()[record][0][:1200]
    monitor = HeartMonitor()
    states = []
    for before, now in pairwise(t):
        monitor.feed(TimedBeat(float(now), float(now), 1000.0 * float(now - before)))
        states.append(monitor.state(float(now)))
    late = states[200:]
    assert np.mean([state.irregular for state in late]) > 0.8
    assert np.mean([state.rmssd_ms is None for state in late]) > 0.95


@pytest.mark.parametrize("noise", ["118e12", "118e24"])
def test_r_peaks_of_a_noisy_ecg(noise: str) -> None:
    from sensors.peaks import r_peaks

    folder = data.DATA / "ecg_noise_stress_118"
    truth = np.loadtxt(folder / f"{noise}_ann.csv") / 360.0
    found = r_peaks(np.loadtxt(folder / f"{noise}.csv"), 360.0) / 360.0
    error = np.array([found[np.argmin(np.abs(found - t))] - t for t in truth])
    assert np.mean(np.abs(error) < 0.1) > 0.97
    assert sum(np.min(np.abs(truth - t)) > 0.1 for t in found) <= 0.03 * truth.size
    assert np.median(np.abs(error)) < 1 / 360.0


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("noise", ["electrodes", "muscles"])
def test_r_peaks_under_noise_of_six_decibels_are_found_as_well_as_by_neurokit(noise: str) -> None:
    beats = importlib.import_module("heart_beats")
    from sensors.peaks import beats as found_live

    clean, _ = beats.moving_electrodes()
    lead = beats.with_noise(clean, noise, seed=1)
    ours = beats.score(found_live(lead.x, lead.rate_hz)[0], lead.truth_s)
    best = max(sum(beats.score(beats.theirs(lead, m), lead.truth_s)) for m in ("neurokit", "khamis2016"))
    assert min(ours) >= 90.0
    assert sum(ours) >= best - 5.0
