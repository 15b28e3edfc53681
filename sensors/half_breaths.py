"""Half breaths: the moments at which a chest passes the middle of its way, in and out by turns.

There it moves most quickly, so that noise shifts these moments least: by a fortieth of a breath, where the
turning points between them shift by several times that. And each looks at its own breath only, so a breath
that comes late is told as late, which the sinusoid that carries the phase on (sensors.chest) smooths away.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

SMOOTH_S = 0.3
"""Width (standard deviation) of the bell that the wave is smoothed with: short against half a quick breath,
long against a heart's knock. Own choice."""
TURNED = 0.8
"""A turning point is believed once the wave has come back from it by this share of half its usual swing: a
breath that is a third as deep still counts, and noise does not. Own choice."""

Row = npt.NDArray[np.float64]


def half_breaths(wave: Row, last_s: float, step_s: float) -> tuple[float, ...]:
    """When the wave passed the middle between one turning point and the next, in order, in seconds.

    wave    (n,) of the chest, without its mean and slope, `step_s` apart, the last of it at `last_s`
    """
    smooth = _smoothed(wave, step_s)
    turns = _turning_points(smooth, TURNED * float(np.sqrt(2.0) * smooth.std()))
    begin_s = last_s - step_s * (wave.size - 1)
    ways = list(pairwise(turns))
    heights = [0.5 * float(smooth[here] + smooth[there]) for here, there in ways]
    if len(heights) > 1:
        heights[-1] = heights[-2]  # nobody knows yet how far this way will go: as far as the last one came
    passed = (_passed(smooth, *way, height) for way, height in zip(ways, heights, strict=True))
    return tuple(begin_s + step_s * place for place in passed if place is not None)


def _smoothed(wave: Row, step_s: float) -> Row:
    reach = round(3.0 * SMOOTH_S / step_s)
    bell = np.exp(-0.5 * (step_s * np.arange(-reach, reach + 1) / SMOOTH_S) ** 2)
    padded = np.pad(wave, reach, mode="edge")
    return np.asarray(np.convolve(padded, bell / bell.sum(), "valid"), dtype=np.float64)


def _turning_points(wave: Row, least: float) -> list[int]:
    """Places of tops and troughs by turns, `least` apart or more, and last of all where the way that has
    begun since is furthest along."""
    found, sign, top, trough = list[int](), 0, 0, 0
    for place, value in enumerate(wave.tolist()):
        if value > wave[top]:
            top = place
        if value < wave[trough]:
            trough = place
        if sign >= 0 and wave[top] - value > least:
            found.append(top)
            sign, trough = -1, place
        elif sign <= 0 and value - wave[trough] > least:
            found.append(trough)
            sign, top = 1, place
    if sign:
        found.append(top if sign > 0 else trough)
    return found


def _passed(wave: Row, here: int, there: int, height: float) -> float | None:
    """Where between two turning points the wave passes `height`, in samples; None where it has not yet."""
    over = wave[here : there + 1] - height
    passed = np.flatnonzero(over[:-1] * over[1:] <= 0.0)
    if not passed.size:
        return None
    place = int(passed[passed.size // 2])
    step = over[place] - over[place + 1]
    return here + place + (float(over[place] / step) if step != 0.0 else 0.0)
