"""Levels: the kinds of processor for which the sound is compiled, and which of them this machine can run.

A level is a set of instructions that many processors share (x86-64-v2, v3 and v4 of the System V ABI for
x86-64; ARMv8-A), so machine code can be made on one machine and brought to another. Its arithmetic is all
that the samples can depend on: where a processor multiplies and adds with one rounding, the sound does so
at places that are chosen once for all of them (dsp.fusion), so every level of one arithmetic gives the
same bits. Only processors of before 2013 or so round twice.
"""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

X86, ARM = "x86_64", "aarch64"
ARCHITECTURES = {"x86_64": X86, "amd64": X86, "aarch64": ARM, "arm64": ARM}
"""What systems call them."""

FUSED, PLAIN = "fused", "plain"
"""Arithmetics: a product and a sum rounded once, where dsp.fusion says so; every operation by itself."""


@dataclass(frozen=True, slots=True)
class Level:
    """A kind of processor.

    cpu         LLVM's name of the least processor that has it; None for this machine's own and no other
    needs       LLVM's names of the features that tell it from the levels below
    arithmetic  FUSED or PLAIN
    """

    name: str
    architecture: str
    cpu: str | None
    needs: frozenset[str]
    arithmetic: str

    @property
    def triple(self) -> str:
        """LLVM's name of the level on Linux."""
        return f"{self.architecture}-unknown-linux-gnu"


_V2 = frozenset({"cx16", "popcnt", "sahf", "sse4.1", "sse4.2", "ssse3"})
_V3 = _V2 | {"avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe"}
_V4 = _V3 | {"avx512bw", "avx512cd", "avx512dq", "avx512f", "avx512vl"}

LEVELS = (
    Level("x86-64-v4", X86, "x86-64-v4", _V4, FUSED),
    Level("x86-64-v3", X86, "x86-64-v3", _V3, FUSED),
    Level("x86-64-v2", X86, "x86-64-v2", _V2, PLAIN),
    Level("x86-64", X86, "x86-64", frozenset(), PLAIN),
    Level("aarch64", ARM, "generic", frozenset(), FUSED),
)
"""Highest first. System V ABI, AMD64 supplement, table 3.1."""

_LINUX = {"abm": "lzcnt", "bmi1": "bmi", "lahf_lm": "sahf", "sse4_1": "sse4.1", "sse4_2": "sse4.2"}
"""Where /proc/cpuinfo has another name for a feature than LLVM."""


def architecture() -> str:
    """This machine's, by the name that LLVM knows it by."""
    found = platform.machine().lower()
    return ARCHITECTURES.get(found, found)


@cache
def features() -> frozenset[str]:
    """What this processor can do, by LLVM's names; on Linux without loading LLVM to ask it."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        llvm: Any = import_module("llvmlite.binding")
        return frozenset(name for name, there in llvm.get_host_cpu_features().items() if there)
    flags = re.search(r"^flags\s*:(.*)$", text, re.MULTILINE)
    return frozenset(_LINUX.get(flag, flag) for flag in (flags[1].split() if flags else ()))


def levels(of: str | None = None, having: frozenset[str] | None = None) -> tuple[Level, ...]:
    """Every level that a processor can run, the highest first; without arguments this machine's.

    A machine of an architecture that has no level gets one of its own, which no other machine shares.
    """
    kind = architecture() if of is None else of
    there = features() if having is None else having
    found = tuple(level for level in LEVELS if level.architecture == kind and level.needs <= there)
    return found or (Level(kind, kind, None, frozenset(), PLAIN),)
