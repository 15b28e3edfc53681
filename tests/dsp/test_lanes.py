"""Every operation on eight lanes, against numpy."""

import numpy as np
import pytest
from numba import njit

from dsp.crossing import any_of, column_sums, hadamard, largest_of, sum_of
from dsp.lanes import (
    absolute,
    bits_as_float,
    copysign,
    float_as_bits,
    floor,
    gather,
    is_negative,
    lane,
    load,
    load_int,
    maximum,
    minimum,
    select,
    splat,
    splat_int,
    square_root,
    store,
    store_int,
    to_float,
    to_int,
    with_sign_of,
)  # fmt: skip

FLOAT_RESULTS = 25
INT_RESULTS = 8


@njit(error_model="numpy", _nrt=False)
def every_operation(a, b, i, j, floats, ints, rows, scalars):
    x, y = load(a, 0), load(b, 0)
    m, n = load_int(i, 0), load_int(j, 0)
    store(floats, 0, x + y)
    store(floats, 8, x - y)
    store(floats, 16, x * y)
    store(floats, 24, x / y)
    store(floats, 32, -x)
    total = splat(0.5)
    total += x
    store(floats, 40, total)
    store(floats, 48, 2.0 * x - 1.0)
    store(floats, 56, floor(x))
    store(floats, 64, absolute(x))
    store(floats, 72, square_root(absolute(x)))
    store(floats, 80, copysign(x, y))
    store(floats, 88, x * y + x)
    store(floats, 96, minimum(x, y))
    store(floats, 104, maximum(x, y))
    store(floats, 112, select(x < y, x, 0.0))
    store(floats, 120, select((x <= y) & (x > 0.0), 1.0, y))
    store(floats, 128, select((x >= y) | (x == 0.0), x, y))
    store(floats, 136, select(is_negative(x), 1.0, 2.0 * y))
    store(floats, 144, with_sign_of(absolute(x), y))
    store(floats, 152, to_float(m))
    store(floats, 160, bits_as_float(float_as_bits(x)))
    store(floats, 168, gather(rows, n & splat_int(63)))
    store(floats, 176, hadamard(x))
    store(floats, 184, column_sums(rows, 0))
    store(floats, 192, maximum(x, 0.25))
    store_int(ints, 0, m + n)
    store_int(ints, 8, m - n)
    store_int(ints, 16, m * n)
    store_int(ints, 24, (m & n) | (m ^ splat_int(5)))
    store_int(ints, 32, m << splat_int(3))
    store_int(ints, 40, m >> splat_int(1))
    store_int(ints, 48, to_int(x))
    store_int(ints, 56, float_as_bits(y))
    scalars[0] = sum_of(x)
    scalars[1] = largest_of(x)
    scalars[2] = 1.0 if any_of(x > 2.0) else 0.0
    scalars[3] = 1.0 if any_of(x > 1e9) else 0.0
    scalars[4] = lane(x, 5)
    scalars[5] = lane(m, 3)


@pytest.fixture(scope="module")
def results():
    rng = np.random.default_rng(4)
    a, b = (rng.normal(scale=3.0, size=8).astype(np.float32) for _ in range(2))
    a[0], b[1] = 3.5, -0.0
    i, j = (rng.integers(-1000, 1000, 8).astype(np.int32) for _ in range(2))
    rows = rng.normal(size=72).astype(np.float32)
    floats, ints = np.zeros(8 * FLOAT_RESULTS, np.float32), np.zeros(8 * INT_RESULTS, np.int32)
    scalars = np.zeros(6)
    with np.errstate(divide="ignore"):
        every_operation(a, b, i, j, floats, ints, rows, scalars)
    return a, b, i, j, rows, floats.reshape(-1, 8), ints.reshape(-1, 8), scalars


def sylvester(order):
    matrix = np.ones((1, 1))
    while len(matrix) < order:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix


def test_floats(results):
    a, b, i, j, rows, floats, _, _ = results
    with np.errstate(divide="ignore"):
        expected = [
            a + b, a - b, a * b, a / b, -a, a + np.float32(0.5), 2 * a - 1, np.floor(a), np.abs(a),
            np.sqrt(np.abs(a)), np.copysign(a, b), a.astype(float) * b + a,
            np.minimum(a, b), np.maximum(a, b),
            np.where(a < b, a, 0), np.where((a <= b) & (a > 0), 1, b), np.where((a >= b) | (a == 0), a, b),
            np.where(np.signbit(a), 1, 2 * b), np.copysign(np.abs(a), b), i, a,
            rows[j & 63], sylvester(8) @ a,
            rows[:64].reshape(8, 8).sum(axis=1), np.maximum(a, 0.25),
        ]  # fmt: skip
    assert len(expected) == FLOAT_RESULTS
    np.testing.assert_allclose(floats, np.array(expected), rtol=3e-7, atol=2e-6)


def test_integers(results):
    a, b, i, j, _, _, ints, _ = results
    halved = (i.view(np.uint32) >> np.uint32(1)).view(np.int32)  # the shift brings in zeros, not the sign
    expected = [i + j, i - j, i * j, (i & j) | (i ^ 5), i << 3, halved, a.astype(np.int32), b.view(np.int32)]
    np.testing.assert_array_equal(ints, expected)


def test_folds_and_single_lanes(results):
    a, _, i, _, _, _, _, scalars = results
    np.testing.assert_allclose(scalars, [a.sum(), a.max(), (a > 2).any(), False, a[5], i[3]], rtol=1e-6)


def test_selections_keep_the_second_argument_where_a_lane_is_not_a_number(results):
    nan = np.full(8, np.nan, np.float32)
    one = np.ones(8, np.float32)
    floats, ints = np.zeros(8 * FLOAT_RESULTS, np.float32), np.zeros(8 * INT_RESULTS, np.int32)
    whole = np.zeros(8, np.int32)
    every_operation(nan, one, whole, whole, floats, ints, results[4], np.zeros(6))
    rows = floats.reshape(-1, 8)
    np.testing.assert_array_equal(rows[[12, 13]], np.ones((2, 8)))
    np.testing.assert_array_equal(rows[24], np.full(8, 0.25))
