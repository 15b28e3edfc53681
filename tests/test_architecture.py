"""The house's rules hold: who may import whom, what the quick paths must not load, types and lint."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dsp.linker import linker

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_arrows_point_one_way() -> None:
    done = run(str(BIN / "lint-imports"), "--no-cache")
    assert done.returncode == 0, done.stdout


def test_types() -> None:
    done = run(str(BIN / "pyright"))
    assert done.returncode == 0, done.stdout


def test_lint() -> None:
    done = run(str(BIN / "ruff"), "check", "--no-cache", ".")
    assert done.returncode == 0, done.stdout


LOADED = "import sys; {first}; print(*sorted(n for n in sys.modules if '.' not in n))"


def loaded_after(first: str) -> set[str]:
    done = run(sys.executable, "-c", LOADED.format(first=first))
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_help_loads_nothing_slow() -> None:
    loaded = loaded_after("from engine.cli.main import run; sys.stdout.write = lambda s: 0; run(['--help']); "
                          "sys.stdout = sys.__stdout__; del sys.stdout.write")
    assert not loaded & {"numpy", "rich", "pydantic", "numba", "sounddevice", "bleak", "scipy", "soundfile"}
    assert "click" in loaded


SITTING = (
    "from engine.cli.main import run; "
    "run(['play', '--sensor', 'sim', '--fast', '--duration', '60s', '--output', 'null', '--seed', '1'])"
)


@pytest.fixture(scope="module")
def _machine_code_is_kept() -> None:
    run(sys.executable, "-c", "from dsp.native import Synth; Synth()")


@pytest.mark.usefixtures("_machine_code_is_kept")
def test_a_simulated_sitting_loads_nothing_that_delays_the_first_sound() -> None:
    done = run(sys.executable, "-c", LOADED.format(first=SITTING))
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "numpy" in loaded
    heavy = "numba scipy pandas matplotlib heartpy pydantic bleak soundfile"
    assert not loaded & set(heavy.split())
    # Without the system's linker LLVM's own has to load the machine code.
    assert ("llvmlite" in loaded) == (linker() is None)


GRAB_BAGS = frozenset(["manager", "helper", "helpers", "util", "utils", "base", "misc", "common"])


@pytest.mark.parametrize("package", ["engine", "sensors", "dsp", "profiles", "guides"])
def test_no_file_is_a_grab_bag(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        assert path.stem not in GRAB_BAGS, path
        text = path.read_text()
        assert len(text.splitlines()) <= 400, f"{path} is too long"
        assert not text or text.startswith('"""'), f"{path} does not say what it is"


HOUSE = (ROOT / "docs" / "house.md").read_text()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`(\w+(?:/\w+)+\.\w+)", HOUSE))))
def test_every_file_that_the_house_names_is_there(path: str) -> None:
    assert (ROOT / path).is_file()


@pytest.mark.parametrize(("path", "name"), re.findall(r"`([\w/]+\.py)::(\w+)`", HOUSE))
def test_every_promise_of_a_room_has_its_test(path: str, name: str) -> None:
    tests = [node for node in ast.parse((ROOT / path).read_text()).body if isinstance(node, ast.FunctionDef)]
    test = next((node for node in tests if node.name == name), None)
    assert test is not None
    assert any(isinstance(node, ast.Assert) for node in ast.walk(test))
