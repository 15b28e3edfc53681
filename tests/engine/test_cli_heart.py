"""`calando heart`: the JSON lines of DESIGN.md 7, the live view, and plain sentences for wrong calls."""

from __future__ import annotations

import io
import json
import random
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from engine.cli.heart import heart
from engine.cli.heart_view import HeartView
from sensors.heart_state import HeartState


def recording(path: Path, beats: int = 400) -> Path:
    rng = random.Random(1)
    path.write_text("\n".join(f"{900 + rng.gauss(0, 20):.0f}" for _ in range(beats)))
    return path


def test_json_lines_hold_every_beat_a_state_a_second_and_a_summary(tmp_path: Path) -> None:
    path = recording(tmp_path / "r.txt")
    result = CliRunner().invoke(heart, [str(path), "--json"])
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.output.splitlines()]
    beats = [line for line in lines if line["type"] == "beat"]
    states = [line for line in lines if line["type"] == "state"]
    assert [line["rr_ms"] for line in beats] == [float(x) for x in path.read_text().split()]
    assert [line["t"] for line in beats] == sorted(line["t"] for line in beats)
    assert all(b["t"] - a["t"] <= 1.0 for a, b in pairwise(states))
    assert states[10]["rmssd_ms"] is None
    assert states[-1]["sdnn_ms"] is not None
    wanted = {"t", "hr_bpm", "rmssd_ms", "sdnn_ms", "breath_per_min", "breath_confidence", "regularity"}
    assert wanted < states[-1].keys()
    assert lines[-1]["type"] == "summary"
    assert lines[-1]["beats"] == 400


def test_nothing_looks_further_ahead_than_live_can(tmp_path: Path) -> None:
    whole = recording(tmp_path / "whole.txt")
    part = tmp_path / "part.txt"
    part.write_text("\n".join(whole.read_text().split()[:200]))

    def states(path: Path) -> list[str]:
        out = CliRunner().invoke(heart, [str(path), "--json"]).output.splitlines()
        return [line for line in out if '"state"' in line][:170]

    assert states(whole) == states(part)


@pytest.mark.parametrize("source", ["/nowhere/r.txt", "banana", "sim:rest=9000", "ant:x"])
def test_a_wrong_call_exits_with_2_and_a_sentence(source: str) -> None:
    result = CliRunner().invoke(heart, [source, "--json"])
    assert result.exit_code == 2
    assert "Error: " in result.output


def test_a_simulated_heart_can_be_read_fast() -> None:
    result = CliRunner().invoke(heart, ["sim:seed=3", "--json", "--seconds", "90"])
    assert result.exit_code == 0
    assert json.loads(result.output.splitlines()[-1])["simulated"] is True


def test_the_view_shows_dashes_for_what_is_not_earned_and_says_simulated() -> None:
    view = HeartView("SIMULATED heart")
    view.feed(HeartState(t_s=5.0, hr_bpm=71.6, simulated=True), [])
    console = Console(record=True, width=84, file=io.StringIO())
    console.print(view.render())
    text = console.export_text()
    assert "72 bpm" in text
    assert "–" in text
    assert "SIMULATED" in text
