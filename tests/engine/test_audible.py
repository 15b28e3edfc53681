"""Colour, width and just noticeable differences, as benchmarks find them, are those that were put in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

pytest.importorskip("librosa", reason="the benchmarks listen with librosa")

pytestmark = pytest.mark.usefixtures("ears")

RATE_HZ = 48_000
SECONDS = 30


@pytest.fixture(scope="module")
def timbre() -> Any:
    import timbre

    return timbre


@pytest.fixture(scope="module")
def audible() -> Any:
    import audible

    return audible


def noise(slope_db: float = 0.0, seed: int = 1) -> Any:
    """Noise whose power density falls or rises by so many dB an octave."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal((SECONDS * RATE_HZ, 2)), axis=0)
    octaves = np.log2(np.maximum(np.arange(len(spectrum)) / SECONDS, 20.0) / 1000.0)
    shaped = np.fft.irfft(spectrum * 10.0 ** (slope_db * octaves / 20.0)[:, None], axis=0)
    return (0.1 * shaped / shaped.std()).astype(np.float32)


@pytest.mark.parametrize("slope_db", [-3.0, -9.0])
def test_tilt_is_three_db_more_than_the_slope_of_density(timbre: Any, slope_db: float) -> None:
    """Each third octave is wider than the last by as much as its frequency is higher."""
    assert timbre.tilt_db(timbre.spectrum(noise(slope_db))) == pytest.approx(slope_db + 3.01, abs=0.1)


def test_a_band_has_its_share(timbre: Any) -> None:
    share_db = 10.0 * np.log10(2000.0 / (16_000.0 - 20.0))
    assert timbre.band_db(timbre.spectrum(noise()), 2000.0, 4000.0) == pytest.approx(share_db, abs=0.1)


def test_sides_that_share_a_part(timbre: Any) -> None:
    own = noise()
    sound = np.stack([own[:, 0], 0.6 * own[:, 0] + 0.8 * own[:, 1]], axis=1)
    assert timbre.correlation(sound) == pytest.approx(0.6, abs=0.02)
    assert timbre.side_over_mid_db(sound) == pytest.approx(10.0 * np.log10(0.4 / 1.6), abs=0.2)


def test_centroid_of_two_tones_lies_between_them_by_their_amplitudes(timbre: Any) -> None:
    t = np.arange(5 * RATE_HZ) / RATE_HZ
    tones = np.sin(2.0 * np.pi * 500.0 * t) + 0.5 * np.sin(2.0 * np.pi * 2000.0 * t)
    _, found = timbre.centroids(np.stack([tones, tones], axis=1).astype(np.float32))
    assert np.median(found) == pytest.approx(1000.0, rel=0.02)


def test_a_piece_that_changes_colour_every_ten_seconds_changes_more(timbre: Any) -> None:
    dark, light = noise(-9.0), noise(-3.0)
    ten_s = 10 * RATE_HZ
    mixed = np.concatenate([dark[:ten_s], light[:ten_s], dark[ten_s : 2 * ten_s]])
    assert timbre.change(timbre.colours(mixed)) > 10.0 * timbre.change(timbre.colours(dark))


def test_two_pieces_stand_apart_by_what_each_varies(timbre: Any) -> None:
    blocks = np.array([[-1.0, -2.0], [1.0, 2.0]])
    assert timbre.distance(blocks, blocks) == 0.0
    assert timbre.distance(blocks, blocks + np.array([3.0, 8.0])) == pytest.approx(5.0)


def heard(audible: Any, level_db: Any = 0.0, colour: Any = 1.0, onsets: Any = 1.0, tempo: Any = 60.0) -> Any:
    """A minute whose traits may step at 30 s; `onsets` are seconds between two."""

    def series(before: float, after: Any) -> Any:
        times = np.arange(0.0, 60.0, 0.1)
        return times, np.where(times < 30.0, before, after)

    struck = np.concatenate([np.arange(0.5, 30.0, 1.0), np.arange(30.0 + onsets / 2.0, 60.0, onsets)])
    return audible.Heard(
        0.0, 60.0, series(-24.0, -24.0 + level_db), series(500.0, 500.0 * colour), struck, series(60.0, tempo)
    )


@pytest.mark.parametrize(
    ("changed", "trait", "after_s", "sign"),
    [
        ({"level_db": 3.0}, "level_db", 3.0, 1),  # twice the power for a quarter of the window is 1 dB
        ({"colour": 1.2}, "centroid_hz", 3.0, 1),
        ({"colour": 0.8}, "centroid_hz", 3.0, -1),
        ({"tempo": 66.0}, "tempo_bpm", 3.5, 1),
    ],
)
def test_the_first_difference_is_noticed_when_ten_seconds_tell_it(
    audible: Any, changed: dict[str, float], trait: str, after_s: float, sign: int
) -> None:
    found = audible.first_noticed(heard(audible, **changed), heard(audible), 30.0)
    assert found.trait == trait
    assert found.after_s == pytest.approx(after_s, abs=0.51)
    assert np.sign(found.jnd) == sign


def test_half_the_onsets_are_noticed_and_a_twin_is_not(audible: Any) -> None:
    found = audible.first_noticed(heard(audible, onsets=2.0), heard(audible), 30.0)
    assert (found.trait, np.sign(found.jnd)) == ("onsets_per_s", -1)
    assert audible.first_noticed(heard(audible), heard(audible), 30.0) is None
    assert audible.first_noticed(heard(audible, level_db=0.8, colour=1.04), heard(audible), 30.0) is None
