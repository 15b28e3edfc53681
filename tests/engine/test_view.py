"""The pictures in the terminal, in wide terminals and in narrow ones."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import pairwise

import pytest
from rich.console import Console, RenderableType

from engine.cli.heart_view import HeartView
from engine.cli.keys import Keys
from engine.cli.view import LiveView
from engine.player import OfflineOutput
from sensors.artefacts import Label, LabelledBeat
from sensors.heart_state import HeartState
from sensors.simulated import SimulatedHeart
from tests.engine.kept import RATE_HZ, played


def lines(columns: int, draw: Callable[[Console], RenderableType]) -> list[str]:
    """What stands in a terminal of so many columns."""
    console = Console(width=columns, file=io.StringIO(), record=True)
    console.print(draw(console))
    return console.export_text().splitlines()


@pytest.mark.parametrize("columns", [40, 56, 80, 200])
def test_the_view_of_a_sitting_never_changes_its_height_and_fits_its_terminal(columns: int) -> None:
    output = OfflineOutput(RATE_HZ, "Playing to nowhere.")

    def draw(console: Console, number: int) -> RenderableType:
        view = LiveView(console, "Relax", SimulatedHeart(), 60.0, output, Keys(dict))
        return view.picture(played(60.0).moments[number])

    pictures = [lines(columns, lambda console, n=n: draw(console, n)) for n in range(0, 600, 60)]
    assert all(len(a) == len(b) <= 24 for a, b in pairwise(pictures))
    assert all(len(line) <= columns for picture in pictures for line in picture)
    assert any("notes a second" in line for line in pictures[-1])


def test_the_trace_of_a_heart_is_as_high_in_a_narrow_terminal() -> None:
    view = HeartView("recording")
    beats = [LabelledBeat(0.8 * n, 800.0 + 20.0 * (n % 3), Label.NORMAL, True) for n in range(90)]
    view.feed(HeartState(t_s=72.0, hr_bpm=75.0), beats)
    narrow = lines(40, lambda console: view.render(console.width))
    wide = lines(120, lambda console: view.render(console.width))
    assert len(narrow) == len(wide)
    assert all(len(line) <= 40 for line in narrow)
    assert max(line.count("█") for line in wide) > max(line.count("█") for line in narrow) > 5
