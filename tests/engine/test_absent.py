"""Every extra absent: all else plays, and whatever needs one says in one sentence how to add it."""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.calando import calando
from tests.outside import sitecustomize as outside

PACKAGES = {
    "pyo": "pyo", "osc": "pythonosc", "lsl": "pylsl", "link": "link", "mqtt": "paho", "serial": "serial",
    "ant": "openant", "midi": "mido", "voice": "hibari",
}  # fmt: skip
"""Modules by the extra that brings them."""

WITHOUT = f"""
import sys
from runpy import run_path
for name in {tuple(PACKAGES.values())!r}:
    sys.modules[name] = None  # so that Python neither finds it nor imports it
run_path({outside.__file__!r})
"""
"""What every process of Python's runs first; then what a test's does, for there is one such file alone."""

NEEDS = {
    "pyo": ("play", "--synth", "pyo", "--sensor", "sim", "--output", "null", "--fast", "--duration", "60s"),
    "osc": ("osc", "room", "--to", "9000"),
    "lsl": ("lsl", "room"),
    "link": ("link", "room"),
    "mqtt": ("mqtt", "room", "--broker", "localhost"),
    "serial": ("play", "--sensor", "serial", "--output", "null", "--duration", "60s"),
    "ant": ("play", "--sensor", "ant", "--output", "null", "--duration", "60s"),
}


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    (cwd / "sitecustomize.py").write_text(WITHOUT)
    paths = os.pathsep.join([str(cwd), os.environ["PYTHONPATH"]])
    return calando(*words, cwd=cwd, also={"CALANDO_DATA": str(cwd / "data"), "PYTHONPATH": paths})


@pytest.mark.parametrize("extra", NEEDS)
def test_what_needs_it_says_how_to_add_it(extra: str, tmp_path: Path) -> None:
    done = run(*NEEDS[extra], cwd=tmp_path)
    said = " ".join(f"{done.stdout} {done.stderr}".split())
    assert f"calando[{extra}]" in said, said
    assert "Traceback" not in said


DAMAGED = {
    "pyo": "import ctypes\nctypes.CDLL('libportaudio-of-nobody.so.2')",
    "link": "import ctypes\nctypes.string_at(0)",
    "serial": "import a_part_that_is_missing",
}
"""What stands for a package whose library is missing or crashes."""


WITHOUT_SYSTEM = f"""
import ctypes.util
from runpy import run_path
ctypes.util.find_library = lambda name: None  # as where the system has none of the libraries, nor libusb
run_path({outside.__file__!r})
"""


@pytest.fixture
def damaged(tmp_path: Path) -> dict[str, str]:
    """An environment in which packages are found and do not load: pylsl has a damaged liblsl."""
    found = find_spec("pylsl")
    if found is None or found.origin is None:
        pytest.skip("pylsl is not installed")
    copied = tmp_path / "damaged" / "pylsl"
    shutil.copytree(Path(found.origin).parent, copied)
    for library in copied.rglob("*lsl*.*"):
        if library.suffix != ".py" and library.is_file():
            library.write_bytes(b"no library at all")
    for module, text in DAMAGED.items():
        (copied.parent / f"{module}.py").write_text(text)
    (copied.parent / "sitecustomize.py").write_text(WITHOUT_SYSTEM)
    paths = os.pathsep.join([str(copied.parent), os.environ["PYTHONPATH"]])
    return {"CALANDO_DATA": str(tmp_path / "data"), "PYTHONPATH": paths, "PYLSL_LIB": ""}


def test_the_doctor_loads_what_is_installed_and_tells_what_is_missing(
    damaged: dict[str, str], tmp_path: Path
) -> None:
    told = " ".join(calando("doctor", cwd=tmp_path, also=damaged).stdout.split())
    for extra, said in {
        "pyo": "libportaudio-of-nobody.so.2: cannot open shared object file",
        "link": "it ends whoever loads it (SIGSEGV). Install it anew with pip install --force-reinstall",
        "lsl": "pylsl is installed and does not load",
        "ant": "No backend available. Install libusb: on Debian or Ubuntu, sudo apt-get install libusb",
        "serial": "No module named 'a_part_that_is_missing'",
    }.items():
        line = told.partition(f"without Door {extra}: ")[2].partition(" Door ")[0]
        assert said in line, told
        assert ("pip install --force-reinstall" in line) == (extra != "ant")
    assert "ok Door osc" in told


@pytest.mark.parametrize("extra", ["lsl", "pyo"])
def test_what_needs_a_library_that_does_not_load_says_what_is_missing(
    extra: str, damaged: dict[str, str], tmp_path: Path
) -> None:
    done = calando(*NEEDS[extra], cwd=tmp_path, also=damaged)
    said = " ".join(f"{done.stdout} {done.stderr}".split())
    assert "is installed and cannot be loaded: " in said, said
    assert "Traceback" not in said


def test_the_doctor_tells_each_in_a_line_and_a_sitting_plays(tmp_path: Path) -> None:
    lines = run("doctor", cwd=tmp_path).stdout
    told = " ".join(lines.split())
    for extra in NEEDS:
        assert f"pip install 'calando[{extra}]'" in told, lines
    played = run(
        "play", "--sensor", "sim", "--play-along", "--output", "null", "--fast", "--duration", "60s",
        cwd=tmp_path,
    )  # fmt: skip
    assert played.returncode == 0, played.stderr
