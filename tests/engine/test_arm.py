"""`--arm` end to end: every arm plays, and the yoked one goes the way of the sitting that it names."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

from engine.guide.arms import Arm
from tests.calando import calando

CONTRACT = {
    "type", "t", "stage", "tempo_bpm", "density", "brightness", "breath_guide_per_min", "hr_bpm", "link",
    "lufs_m", "late_periods",
}  # fmt: skip
"""Fields that every state has (DESIGN.md section 7)."""


def played(folder: Path, arm: str, sensor: str) -> tuple[list[dict], dict]:
    """States and the last line of a fast sitting."""
    done = calando(
        "play", "--fast", "--json", "--output", "null", "--data", "data", "--duration", "90s", "--seed", "1",
        "--arm", arm, "--sensor", sensor, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return lines[:-1], lines[-1]


def test_every_arm_plays_and_keeps_the_contract_of_its_lines(tmp_path: Path) -> None:
    fast_heart, slow_heart = "sim:rest=80,drift=0", "sim:rest=60,drift=0"
    tempos: dict[str, list[float]] = {}
    last: dict = {}
    for arm in [arm for arm in Arm if arm is not Arm.YOKED]:
        states, last = played(tmp_path, arm.value, fast_heart)
        assert all(set(state) >= CONTRACT for state in states)
        assert max(b["t"] - a["t"] for a, b in pairwise(states)) <= 1.0
        assert last["type"] == "session"
        assert {"id", "path"} <= set(last)
        tempos[arm.value] = [state["tempo_bpm"] for state in states]
    assert len(set(tempos["paced"][25:])) == 1
    states, _ = played(tmp_path, f"yoked:{last['id']}", slow_heart)
    follow, yoked = tempos["follow"], [state["tempo_bpm"] for state in states]
    assert max(abs(a - b) for a, b in zip(follow[25:], yoked[25:], strict=False)) < 0.02 * follow[25]
    shown = calando("sessions", "show", "last", "--data", "data", cwd=tmp_path).stdout
    assert f"yoked:{last['id']}" in shown


def test_a_yoked_arm_needs_a_sitting_that_is_there(tmp_path: Path) -> None:
    for arm, words in (("yoked", "yoked:SITTING"), ("yoked:nosuch", "nosuch")):
        done = calando("play", "--fast", "--arm", arm, "--data", "data", "--output", "null", cwd=tmp_path)
        assert done.returncode == 2
        assert words in done.stderr
