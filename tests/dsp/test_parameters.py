"""The parameter table: ramps are straight, arrive exactly, never click and never leave their limits."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

from dsp import command
from dsp.palette.instruments import NAMES
from dsp.palette.parameters import CHANNEL, MASTER
from dsp.parameters import COUNT, PARAMETERS, SHORTEST_RAMP_S, advance_ramps, begin_ramp, prepare_parameters
from dsp.quantum import QUANTUM

RATE = 48000.0
QUANTUM_S = QUANTUM / RATE


@njit(error_model="numpy", _nrt=False)
def ramp(tables, index, target, seconds, silent_yet):
    begin_ramp(tables[0], index, np.float32(target), seconds, RATE, silent_yet)


@njit(error_model="numpy", _nrt=False)
def follow(tables, index, before, values):
    for q in range(len(values)):
        advance_ramps(tables[0])
        before[q] = tables[0].before[index]
        values[q] = tables[0].value[index]


class Table:
    def __init__(self) -> None:
        self.tables = np.zeros(1, PARAMETERS)
        prepare_parameters(self.tables[0])

    def ramp(self, index: int, target: float, seconds: float, *, silent_yet: bool = False) -> None:
        ramp(self.tables, index, target, seconds, silent_yet)

    def follow(self, index: int, seconds: float) -> tuple[np.ndarray, np.ndarray]:
        quanta = round(seconds / QUANTUM_S)
        before, values = np.zeros(quanta, np.float32), np.zeros(quanta, np.float32)
        follow(self.tables, index, before, values)
        return before, values


PAD_REVERB = command.parameter_index("pad", "reverb")
ECHO_S = command.parameter_index("master", "echo_s")


def test_every_parameter_begins_at_its_first_value_and_knows_its_limits() -> None:
    table = Table().tables[0]
    for channel, ranges in ((NAMES[0], CHANNEL), (NAMES[-1], CHANNEL), ("master", MASTER)):
        for name, (low, high, first) in ranges.items():
            index = command.parameter_index(channel, name)
            found = [float(table[field][index]) for field in ("low", "high", "value", "before", "target")]
            assert found == pytest.approx([low, high, first, first, first])
    assert command.MASTER_OFFSET + len(MASTER) <= COUNT


@pytest.mark.parametrize("index", [PAD_REVERB, ECHO_S])
def test_a_ramp_is_a_straight_line_that_ends_exactly_on_its_target(index: int) -> None:
    table = Table()
    first = float(table.tables[0]["value"][index])
    table.ramp(index, 0.8, 2.0)
    before, values = table.follow(index, 3.0)
    arrived = round(2.0 / QUANTUM_S)
    line = first + (0.8 - first) * np.arange(1, arrived + 1) / arrived
    np.testing.assert_allclose(values[:arrived], line, atol=2e-5)
    assert (values[arrived - 1 :] == np.float32(0.8)).all()
    assert np.array_equal(before[1:], values[:-1])
    assert before[0] == np.float32(first)


def test_no_ramp_is_shorter_than_thirty_milliseconds() -> None:
    table = Table()
    table.ramp(PAD_REVERB, 1.0, 0.0)
    _, values = table.follow(PAD_REVERB, 0.1)
    moving = int(np.argmax(values == 1.0)) + 1
    assert moving * QUANTUM_S == pytest.approx(SHORTEST_RAMP_S, abs=QUANTUM_S)
    assert np.abs(np.diff(values)).max() < 0.05


def test_before_the_first_sound_it_is_there_at_once() -> None:
    table = Table()
    table.ramp(PAD_REVERB, 1.0, 5.0, silent_yet=True)
    before, values = table.follow(PAD_REVERB, 0.01)
    assert (values == 1.0).all()
    assert (before == 1.0).all()


def test_a_value_set_at_once_ends_a_ramp_that_was_on_its_way() -> None:
    table = Table()
    table.ramp(PAD_REVERB, 1.0, 5.0)
    table.ramp(PAD_REVERB, 0.5, 5.0, silent_yet=True)
    assert (table.follow(PAD_REVERB, 0.1)[1] == 0.5).all()


@pytest.mark.parametrize(("asked", "held"), [(-3.0, 0.0), (7.0, 1.0)])
def test_no_command_leaves_the_limits(asked: float, held: float) -> None:
    table = Table()
    table.ramp(PAD_REVERB, asked, 0.5)
    _, values = table.follow(PAD_REVERB, 1.0)
    assert values[-1] == held
    assert values.min() >= 0.0
    assert values.max() <= 1.0


def test_a_new_ramp_goes_on_from_where_the_old_one_stood() -> None:
    table = Table()
    table.ramp(PAD_REVERB, 1.0, 1.0)
    _, first = table.follow(PAD_REVERB, 0.5)
    table.ramp(PAD_REVERB, 0.0, 1.0)
    _, second = table.follow(PAD_REVERB, 1.5)
    assert abs(second[0] - first[-1]) < 0.002
    assert second[-1] == 0.0
