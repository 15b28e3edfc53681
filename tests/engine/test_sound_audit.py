"""Short sittings sound as they should, by independent ears: benchmarks/sound_audit.py in small."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

pytest.importorskip("librosa", reason="the audit listens with librosa")
if shutil.which("ffmpeg") is None:
    pytest.skip("the audit measures loudness with ffmpeg", allow_module_level=True)

pytestmark = pytest.mark.usefixtures("ears")

SECONDS = 90.0


@pytest.fixture(scope="module")
def audit() -> Any:
    import sound_audit

    return sound_audit


@pytest.fixture(scope="module", params=["relax", "focus"])
def sitting(request: pytest.FixtureRequest, audit: Any) -> Any:
    return audit.sit(request.param, SECONDS)


def test_loudness_and_peaks_keep_their_bars(audit: Any, sitting: Any) -> None:
    summary, times, _, short_term = audit.measure.loudness(sitting.sound)
    assert -27.0 <= summary["integrated"] <= -22.0, "a minute may stand a decibel beside the whole sitting"
    assert summary["short_term_max"] <= -18.0
    assert summary["true_peak"] <= -3.0
    at, rise = audit.measure.rises(times, short_term)
    assert rise[at > audit.course_of(sitting.profile, SECONDS).fade_in_s + 4.0].max() <= 1.0


def test_no_click_no_rumble_and_mono_loses_nothing(audit: Any, sitting: Any) -> None:
    assert len(audit.measure.clicks(sitting.sound)) == 0
    assert audit.measure.rumble_db(sitting.sound) <= -70.0
    assert audit.measure.mono_loss_db(sitting.sound) >= -3.5
    assert audit.measure.low_correlation(sitting.sound) >= 0.9


def test_a_click_is_found(audit: Any, sitting: Any) -> None:
    """A single sample 40 dB under full scale in the middle of the music."""
    broken = sitting.sound[: 40 * 48_000].copy()
    broken[30 * 48_000 + 11, 0] += 0.01
    assert audit.measure.clicks(broken) == pytest.approx([30.0], abs=0.002)


def test_the_jumps_of_a_bright_sawtooth_are_no_clicks(audit: Any) -> None:
    """A train of band-limited pulses, 277 a second; one more pulse between two of them is a click."""
    t = np.arange(2 * 48_000) / 48_000
    saw = sum(np.sin(2 * np.pi * 277.0 * k * t) / k for k in range(1, 60)) * 0.01
    sound = np.stack([saw, saw], axis=1).astype(np.float32)
    assert len(audit.measure.clicks(sound)) == 0
    sound[48_000 + 90, 1] += 0.05
    assert audit.measure.clicks(sound) == pytest.approx([1.0], abs=0.003)


def test_seeds_and_hearts_are_heard(audit: Any) -> None:
    apart = audit.contrasts(60.0)
    assert apart["same_again"]
    assert apart["other_seed_db"] > 2.0, "wind and pad fill what lies between the tones, alike in all"
    assert apart["other_heart_db"] > 2.0, "a minute; what a heart changes first is the tempo"
    assert apart["quick"]["tempo_bpm"] > 1.2 * apart["calm"]["tempo_bpm"]


def test_silences_are_found(audit: Any) -> None:
    """Two falls of 6 LU, each cut in two by a stroke; a third is too short."""
    times = np.arange(600) * 0.1
    momentary = np.full(600, -24.0)
    for begin, end in ((10, 15), (30, 38), (50, 51)):
        momentary[begin * 10 : end * 10] = -30.0
    found = audit.measure.silences(times, momentary, np.array([12.0, 35.0]), 0.0, 60.0)
    assert np.ravel(found) == pytest.approx([10.0, 12.0, 12.0, 14.9, 30.0, 35.0, 35.0, 37.9], abs=0.11)
