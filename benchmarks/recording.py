"""What the C recorder wrote of a live run, and how it compares with the same music rendered offline."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]  # (frames, 2)
LONGEST_SKIP_FRAMES = 480_000  # 10 s: how far ahead a block that does not fit is looked for


@dataclass(frozen=True, slots=True)
class Comparison:
    """Live against offline, in frames.

    compared   recorded frames from the first sound on
    differing  of these, frames that the offline rendering does not have at their place
    skipped    offline frames that were never heard because JACK passed the cycle over
    """

    compared: int
    differing: int
    skipped: int


def read(stem: Path) -> tuple[Sound, NDArray[np.uint32]]:
    """The recorded sound from its first non-zero frame, and JACK's frame time of each cycle in it."""
    sound = np.fromfile(stem.with_suffix(".f32"), np.float32).reshape(-1, 2)
    return sound, np.fromfile(stem.with_suffix(".frames"), np.uint32)


def compare(live: Sound, frame_times: NDArray[np.uint32], offline: Sound, period: int) -> Comparison:
    """Lays a recording over the offline rendering, first sound upon first sound.

    frame_times  (cycles,) JACK's frame time of each cycle of the recording

    A cycle that does not fit is looked for a whole number of periods ahead; found there, the frames
    between were skipped. Otherwise each of its frames that is not bit for bit the same differs. A cycle with
    the frame time of the one before is that one again: the recorder came so late that it missed its own.
    """
    sounding = np.flatnonzero(offline.any(axis=1))
    if not len(sounding):
        raise ValueError("The offline rendering is silent, so there is nothing to compare with.")
    at, start, compared, differing, skipped = int(sounding[0]), 0, 0, 0, 0
    first = len(live) - (len(frame_times) - 1) * period  # the first cycle counts from its first sound
    for k in range(len(frame_times)):
        block = live[start : start + (period if k else first)]
        start += len(block)
        if k and frame_times[k] == frame_times[k - 1]:
            continue
        if not _equal(block, offline, at):
            ahead = range(period, LONGEST_SKIP_FRAMES, period)
            skip = next((s for s in ahead if _equal(block, offline, at + s)), 0)
            skipped += skip
            at += skip
            expected = offline[at : at + len(block)]
            same = (block[: len(expected)] == expected).all(axis=1)
            differing += len(block) - int(same.sum())
        at += len(block)
        compared += len(block)
    return Comparison(compared, differing, skipped)


def _equal(block: Sound, offline: Sound, at: int) -> bool:
    return np.array_equal(block, offline[at : at + len(block)])
