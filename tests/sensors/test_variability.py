"""RMSSD, SDNN and regularity against NeuroKit2 and the reference values of SCIENCE.md A5."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

from sensors.artefacts import Label, Verdict
from sensors.regularity import regularity
from sensors.variability import CAPACITY, IntervalWindow

GOOD = Verdict(Label.NORMAL, True)


def series(hz: float, swing: float, noise: float, seed: int, base: float = 1000.0, seconds: float = 68.0):
    rng = np.random.default_rng(seed)
    t, times, rr = 0.0, [], []
    phase = rng.uniform(0, 2 * math.pi)
    while t < seconds:
        rr.append(base + swing * math.sin(2 * math.pi * hz * t + phase) + rng.normal(0, noise))
        t += rr[-1] / 1000
        times.append(t)
    return np.array(times), np.array(rr)


@pytest.mark.parametrize(
    ("hz", "swing", "noise", "reference"),
    [(0.1, 60, 0, 7.8), (0.1, 40, 20, 2.7), (14 / 60, 30, 20, 1.5), (0.1, 0, 20, 0.28)],
)
def test_regularity_meets_its_reference(hz: float, swing: float, noise: float, reference: float) -> None:
    values = [regularity(*series(hz, swing, noise, seed)) for seed in range(300)]
    assert float(np.median(values)) == pytest.approx(reference, rel=0.15)


def test_clean_windows_agree_with_neurokit() -> None:
    warnings.simplefilter("ignore")
    nk = pytest.importorskip("neurokit2")
    times, rr = series(0.2, 40, 25, seed=3, seconds=290)
    window = IntervalWindow()
    for t, x in zip(times, rr, strict=True):
        window.add(float(t), float(x), GOOD)
    theirs = nk.hrv_time({"RRI": rr, "RRI_Time": times})
    assert window.sdnn_ms(float(times[-1])) == pytest.approx(float(theirs["HRV_SDNN"].iloc[0]), abs=0.1)
    assert window.whole().rmssd_ms == pytest.approx(float(theirs["HRV_RMSSD"].iloc[0]), abs=0.1)


def test_no_difference_is_taken_across_a_mark_or_a_hole() -> None:
    window = IntervalWindow()
    t = 0.0
    for i in range(100):
        rr = 800.0 if i < 50 else 1200.0  # one step of 400 ms, and a hole right there
        t += rr / 1000
        verdict = Verdict(Label.GAP, True) if i == 50 else GOOD
        window.add(t, rr, verdict)
    assert window.rmssd_ms(t) == 0.0


def test_figures_are_withheld_until_earned_and_above_five_percent_marked() -> None:
    window = IntervalWindow()
    t = 0.0
    for i in range(200):
        t += 0.8
        bad = i > 160 and i % 3 == 0
        window.add(t, 800.0, Verdict(Label.ECTOPIC, False) if bad else GOOD)
        assert (window.rmssd_ms(t) is None) == (t < 30.0 or window.since(t - 120).marked_share > 0.05)
        assert window.sdnn_ms(t) is None or t >= 120.0
    assert window.rmssd_ms(t) is None


def test_sums_survive_a_day() -> None:
    rng = np.random.default_rng(1)
    rr = rng.normal(900, 50, 3 * CAPACITY)
    window = IntervalWindow()
    for t, x in zip(np.cumsum(rr) / 1000, rr, strict=True):
        window.add(float(t), float(x), GOOD)
    assert window.whole().sdnn_ms == pytest.approx(float(np.std(rr, ddof=1)), abs=1e-6)
    assert window.whole().rmssd_ms == pytest.approx(float(np.sqrt(np.mean(np.diff(rr) ** 2))), abs=1e-6)
