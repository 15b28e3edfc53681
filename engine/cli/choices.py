"""Choices: what a second key says where one is not enough: which loop, and what a knob shall be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import ascii_lowercase, digits

from rich.text import Text

from engine.desk import Learn, Loop, Wish
from engine.guide.hands import ACTIONS, PARAMETERS, spoken


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose from.

    title  what it is about, in a sentence
    does   by key: in words, and what is asked for
    """

    title: str
    does: Mapping[str, tuple[str, Wish]]


CHOICES: dict[str, Choice] = {
    "l": Choice("What was played comes round; another key leaves it.", {
        "4": ("the last 4 bars come round", Loop("4")),
        "8": ("the last 8 bars come round", Loop("8")),
        "k": ("the newest loop stays", Loop("keep")),
        "m": ("the newest loop becomes the motif", Loop("motif")),
        "e": ("all loops end as they come round", Loop("off")),
    }),
    "t": Choice("What shall a knob be? Press it here, then move the knob.", {
        key: (spoken(name).removeprefix("the "), Learn(name))
        for key, name in zip(ascii_lowercase + digits, (*PARAMETERS, *ACTIONS), strict=False)
    }),
}  # fmt: skip
"""By the key that opens it, where somebody may play along."""

assert len(CHOICES["t"].does) == len(PARAMETERS) + len(ACTIONS)


def shown(choice: Choice, width: int) -> tuple[Text, int]:
    """A choice in so many columns, and how many lines that takes."""
    pairs = [(key, words) for key, (words, _) in choice.does.items()]
    columns = 2 if len(pairs) > 8 else 1
    rows, room = -(-len(pairs) // columns), width // columns - 3
    lines = [Text(choice.title, "grey70"), Text("")]
    for row in range(rows):
        line = Text()
        for key, words in pairs[row::rows]:
            line.append(f"{key:<3}", "grey70").append(f"{words[: room - 1]:<{room}}", "grey58")
        line.rstrip()
        lines.append(line)
    return Text("\n").join(lines), len(lines)
