"""The gate for foreign text: what is not seen does not come through, and what is written does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.plain_text import LONGEST, plain, visible


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("Polar H10 A1B2", "Polar H10 A1B2"),
        ("HRM[/]", "HRM[/]"),
        ("[bold red]HRM[/bold red]", "[bold red]HRM[/bold red]"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07HRM", "HRM"),
        ("\x1b]8;;http://example.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mred", "red"),
        ("a\x1b[2J\x1b[Hb", "ab"),
        ("tail\x1b", "tail"),
        ("two\r\nlines\tand\vmore", "two lines and more"),
        ("abc\u202egpj.exe", "abcgpj.exe"),
        ("\u2066x\u2069\u200b\ufeffy\u00ad", "xy"),
        ("\ud800x", "x"),
        ("bell\a\b\x7f", "bell"),
        ("  blanks \u00a0\u3000 everywhere ", "blanks everywhere"),
        ("Zoë 心拍計 مرحبا ❤", "Zoë 心拍計 مرحبا ❤"),
        ("e" + 9 * "\u0301" + "x", "e\u0301\u0301x"),
        ("\x00\x1b[0m\u200b", ""),
    ],
)
def test_what_is_seen_of_a_name(told, shown):
    assert plain(told) == shown


def test_a_name_has_an_end():
    assert len(plain("H" * 5000)) == LONGEST
    assert plain("H" * 5000).endswith("…")


def test_sentences_keep_their_lines():
    assert visible("one\n  two\r\nthree\x1b[1A") == "one\n  two \nthree"


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_no_text_gets_anything_unseen_through(told):
    through = plain(told)
    assert through.isprintable()
    assert len(through) <= LONGEST
    assert plain(through) == through
    assert all(line.isprintable() for line in visible(told).split("\n"))
    through.encode()
