"""A resampler's low-pass: a sinc under Kaiser's window, for every place between two samples.

Needs neither Numba nor NumPy, as dsp.stream.
"""

from __future__ import annotations

import ctypes
import math

TAPS = 64
PLACES = 128
"""Between two samples; what lies between two places is drawn straight, 90 dB under the sound."""

BETA = 9.0
"""Of Kaiser's window: what must not pass is 90 dB down (Oppenheim & Schafer, Discrete-Time Signal
Processing, 7.5.3)."""

TRANSITION = 0.0907
"""Half the width in which the filter closes, as a share of half the sound's rate: with that window and so
many taps (90 - 8) / (2.285 * (TAPS - 1)) radians a sample in all."""


class Resampler(ctypes.Structure):
    """What dsp.resample keeps from call to call; `step` 1.0 means that there is nothing to do.

    step      frames of the sound for one frame of the device
    place     of the device's next frame, in frames of the sound after the middle of `left` and `right`
    at        where the next frame of the sound goes in these, which hold the last TAPS frames twice
    taps      PLACES + 1 rows of TAPS, each with a sum of 1
    """

    _fields_ = (
        ("step", ctypes.c_double),
        ("place", ctypes.c_double),
        ("at", ctypes.c_int64),
        ("left", ctypes.c_float * (2 * TAPS)),
        ("right", ctypes.c_float * (2 * TAPS)),
        ("taps", ctypes.c_float * ((PLACES + 1) * TAPS)),
    )


def resampler(sound_hz: float, device_hz: float) -> Resampler:
    """One that plays a sound of one rate on a device of another."""
    made = Resampler(step=sound_hz / device_hz, place=1.0)
    if sound_hz == device_hz:
        return made
    lower = min(1.0, device_hz / sound_hz)
    open_to = max(lower - TRANSITION, lower / 2.0)  # -6 dB there, closed at half the lower rate
    for place in range(PLACES + 1):
        row = [_tap(k - TAPS / 2 + 1 - place / PLACES, open_to) for k in range(TAPS)]
        total = sum(row)
        made.taps[place * TAPS : (place + 1) * TAPS] = [tap / total for tap in row]
    return made


def _tap(x: float, open_to: float) -> float:
    """The windowed sinc at `x` samples from its middle."""
    u = 2.0 * x / TAPS
    if abs(u) >= 1.0:
        return 0.0
    angle = math.pi * open_to * x
    return (math.sin(angle) / angle if angle else 1.0) * _bessel_0(BETA * math.sqrt(1.0 - u * u))


def _bessel_0(x: float) -> float:
    """Modified Bessel function of the first kind, order 0, by its power series."""
    total = term = 1.0
    k = 0
    while term > 1e-12 * total:
        k += 1
        term *= (x / (2 * k)) ** 2
        total += term
    return total
