"""The parameter table: every knob of the sound, moved only by ramps.

Once a quantum all ramps advance together, eight to a vector. `before` and `value` hold a parameter
at the two ends of the quantum, for kernels that draw a straight line between them.
"""

# pyright: basic

from __future__ import annotations

import numpy as np

from dsp.approximations import ceiling
from dsp.command import GUEST_OFFSET, MASTER_OFFSET
from dsp.compiled import kernel
from dsp.lanes import WIDTH, load, maximum, select, store
from dsp.palette.parameters import CHANNEL, GUEST, MASTER, Range
from dsp.quantum import QUANTUM
from dsp.record import record_dtype
from dsp.score import CHANNEL_PARAMETERS, GUEST_PARAMETERS, INSTRUMENTS, MASTER_PARAMETERS

COUNT = -(-(GUEST_OFFSET + len(GUEST_PARAMETERS)) // WIDTH) * WIDTH

SHORTEST_RAMP_S = 0.03
"""No parameter moves faster than over 30 ms, so that none can click. Our own choice."""

LEVEL, TO_REVERB, TO_ECHO, TO_CHORUS, BRIGHTNESS, ATTACK, FADING, SPREAD = range(len(CHANNEL_PARAMETERS))
(
    MASTER_LEVEL, MASTER_BRIGHTNESS, REVERB_TIME, REVERB_DAMPING, REVERB_LEVEL, ECHO_TIME, ECHO_FEEDBACK,
    BREATH_RATE, BREATH_DEPTH, OPENNESS,
) = range(MASTER_OFFSET, MASTER_OFFSET + len(MASTER_PARAMETERS))
GUEST_LEVEL, GUEST_REVERB = GUEST_OFFSET, GUEST_OFFSET + 1
"""Places in the table: of a channel's parameters behind its first, of the master's, and of the guest's."""

PARAMETERS = record_dtype(
    [
        (name, np.float32, (COUNT,))
        for name in ("value", "before", "target", "step", "quanta_left", "low", "high")
    ],
)


def prepare_parameters(parameters: np.void) -> None:
    """Limits and first values of every parameter."""
    rows = [*CHANNEL.values()] * len(INSTRUMENTS) + [*MASTER.values(), *GUEST.values()]
    rows += [Range(0.0, 0.0, 0.0)] * (COUNT - len(rows))
    low, high, first = np.array(rows, np.float32).T
    parameters["low"], parameters["high"] = low, high
    for name in ("value", "before", "target"):
        parameters[name] = first


@kernel
def begin_ramp(parameters, index, target, seconds, sample_rate, silent_yet):
    """Start moving a parameter. Before the first sound (`silent_yet`) it is there at once."""
    target = min(max(target, parameters.low[index]), parameters.high[index])
    parameters.target[index] = target
    if silent_yet:
        parameters.value[index] = target
        parameters.before[index] = target
        parameters.quanta_left[index] = 0.0
        return
    quanta = ceiling(max(seconds, SHORTEST_RAMP_S) * sample_rate / QUANTUM)
    parameters.step[index] = (target - parameters.value[index]) / quanta
    parameters.quanta_left[index] = quanta


@kernel
def advance_ramps(parameters):
    """Move every parameter on by one quantum; a ramp ends exactly on its target."""
    for at in range(0, COUNT, WIDTH):
        value = load(parameters.value, at)
        left = load(parameters.quanta_left, at)
        store(parameters.before, at, value)
        moved = select(left > 1.0, value + load(parameters.step, at), load(parameters.target, at))
        store(parameters.value, at, moved)
        store(parameters.quanta_left, at, maximum(left - 1.0, 0.0))
