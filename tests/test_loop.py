"""Of many figures benchmarks/loop.py makes one line: what is missed is marked, what is not there is empty."""

from __future__ import annotations

import shutil
import subprocess
import sys
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

pytest.importorskip("librosa", reason="the benchmark listens with librosa")
if shutil.which("ffmpeg") is None:
    pytest.skip("loudness is measured with ffmpeg", allow_module_level=True)

pytestmark = pytest.mark.usefixtures("ears")


@pytest.fixture(scope="module")
def loop() -> Any:
    import loop

    return loop


def test_a_line_takes_the_median_and_marks_what_is_missed(loop: Any) -> None:
    row = loop.Row("breath", "share", ".06", 0.3, by_name=(("breathe", 0.5),))
    found = [{"share": 0.2}, {"share": 0.4}, {"share": 0.5}]
    assert row.asked() == ">= 0.3, breathe 0.5"
    assert row.cell("relax", found) == "0.4"
    assert row.cell("breathe", found) == "0.4 !"
    assert row.cell("relax", [{"share": None}, {}]) == ""


def test_an_answer_that_never_comes_misses_and_one_wrong_sign_spoils_the_share(loop: Any) -> None:
    never = loop.Row("step", "after", "never", high=30.0)
    assert never.cell("relax", [{"after": inf}, {"after": 12.0}, {"after": inf}]) == "inf !"
    sign = loop.Row("sign", "right", "", 1.0, of=np.mean)
    assert sign.cell("relax", [{"right": 1.0}] * 39 + [{"right": 0.0}]) == "0.975 !"
    assert sign.cell("relax", [{"right": 1.0}] * 40) == "1"


def test_every_line_of_the_sound_is_measured(loop: Any) -> None:
    found = loop.loop_sound.figures("relax", 1, 2.0)
    assert {row.key for row in loop.ROWS["sound"]} <= found.keys()
    assert 0.0 < found["breath share"] < 1.0


def test_no_random_sitting_passes_a_limit(loop: Any) -> None:
    assert loop.limits(20, 1) == 0


def test_a_measure_that_is_not_there_is_named() -> None:
    asked = [sys.executable, "benchmarks/loop.py", "--measures", "sound,taste"]
    told = subprocess.run(asked, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "There is no measure taste" in told.stderr
