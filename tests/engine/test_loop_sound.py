"""What benchmarks/loop_sound.py finds is what was put into a sound; its stems add up to the sitting."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.sitting.asked import Asked
from profiles.load import load

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

pytest.importorskip("librosa", reason="the measures listen with librosa")
if shutil.which("ffmpeg") is None:
    pytest.skip("loudness is measured with ffmpeg", allow_module_level=True)

pytestmark = pytest.mark.usefixtures("ears")

RATE_HZ = 48_000
SECONDS = 240
BLOCK = RATE_HZ // 10


@pytest.fixture(scope="module")
def bench() -> Any:
    import loop_sound

    return loop_sound


def noise(seconds: float, seed: int) -> Any:
    drawn = np.random.default_rng(seed).standard_normal((round(seconds * RATE_HZ), 2), np.float32)
    return 0.05 * drawn


def coins_db(beside_db: float) -> Any:
    """A level for each block that follows nothing: up or down."""
    return np.random.default_rng(2).choice([-beside_db, beside_db], SECONDS * 10)


def raised(sound: Any, level_db: Any) -> Any:
    return sound * np.repeat(10.0 ** (level_db / 20.0), BLOCK)[:, None].astype(np.float32)


def as_played(bench: Any, sound: Any, phase: Any) -> Any:
    ticks = np.arange(SECONDS * 10) / 10.0
    return bench.Rendering(load("relax"), sound, list(ticks), list(phase(ticks)))


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
def test_the_breath_share_is_the_one_put_in(bench: Any, share: float) -> None:
    """Noise whose level follows the breath by A cos; a coin for each block makes the rest of its variance."""
    follows_db = 1.5 * np.sqrt(2.0 * share / (1.0 - share))
    t = (np.arange(SECONDS * 10) + 0.5) / 10.0
    level_db = -follows_db * np.cos(2.0 * np.pi * 0.17 * t) + coins_db(1.5)
    sound = raised(noise(SECONDS, 1), level_db)
    found = bench.breath_share(as_played(bench, sound, lambda ticks: 0.17 * ticks % 1.0))
    assert found == pytest.approx(share, abs=0.03)


def test_a_breath_below_and_above_where_ears_are_is_not_counted(bench: Any) -> None:
    t = np.arange(SECONDS * RATE_HZ) / RATE_HZ
    swell = 10.0 ** (-6.0 * np.cos(2.0 * np.pi * 0.17 * t) / 20.0)
    beside = np.sin(2.0 * np.pi * 60.0 * t) + np.sin(2.0 * np.pi * 12000.0 * t)
    sound = raised(noise(SECONDS, 1), coins_db(1.5)) + (0.1 * swell * beside)[:, None].astype(np.float32)
    found = bench.breath_share(as_played(bench, sound, lambda ticks: 0.17 * ticks % 1.0))
    assert found < 0.03


@pytest.mark.parametrize(("over_db", "tone_hz"), [(6.0, 160.0), (-6.0, 250.0)])
def test_a_stem_stands_over_the_mix_as_far_as_it_was_put(bench: Any, over_db: float, tone_hz: float) -> None:
    """A tone for half of each second over the same tone that goes on; noise hides every other band."""
    t = np.arange(SECONDS * RATE_HZ) / RATE_HZ
    tone = 0.02 * np.sin(2.0 * np.pi * tone_hz * t)[:, None].astype(np.float32) * np.ones(2, np.float32)
    strokes = np.clip(0.5 - 4.0 * np.cos(2.0 * np.pi * t), 0.0, 1.0)[:, None] * 10.0 ** (over_db / 20.0)
    found_db, band_hz = bench.over_the_mix(tone * strokes, tone + noise(SECONDS, 1))
    assert found_db == pytest.approx(over_db, abs=0.5)
    assert band_hz == pytest.approx(tone_hz, rel=0.06)


def test_a_step_of_loudness_rises_by_what_the_window_lets_in(bench: Any) -> None:
    """3 dB more, a third of the window of 3 s a second later: 10 log10(4/3)."""
    step = np.where(np.arange(SECONDS) < 100, 1.0, np.sqrt(2.0)).repeat(RATE_HZ)[:, None].astype(np.float32)
    share, most = bench.rise(noise(SECONDS, 1) * step)
    assert most == pytest.approx(10.0 * np.log10(4.0 / 3.0), abs=0.05)
    assert 0.0 < share < 0.02


def test_the_governor_is_counted_from_twenty_seconds_on(bench: Any) -> None:
    gains = [-9.0] * 10 + [0.0] * 82 + [-2.0] * 8
    rendering = bench.Rendering(load("relax"), at_s=list(range(100)), gain_db=gains)
    assert bench.governor(rendering) == (pytest.approx(0.1), -2.0)


def test_the_heart_alone_is_what_the_whole_has_more_than_the_rest(bench: Any) -> None:
    """Within a little: the master leans each by its own balance of low and high."""
    asked = Asked("relax", sensor=bench.HEART, seed=1, duration=240.0)
    alone, rest, whole = (
        bench.render(asked, heard=heard, governed=False, until_s=120.0).sound
        for heard in ({"heart"}, set(bench.INSTRUMENTS) - {"heart"}, bench.INSTRUMENTS)
    )
    assert len(whole) == 120 * RATE_HZ
    assert np.abs(alone).max() > bench.FAINTEST
    found, by_itself = (bench.over_the_mix(stem, rest)[0] for stem in (whole - rest, alone))
    assert found == pytest.approx(by_itself, abs=2.0)


def test_a_hand_is_heard_in_a_stem(bench: Any) -> None:
    asked = Asked("relax", sensor=bench.HEART, seed=1, duration=120.0)
    usual, present = (
        bench.render(asked, heard={"heart"}, governed=False, hands=hands, until_s=40.0).sound
        for hands in ((), bench.PRESENT)
    )
    assert np.abs(present).max() > 1.5 * np.abs(usual).max()
