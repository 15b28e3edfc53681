"""The rings: in order, nothing twice, nothing overwritten before it is read, and losses counted."""

from __future__ import annotations

import numpy as np
from numba import njit

from dsp import command
from dsp.native import Synth
from dsp.ring import TELEMETRY_RING, TELEMETRY_SLOTS, report
from dsp.telemetry import Applied

RATE = 48000


@njit(error_model="numpy", _nrt=False)
def report_many(rings, first, count):
    for k in range(first, first + count):
        report(rings[0], 3, 7, 10 * k, k, 0.5 * k, 1.0 + k, 2.0 + k, 3.0 + k, 4.0 + k)


def test_a_full_ring_keeps_what_nobody_has_read_and_counts_the_rest() -> None:
    rings = np.zeros(1, TELEMETRY_RING)
    report_many(rings, 0, TELEMETRY_SLOTS + 5)
    ring = rings[0]
    assert (ring["head"][0], ring["lost"][0]) == (TELEMETRY_SLOTS, 5)
    assert np.array_equal(ring["slots"]["sequence"], np.arange(TELEMETRY_SLOTS))
    ring["tail"][0] += 3
    report_many(rings, 100_000, 4)
    assert (ring["head"][0], ring["lost"][0]) == (TELEMETRY_SLOTS + 3, 6)
    assert list(ring["slots"]["sequence"][:4]) == [100_000, 100_001, 100_002, 3]


def test_every_field_of_a_report_arrives() -> None:
    rings = np.zeros(1, TELEMETRY_RING)
    report_many(rings, 2, 1)
    assert rings[0]["slots"][0].item() == (3, 7, 20, 2, 1.0, 3.0, 4.0, 5.0, 6.0)


def test_what_a_full_ring_refused_is_pushed_again_in_order_and_none_twice() -> None:
    synth = Synth(RATE)
    waiting = [command.alive()] * 9000
    applied: list[int] = []
    while waiting:
        taken = synth.push(waiting)
        del waiting[:taken]
        # A quarter of the ring at a time, so that it wraps around while it is nearly full.
        synth.render(np.zeros((16 * 64, 2), np.float32))
        applied += [report.sequence for report in synth.poll() if isinstance(report, Applied)]
    synth.render(np.zeros((RATE, 2), np.float32))
    applied += [report.sequence for report in synth.poll() if isinstance(report, Applied)]
    assert applied == list(range(9000))
    assert synth.next_sequence == 9000
    assert synth.losses().reports == 0


def test_a_command_is_not_carried_out_before_its_frame_and_holds_back_those_behind_it() -> None:
    synth = Synth(RATE)
    synth.push([command.alive().at_frame(6400), command.alive(), command.alive().at_frame(640)])
    synth.render(np.zeros((6400, 2), np.float32))
    assert not [report for report in synth.poll() if isinstance(report, Applied)]
    synth.render(np.zeros((64, 2), np.float32))
    assert [r.frame for r in synth.poll() if isinstance(r, Applied)] == [6400] * 3
