"""Script: the words of a guided sitting, as plain values with the range each may take.

A guide's file is a Script: lines that are said one after the other, and how long nothing is said after each.
Nothing here imports pydantic; `guides.check` reads these annotations when a file has to be examined.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from profiles.schema import Letters, Plainly, Table, Within

Breath = Literal["in", "out", "any"]
"""Where in the music's breath a line begins; `any` waits for none, as what lets go of a strain."""

When = Literal["next", "slower", "quicker", "end"]
"""next      after the pause before it
slower    once the music's breath has slowed by a breath a minute since its pace was spoken of
quicker   once it has quickened by so much
end       when the guide's length has left no more time than this line and those after it take
"""

Wish = Literal["soften", "silence", "level"]
"""What a line asks of the music: to step back, to be silent, or to be as it was."""

SayLine = Annotated[str, Letters(1, 300)]
GroupName = Annotated[str, Letters(1, 60)]
Sentence = Annotated[str, Letters(1, 300)]


@dataclass(frozen=True, slots=True)
class Step(Table):
    """One line, and the pause after it."""

    say: SayLine
    pause_s: Annotated[float, Within(0.0, 600.0, "s")] | None = None
    pause_breaths: Annotated[float, Within(0.0, 60.0, "breaths of the music")] | None = None
    """The pause in breaths instead of seconds."""
    with_: Breath = "out"
    group: GroupName | None = None
    """What it belongs to, as a part of the body; a group can be left out."""
    music: Wish | None = None
    when: When = "next"
    exit: Annotated[bool, Plainly()] = False
    """Whether this line tells how to stop; every guide has one, early."""


@dataclass(frozen=True, slots=True)
class Script(Table):
    """One guide, as read from a TOML file."""

    name: Annotated[str, Letters(1, 40)]
    title: Annotated[str, Letters(1, 80)]
    description: Sentence
    """One sentence for the person who chooses."""
    minutes: Annotated[float, Within(1.0, 120.0, "minutes")]
    """How long it is, about, at its own pauses."""
    steps: tuple[Step, ...]
    language: Annotated[str, Letters(2, 20)] = "en"
    profile: Annotated[str, Letters(1, 200)] = "relax"
    """What plays under it where nobody names a profile."""
    cautions: tuple[Sentence, ...] = ()
    """Told before it begins, in text."""
    then_silence_s: Annotated[float, Within(0.0, 1800.0, "s")] = 0.0
    """How long the music is silent after the last line, before it comes back."""

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups, in the order in which they come."""
        return tuple(dict.fromkeys(step.group for step in self.steps if step.group is not None))


WORDS_PER_S = 2.1
"""How quickly a line is said or read where no voice is known: 126 words a minute, slower than talk (own
choice)."""

LEAST_LINE_S = 1.5


def spoken_s(line: str) -> float:
    """About how long it takes to say, or to read, a line."""
    return max(LEAST_LINE_S, len(line.split()) / WORDS_PER_S)


def pause_s(step: Step, breath_per_min: float = 6.0) -> float:
    """The pause after a line in seconds, at so many breaths of the music a minute."""
    if step.pause_breaths is not None:
        return step.pause_breaths * 60.0 / breath_per_min
    return step.pause_s or 0.0
