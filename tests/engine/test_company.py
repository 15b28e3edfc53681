"""Keyboards that come and go, in words."""

from __future__ import annotations

from engine.company import Company

KEYS, PADS = "Keystation 49:Keystation 49 MIDI 1", "mpd:pads"


def test_what_comes_and_goes_is_told_and_not_what_was_there_at_first() -> None:
    company, told = Company(), list[str]()
    for heard in (None, (KEYS,), (KEYS,), None, (), (KEYS, PADS), (), (PADS,), (KEYS,)):
        company.look(heard)
        if [company.words] != told[-1:]:
            told.append(company.words)
    assert told == [
        "",
        "; Keystation 49 MIDI 1 is gone until it is plugged in again",
        "; Keystation 49 MIDI 1 and mpd:pads now play along",
        "; Keystation 49 MIDI 1 and mpd:pads are gone until they are plugged in again",
        "; mpd:pads now plays along",
        "; Keystation 49 MIDI 1 now plays along; mpd:pads is gone until it is plugged in again",
    ]
