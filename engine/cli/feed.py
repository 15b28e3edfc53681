"""What `calando play` prints where no live view fits: JSON lines for programs, sentences for logs."""

from __future__ import annotations

import json
from dataclasses import asdict
from math import isfinite

import click

from dsp.native import NO_LOSSES
from engine.cli.duration import clock_time
from engine.session import Moment
from sensors.plain_text import visible

EVERY_S = 1.0
"""Engine time between two JSON states."""

LOSSES_EVERY_S = 10.0
"""Engine time between two sentences about notes that could not be played; they come in crowds."""


class JsonFeed:
    """One JSON object a line on standard output, a state every second of engine time.

    Before a state in whose second something could not be played stands a line of `losses`, counted so far.
    """

    def __init__(self) -> None:
        self._next_s = 0.0
        self._losses = NO_LOSSES

    def moment(self, moment: Moment) -> None:
        if moment.t_s < self._next_s:
            return
        self._next_s += EVERY_S
        if moment.losses != self._losses:
            self._losses = moment.losses
            print_line({"type": "losses", "t": moment.t_s, **asdict(moment.losses)})
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
                "simulated": heart.simulated,
                "link": heart.link.value,
                "lufs_m": _rounded(moment.meter.lufs_momentary if moment.meter else None, 2),
                "late_periods": moment.late_periods,
            }
        )


class Sentences:
    """The guide's decisions and the link's words, one a line, where output is not a terminal."""

    def __init__(self) -> None:
        self._link = ""
        self._losses = ""
        self._losses_s = -LOSSES_EVERY_S

    def moment(self, moment: Moment) -> None:
        if moment.heart.words and moment.heart.words != self._link:
            self._link = moment.heart.words
            click.echo(f"{clock_time(moment.t_s)}  {visible(self._link)}")
        if moment.losses.words != self._losses and moment.t_s >= self._losses_s + LOSSES_EVERY_S:
            self._losses, self._losses_s = moment.losses.words, moment.t_s
            click.echo(f"{clock_time(moment.t_s)}  {self._losses}")
        for decision in moment.music.decisions:
            click.echo(f"{clock_time(moment.t_s)}  {decision.why}")


def print_line(thing: dict[str, object]) -> None:
    click.echo(json.dumps(thing, ensure_ascii=False, allow_nan=False))


def _rounded(value: float | None, digits: int) -> float | None:
    """JSON knows no infinities; silence has a loudness of none."""
    return round(value, digits) if value is not None and isfinite(value) else None
