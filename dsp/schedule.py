"""The schedule: notes written ahead, in a binary heap by the moment at which they sound.

Two of them run in the synth: one counts moments in beats, one in frames. Putting a note in and
taking the earliest out cost log2(n) steps, so a quantum's work stays bounded.
"""

# pyright: basic

from __future__ import annotations

import numpy as np

from dsp.compiled import kernel
from dsp.record import record_dtype

SCHEDULE_SLOTS = 1024

FORGOTTEN = -1

PENDING = record_dtype(
    [
        ("instrument", np.int32),
        ("tries", np.int32),
        ("sequence", np.int64),
        ("due", np.float64),
        ("beats", np.float64),
        ("pitch", np.float32),
        ("velocity", np.float32),
        ("brightness", np.float32),
        ("pan", np.float32),
    ],
)

"""A note that waits; due: the frame at which it should have begun, once it has been tried; instrument:
FORGOTTEN where it is to be left out when its moment comes."""

SCHEDULE = record_dtype(
    [
        ("size", np.int64),
        ("moment", np.float64, (SCHEDULE_SLOTS,)),
        ("place", np.int32, (SCHEDULE_SLOTS,)),
        ("note", PENDING, (SCHEDULE_SLOTS,)),
    ],
)
"""A heap of (moment, place of the note). Places beyond `size` in `place` are the free ones."""


def prepare_schedule(schedule: np.void) -> None:
    """Every place is free at first."""
    schedule["place"] = range(SCHEDULE_SLOTS)


@kernel
def forget_notes(schedule):
    """Forget every note."""
    schedule.size = 0


@kernel
def forget_notes_of(schedule, instrument):
    """Mark every note of an instrument as forgotten, where it waits: a heap is not torn for it."""
    for i in range(schedule.size):
        note = schedule.note[schedule.place[i]]
        if note.instrument == instrument:
            note.instrument = FORGOTTEN


@kernel
def count_due(schedule, end, due):
    """Add to `due`, by instrument, the notes whose moment comes before `end`."""
    if schedule.size == 0 or schedule.moment[0] >= end:
        return
    for i in range(schedule.size):
        if schedule.moment[i] < end:
            instrument = schedule.note[schedule.place[i]].instrument
            if instrument != FORGOTTEN:
                due[instrument] += 1


@kernel
def _swap(schedule, i, j):
    moment = schedule.moment[i]
    place = schedule.place[i]
    schedule.moment[i] = schedule.moment[j]
    schedule.place[i] = schedule.place[j]
    schedule.moment[j] = moment
    schedule.place[j] = place


@kernel
def put(schedule, moment):
    """Make room for a note at `moment`; returns its place, or -1 where the schedule is full."""
    i = schedule.size
    if i >= SCHEDULE_SLOTS:
        return -1
    schedule.size = i + 1
    schedule.moment[i] = moment
    place = schedule.place[i]
    while i > 0:
        parent = (i - 1) >> 1
        if schedule.moment[parent] <= schedule.moment[i]:
            break
        _swap(schedule, i, parent)
        i = parent
    return np.int64(place)


@kernel
def take(schedule):
    """Remove the earliest note; returns its place, readable until the next `put`."""
    last = schedule.size - 1
    _swap(schedule, 0, last)
    schedule.size = last
    i = 0
    while True:
        child = 2 * i + 1
        if child >= last:
            break
        if child + 1 < last and schedule.moment[child + 1] < schedule.moment[child]:
            child += 1
        if schedule.moment[i] <= schedule.moment[child]:
            break
        _swap(schedule, i, child)
        i = child
    return np.int64(schedule.place[last])
