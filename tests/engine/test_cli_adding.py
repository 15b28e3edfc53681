"""What people add to the record from the command line: by whom, which moment, which answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli.adding import ADDING, hand_of
from engine.cli.sessions import sessions
from engine.guide.music_state import Hand
from tests.engine.kept import head, keep, played


@pytest.fixture
def data(tmp_path: Path) -> Path:
    keep(tmp_path, head("20260101-120000-bcdf", client="client-7f"), played(60.0).moments)
    return tmp_path


@pytest.mark.parametrize(
    ("by", "client", "hand"),
    [(None, None, Hand.LISTENER), (None, "7f", Hand.THERAPIST), ("listener", "7f", Hand.LISTENER),
     ("therapist", None, Hand.THERAPIST)],
)  # fmt: skip
def test_whose_hand_it_is(by: str | None, client: str | None, hand: Hand) -> None:
    assert hand_of(by, client) is hand


def add(data: Path, *arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    name, *others = arguments
    sessions([name, "last", *others, "--data", str(data)], standalone_mode=False)
    said = capsys.readouterr().out
    sessions(["show", "last", "--data", str(data)], standalone_mode=False)
    return said + capsys.readouterr().out


def test_each_says_what_it_kept_and_the_record_tells_it(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "like rain (therapist" in add(data, "note", "like rain", capsys=capsys)
    assert "like snow (listener" in add(data, "note", "like snow", "--by", "listener", capsys=capsys)
    assert "goals        to rest" in add(data, "goal", "to rest", capsys=capsys)
    marked = add(data, "mark", "a sigh", "--at", "0:31", capsys=capsys)
    assert "Marked at 0:31" in marked
    assert "0:31 marked by the therapist: a sigh" in marked
    given = add(data, "consent", "yes", capsys=capsys)
    assert "Consent given" in given
    assert "sessions delete" not in given
    assert "consent      given" in given
    rated = add(data, "rate", "after", "--calm", "7", capsys=capsys)  # nobody is asked: there is no terminal
    assert "after it, " in rated
    assert "7" in rated
    assert len(ADDING) == 5
