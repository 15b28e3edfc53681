"""What `calando play` prints where no live view fits: JSON lines for programs, sentences for logs."""

from __future__ import annotations

import json
from math import isfinite

import click

from engine.cli.duration import clock_time
from engine.session import Moment

EVERY_S = 1.0
"""Engine time between two JSON states."""


class JsonFeed:
    """One JSON object a line on standard output, a state every second of engine time."""

    def __init__(self) -> None:
        self._next_s = 0.0

    def moment(self, moment: Moment) -> None:
        if moment.t_s < self._next_s:
            return
        self._next_s += EVERY_S
        music, heart = moment.music, moment.heart
        print_line(
            {
                "type": "state",
                "t": moment.t_s,
                "stage": music.stage.value,
                "tempo_bpm": _rounded(moment.tempo_bpm, 3),
                "density": _rounded(music.density, 3),
                "brightness": _rounded(music.brightness, 3),
                "breath_guide_per_min": _rounded(music.breath_guide_per_min, 3),
                "hr_bpm": _rounded(heart.hr_bpm, 2),
                "link": heart.link.value,
                "lufs_m": _rounded(moment.meter.lufs_momentary if moment.meter else None, 2),
                "late_periods": moment.late_periods,
            }
        )


class Sentences:
    """The guide's decisions and the link's words, one a line, where output is not a terminal."""

    def __init__(self) -> None:
        self._link = ""

    def moment(self, moment: Moment) -> None:
        if moment.heart.words and moment.heart.words != self._link:
            self._link = moment.heart.words
            click.echo(f"{clock_time(moment.t_s)}  {self._link}")
        for decision in moment.music.decisions:
            click.echo(f"{clock_time(moment.t_s)}  {decision.why}")


def print_line(thing: dict[str, object]) -> None:
    click.echo(json.dumps(thing, ensure_ascii=False, allow_nan=False))


def _rounded(value: float | None, digits: int) -> float | None:
    """JSON knows no infinities; silence has a loudness of none."""
    return round(value, digits) if value is not None and isfinite(value) else None
