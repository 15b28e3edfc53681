"""MusicState: what the guide asks of the music at one moment, and Intent: what a hand asks of the guide."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import inf


class Stage(StrEnum):
    """Where a sitting stands (SCIENCE.md A7)."""

    MATCH = "match"
    GUIDE = "guide"
    STALL = "stall"
    BACK_OFF = "back-off"
    ARRIVE = "arrive"
    COAST = "coast"
    END = "end"


class Event(StrEnum):
    """A moment that belongs to the listener (LOOP.md 7)."""

    SETTLED = "settled"
    """The heart has settled."""
    FOUND = "found"
    """The breath has come to the swell."""
    ARRIVED = "arrived"
    """The heart is where the sitting leads."""


class Hand(StrEnum):
    """Who moved a parameter."""

    AUTO = "auto"
    PROFILE = "profile"
    THERAPIST = "therapist"
    LISTENER = "listener"


@dataclass(frozen=True, slots=True)
class Decision:
    """One change, who made it, and why in one plain sentence."""

    t_s: float
    hand: Hand
    parameter: str
    value: float | str | None
    why: str
    done: bool = True
    """False where a wish could not be met, and nothing was changed."""


@dataclass(frozen=True, slots=True)
class MusicState:
    """What the music shall be at engine time `t_s`."""

    t_s: float
    stage: Stage
    tempo_bpm: float
    density: float
    """Foreground onsets a second, 0.0 to 2.5."""
    brightness: float
    """0 (dark) to 1 (bright)."""
    loudness_db: float
    """Relative to the profile's level: 0 or below, or a little over where a hand asks for more."""
    breath_guide_per_min: float
    breath_depth_db: float
    """Depth of the swell that breathes, 0 (off) to 3 dB."""
    pulse_level: float
    """0 (silent) to 1: how present the soft heart pulse is."""
    silence: bool = False
    """True while the music should thin to its drone or to nothing."""
    ended: bool = False
    """True when the last fade is over and the sitting may close."""
    decisions: tuple[Decision, ...] = field(default=())
    """Taken in this step."""
    mood: float = 0.0
    """Valence the harmony shall have, -1 (grave) to 1 (bright): `Harmony.modes_for` reads it."""
    register_st: float = 0.0
    """Semitones by which all that is struck lies above its place, or below it."""
    foreground_db: float = 0.0
    """Where hands want the foreground (piano, pluck, bowl, kit), from its place in the whole."""
    prompt: bool = False
    """True while the loudness moves at a hand's wish: it is then drawn tick by tick."""
    rests: bool = False
    """True while hands want no foreground: what has not begun yet of it is left out as well."""
    full_by_hand: bool = False
    """True while density is where a hand wants it: a bar that has not begun is sung anew where that moves."""
    tempo_by_hand: bool = False
    """True while tempo goes where a hand wants it: a step at a bar line to come is decided anew."""
    left_s: float = inf
    """Seconds until the last fade is over, as far as that is known."""
    answer: float = 0.0
    """What the music makes of heart and breath at once: it closes a little (-1), rests (0), opens (1)."""
    breath_meets: bool = False
    """True while the swell goes with the listener's own breath and does not lead, in phase too where it is
    known."""
    event: Event | None = None
    """What has come to pass in this step, for the music to mark."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One wish of one hand. `parameter` is a MusicState field name or an action name.

    Actions: `less`, `more`, `too_much`, `hold` (of the tempo `value`, or without one the guide's), `resume`,
    `rematch`, `soften`, `hush` (asks for silence), `undo` (takes back the last that this hand did), `end`. A
    parameter with `value` None is given back to the guide.
    """

    t_s: float
    hand: Hand
    parameter: str
    value: float | None = None
