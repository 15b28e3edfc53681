"""Desk: the one inbox of a sitting. Whoever wishes for something puts it here; the next tick takes it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import isfinite
from os import urandom
from typing import TYPE_CHECKING

from engine.guide.hands import ACTIONS, PARAMETERS
from engine.guide.music_state import Hand

if TYPE_CHECKING:
    from engine.journal.record import Rating
    from profiles.schema import Profile

LONGEST_WORDS = 2000
"""Characters of a note or a marker: a page, and no more (own choice)."""

LONGEST_NAME = 80
"""Characters of an id or a source (own choice)."""

MOST_WAITING = 1000
"""Asks that wait for the next tick: far more than hands can ask in a tenth of a second (own choice)."""

LYRIC = ("/", "♪")
"""What a mark begins with that is a line of a song: the first is easily typed, the second easily read."""

LARGEST_VALUE = 1e6
"""Of a touch, either way: no parameter goes near it, and the journal holds it (own choice)."""

REMEMBERED = 4096
"""Ids that are known to be done already: an hour of one ask a second (own choice)."""


@dataclass(frozen=True, slots=True)
class Touch:
    """Hold a parameter of the guide at a value, in its own unit; None gives it back."""

    parameter: str
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """Do one of `engine.guide.hands.ACTIONS`: soften, less, more, hold, ..."""

    name: str


@dataclass(frozen=True, slots=True)
class Turn:
    """Go on with another profile."""

    profile: Profile


@dataclass(frozen=True, slots=True)
class Mark:
    """Mark this moment in the record."""

    words: str


@dataclass(frozen=True, slots=True)
class Rate:
    """Keep how the listener feels."""

    rating: Rating


@dataclass(frozen=True, slots=True)
class Note:
    """Keep a note."""

    words: str


@dataclass(frozen=True, slots=True)
class Undo:
    """Take back what this hand did last, unless that was the end or only for the record."""


@dataclass(frozen=True, slots=True)
class End:
    """End the sitting: with the guide's last fade, or within a moment."""

    at_once: bool = False


LOOPS = ("4", "8", "keep", "motif", "off")
"""What may be wished of the loop: its last so many bars come round, the newest stays, the music makes a motif
of it, or all end."""


@dataclass(frozen=True, slots=True)
class Loop:
    """Let what was played along come round again: one of LOOPS."""

    what: str


@dataclass(frozen=True, slots=True)
class Learn:
    """Let the controller that is moved next be this from now on: a parameter, or something to do."""

    name: str


Wish = Touch | Act | Turn | Mark | Rate | Note | Undo | End | Loop | Learn

FOR_THE_RECORD = (Mark, Rate, Note)
"""Wishes that the music does not hear."""

OWN_SOURCES = frozenset({"plan", "controller"})
"""Of marks that the sitting makes by itself: they say what was done, and are not there to be kept alone."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One wish, whose it is and where it comes from.

    source   "key", "console:TABLET", "kiosk", "plan", ...
    id       the asker's own; asked twice under one id it is done once
    due_s    engine time before which it waits; 0 for at once
    """

    wish: Wish
    hand: Hand = Hand.LISTENER
    source: str = "api"
    id: str = field(default_factory=lambda: urandom(8).hex())
    due_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an ask: the sentence for whoever asked, and the frame at which the music obeys.

    That frame has been heard once `Moment.heard_frame` is past it.
    """

    id: str
    done: bool
    words: str
    frame: int


def lyric(marked: str) -> str | None:
    """The line of a song that the words of a mark are; None where they mark something else."""
    words = marked.strip()
    return words[1:].strip() if words.startswith(LYRIC) else None


def for_the_record(ask: Ask, frame: int, *, kept: bool) -> Answer:
    """What comes of a wish FOR_THE_RECORD: where there is no record it is not done, and that is said."""
    own = isinstance(ask.wish, Mark) and ask.source in OWN_SOURCES
    if kept or own:
        words = f"Marked: {ask.wish.words}." if isinstance(ask.wish, Mark) else "Kept."
        return Answer(ask.id, True, words, frame)
    match ask.wish:
        case Mark(words):
            what = "mark" if lyric(words) is None else "line of a song"
        case Rate():
            what = "rating"
        case _:
            what = "note"
    words = f"Nothing of this sitting is kept, so this {what} is in no record: write it down elsewhere."
    return Answer(ask.id, False, words, frame)


class AskRefusedError(ValueError):
    """An ask that cannot be meant, or one too many; the message is one sentence."""


class Desk:
    """Takes asks from any thread, in order; the control thread empties it once a tick."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: list[Ask] = []
        self._known: OrderedDict[str, None] = OrderedDict()

    def put(self, ask: Ask) -> bool:
        """Hand in one ask; False where its id was handed in before, so that it is not done twice.

        Raises AskRefusedError.
        """
        check(ask)
        with self._guard:
            if ask.id in self._known:
                return False
            if len(self._waiting) >= MOST_WAITING:
                raise AskRefusedError("Too much is being asked at once; wait a moment, then ask again.")
            self._known[ask.id] = None
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
            self._waiting.append(ask)
        return True

    def put_all(self, asks: Iterable[Ask]) -> None:
        """Hand in several, in order."""
        for ask in asks:
            self.put(ask)

    def take(self, now_s: float) -> Sequence[Ask]:
        """All that is due by `now_s`, in the order in which it was put; called in the control thread."""
        if not self._waiting:  # read without the lock: what comes in this moment is taken at the next tick
            return ()
        with self._guard:
            due = [ask for ask in self._waiting if ask.due_s <= now_s]
            self._waiting = [ask for ask in self._waiting if ask.due_s > now_s]
        return due


def check(ask: Ask) -> None:
    """Raise AskRefusedError where `ask` cannot be meant."""
    for what, text in (("id", ask.id), ("source", ask.source)):
        if not 0 < len(text) <= LONGEST_NAME or not text.isprintable():
            raise AskRefusedError(
                f"The {what} of an ask has 1 to {LONGEST_NAME} printable characters; this one has not."
            )
    if not isfinite(ask.due_s) or ask.due_s < 0.0:
        raise AskRefusedError("An ask is due at a time in seconds from the start, 0 for at once.")
    match ask.wish:
        case Touch(parameter, value):
            if parameter not in PARAMETERS:
                known = ", ".join(PARAMETERS)
                raise AskRefusedError(f"There is no parameter {_short(parameter)!r}; there are {known}.")
            if value is not None and not abs(value) <= LARGEST_VALUE:
                raise AskRefusedError(f"{parameter} needs a number that can be meant; {value:g} is none.")
        case Act(name):
            if name not in ACTIONS:
                known = ", ".join(ACTIONS)
                raise AskRefusedError(f"There is nothing called {_short(name)!r} to do; there are {known}.")
        case Loop(what):
            if what not in LOOPS:
                raise AskRefusedError(f"A loop is {', '.join(LOOPS)}; {_short(what)!r} is none of these.")
        case Learn(name):
            if name not in PARAMETERS and name not in ACTIONS:
                known = ", ".join((*PARAMETERS, *ACTIONS))
                raise AskRefusedError(f"No controller can be {_short(name)!r}; it can be {known}.")
        case Mark(words) | Note(words):
            if not words.strip():
                raise AskRefusedError("A note or a mark needs words.")
            if len(words) > LONGEST_WORDS:
                raise AskRefusedError(
                    f"That note has {len(words)} characters; at most {LONGEST_WORDS} are kept."
                )
        case _:
            return


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
