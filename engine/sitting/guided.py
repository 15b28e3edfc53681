"""Guided: the guide whose words a sitting tells, as it is asked for, and how long both are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.desk import Touch
from engine.durations import clock_time, duration_s
from engine.guide.course import course_of
from engine.guide.hands import PAUSES, VOICE_DB
from engine.words.telling import BEGIN_S, Telling, left_out, length_s
from engine.words.voice import Voice, voice_of
from guides.load import GuideError, load
from guides.schema import Script
from profiles.schema import Profile

AFTER_S = 10.0
"""Between the last line and the last fade (own choice)."""

FADE_SHARE = 0.15
"""Of a sitting, what its last fade takes at most (engine.guide.course)."""


@dataclass(frozen=True, slots=True)
class Guided:
    """A guide, chosen and checked.

    script    what it says
    without   groups that are left out
    pauses    share of its pauses, 0.7 to 1.5
    voice     what says them; None where they are text and a bell
    voice_db  dB by which the voice is louder, or softer, than its place over the music
    """

    script: Script
    without: tuple[str, ...] = ()
    pauses: float = 1.0
    voice: Voice | None = None
    voice_db: float = 0.0

    @property
    def lengths(self) -> Mapping[int, float] | None:
        """Seconds that each line takes to say, by its place, where a voice is known."""
        return None if self.voice is None else self.voice.lengths

    @property
    def told_s(self) -> float:
        """From the first line to the last, and the silence after it."""
        return length_s(self.script, self.without, self.lengths, self.pauses)

    def sitting_s(self, profile: Profile) -> float:
        """How long a sitting is that has room for it, last fade included."""
        words_s = BEGIN_S + self.told_s + AFTER_S
        return words_s + min(profile.arc.fade_out_s, words_s * FADE_SHARE / (1.0 - FADE_SHARE))

    def telling(self, profile: Profile, sitting_s: float) -> Telling:
        """Its words, in a sitting of that length."""
        room_s = course_of(profile, sitting_s).end_s - BEGIN_S
        return Telling(self.script, self.without, self.lengths, room_s)

    def said(self, profile: Profile, sitting_s: float) -> list[str]:
        """What the listener is told before it begins."""
        said = [f"{self.script.title}: {self.script.description}", *self.script.cautions]
        room_s = course_of(profile, sitting_s).end_s - BEGIN_S
        if self.told_s > room_s + AFTER_S:
            said.append(
                f"The words take about {clock_time(self.told_s)} and this sitting has room for "
                f"{clock_time(max(room_s, 0.0))} of them; its fade is not spoken over."
            )
        return said

    @property
    def touched(self) -> tuple[Touch, ...]:
        """What the hand holds of it from the first moment on."""
        pauses = () if self.pauses == 1.0 else (Touch("pauses", self.pauses),)
        return pauses if self.voice_db == 0.0 else (*pauses, Touch("voice_db", self.voice_db))


def guided_by(
    name: str | None, without: Sequence[str] = (), pauses: float | None = None,
    then_silence: float | str | None = None, voice: str | None = None, own_voice: Path | None = None,
    voice_db: float | None = None, progress: Callable[[int, int], None] | None = None,
) -> Guided | None:  # fmt: skip
    """The guide of that name, or in that file; None where none is asked for.

    Raises ValueError: GuideError, and one sentence for a group that it does not have.
    """
    if name is None:
        if without or any(each is not None for each in (pauses, then_silence, voice, own_voice, voice_db)):
            raise GuideError("Groups, pauses, a voice and silence belong to a guide; name one with --guide.")
        return None
    script = load(name)
    if pauses is not None and not PAUSES[0] <= pauses <= PAUSES[1]:
        low, high = PAUSES
        raise GuideError(f"Pauses go from {low:g} to {high:g} times as written; {pauses:g} does not.")
    if then_silence is not None:
        silence_s = duration_s(then_silence) if isinstance(then_silence, str) else float(then_silence)
        if not 0.0 <= silence_s <= 1800.0:
            raise GuideError("The silence after the words lasts at most 30 minutes; ask for less.")
        script = replace(script, then_silence_s=silence_s)
    left_out(script, without)
    if voice_db is not None and not VOICE_DB[0] <= voice_db <= VOICE_DB[1]:
        low, high = VOICE_DB
        raise GuideError(f"The voice goes from {low:g} to {high:g} dB; {voice_db:g} is not there.")
    sound = voice_of(script, voice, own_voice, progress)
    return Guided(script, tuple(without), pauses or 1.0, sound, voice_db or 0.0)
