"""The console's benchmarks run in small, and what they claim holds there too."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the console's packages are not installed: pip install 'calando[live]'")
pytest.importorskip("playwright", reason="playwright is not installed: pip install 'calando[test]'")

from tests.program import FOLDER, program

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc tells who serves"),
    pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no Chromium here"),
]


def measured(name: str, folder: Path, *words: str) -> Any:
    """The figures of a benchmark."""
    done = subprocess.run(
        [sys.executable, str(FOLDER / f"{name}.py"), *words],
        env=os.environ | {"CALANDO_BENCHMARK_RESULTS": str(folder)},
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((folder / f"{name}.json").read_text())["figures"]


def test_kills_of_the_server_cost_no_sample_and_no_control(tmp_path: Path) -> None:
    found = measured("console_kills", tmp_path, "--kills", "3")
    assert len(found["whole_s"]) == 3
    assert found["samples"] > 48_000
    assert found["differing"] == 0
    assert found["keys"] == found["presses"] > 0
    assert (found["lost"], found["twice"], found["unlike"]) == (0, 0, 0)


@pytest.mark.live
def test_a_touch_is_followed_to_its_first_changed_sample(tmp_path: Path) -> None:
    jack_dummy = program("jack_dummy")
    if absent := jack_dummy.missing():
        pytest.skip(f"no JACK dummy device: {', '.join(absent)} not found")
    found = measured("console_touch", tmp_path, "--touches", "4", "--stops", "1", "--holds", "0")
    controls = {name: each for name, each in found["touches"]["by_control"].items() if "all that" not in name}
    assert sum(each["touches"] for each in controls.values()) + found["touches"]["unsure"] == 4
    assert found["touches"]["compared"] > 48_000
    (stops,) = found["stops"]
    assert stops["stops"] + stops["too_faint"] + stops["off"] == 1


@pytest.mark.live
def test_who_looks_on_and_how_light_the_page_stays(tmp_path: Path) -> None:
    jack_dummy = program("jack_dummy")
    if absent := jack_dummy.missing():
        pytest.skip(f"no JACK dummy device: {', '.join(absent)} not found")
    found = measured("console_hours", tmp_path, "--minutes", "0.1", "--viewers", "0,2", "--each", "2")
    assert [each["viewers"] for each in found["viewers"]] == [0, 2]
    assert all(0.0 < each["cpu_share"] < 1.0 for each in found["viewers"])
    page = found["page"]
    assert page["states_per_s"] > 0.0
    assert page["page"]["count"] > 0
    assert page["bare"]["count"] > 0
    assert 0.0 < page["worked_ms"] < 50.0
    assert all(1.0 < heap < 100.0 for heap in page["heap_mb"])
