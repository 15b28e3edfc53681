"""The last screen of a sitting: how long, what the heart did, where it is kept, what may be done now."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from engine.cli.paragraph import wrapped

if TYPE_CHECKING:
    from engine.session import Moment

WINDOW_S = 60.0
"""The heart is told by its mean rate over the first and over the last minute in which it was heard."""

LEAST_S = 20.0
"""Heard for less than this within such a minute, a heart is not told (own choice)."""

SAME_BPM = 2.0
"""A smaller difference between the two is called none (own choice: what a breath or two moves a mean)."""

_GOES_ON = " \\"
"""At the end of a line: the command goes on in the next one."""


@dataclass(frozen=True, slots=True)
class Sat:
    """A sitting that is over.

    length_s   how long it was played
    first_bpm  heart rate at its beginning, beats a minute; None where it was heard too little
    last_bpm   heart rate at its end
    simulated  nobody was measured
    id         its name in the journal; None where nothing was kept
    folder     the journal's, and `data` as it was named with --data
    file       the sound file it was played into
    trouble    the journal has told by itself what became of the record
    """

    length_s: float
    first_bpm: float | None = None
    last_bpm: float | None = None
    simulated: bool = False
    id: str | None = None
    folder: Path | None = None
    data: Path | None = None
    file: Path | None = None
    trouble: bool = False


def goodbye(sat: Sat) -> list[str]:
    """What is said, a paragraph a string; an empty one is a pause."""
    said = [f"You sat for {_long(sat.length_s)}. {_heart(sat)}"]
    if sat.file is not None:
        said.append(f"To listen to it: {sat.file}")
    if sat.trouble:
        return said
    if sat.id is None:
        return [*said, "Nothing was kept of it."]
    return [*said, f"It is kept as {sat.id} in {sat.folder}."]


def shown(sat: Sat, width: int | None) -> str:
    """`goodbye` and the commands that may follow, in lines that fit; a command stays one for a shell."""
    lines = ["", *(wrapped(paragraph, width) for paragraph in goodbye(sat))]
    if sat.id is not None and not sat.trouble:
        lines += ["", "What you may do now:"]
        narrow = None if width is None else width - len(_GOES_ON)
        lines += [
            wrapped(command, narrow, "  ", "    ").replace("\n", f"{_GOES_ON}\n") for command in commands(sat)
        ]
    return "\n".join(lines)


def commands(sat: Sat) -> Sequence[str]:
    """Report, a word of one's own, a piece to take home: as a shell takes them."""
    data = "" if sat.data is None else f" --data {quote(str(sat.data))}"
    return (
        f"calando sessions report {sat.id}{data}",
        f"calando sessions rate {sat.id} after{data}",
        f"calando render {sat.id} --take-home 20m -o mine.flac{data}",
    )


def _heart(sat: Sat) -> str:
    whose = "The SIMULATED heart" if sat.simulated else "Your heart"
    if sat.first_bpm is None or sat.last_bpm is None:
        return f"{whose} was heard too little to tell what it did."
    first, last = round(sat.first_bpm), round(sat.last_bpm)
    if abs(sat.last_bpm - sat.first_bpm) < SAME_BPM or first == last:
        return f"{whose} stayed near {last} beats a minute."
    return f"{whose} went from {first} to {last} beats a minute."


def _long(seconds: float) -> str:
    if seconds < 100.0:
        return f"{seconds:.0f} seconds"
    minutes = round(seconds / 60.0)
    hours, rest = divmod(minutes, 60)
    told = [f"{hours} hour{'s' * (hours > 1)}"] * (hours > 0)
    told += [f"{rest} minute{'s' * (rest != 1)}"] * (rest > 0)
    return " and ".join(told)


class HeartCourse:
    """A watcher that remembers the heart's rate in the first and in the last minute in which it was heard."""

    def __init__(self) -> None:
        self.t_s = 0.0
        self.simulated = False
        self._first: list[float] = []
        self._last: deque[float] = deque(maxlen=int(WINDOW_S))
        self._next_s = 0.0

    def moment(self, moment: Moment) -> None:
        self.t_s = moment.t_s
        heart = moment.heart
        self.simulated = heart.simulated
        if moment.t_s < self._next_s:
            return
        self._next_s = moment.t_s + 1.0
        if heart.hr_bpm is None:
            return
        if len(self._first) < WINDOW_S:
            self._first.append(heart.hr_bpm)
        self._last.append(heart.hr_bpm)

    @property
    def first_bpm(self) -> float | None:
        return _mean(self._first)

    @property
    def last_bpm(self) -> float | None:
        return _mean(self._last)


def _mean(rates: Sequence[float]) -> float | None:
    return sum(rates) / len(rates) if len(rates) >= LEAST_S else None
