"""Carried: machine code that a wheel brings along, so that nothing is compiled where it is installed.

A wheel for a platform has, beside this file, the folder `ready`: a library for every level of the platform's
processors, the first state of the sound at the usual sample rates, and the digest of what they were made
of. A checkout has none.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from dsp.levels import Level

READY = Path(__file__).with_name("ready")
DIGEST = "digest"
RATES_HZ = (16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000)
"""Sample rates whose first state is carried: those of sound cards."""


def library_name(level: Level) -> str:
    return f"sound-{level.name}.so"


def state_name(sample_rate: int) -> str:
    return f"state-{sample_rate}.npy.z"


@cache
def carried_digest() -> str | None:
    """What the carried machine code was made of, as dsp.machine.digest; None where there is none."""
    try:
        return (READY / DIGEST).read_text().strip()
    except OSError:
        return None


def carried_libraries(fit: Iterable[Level]) -> list[Path]:
    """The libraries for those levels that the package has, in their order."""
    return [path for level in fit if (path := READY / library_name(level)).is_file()]


def carries(sample_rate: int, fit: Iterable[Level]) -> bool:
    """Whether the package has all that a sample rate in Hz and one of those levels need."""
    return (READY / state_name(sample_rate)).is_file() and bool(carried_libraries(fit))


def carried_state(sample_rate: int) -> bytes | None:
    """What numpy.save wrote of the first state at a sample rate in Hz; None where there is none."""
    try:
        return zlib.decompress((READY / state_name(sample_rate)).read_bytes())
    except (OSError, zlib.error):
        return None
