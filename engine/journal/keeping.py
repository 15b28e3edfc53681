"""Keeping: what may be done with a sitting's record afterwards: add to it, give it to another, delete it.

Whatever is added or changed says when and by whom. All of it may be done while the sitting is played.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from math import isfinite
from pathlib import Path
from stat import S_ISREG
from typing import Any

from engine.guide.music_state import Hand
from engine.journal import rows
from engine.journal.ending import now
from engine.journal.record import Head, Marker, Rating, Remark
from engine.journal.running import Running
from engine.journal.scale import SCALES
from engine.journal.store import Amendable, Store
from engine.journal.trouble import DamagedError, JournalError

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
    if not all(line.isprintable() for line in words.replace("\t", " ").splitlines()):
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


@dataclass(frozen=True, slots=True)
class Doomed:
    """A sitting that shall be deleted, as far as it can be read."""

    number: int
    id: str
    began_at: str
    file: Path | None = None
    """The sound file it was played into (`own_file`)."""
    spared: Path | None = None
    """A file where that one was, which is something else by now."""


def doomed(store: Store, name: str) -> Doomed:
    """What deleting a sitting would take away, damaged as it may be. Raises UnknownSessionError."""
    number, session_id = store.named(name)
    try:
        head = store.find(session_id)[1]
    except DamagedError:
        return Doomed(number, session_id, "")
    file = own_file(head)
    there = file is None and head.file is not None and Path(head.file).exists()
    return Doomed(number, head.id, head.began_at, file, Path(head.file) if there and head.file else None)


def deleted(store: Store, name: str) -> None:
    """Delete a sitting and the sound file it was played into, and what could be recovered of its record.

    The file goes first, so that whatever keeps it from being done, it can be asked for again. Raises
    KeepingError where the sitting is being played, and JournalError, which says what is left.
    """
    going = doomed(store, name)
    with _nobody_plays(store, going):
        if going.file is not None:
            try:
                going.file.unlink(missing_ok=True)
            except OSError as trouble:
                why = f"The sound file {going.file} cannot be removed ({trouble.strerror})"
                raise JournalError(f"{why}, so nothing was deleted; permit it and delete again.") from None
        with store.transaction():
            store.delete(going.number)
    also = " and its sound file are" if going.file is not None else " is"
    store.scrubbing.wipe(f"The sitting {going.id}{also} deleted")


@contextmanager
def _nobody_plays(store: Store, going: Doomed) -> Generator[None]:
    """Hold the sitting's lock, so that nobody begins to write it meanwhile."""
    if going.id not in {each.id for each in store.unended()}:
        yield
        return
    try:
        lock = Running(store.folder, going.id)
    except OSError:
        raise KeepingError(f"The sitting {going.id} is being played; end it first.") from None
    try:
        yield
    finally:
        lock.let_go()


def own_file(head: Head) -> Path | None:
    """The sound file the sitting was played into, if what lies there is still that sound by its length.

    The path alone is no proof: another sitting may have been written over it, and an imported record may
    name any file.
    """
    if head.file is None:
        return None
    soundfile: Any = import_module("soundfile")
    try:
        if not S_ISREG(Path(head.file).lstat().st_mode):
            return None
        found = soundfile.info(head.file)
    except (soundfile.SoundFileError, OSError, ValueError):
        return None
    same = found.samplerate == head.rate_hz and abs(found.frames - head.frames) <= head.rate_hz
    return Path(head.file) if same else None


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
