"""Plan: what a sitting is made of, before anything sounds: guide and composer ready, everything checked."""

from __future__ import annotations

from dataclasses import dataclass

from engine.desk import Touch
from engine.guide.guide import Guide
from engine.guide.music_state import Hand
from engine.guide.target import Usual
from engine.music.composer import Composer
from engine.words.telling import Telling
from engine.words.voice import Voice
from profiles.schema import Profile


@dataclass(frozen=True, slots=True)
class PlannedTurn:
    """To which profile, and when, in seconds from the start."""

    profile: Profile
    at_s: float


@dataclass(frozen=True, slots=True)
class Plan:
    """One sitting to be: it is played once, since guide and composer remember."""

    profile: Profile
    guide: Guide
    composer: Composer
    duration_s: float
    seed: int
    sensor: str
    """The sensor's spec."""
    arm: str
    """As asked; with the sitting that a yoked one replays."""
    target_bpm: float | None
    """As asked."""
    turns: tuple[PlannedTurn, ...]
    hand: Hand
    """Whose target and turns these are, and who ends it with Ctrl-C."""
    client: str | None
    goal: str | None
    consent: bool | None
    """Whether the listener agreed to the record being kept; None where nobody was asked."""
    feel: str | None
    """The listener's sentence about how they feel."""
    usual: Usual
    """What earlier sittings of the client have taught."""
    said: tuple[str, ...]
    """Sentences for the listener, before the music begins."""
    record: bool = True
    """Whether anything of it is kept."""
    telling: Telling | None = None
    """The words of a guide."""
    voice: Voice | None = None
    """What says them; None where they are text and a bell."""
    touched: tuple[Touch, ...] = ()
    """What the hand holds from the first moment on."""
