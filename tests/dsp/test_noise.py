"""Noise: the generator of the paper, whiteness, independence of lanes, single draws."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit
from scipy import stats

from dsp.lanes import load_int, store, store_int
from dsp.noise import WHOLE, draw, noise_seeds, scrambled, white

FRAMES = 1 << 15
RECORD = np.dtype([("random", np.int64)], align=True)


@njit(error_model="numpy", _nrt=False)
def run(states, out):
    state = load_int(states, 0)
    for i in range(out.shape[0] // 8):
        state = scrambled(state)
        store(out, i * 8, white(state))
    store_int(states, 0, state)


@njit(error_model="numpy", _nrt=False)
def run_draws(records, out):
    for i in range(out.shape[0]):
        out[i] = draw(records[0])


@pytest.fixture(scope="module")
def noise():
    """(8, FRAMES): one row a lane."""
    states, out = noise_seeds(7, 8), np.zeros(FRAMES * 8, np.float32)
    run(states, out)
    return out.reshape(FRAMES, 8).T.astype(np.float64)


def marsaglia(x: int) -> int:
    """Xorshift32 as printed in the paper, in Python's integers."""
    x ^= (x << 13) & WHOLE
    x ^= x >> 17
    return x ^ ((x << 5) & WHOLE)


def test_lanes_follow_the_published_generator():
    states, out = noise_seeds(3, 8), np.zeros(80, np.float32)
    expected = [int(s) & WHOLE for s in states]
    run(states, out)
    for row in out.reshape(10, 8):
        expected = [marsaglia(x) for x in expected]
        signed = np.array(expected, np.uint32).view(np.int32)
        assert np.array_equal(row, (signed / 2.0**31).astype(np.float32))


def test_noise_is_uniform_from_minus_one_to_one(noise):
    for lane in noise:
        assert stats.kstest(lane, "uniform", args=(-1, 2)).pvalue > 1e-4
    assert noise.var() == pytest.approx(1 / 3, rel=0.01)


def test_noise_is_white(noise):
    """No correlation at any lag up to 200 frames beyond five standard errors."""
    for lane in noise:
        spectrum = np.abs(np.fft.rfft(lane, 2 * FRAMES)) ** 2
        correlation = np.fft.irfft(spectrum)[1:201] / np.sum(lane**2)
        assert np.abs(correlation).max() < 5 / np.sqrt(FRAMES)


def test_lanes_are_independent(noise):
    correlation = np.corrcoef(noise) - np.eye(8)
    assert np.abs(correlation).max() < 5 / np.sqrt(FRAMES)


def test_seeds_repeat_and_differ():
    assert np.array_equal(noise_seeds(1, 64), noise_seeds(1, 64))
    assert not np.array_equal(noise_seeds(1, 64), noise_seeds(2, 64))
    seeds = noise_seeds(1, 4096)
    assert len(set(seeds.tolist())) == 4096
    assert (seeds != 0).all()


def test_single_draws_are_uniform_from_zero_to_one_and_repeat():
    first, again = np.zeros(20000), np.zeros(20000)
    for out in (first, again):
        records = np.zeros(1, RECORD)
        records["random"] = noise_seeds(11, 1)[0]
        run_draws(records, out)
    assert np.array_equal(first, again)
    assert first.min() >= 0.0
    assert first.max() <= 1.0
    assert stats.kstest(first, "uniform").pvalue > 1e-4
