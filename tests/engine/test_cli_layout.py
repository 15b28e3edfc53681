"""What commands print fits terminals of any width, and breaks between words only."""

from __future__ import annotations

import re
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from engine.cli.commands import COMMANDS, calando
from engine.cli.paragraph import labelled, table, wrapped
from tests.engine.kept import head, keep, played
from tests.terminal import Terminal

WIDTHS = (40, 60, 80)


def words(text: str) -> Counter[str]:
    return Counter(re.split(r"[\s,-]+", text.strip()))


@cache
def in_terminal(*arguments: str, columns: int) -> tuple[str, ...]:
    """What a command leaves on a terminal so wide, before the terminal wraps it; run once for all tests."""
    with Terminal(*arguments, cwd=Path.cwd(), columns=columns) as terminal:
        terminal.end()
    return tuple(re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", terminal.shown).splitlines())


SENTENCE = (
    "Was lange währt, wird endlich gut: 落ち着いて calando-morendo, "
    "and a word-that-is-longer-than-forty-columns-are."
)


@pytest.mark.parametrize("width", [1, 20, 40, 60, 80])
def test_a_paragraph_keeps_every_word_whole_and_its_width(width: int) -> None:
    lines = wrapped(SENTENCE, width, "  ", "    ").split("\n")
    assert " ".join(lines).split() == SENTENCE.split()
    assert all(cell_len(line) <= width or len(line.split()) == 1 for line in lines)
    assert wrapped(SENTENCE, None, "  ") == f"  {SENTENCE}"


def test_what_stands_on_lines_of_its_own_stays_so_and_hangs_under_its_label() -> None:
    assert wrapped("one\ntwo", None, "", "  ") == "one\n  two"
    assert labelled("note", "one\ntwo", None, 6) == "note  one\n      two"
    assert labelled("note", "one two three four five six", 30, 6) == (
        "note  one two three four five\n      six"
    )
    assert labelled("a long label here", "one two", 30, 18) == "a long label here\n    one two"
    assert labelled("longer", "one", 80, 4) == "longer one"


HEADS = ("id", "client", "length")
ROWS = [("20261126-113047-abcd", "落ち着いて", "20:00"), ("20261127-080000-efgh", "", "1:02:30")]


def test_a_table_is_columns_where_they_fit_and_paragraphs_elsewhere() -> None:
    wide = table(HEADS, ROWS, 80, right=("length",)).split("\n")
    assert wide == table(HEADS, ROWS, None, right=("length",)).split("\n")
    assert {cell_len(line) for line in wide} == {20 + 2 + 10 + 2 + 7}
    exact = table(HEADS, ROWS, 41, right=("length",)).split("\n")
    assert len(exact) == 3
    assert table(HEADS, ROWS, 40).split("\n") == [
        "20261126-113047-abcd", "    client 落ち着いて, length 20:00",
        "20261127-080000-efgh", "    length 1:02:30",
    ]  # fmt: skip
    assert table(HEADS, ROWS, 24).split("\n")[1:3] == ["    client 落ち着いて,", "    length 20:00"]


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("command", ["", *COMMANDS, "sessions seal", "profiles copy"])
def test_help_fits(command: str, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def help_in(width: int) -> str:
        monkeypatch.setenv("COLUMNS", str(width))
        return CliRunner().invoke(calando, [*command.split(), "--help"]).output

    narrow = help_in(columns)
    assert words(narrow) == words(help_in(200))
    assert all(len(line) < columns for line in narrow.splitlines())


@pytest.fixture(scope="module")
def sittings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for client in ("client-7f", None):
        name = f"20261126-11304{len(client or '')}-bcdf"
        keep(folder, head(name, client=client), played(60.0).moments)
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize(
    "arguments",
    [
        ("sessions", "list"), ("sessions", "list", "--each"),
        ("sessions", "show", "last"), ("profiles", "list"),
        ("profiles", "check", "none.toml"), ("doctor",),
        ("cohort", "--listeners", "2", "--duration", "2m", "--workers", "1"), ("play", "--sensor", "camera"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_commands_fit(
    arguments: tuple[str, ...], columns: int, sittings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALANDO_DATA", str(sittings))
    narrow = in_terminal(*arguments, columns=columns)
    print(*narrow, sep="\n")
    wide = in_terminal(*arguments, columns=400)
    assert len(narrow) >= 1
    # A path longer than a line stands in one of its own.
    assert all(cell_len(line) <= columns or len(line.split()) == 1 for line in narrow), narrow
    # A paragraph has no head for its name, nor for what is empty.
    if arguments[0] != "cohort":  # which tells how long it took
        assert set(words("\n".join(wide))) - set(words("\n".join(narrow))) <= {"id", "resting"}
