"""The last screen of a sitting: true, calm, and with commands that work."""

from __future__ import annotations

import shlex
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from engine.cli.goodbye import HeartCourse, Sat, commands, goodbye, shown
from sensors.heart_state import HeartState
from tests.calando import calando
from tests.terminal import Terminal

ID = "20261126-113047-bcdf"
SITTING = ("play", "--sensor", "sim", "--fast", "--output", "null")
KEPT = Sat(1203.4, 74.2, 66.4, id=ID, folder=Path("/home/me/.local/share/calando"))


def text(sat: Sat) -> str:
    return "\n".join(goodbye(sat))


def test_it_tells_how_long_what_the_heart_did_where_it_is_and_three_things_to_do() -> None:
    assert goodbye(KEPT) == [
        "You sat for 20 minutes. Your heart went from 74 to 66 beats a minute.",
        f"It is kept as {ID} in /home/me/.local/share/calando.",
    ]
    assert [line.split()[1:3] for line in commands(KEPT)] == [
        ["sessions", "report"], ["sessions", "rate"], ["render", ID],
    ]  # fmt: skip


@pytest.mark.parametrize("width", [40, 60, 80, None])
def test_it_fits_and_its_commands_stay_commands(width: int | None) -> None:
    lines = shown(KEPT, width).split("\n")
    assert width is None or all(cell_len(line) <= width for line in lines)
    begins = lines.index("What you may do now:") + 1
    joined = "\n".join(lines[begins:]).replace("\\\n", "")
    assert list(map(shlex.split, joined.split("\n"))) == list(map(shlex.split, commands(KEPT)))


def test_what_the_journal_has_told_itself_is_not_told_otherwise() -> None:
    said = shown(replace(KEPT, trouble=True), 80)
    assert "kept" not in said
    assert "calando" not in said


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(12.0, "12 seconds"), (99.4, "99 seconds"), (100.0, "2 minutes"), (3540.0, "59 minutes"),
     (3590.0, "1 hour."), (3661.0, "1 hour and 1 minute."), (7500.0, "2 hours and 5 minutes.")],
)  # fmt: skip
def test_how_long(seconds: float, words: str) -> None:
    assert f"You sat for {words}" in text(Sat(seconds))


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (70.0, 71.9, "stayed near 72"), (70.0, 68.1, "stayed near 68"), (70.0, 72.1, "went from 70 to 72"),
        (None, 70.0, "heard too little"), (70.0, None, "heard too little"),
        (90.0, 110.0, "went from 90 to 110"),
    ],
)  # fmt: skip
def test_what_the_heart_did(first: float | None, last: float | None, words: str) -> None:
    assert words in text(Sat(600.0, first, last))
    assert "Your heart" in text(Sat(600.0, first, last))
    simulated = text(Sat(600.0, first, last, simulated=True))
    assert "SIMULATED heart" in simulated
    assert "Your heart" not in simulated


def test_what_was_not_kept_is_said_not_to_be_and_no_command_is_offered() -> None:
    said = text(Sat(600.0, 70.0, 60.0, file=Path("piece.flac")))
    assert said.endswith("To listen to it: piece.flac\nNothing was kept of it.")
    assert "calando" not in shown(Sat(600.0), 80)


@dataclass
class At:
    """As much of a moment as is looked at."""

    t_s: float
    heart: HeartState = field(default_factory=lambda: HeartState(t_s=0.0))


def course(rates: list[float | None], simulated: bool = False) -> HeartCourse:
    told = HeartCourse()
    for tick in range(10 * len(rates)):
        t_s = 0.1 * tick
        told.moment(At(t_s, HeartState(t_s=t_s, hr_bpm=rates[tick // 10], simulated=simulated)))  # type: ignore[arg-type]
    return told


def test_the_first_and_the_last_minute_that_were_heard_are_told() -> None:
    told = course([None] * 30 + [80.0] * 60 + [200.0] * 60 + [70.0] * 60 + [None] * 30)
    assert told.first_bpm == pytest.approx(80.0, abs=2.5)
    assert told.last_bpm == pytest.approx(70.0, abs=2.5)
    assert told.t_s == pytest.approx(239.9)
    assert not told.simulated
    assert course([70.0] * 30, simulated=True).simulated


def test_a_heart_that_was_hardly_heard_is_not_told() -> None:
    assert course([70.0] * 18).first_bpm is None
    assert course([70.0] * 18).last_bpm is None
    assert course([70.0] * 22).first_bpm == 70.0


def test_a_sitting_in_a_terminal_ends_with_it_and_what_it_offers_can_be_done(tmp_path: Path) -> None:
    sitting = (*SITTING, "--duration", "2m", "--data", "my data")
    with Terminal(*sitting, cwd=tmp_path, columns=200) as terminal:
        assert terminal.end() == 0
    last = terminal.shown[terminal.shown.index("You sat") :]
    assert "You sat for 2 minutes. The SIMULATED heart" in last
    offered = [line.strip() for line in last.splitlines() if line.strip().startswith("calando ")]
    assert len(offered) == 3
    for line, answers in zip(offered, ("", "6\n\n\n", ""), strict=True):
        shorter = line.replace("20m", "2m")
        done = calando(*shlex.split(shorter)[1:], cwd=tmp_path, answers=answers)
        assert done.returncode == 0, (line, done.stderr)
    assert (tmp_path / "mine.flac").exists()


def test_for_a_log_it_is_plain_lines_and_for_a_program_nothing(tmp_path: Path) -> None:
    sitting = (*SITTING, "--duration", "60s", "--data", "data")
    said = calando(*sitting, cwd=tmp_path).stdout
    assert "You sat for" in said
    assert said.splitlines()[-1].startswith("  calando render")
    assert "\x1b" not in said
    told = calando(*sitting, "--json", cwd=tmp_path).stdout
    assert "You sat" not in told
    assert told.splitlines()[-1].startswith('{"type": "session"')


def test_commands_name_the_folder_that_was_named() -> None:
    named = Sat(600.0, id=ID, folder=Path("my data"), data=Path("my data"))
    assert all(line.endswith("--data 'my data'") for line in commands(named))
    assert all("--data" not in line for line in commands(KEPT))


def test_q_and_one_ctrl_c_end_a_sitting_at_once(tmp_path: Path) -> None:
    sitting = ("play", "--sensor", "sim", "--output", "null", "--data", "data")
    with Terminal(*sitting, cwd=tmp_path) as terminal:
        terminal.see("Meeting your heart")
        terminal.type("qq")
        terminal.see("Coming to an end")
        terminal.type("\x03")
        began_s = time.monotonic()
        assert terminal.end() == 0
        assert time.monotonic() - began_s < 8.0  # the fade alone takes ten seconds
    assert "You sat for" in terminal.shown
