"""What `calando play` prints where no live view fits: JSON lines for programs, sentences for logs."""

from __future__ import annotations

import json
from dataclasses import replace
from math import inf

import click

from engine.cli.main import print_no_more
from engine.desk import Answer
from engine.durations import clock_time
from engine.snapshot import Said, Snapshot

EVERY_S = 1.0
"""Engine time between two JSON states."""

LOSSES_EVERY_S = 10.0
"""Engine time between two sentences about notes that could not be played; they come in crowds."""


_TOLD = {"mark": "marked: {}", "line": "“{}”"}
"""How what is said is told, by its kind, where not as it is."""


class JsonFeed:
    """One JSON object a line on standard output.

    A state every second of engine time, with all that was said in it; and a line whenever the output has
    something new to say, as when a device is lost or found.
    """

    def __init__(self) -> None:
        self._next_s = 0.0
        self._said: list[Said] = []
        self._answers: list[Answer] = []
        self._output = ""

    def show(self, snapshot: Snapshot) -> None:
        if self._output and snapshot.output_words != self._output:
            print_line({"type": "output", "t": snapshot.t, "words": snapshot.output_words})
        self._output = snapshot.output_words
        self._said += snapshot.said
        self._answers += snapshot.answers
        if snapshot.t < self._next_s:
            return
        self._next_s += EVERY_S
        whole = replace(snapshot, said=self._said, answers=self._answers)
        self._said, self._answers = [], []
        try:
            print_line({"type": "state", **whole.as_json()})
        except OSError:  # no room: the last line will meet the same, and it is told then
            self._next_s = inf


class Sentences:
    """What the guide, hands and the strap say, one a line, where output is not a terminal."""

    def __init__(self) -> None:
        self._link = ""
        self._output = ""
        self._losses = ""
        self._losses_s = -LOSSES_EVERY_S

    def show(self, snapshot: Snapshot) -> None:
        for said in snapshot.said:
            if said.kind == "link" and said.words == self._link:
                continue
            self._link = said.words if said.kind == "link" else self._link
            words = _TOLD.get(said.kind, "{}").format(said.words)
            _print(f"{clock_time(said.t)}  {words}")
        if self._output and snapshot.output_words != self._output:
            _print(f"{clock_time(snapshot.t)}  {snapshot.output_words}")
        self._output = snapshot.output_words
        lost = snapshot.losses_words
        if lost != self._losses and snapshot.t >= self._losses_s + LOSSES_EVERY_S:
            self._losses, self._losses_s = lost, snapshot.t
            _print(f"{clock_time(snapshot.t)}  {lost}")


def print_line(thing: dict[str, object]) -> None:
    _print(json.dumps(thing, ensure_ascii=False, allow_nan=False))


def _print(line: str) -> None:
    """Whoever read this may go away: that ends what they are told, and nothing else."""
    try:
        click.echo(line)
    except BrokenPipeError:
        print_no_more()

