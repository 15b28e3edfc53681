"""What the C recorder wrote of a live run, and how it compares with the same music rendered offline."""

from __future__ import annotations

from collections.abc import Iterator
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


@dataclass(frozen=True, slots=True)
class Cycle:
    """One cycle of a recording and its place in the rendering, in frames.

    number     its place among the cycles of the recording
    start      of its first frame in the recording
    length     frames
    at         the frame of the rendering that stands there
    skipped    frames of the rendering before it that were never heard
    differing  of its frames, those that the rendering does not have there
    """

    number: int
    start: int
    length: int
    at: int
    skipped: int
    differing: int


def laid(live: Sound, frame_times: NDArray[np.uint32], offline: Sound, period: int) -> Iterator[Cycle]:
    """Lays a recording over the offline rendering, first sound upon first sound, cycle by cycle.

    frame_times  (cycles,) JACK's frame time of each cycle of the recording

    A recorder that was connected after the first sound begins where its first cycle stands in the
    rendering. A cycle that does not fit is looked for a whole number of periods ahead; found there, the
    frames between were skipped. Otherwise each of its frames that is not bit for bit the same differs. A
    cycle with the frame time of the one before is that one again, and left out: the recorder came so late
    that it missed its own.
    """
    sounding = np.flatnonzero(offline.any(axis=1))
    if not len(sounding):
        raise ValueError("The offline rendering is silent, so there is nothing to compare with.")
    at, start = int(sounding[0]), 0
    first = len(live) - (len(frame_times) - 1) * period  # the first cycle counts from its first sound
    for k in range(len(frame_times)):
        block = live[start : start + (period if k else first)]
        start += len(block)
        if k and frame_times[k] == frame_times[k - 1]:
            continue
        skip = differing = 0
        if not _equal(block, offline, at):
            apart = period if k else 1
            begins = (offline[at + apart : at + LONGEST_SKIP_FRAMES : apart] == block[0]).all(axis=1)
            ahead = (apart * (int(n) + 1) for n in np.flatnonzero(begins))
            skip = next((s for s in ahead if _equal(block, offline, at + s)), 0)
            at += skip
            expected = offline[at : at + len(block)]
            differing = len(block) - int((block[: len(expected)] == expected).all(axis=1).sum())
        yield Cycle(k, start - len(block), len(block), at, skip, differing)
        at += len(block)


def compare(live: Sound, frame_times: NDArray[np.uint32], offline: Sound, period: int) -> Comparison:
    """How a recording and the offline rendering compare; see `laid`."""
    cycles = list(laid(live, frame_times, offline, period))
    return Comparison(
        sum(cycle.length for cycle in cycles), sum(cycle.differing for cycle in cycles),
        sum(cycle.skipped for cycle in cycles),
    )  # fmt: skip


def _equal(block: Sound, offline: Sound, at: int) -> bool:
    return np.array_equal(block, offline[at : at + len(block)])
