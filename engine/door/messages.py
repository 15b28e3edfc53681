"""What goes through the door: every message there is, version 1, as pydantic models, one JSON object a line.

Out come `Hello` at once, then `State` at each tick (the newest wins), `Event`, `HeartBeat` and `Answered`
(never dropped) and `Over`. In go `Asked` and `Stop`. Both name room and sitting, so that a late touch never
acts on the next client's sitting. Unknown fields are refused, so that a misspelt one is no wish that is
silently smaller.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from engine.desk import Act, Ask, End, Learn, Loop, Mark, Note, Rate, Touch, Turn, Undo, Wish
from engine.guide.music_state import Hand
from engine.journal.record import Rating
from engine.journal.scale import SCALES

if TYPE_CHECKING:
    from dsp.touch import Touch as PadTouch

VERSION = 1

COURSE = (
    "t", "stage", "hr_bpm", "tempo_bpm", "lufs_s", "breath_guide_per_min", "breath_per_min",
)  # fmt: skip
"""What of a snapshot is kept once a second."""

LONGEST_LINE = 65_536
"""Bytes of one message (own choice: a note of 2,000 characters fits many times)."""

MOST_KEYS = 64
"""Keys in one message (own choice: more than hands play in a tenth of a second)."""

_Name = Annotated[str, Field(min_length=1, max_length=80)]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Event(_Message):
    """Something that is told once: a decision, or a word of the strap."""

    type: Literal["event"] = "event"
    sitting: str
    t: float
    kind: str
    hand: str
    words: str


class Hello(_Message):
    """The first message to whoever comes in."""

    type: Literal["hello"] = "hello"
    version: int = VERSION
    room: str
    sitting: str | None
    """Id of the sitting that plays; None between sittings."""
    facts: dict[str, Any] | None
    """engine.snapshot.Facts."""
    stop_page: str | None
    """File of the stop word: anything but zero in its first byte stops the music (dsp.stop_page). Beside the
    room's socket a link leads to it, NAME.stop, for who cannot wait for this hello."""
    history: list[dict[str, Any]]
    """The sitting so far, once a second: COURSE."""
    said: list[Event] = []
    """Its newest events so far."""


class HeartBeat(_Message):
    """A beat of the listener's heart (engine.snapshot.Beat), some seconds after it was felt."""

    type: Literal["beat"] = "beat"
    sitting: str
    t: float
    rr_ms: float | None
    label: str


class State(_Message):
    """engine.snapshot.Snapshot as JSON, without `said`, `beats` and `answers`, which come by themselves."""

    type: Literal["state"] = "state"
    sitting: str
    snapshot: dict[str, Any]


class Answered(_Message):
    """What came of an ask: taken at this tick, sounding from `frame` on. Everybody in the room hears it."""

    type: Literal["answer"] = "answer"
    sitting: str
    id: str
    done: bool
    words: str
    frame: int | None = None


class Over(_Message):
    """The sitting has ended; the room stays."""

    type: Literal["over"] = "over"
    sitting: str


class _Wish(_Message):
    model_config = ConfigDict(strict=True)  # "no" is no number


class TouchWish(_Wish):
    kind: Literal["touch"]
    parameter: _Name
    value: float | None = None


class ActWish(_Wish):
    kind: Literal["act"]
    name: _Name


class TurnWish(_Wish):
    kind: Literal["turn"]
    profile: Annotated[str, Field(min_length=1, max_length=1000)]


class MarkWish(_Wish):
    kind: Literal["mark"]
    words: str


class NoteWish(_Wish):
    kind: Literal["note"]
    words: str


class RateWish(_Wish):
    """How the listener feels, each 0 (not at all) to 10 (wholly)."""

    kind: Literal["rate"]
    when: Literal["before", "after"]
    calm: float | None = None
    pleasant: float | None = None
    awake: float | None = None


class UndoWish(_Wish):
    kind: Literal["undo"]


class EndWish(_Wish):
    kind: Literal["end"]
    at_once: bool = False


class LoopWish(_Wish):
    kind: Literal["loop"]
    what: _Name


class LearnWish(_Wish):
    kind: Literal["learn"]
    name: _Name


class PlayedKey(_Wish):
    """A key that goes down, or up where `value`, how hard, is 0."""

    key: Annotated[int, Field(ge=0, le=127)]
    value: Annotated[float, Field(ge=0.0, le=1.0)]


class PlayWish(_Wish):
    """What is played along, in order. It goes by no desk: it is heard with the next quantum of sound."""

    kind: Literal["play"]
    keys: Annotated[list[PlayedKey], Field(min_length=1, max_length=MOST_KEYS)]

    def touches(self) -> list[PadTouch]:
        """As the sound takes them."""
        from dsp.touch import NOTE_OFF, NOTE_ON, PADS, Touch  # needs numpy, which visitors do not

        return [
            Touch(NOTE_ON if each.value > 0.0 else NOTE_OFF, PADS, each.key, each.value)
            for each in self.keys
        ]


AnyWish = Annotated[
    TouchWish | ActWish | TurnWish | MarkWish | NoteWish | RateWish | UndoWish | EndWish | LoopWish
    | LearnWish
    | PlayWish,
    Field(discriminator="kind"),
]


class Asked(_Message):
    """A wish, whose it is and where it comes from; `id` is the asker's own and is done once."""

    type: Literal["ask"] = "ask"
    version: int = VERSION
    room: _Name
    sitting: _Name
    id: _Name
    hand: Literal["listener", "therapist"] = "therapist"
    source: _Name
    wish: AnyWish

    def ask(self) -> Ask:
        """As a desk takes it. Raises ValueError for a profile or a rating that cannot be meant, and for what
        is played, which goes by no desk."""
        return Ask(_wish(self.wish), Hand(self.hand), self.source, self.id)


class Stop(_Message):
    """Silence now. Whoever can map `Hello.stop_page` is quicker, and needs nobody awake on this side."""

    type: Literal["stop"] = "stop"
    room: _Name
    sitting: _Name
    source: _Name = "door"


Incoming: TypeAdapter[Asked | Stop] = TypeAdapter(Annotated[Asked | Stop, Field(discriminator="type")])
AnyTold = Hello | State | Event | HeartBeat | Answered | Over

Outgoing: TypeAdapter[AnyTold] = TypeAdapter(Annotated[AnyTold, Field(discriminator="type")])


def course(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """What of a snapshot is kept once a second."""
    return {name: snapshot[name] for name in COURSE}


def wish_message(wish: Wish) -> dict[str, Any]:
    """A wish of a desk as a message has it. Raises ValueError for a rating, which is asked for by figures."""
    match wish:
        case Touch(parameter, value):
            return {"kind": "touch", "parameter": parameter, "value": value}
        case Act(name):
            return {"kind": "act", "name": name}
        case Turn(profile):
            return {"kind": "turn", "profile": profile.name}
        case Mark(words):
            return {"kind": "mark", "words": words}
        case Note(words):
            return {"kind": "note", "words": words}
        case Undo():
            return {"kind": "undo"}
        case End(at_once):
            return {"kind": "end", "at_once": at_once}
        case Loop(what):
            return {"kind": "loop", "what": what}
        case Learn(name):
            return {"kind": "learn", "name": name}
        case Rate():
            raise ValueError("A rating goes through the door by its figures.")


def _wish(wish: AnyWish) -> Wish:
    match wish:
        case TouchWish():
            return Touch(wish.parameter, wish.value)
        case ActWish():
            return Act(wish.name)
        case TurnWish():
            from profiles.load import load

            return Turn(load(wish.profile))
        case MarkWish():
            return Mark(wish.words)
        case NoteWish():
            return Note(wish.words)
        case RateWish():
            return Rate(_rating(wish))
        case UndoWish():
            return Undo()
        case EndWish():
            return End(wish.at_once)
        case LoopWish():
            return Loop(wish.what)
        case LearnWish():
            return Learn(wish.name)
        case PlayWish():
            raise ValueError("What is played along goes by no desk.")


def _rating(wish: RateWish) -> Rating:
    def kept(name: str, told: float | None) -> float | None:
        return None if told is None else SCALES[name].kept(told)

    return Rating(
        wish.when, kept("calm", wish.calm), kept("valence", wish.pleasant), kept("arousal", wish.awake)
    )
