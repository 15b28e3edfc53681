"""A text looked at for trouble while it is written."""

from __future__ import annotations

import pytest

from engine.feel.alarm import Kind, alarm
from engine.feel.growing import PASSAGE_WORDS, Growing, passages
from engine.feel.languages import languages

CALM = "I lay there and thought about the garden, and how the rain would fall on the roof. "


@pytest.mark.parametrize(
    "words", ["I want to end my life.", "Ich will nicht mehr leben.", "my chest hurts badly"]
)
def test_it_is_found_wherever_it_stands_as_soon_as_it_stands_there(words: str) -> None:
    alone = alarm(words)
    assert alone is not None
    text = Growing()
    assert text.look(CALM * 20) is None
    assert text.look(CALM * 20 + words[: len(words) // 3]) is None
    assert text.look(CALM * 20 + words) == alone
    assert text.look(CALM * 9 + words + " " + CALM * 11) == alone
    assert text.look(CALM * 20) is None


def test_it_is_found_across_an_end_of_sentence_and_in_a_sentence_without_one() -> None:
    endless = "and then the sea and then the wind " * 30
    for text in ("I want to\nend my life", endless + "I want to end my life " + endless):
        assert Growing().look(text) == alarm("I want to end my life")
    assert max(len(passage.split()) for passage in passages(endless)) <= PASSAGE_WORDS


def test_the_gravest_is_answered_first_and_by_the_sites_own_line() -> None:
    found = Growing().look("My chest hurts badly. " + CALM + "I want to end my life.")
    assert found is not None
    assert found.kind is Kind.CRISIS
    assert found.answer(None) == languages()["en"].help_line
    assert found.answer("Ring 12 34.") == "Ring 12 34."


def test_what_was_looked_at_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    monkeypatch.setattr("engine.feel.growing.alarm", lambda passage: looked.append(passage))
    text = Growing()
    text.look(CALM * 30 + "One.")
    looked.clear()
    text.look(CALM * 30 + "One. Two.")
    assert len(looked) <= 2


@pytest.mark.parametrize("nothing", ["", " ", "\n\n", "...", "!\n"])
def test_a_page_that_is_empty_again_is_looked_at_too(nothing: str) -> None:
    text = Growing()
    assert text.look("I want to end my life.") is not None
    assert text.look(nothing) is None
