"""Every extra absent: all else plays, and whatever needs one says in one sentence how to add it."""

from __future__ import annotations

import os
import subprocess
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
