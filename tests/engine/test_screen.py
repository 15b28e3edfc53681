"""A live view has the terminal's second screen: nothing stays behind, whatever happens to it."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from engine.cli.screen import Screen
from tests.terminal import Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")

ENTER, LEAVE, HOME = "\x1b[?1049h", "\x1b[?1049l", "\x1b[H"


def frames(shown: str) -> list[list[str]]:
    """Every picture in lines, without colours."""
    return [re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", frame).splitlines() for frame in shown.split(HOME)[2:]]


@pytest.fixture
def heart(tmp_path: Path) -> Terminal:
    terminal = Terminal("heart", "sim:seed=1", cwd=tmp_path, columns=80, rows=24)
    terminal.see("bpm")
    return terminal


def test_every_picture_fills_the_terminal_as_it_is_and_the_last_one_is_left_on_the_first_screen(
    heart: Terminal,
) -> None:
    with heart:
        for columns, rows in ((40, 12), (60, 20), (80, 24)):
            heart.resize(columns, rows)
            heart.shown = ""
            heart.see("beats")
            heart.see("beats")
            heart.see("beats")  # what was on its way when the size changed is the one before
            picture = frames(heart.shown)[-2]
            assert {cell_len(line) for line in picture} == {columns}
            assert len(picture) == rows
        heart.type("\x03")
        assert heart.end() == 0
    before, _, after = heart.shown.rpartition(LEAVE)
    assert ENTER not in after
    assert after.count("SIMULATED heart") == 2
    assert before.endswith("\x1b[?25h")  # the cursor is back


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_whatever_ends_it_gives_the_first_screen_back(number: int, heart: Terminal) -> None:
    with heart:
        os.kill(heart.process, number)
        heart.end()
    assert heart.shown.count(ENTER) == heart.shown.count(LEAVE) == 1


def test_what_others_print_meanwhile_is_told_to_the_view_and_printed_afterwards(
    capfd: pytest.CaptureFixture[str],
) -> None:
    out, err = sys.stdout, sys.stderr
    with Screen() as screen:
        assert screen.heard() == ""
        print("The journal is sealed.")
        print("Half a line, ", end="")
        assert screen.heard() == "The journal is sealed."
        assert screen.heard() == ""
        print("and its end.")
        assert screen.heard() == "Half a line, and its end."
        screen.show("a picture")
        assert "sealed" not in capfd.readouterr().out
    assert (sys.stdout, sys.stderr) == (out, err)
    assert capfd.readouterr().err == "The journal is sealed.\nHalf a line, and its end.\n"
