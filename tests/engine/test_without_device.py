"""A machine without a sound device: the choice is offered in a terminal, and said elsewhere."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from dsp.machine import cache_folder
from engine.cli.without_device import COMMANDS, music_folder, way
from engine.outputs import Way
from tests.calando import calando
from tests.terminal import Terminal

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or Path("/dev/snd").exists(), reason="there may be a sound device"
)

SITTING = ("play", "--duration", "4m", "--data", "data")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache_folder().parent))  # machine code is not made again
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_listener_is_asked_and_a_rendering_is_there_before_the_sitting_could_have_been_played(
    home: Path, tmp_path: Path
) -> None:
    began_s = time.monotonic()
    with Terminal(*SITTING, "--client", "7f", cwd=tmp_path, columns=60, rows=30) as terminal:
        terminal.see("What shall it be? (r, p, e) [r]:")
        terminal.type("\r")
        code = terminal.end()
    assert code == 0
    assert time.monotonic() - began_s < 120.0
    (piece,) = home.rglob("*.flac")
    assert piece.parent == home / "Music" / "Calando"
    assert piece.name in terminal.shown.replace("\r\n", "")
    assert not list(tmp_path.glob("*.flac"))


def test_who_would_rather_not_hears_no_more_and_nothing_is_kept(tmp_path: Path) -> None:
    with Terminal(*SITTING, cwd=tmp_path) as terminal:
        terminal.see("What shall it be?")
        terminal.type("e\r")
        assert terminal.end() == 0
    assert list(tmp_path.iterdir()) == []


def test_a_strap_cannot_be_hurried_so_rendering_is_not_offered(tmp_path: Path) -> None:
    with Terminal("play", "--sensor", "ble", "--data", "data", cwd=tmp_path) as terminal:
        terminal.see("What shall it be? (p, e) [p]:")
        terminal.type("e\r")
        assert terminal.end() == 0


def test_whoever_cannot_be_asked_is_told_the_command(tmp_path: Path) -> None:
    began_s = time.monotonic()
    done = calando("play", "--sensor", "sim", "--duration", "10s", "--data", "data", cwd=tmp_path)
    assert done.returncode == 0
    assert time.monotonic() - began_s > 10.0  # it plays, as long as it lasts
    assert COMMANDS in done.stdout
    assert len(list(tmp_path.glob("calando-relax-*.flac"))) == 1


def test_make_play_renders_into_the_music_folder_unasked(home: Path, tmp_path: Path) -> None:
    makefile = (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf-8")
    assert "calando play --or-render $(ARGS)" in makefile
    done = calando("play", "--or-render", "--duration", "2m", "--data", "data", cwd=tmp_path)
    assert done.returncode == 0
    (piece,) = (home / "Music" / "Calando").glob("*.flac")
    assert str(piece) in done.stdout


@pytest.mark.parametrize("or_render", [False, True])
def test_what_is_named_is_neither_asked_nor_changed(or_render: bool) -> None:
    told: list[str] = []
    for output in ("null", "file:x.flac", "device:x"):
        assert way(output, fast=False, waits=False, or_render=or_render, tell=told.append) == Way(False)
    assert way("auto", fast=True, waits=False, or_render=or_render, tell=told.append) == Way(True)
    assert way("auto", fast=False, waits=True, or_render=True, tell=told.append).fast is False
    assert len(told) == 1


def test_a_music_folder_that_cannot_be_made_is_the_current_one(home: Path) -> None:
    home.mkdir()
    (home / "Music").touch()
    assert music_folder() == Path()
