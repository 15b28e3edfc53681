"""Arms: the guide and what it is compared with, so that a benefit can be tested and not only claimed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from enum import StrEnum
from math import isfinite
from typing import NamedTuple


class Arm(StrEnum):
    """How the music is led (SCIENCE.md A7, honest evaluation)."""

    GOVERNED = "governed"
    """The law: a bounded lead with a ratchet."""
    OPEN_LOOP = "open-loop"
    """Meets the heart, then walks the same way by the clock alone, without feedback."""
    YOKED = "yoked"
    """Replays the path of another sitting, whatever this heart does."""
    PACED = "paced"
    """The tempo that met the heart throughout, and a plain swell of 6 a minute."""
    FOLLOW = "follow"
    """Tempo is the folded heart rate. A warning, not a way to play."""


class PathError(ValueError):
    """A path that cannot be replayed; the message says why."""


class PathPoint(NamedTuple):
    """One moment of another sitting: the fields of MusicState that a yoked sitting takes from it."""

    t_s: float
    tempo_bpm: float
    density: float
    brightness: float
    loudness_db: float
    breath_guide_per_min: float
    breath_depth_db: float


class Path:
    """Another sitting's path, read by linear interpolation and held before its start and after its end."""

    __slots__ = ("_points", "_times")

    def __init__(self, points: Sequence[Sequence[float]]) -> None:
        """`points` in order of time, each as long as PathPoint. Raises PathError."""
        if not points:
            raise PathError("A yoked sitting needs the path of another sitting; this one is empty.")
        self._points = [_point(row) for row in points]
        self._times = [point.t_s for point in self._points]
        if any(later <= earlier for earlier, later in zip(self._times, self._times[1:], strict=False)):
            raise PathError("The path of a yoked sitting has to run forward in time.")

    @property
    def end_s(self) -> float:
        return self._times[-1]

    def at(self, t_s: float) -> PathPoint:
        after = bisect_right(self._times, t_s)
        if after == 0 or after == len(self._points):
            return self._points[after and -1]
        a, b = self._points[after - 1], self._points[after]
        x = (t_s - a.t_s) / (b.t_s - a.t_s)
        return PathPoint(*(p + (q - p) * x for p, q in zip(a, b, strict=True)))


def _point(row: Sequence[float]) -> PathPoint:
    if len(row) != len(PathPoint._fields) or not all(isfinite(value) for value in row):
        raise PathError(
            f"Each row of a yoked path has to hold {len(PathPoint._fields)} numbers: "
            f"{', '.join(PathPoint._fields)}."
        )
    return PathPoint(*row)
