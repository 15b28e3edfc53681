"""Check a guide's table and say in plain sentences what is wrong with it."""

from __future__ import annotations

import re
from typing import Any

from guides.schema import Script, Step, pause_s, spoken_s
from profiles.reading import pythonic
from profiles.tables import Schema

EXIT_WITHIN = 6
"""One of so many first lines tells how to stop (own choice)."""

ROOM = 1.1
"""A guide whose lines and pauses need more than this times its minutes says a length that is not true (own
choice)."""

_MUST_BE_LINES = ("title", "description")


def complaints(table: dict[str, Any]) -> list[str]:
    """What is wrong with a guide's table, a sentence for each key; empty where nothing is."""
    return Schema(Script, "a guide", _contradictions).complaints(table)


def _contradictions(table: dict[str, Any]) -> list[str]:
    wrong: list[str] = []
    if not re.fullmatch(r"\w[\w -]*", table["name"]):
        wrong.append(f"name is {table['name']!r}; it has to be letters, digits, spaces, - and _.")
    texts = [(key, table[key]) for key in _MUST_BE_LINES]
    texts += [(f"cautions[{n}]", each) for n, each in enumerate(table.get("cautions", ()))]
    for n, step in enumerate(table["steps"]):
        texts += [(f"steps[{n}].{key}", step[key]) for key in ("say", "group") if key in step]
        if "pause_s" in step and "pause_breaths" in step:
            wrong.append(f"steps[{n}] has pause_s and pause_breaths; one of them is enough.")
    wrong += [
        f"{key} is {text!r}; it has to be on one line, of signs that can be shown."
        for key, text in texts
        if not text.isprintable() or not text.strip()
    ]
    steps = [Step(**pythonic(step)) for step in table["steps"]]
    if not steps:
        return [*wrong, "steps is an empty list; a guide has lines to say."]
    if not any(step.exit for step in steps[:EXIT_WITHIN]):
        wrong.append(
            f"None of the first {EXIT_WITHIN} steps has exit = true; let one of them tell how to stop, and "
            "mark it so."
        )
    if any(step.exit and step.group is not None for step in steps):
        wrong.append("A step with exit = true has a group; what tells how to stop must not be left out.")
    always = [step for step in steps if step.when in ("next", "end")]
    need_min = sum(spoken_s(step.say) + pause_s(step) for step in always) / 60.0
    if need_min > ROOM * table["minutes"]:
        wrong.append(f"minutes is {table['minutes']:g}; the lines and their pauses need {need_min:.1f}.")
    return wrong
