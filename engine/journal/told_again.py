"""Told again: the words of a sitting that was kept, for a piece that is made of it.

They come in the order in which they were told, each with the sound that said it then, and after it as much
as passed then until the next. What was text and a bell is left out: a sound file shows no text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from engine.durations import clock_time
from engine.guest.clip import Clip, ClipError, clip_of, of_text
from engine.guide.course import course_of
from engine.journal.record import Record, Spoken
from engine.words.telling import BEGIN_S, Telling, length_s
from engine.words.voice import Voice
from engine.words.words import Words
from guides.schema import Script, Step
from profiles.schema import Profile

HELD_S = 10.0
"""A shorter pause is kept to, as between gathering and letting go; after a longer one a line waits for the
exhale of the piece (own choice)."""

LONGEST_PAUSE_S = 600.0
"""As guides have it (guides.schema)."""


class _Kept(Voice):
    """The very clips of the sitting."""

    def __init__(self, clips: Mapping[int, Clip], rate_hz: int) -> None:
        super().__init__({}, {place: clip.frames / rate_hz for place, clip in clips.items()})
        self._clips, self._rate_hz = clips, rate_hz

    def clip(self, place: int, rate_hz: int) -> Clip | None:
        clip = self._clips[place]
        return clip if rate_hz == self._rate_hz else clip_of(clip.sound, self._rate_hz, rate_hz)


@dataclass(frozen=True, slots=True)
class ToldAgain:
    """The lines of a sitting, and what said them."""

    script: Script
    voice: Voice

    @property
    def lasts_s(self) -> float:
        """About how long they take, from the first to the end of the last."""
        return length_s(self.script, lengths=self.voice.lengths)

    def has_room(self, profile: Profile, duration_s: float) -> bool:
        """Whether a piece of that length is long enough for all of them, before its fade."""
        return BEGIN_S + self.lasts_s <= course_of(profile, duration_s).end_s

    def least_s(self, profile: Profile) -> float:
        """The length of a piece that has room, whole minutes."""
        minutes = 1
        while not self.has_room(profile, 60.0 * minutes):
            minutes += 1
        return 60.0 * minutes

    def no_room(self, profile: Profile, duration_s: float) -> str:
        """What is said of a piece that is too short for them; empty where it is not."""
        if self.has_room(profile, duration_s):
            return ""
        return (
            f"The words take {clock_time(self.lasts_s)}, for which this piece has no room, so it is the "
            f"music alone; --take-home {self.least_s(profile) / 60.0:.0f}m has them."
        )

    def words(self) -> Words:
        """For one session."""
        return Words(Telling(self.script, lengths=self.voice.lengths), self.voice)


def told_again(record: Record) -> ToldAgain | None:
    """What a voice said in a sitting; None where it said nothing, or nothing of it was kept."""
    sounds = {each.digest: each.sound for each in record.guest if each.sound is not None}
    told: list[tuple[Spoken, Clip]] = []
    for line in record.lines:
        sound = None if line.digest is None else sounds.get(line.digest)
        if sound is not None:
            try:
                told.append((line, of_text(sound)))
            except (ClipError, ValueError):  # a damaged one
                continue
    if not told:
        return None
    rate_hz = record.head.rate_hz
    gaps_s = [
        (after.frame - line.frame - clip.frames) / rate_hz for (line, clip), (after, _) in pairwise(told)
    ]
    steps: list[Step] = []
    before_s = 0.0
    for (line, _), gap_s in zip(told, [*gaps_s, 0.0], strict=True):
        held = steps and before_s < HELD_S
        before_s = min(max(gap_s, 0.0), LONGEST_PAUSE_S)
        steps.append(Step(line.words, before_s, with_="any" if held else "out"))
    script = Script("told", "Told again", "Lines of a sitting.", 120.0, tuple(steps))
    return ToldAgain(script, _Kept({place: clip for place, (_, clip) in enumerate(told)}, rate_hz))
