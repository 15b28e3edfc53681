"""The pictures in the terminal, in wide terminals and in narrow ones."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType

from dsp.native import Losses
from engine.cli.feed import JsonFeed, Sentences
from engine.cli.heart_view import TRACE_ROWS, HeartView
from engine.cli.keys import Keys
from engine.cli.view import LiveView
from engine.snapshot import Facts, Snapshot
from sensors.artefacts import Label, LabelledBeat
from sensors.heart_state import HeartState
from tests.engine.kept import played


def lines(columns: int, draw: Callable[[Console], RenderableType]) -> list[str]:
    """What stands in a terminal of so many columns."""
    console = Console(width=columns, file=io.StringIO(), record=True)
    console.print(draw(console))
    return console.export_text().splitlines()


@pytest.mark.parametrize("columns", [40, 56, 80, 200])
def test_the_view_of_a_sitting_never_changes_its_height_and_fits_its_terminal(columns: int) -> None:
    facts = Facts("20260101-120000-bcdf", "Relax", "relax", 60.0, 1, None)

    def draw(console: Console, number: int) -> RenderableType:
        moment = played(60.0).moments[number]
        snapshot = Snapshot.of(moment, "SIMULATED heart", "Playing to nowhere.")
        return LiveView(console, facts, Keys(print)).picture(snapshot)

    pictures = [lines(columns, lambda console, n=n: draw(console, n)) for n in range(0, 600, 60)]
    assert all(len(a) == len(b) <= 24 for a, b in pairwise(pictures))
    assert all(len(line) <= columns for picture in pictures for line in picture)
    assert any("notes a second" in line for line in pictures[-1])


def test_trouble_with_the_record_is_shown_while_it_lasts() -> None:
    facts = Facts("20260101-120000-bcdf", "Relax", "relax", 60.0, 1, None)

    def shown(trouble: str) -> list[str]:
        snapshot = Snapshot.of(played(60.0).moments[30], "SIMULATED heart", "Playing to nowhere.", trouble)
        return lines(80, lambda console: LiveView(console, facts).picture(snapshot))

    assert any("The disk is full." in line for line in shown("The disk is full."))
    assert not any("disk" in line for line in shown(""))


HEARTS = {
    "not heard": (HeartState(t_s=5.0), []),
    "known": (
        HeartState(t_s=3725.0, hr_bpm=175.2, rmssd_ms=120.0, sdnn_ms=130.0, breath_per_min=23.9,
                   breath_confidence=0.3, regularity=0.3, quality=1.0, beats=4000,
                   words="No packet has come for 6 seconds; Calando goes on looking for it by itself."),
        [LabelledBeat(0.8 * n, 800.0 + 20.0 * (n % 3), list(Label)[n % len(Label)], True) for n in range(90)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HEARTS)
@pytest.mark.parametrize("rows", [8, 12, 16, 24, 50])
@pytest.mark.parametrize("columns", [40, 60, 80, 200])
def test_the_view_of_a_heart_fits_and_says_the_rate_first(columns: int, rows: int, name: str) -> None:
    view = HeartView("SIMULATED heart")
    view.feed(*HEARTS[name])
    picture = lines(columns, lambda _: view.render(columns, rows))
    assert len(picture) <= rows
    assert all(cell_len(line) <= columns for line in picture)
    assert "rate" in picture[1] + picture[2]
    assert "SIMULATED heart" in picture[0]
    words = " ".join(" ".join(line.strip("│╭╮╰╯─ ") for line in picture).split())
    assert "hea " not in f"{words} ".replace("heard ", "")
    if name == "known":
        assert "175 bpm" in words
        assert "120 ms" in words
        assert rows < 12 or "No packet has come for 6 seconds;" in words


def test_a_heart_that_grows_does_not_move_what_stands_below() -> None:
    for columns in (40, 60, 80):
        heights = set()
        for state, beats in HEARTS.values():
            view = HeartView("recording")
            view.feed(state, beats)
            heights.add(len(lines(columns, lambda _, view=view, c=columns: view.render(c, 24))))
        assert len(heights) == 1


def test_the_trace_of_a_heart_is_as_high_in_a_narrow_terminal() -> None:
    view = HeartView("recording")
    beats = [LabelledBeat(0.8 * n, 800.0 + 20.0 * (n % 3), Label.NORMAL, True) for n in range(90)]
    view.feed(HeartState(t_s=72.0, hr_bpm=75.0), beats)
    narrow = lines(40, lambda console: view.render(console.width))
    wide = lines(120, lambda console: view.render(console.width))
    assert sum("█" in line for line in narrow) == sum("█" in line for line in wide) == TRACE_ROWS
    assert all(len(line) <= 40 for line in narrow)
    assert max(line.count("█") for line in wide) > max(line.count("█") for line in narrow) > 5


def test_notes_that_were_not_played_are_said_in_the_view_and_in_the_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    moment = played(60.0).moments[30]

    def lost(count: int, later_s: float = 0.0) -> Snapshot:
        then = replace(moment, t_s=moment.t_s + later_s, losses=Losses(missed_notes=count))
        return Snapshot.of(then, "SIMULATED heart", "Playing to nowhere.")

    facts = Facts("20260101-120000-bcdf", "Relax", "relax", 60.0, 1, None)
    shown = lines(80, lambda console: LiveView(console, facts).picture(lost(2)))
    assert "Notes left out: 2." in " ".join(" ".join(shown).split())
    log = Sentences()
    for count in (2, 2, 3):
        log.show(lost(count))
    assert capsys.readouterr().out.count("Notes left out") == 1
    log.show(lost(3, 20.0))
    assert "Notes left out: 3." in capsys.readouterr().out
    JsonFeed().show(lost(2))
    assert json.loads(capsys.readouterr().out)["losses"]["missed_notes"] == 2
