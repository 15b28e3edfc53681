"""Machine code: nothing forbidden in it, made once, kept, and no failure where it cannot be kept."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dsp import machine

RENDER = """
import sys, zlib
import numpy as np
from dsp.native import Engine
from dsp import command
from dsp.score import Note, Ramp
lines = []
engine = Engine(progress=lines.append)
engine.push([command.ramp(Ramp("pad", "level_db", 0.0, 0.0)), command.note(Note(0.0, 2.0, "pad", 60.0))])
out = np.zeros((24000, 2), np.float32)
engine.render(out)
print(zlib.crc32(out.tobytes()), len(lines), "numba" in sys.modules, "llvmlite" in sys.modules, engine.kept)
"""


def render_in_new_process(cache: Path, **also: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", RENDER], capture_output=True, text=True, timeout=300,
        env=os.environ | {"CALANDO_CACHE": str(cache)} | also, cwd=Path(__file__).parents[2], check=True,
    )
    return done.stdout.split()


@pytest.fixture(scope="module")
def module_text() -> str:
    module, _ = machine.optimised_module()
    assert machine.outside_calls(module) == set()
    return str(module)


def test_the_callback_calls_nothing_that_may_allocate_lock_or_reach_python(module_text: str) -> None:
    called = set(re.findall(r"(?:call|invoke)[^@\n]*@\"?([\w.$]+)", module_text))
    defined = set(re.findall(r"define[^@\n]*@\"?([\w.$]+)", module_text))
    outside = {name for name in called - defined if not name.startswith("llvm.")}
    assert outside <= machine.ALLOWED_OUTSIDE
    for forbidden in ("NRT_", "Py_", "PyErr", "PyObject", "malloc", "pthread", "numba_", "fence syscall"):
        assert forbidden not in module_text


def test_no_indirect_call_can_reach_anything_else(module_text: str) -> None:
    assert not re.search(r"\bcall\b[^@\n]*\s%\w+\(", module_text)


def test_the_check_itself_fails_on_an_allocating_function() -> None:
    import llvmlite.binding as llvm

    bad = llvm.parse_assembly(
        'declare ptr @malloc(i64)\ndefine ptr @f() {\n %a = call ptr @malloc(i64 8)\n ret ptr %a\n}\n'
    )
    assert machine.outside_calls(bad) == {"malloc"}


def test_it_is_compiled_once_and_loaded_without_numba(tmp_path: Path) -> None:
    cold = render_in_new_process(tmp_path)
    warm = render_in_new_process(tmp_path)
    assert cold[1:] == ["1", "True", "True", "True"]
    assert warm[0] == cold[0]
    library = next(tmp_path.iterdir()) / "sound.so"
    assert library.exists() == (machine.linker() is not None)
    assert warm[1:] == ["0", "False", str(not library.exists()), "True"]
    library.unlink(missing_ok=True)
    assert render_in_new_process(tmp_path, PATH="") == [cold[0], "0", "False", "True", "True"]
    assert not library.exists()
    # A linker that comes later is used from then on.
    assert render_in_new_process(tmp_path) == warm


def test_a_cache_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    blocked = tmp_path / "a file, not a folder"
    blocked.write_text("")
    assert render_in_new_process(blocked)[1:] == ["1", "True", "True", "False"]


def test_constants_that_python_repeats_are_those_of_the_machine_code() -> None:
    from dsp import callback, native, ring

    for name in ("HISTOGRAM_STEPS_PER_OCTAVE", "OFFLINE"):
        assert getattr(native, name) == getattr(callback, name)
    for name in ("APPLIED", "METER", "DROPPED", "MISSED", "LATE"):
        assert getattr(native, name) == getattr(ring, name)
