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
from engine.cli.digits import large
from engine.cli.feed import JsonFeed, Sentences
from engine.cli.heart_view import TRACE_ROWS, HeartView
from engine.cli.key_help import EXPLAINED
from engine.cli.keys import ALONG_HINTS, HINTS, MARKERS, WORDS_HINTS, Keys
from engine.cli.view import LiveView, _swell
from engine.player import OfflineOutput
from engine.snapshot import Facts, Said, Snapshot
from sensors.artefacts import Label, LabelledBeat
from sensors.heart_state import HeartState
from tests.engine.kept import played


def lines(columns: int, draw: Callable[[Console], RenderableType]) -> list[str]:
    """What stands in a terminal of so many columns."""
    console = Console(width=columns, file=io.StringIO(), record=True)
    console.print(draw(console))
    return console.export_text().splitlines()


FACTS = Facts("20260101-120000-bcdf", "Relax", "relax", 60.0, 1, None, None, {}, 48_000, True)


class Pressed(Keys):
    """Keys at a terminal, though there is none."""

    listening = True


def snapshot(number: int, output: str = "Playing to nowhere.", trouble: str = "") -> Snapshot:
    playing = OfflineOutput(48_000, output)
    return Snapshot.of(played(60.0).moments[number], "SIMULATED heart", playing, trouble)


def shown(view: LiveView, number: int, columns: int = 80, rows: int = 24) -> list[str]:
    return lines(columns, lambda _: view.picture(snapshot(number), columns, rows))


@pytest.mark.parametrize("rows", [8, 12, 16, 24, 50])
@pytest.mark.parametrize("columns", [40, 56, 60, 80, 200])
def test_the_view_of_a_sitting_never_changes_its_height_and_fits_its_terminal(
    columns: int, rows: int
) -> None:
    view = LiveView(FACTS, Pressed(print))
    pictures = [shown(view, number, columns, rows) for number in range(0, 600, 60)]
    assert all(len(a) == len(b) <= rows for a, b in pairwise(pictures))
    assert all(cell_len(line) <= columns for picture in pictures for line in picture)
    last = "\n".join(pictures[-1])
    assert "…" not in last
    assert "SIMULATED heart" in last
    assert "1:00" in pictures[-1][0]
    assert rows < 12 or "? keys   q end" in last
    assert rows < 24 or "loudness" in last
    assert rows < 24 or ("notes a second" in last) is (columns > 54)
    assert "Coming to an end" in last


def told(**changed: object) -> list[str]:
    return lines(80, lambda _: LiveView(FACTS).picture(replace(snapshot(300), **changed)))  # type: ignore[arg-type]


def test_every_figure_stands_in_its_place() -> None:
    heart, tempo = large("81").split("\n"), large("62").split("\n")
    for line, left, right in zip(told(hr_bpm=81.2, tempo_bpm=61.8)[3:6], heart, tempo, strict=True):
        assert line.split() == [*left.split(), *right.split()]
        assert line.index(left) < 40 <= line.index(right, 40)
    assert large("4") == "█ █\n▀▀█\n  ▀"
    assert "▀▀▀  ▀▀▀" in told(hr_bpm=None)[4]
    own = told(breath_per_min=5.5, simulated=False)
    assert any(line.rstrip().endswith("yours 5.5") for line in own)
    assert any("your heart" in line for line in own)
    assert not any("SIMULATED heart   " in line for line in own)
    assert any(line.rstrip().endswith("its own 5.5") for line in told(breath_per_min=5.5, simulated=True))
    assert not any("yours" in line or "its own" in line for line in told(breath_per_min=None))


def test_how_well_two_breaths_are_in_step_stands_beside_the_listeners_where_it_is_known() -> None:
    known = told(breath_per_min=5.5, in_step=0.934, simulated=False)
    assert any(line.rstrip().endswith("yours 5.5, in step 0.93") for line in known)
    assert not any("in step" in line for line in told(breath_per_min=5.5, in_step=None))
    assert not any("in step" in line for line in told(breath_per_min=None, in_step=0.9))


def test_an_answer_that_can_be_heard_stands_beside_what_the_music_does() -> None:
    (line,) = [line for line in told(answer=0.9, answer_words="opens") if "it opens" in line]
    assert line.split() == [*told_doing(), "it", "opens"]
    assert not any(" it " in line for line in told(answer=0.2, answer_words=""))


def told_doing() -> list[str]:
    return snapshot(300).doing.capitalize().split()


def test_bars_are_as_long_as_what_they_tell() -> None:
    def bar(label: str, **changed: object) -> tuple[int, str]:
        line = next(line for line in told(**changed) if label in line)
        return line.count("╸"), line.split("━")[-1].strip()

    assert bar("density", density=0.0) == (0, "0.0 notes a second")
    assert bar("density", density=1.2499 * 1.04)[0] == 1  # half of the 26 columns, and half a one
    assert bar("loudness", lufs_m=None)[1] == "silent"
    assert bar("loudness", lufs_m=-70.0)[1] == "silent"
    assert bar("loudness", lufs_m=-69.4)[1] == "-69 LUFS"


def test_the_breath_opens_in_two_fifths_and_closes_in_three() -> None:
    assert [_swell(phase) for phase in (0.0, 0.2, 0.4, 0.7, 1.0)] == pytest.approx([0.0, 0.5, 1.0, 0.5, 0.0])


def test_trouble_goes_before_all_other_sentences() -> None:
    view = LiveView(FACTS)
    view.show(replace(snapshot(100), said=[Said(10.0, "decision", "auto", "leading down")]))
    assert any("Leading down" in line for line in shown(view, 101))
    full = lines(80, lambda _: view.picture(snapshot(101, trouble="The disk is full.")))
    assert any("The disk is full." in line for line in full)
    assert not any("Leading down" in line for line in full)


@pytest.mark.parametrize("rows", [12, 24])
@pytest.mark.parametrize("columns", [40, 60, 80])
def test_the_page_of_keys_tells_every_one_and_fits(columns: int, rows: int) -> None:
    keys = Pressed(print)
    view = LiveView(FACTS, keys)
    keys.press("?")
    page = shown(view, 100, columns, rows)
    assert len(page) <= rows
    assert all(cell_len(line) <= columns for line in page)
    told = " ".join(" ".join(page).split())
    if rows == 24 or columns == 40:
        for key, does in HINTS:
            assert f"{key} {does}" in told
        for key, words in MARKERS.items():
            assert f"{key} {words}" in told
    keys.press("?")
    assert "softer" not in " ".join(shown(view, 100, columns, rows))
    assert "the music" in " ".join(shown(view, 100, columns, rows))


def test_a_picture_is_drawn_no_oftener_than_eyes_wish() -> None:
    drawn: list[float] = []

    class Counted(LiveView):
        def picture(self, snapshot: Snapshot, columns: int = 80, rows: int = 24) -> RenderableType:
            drawn.append(snapshot.t)
            return super().picture(snapshot, columns, rows)

    view = Counted(FACTS)
    for number in range(20):
        view.show(snapshot(number))
    assert len(drawn) < 10


def test_every_key_is_explained_in_a_line() -> None:
    assert len(set(MARKERS.values())) == len(MARKERS) == 9
    assert set(EXPLAINED) == {key for key, _ in (*HINTS, *WORDS_HINTS, *ALONG_HINTS)}
    assert max(map(len, EXPLAINED.values())) <= 40


def test_a_sound_device_that_is_lost_and_found_is_told_in_view_and_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    view, log = LiveView(FACTS), Sentences()
    away, here = "The sound device is away.", "Playing on the card."
    told = []
    for number, words in enumerate([here, here, away, away, here]):
        each = snapshot(50 + number, words)
        view.show(each)
        log.show(each)
        told.append(" ".join(" ".join(lines(80, lambda _, e=each: view.picture(e))).split()))
    assert [each.count(away) for each in told] == [0, 0, 2, 2, 0]  # once beside the sensor, once as the news
    assert told[-1].count(here) == 2
    lost = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[1] for line in lost if "device" in line or "card" in line] == [away, here]


def test_trouble_with_the_record_is_shown_while_it_lasts() -> None:
    def told(trouble: str) -> list[str]:
        return lines(80, lambda _: LiveView(FACTS).picture(snapshot(30, trouble=trouble)))

    assert any("The disk is full." in line for line in told("The disk is full."))
    assert not any("disk" in line for line in told(""))


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
        return Snapshot.of(then, "SIMULATED heart", OfflineOutput(48_000, "Playing to nowhere."))

    shown = lines(80, lambda _: LiveView(FACTS).picture(lost(2)))
    assert "Notes left out: 2." in " ".join(" ".join(shown).split())
    log = Sentences()
    for count in (2, 2, 3):
        log.show(lost(count))
    assert capsys.readouterr().out.count("Notes left out") == 1
    log.show(lost(3, 20.0))
    assert "Notes left out: 3." in capsys.readouterr().out
    JsonFeed().show(lost(2))
    assert json.loads(capsys.readouterr().out)["losses"]["missed_notes"] == 2
