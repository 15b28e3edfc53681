"""Playable: what a file of kernels hands to the orchestra to become an instrument."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from dsp.palette.instruments import Instrument


@dataclass(frozen=True, slots=True)
class Playable:
    """VOICES voices of one sound.

    record    dtype of their state, with a field `envelope` (dsp.envelope.envelope_dtype)
    prepare   (record, sample_rate, seed): fills a zeroed record
    start     kernel (record, voice, pitch, velocity, brightness, pan, attack_s, release_s, sample_rate):
              starts a note on an idle voice
    render    kernel (record, left, right, sample_rate, breath): adds one quantum of every sounding voice to
              the lane buses, vector after vector; `breath` runs from -1 (lungs empty) to 1 (full)
    """

    record: np.dtype[np.void]
    prepare: Callable[[np.void, int, int], None]
    start: Any
    render: Any


def playable_of(row: Instrument) -> Playable:
    """The kernels that a row of the table names. Raises TypeError where it names something else."""
    module, _, name = row.sound.partition(":")
    found = getattr(import_module(f".{module}", __package__), name)
    if not isinstance(found, Playable):
        raise TypeError(f"{row.sound}, the sound of {row.name}, is no Playable.")
    return found
