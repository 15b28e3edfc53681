"""The polynomials against numpy in double precision: the errors their docstrings state."""

import numpy as np
import pytest
from numba import njit

from dsp.approximations import (
    angle_in_right_angles,
    cosine,
    decibels_to_gain,
    exp2,
    exp2_scalar,
    log2,
    log2_scalar,
    sine,
    tangent,
)
from dsp.lanes import load, store


@njit(error_model="numpy", _nrt=False)
def evaluate(which, x, y, out):
    for i in range(0, len(x), 8):
        v = load(x, i)
        if which == 0:
            store(out, i, sine(v))
        elif which == 1:
            store(out, i, cosine(v))
        elif which == 2:
            store(out, i, exp2(v))
        elif which == 3:
            store(out, i, log2(v))
        elif which == 4:
            store(out, i, tangent(v))
        elif which == 5:
            store(out, i, angle_in_right_angles(load(y, i), v))
        else:
            for k in range(8):
                if which == 6:
                    out[i + k] = exp2_scalar(x[i + k])
                elif which == 7:
                    out[i + k] = log2_scalar(x[i + k])
                else:
                    out[i + k] = decibels_to_gain(x[i + k])


def of(which, x, y=None):
    x = np.ascontiguousarray(x, np.float32)
    out = np.zeros_like(x)
    evaluate(which, x, x if y is None else np.ascontiguousarray(y, np.float32), out)
    return out.astype(float), x.astype(float)


def grid(low, high, count=80000):
    return np.linspace(low, high, count, dtype=np.float32)


@pytest.mark.parametrize("span", [1.0, 1000.0])
def test_sine_and_cosine(span):
    found, x = of(0, grid(-span, span))
    assert np.abs(found - np.sin(2 * np.pi * (x - np.round(x)))).max() < 3e-7
    # A quarter turn is added in float32: its rounding at large arguments belongs to the argument.
    found, x = of(1, grid(-span, span))
    turns = (x.astype(np.float32) + np.float32(0.25)).astype(float)
    assert np.abs(found - np.sin(2 * np.pi * (turns - np.round(turns)))).max() < 3e-7


def test_exp2():
    found, x = of(2, grid(-126, 126))
    assert np.abs(found / np.exp2(x) - 1.0).max() < 2e-7


def test_exp2_stays_finite_outside_its_range():
    found, _ = of(2, np.repeat(np.float32([-1e6, 1e6]), 8))
    np.testing.assert_allclose(found, np.repeat([2.0**-126, 2.0**126], 8), rtol=1e-6)


def test_log2():
    found, x = of(3, np.exp2(np.linspace(-125, 126, 80000)))
    assert (np.abs(found - np.log2(x)) / np.maximum(np.abs(np.log2(x)), 1.0)).max() < 5e-7
    found, x = of(3, grid(0.5, 2.0))
    assert np.abs(found - np.log2(x)).max() < 5e-7


def test_tangent():
    found, x = of(4, grid(0.0, 0.49))
    exact = np.tan(np.pi * x)
    assert (np.abs(found - exact) / np.maximum(exact, 1e-3)).max() < 1e-5


def test_angle():
    turn = np.linspace(-np.pi, np.pi, 80000, endpoint=False) + 1e-7
    for radius in (1e-6, 1.0, 1e6):
        y, x = (radius * np.sin(turn)).astype(np.float32), (radius * np.cos(turn)).astype(np.float32)
        found, _ = of(5, x, y)
        assert np.abs(found - np.arctan2(y.astype(float), x.astype(float)) * 2 / np.pi).max() < 8e-6


def test_one_number():
    found, x = of(6, grid(-20, 20, 80))
    np.testing.assert_allclose(found, np.exp2(x), rtol=2e-7)
    found, x = of(7, grid(0.1, 9, 80))
    np.testing.assert_allclose(found, np.log2(x), atol=2e-6)


def test_decibels():
    level = grid(-59.9, 12.0, 800)
    np.testing.assert_allclose(of(8, level)[0], 10.0 ** (level.astype(float) / 20.0), rtol=2e-6)
    assert not of(8, np.float32([-60, -61, -100, -1e9] * 2))[0].any()
