"""Keeping: what may be done with a sitting's record afterwards: add to it, or give it to another.

Whatever is added or changed says when and by whom. All of it may be done while the sitting is played.
"""

from __future__ import annotations

from dataclasses import replace
from math import isfinite

from engine.guide.music_state import Hand
from engine.journal import rows
from engine.journal.ending import now
from engine.journal.legible import legible
from engine.journal.record import Marker, Rating, Remark
from engine.journal.scale import SCALES
from engine.journal.store import Amendable, Store

LONGEST_CODE = 64
"""Letters of a client code; a code is not a story. Own choice."""

LONGEST_WORDS = 10_000
"""Letters of a note: some pages. Own choice."""

RANGES = {name: (scale.low, scale.high) for name, scale in SCALES.items()}
"""What a Rating's figures may be."""


class KeepingError(ValueError):
    """What is asked cannot be meant; the message is one sentence."""


def checked_code(code: str) -> str:
    """`code` if it can name a client. Raises KeepingError."""
    if not code.strip() or len(code) > LONGEST_CODE or not code.isprintable():
        raise KeepingError(f"A client code is 1 to {LONGEST_CODE} letters and digits, on one line.")
    return code


def checked_words(words: str) -> str:
    """`words` without the space around them, if they say anything. Raises KeepingError."""
    words = words.strip()
    if not words:
        raise KeepingError("There is nothing written down; give the words in quotes.")
    if len(words) > LONGEST_WORDS:
        raise KeepingError(f"That is {len(words)} letters long; {LONGEST_WORDS} can be kept in one note.")
    if not all(map(legible, words)):
        raise KeepingError("The words hold signs that cannot be shown; write them as plain text.")
    return words


def checked_figure(name: str, value: float) -> float:
    """`value` if it can be a rating's `name`. Raises KeepingError."""
    low, high = RANGES[name]
    if not (isfinite(value) and low <= value <= high):
        raise KeepingError(f"{name} lies between {low:g} and {high:g}, and {value:g} does not.")
    return value


def checked_rating(rating: Rating) -> Rating:
    """`rating` if it says anything, and nothing beyond RANGES. Raises KeepingError."""
    given = {name: value for name in RANGES if (value := getattr(rating, name)) is not None}
    if not given:
        raise KeepingError("A rating needs at least one of calm, pleasant and awake.")
    for name, value in given.items():
        checked_figure(name, value)
    return rating


def noted(store: Store, name: str, hand: Hand, words: str) -> None:
    """Add a note. Raises KeepingError, UnknownSessionError, as do all that follow."""
    number, _ = store.find(name)
    with store.transaction():
        store.add(number, "note", [rows.remark_row(Remark(now(), hand, checked_words(words)))])


def rated(store: Store, name: str, hand: Hand, rating: Rating) -> None:
    """Add how the listener felt before or after; the last word counts, and earlier ones are kept."""
    number, _ = store.find(name)
    written = replace(checked_rating(rating), at=now(), hand=hand)
    with store.transaction():
        store.add(number, "rating", [rows.rating_row(written)])


def marked(store: Store, name: str, hand: Hand, words: str, at_s: float | None = None) -> float:
    """Mark a moment, `at_s` seconds into the sitting or, while it is played, now; returns which."""
    number, head = store.find(name)
    if at_s is None:
        if head.ending is not None:
            raise KeepingError("The sitting is over; say which moment is meant, as in --at 12:30.")
        at_s = head.length_s
    if not 0.0 <= at_s <= head.length_s:
        raise KeepingError(f"The sitting has no moment at {at_s:g} s; it was {head.length_s:.0f} s long.")
    told = f"marked at {int(at_s) // 60}:{int(at_s) % 60:02}"
    with store.transaction():
        store.add(number, "marker", [rows.marker_row(Marker(at_s, hand, checked_words(words)))])
        _tell(store, number, hand, told)
    return at_s


def goals_set(store: Store, name: str, hand: Hand, words: str) -> None:
    """Say what the listener wishes for."""
    words = checked_words(words)
    _amend(store, name, hand, "goals", words, f"goals written down: {words}")


def consented(store: Store, name: str, hand: Hand, given: bool) -> None:
    """Keep whether the listener agrees to the record being kept."""
    _amend(store, name, hand, "consent", int(given), "consent given" if given else "consent not given")


def reassigned(store: Store, name: str, hand: Hand, code: str) -> None:
    """Give a sitting to another client."""
    before = store.find(name)[1].client
    if code == before:
        raise KeepingError(f"The sitting is {code}'s already.")
    words = f"given to {checked_code(code)}" + (f", from {before}" if before else "")
    _amend(store, name, hand, "client", code, words)


def _amend(
    store: Store, name: str, hand: Hand, column: Amendable, value: rows.Value, told: str
) -> None:
    """Change the head and write down that it was, both or neither."""
    number, _ = store.find(name)
    with store.transaction():
        store.amend(number, column, value)
        _tell(store, number, hand, told)


def _tell(store: Store, number: int, hand: Hand, words: str) -> None:
    store.add(number, "change", [rows.remark_row(Remark(now(), hand, words))])
