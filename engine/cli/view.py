"""The live terminal view: heart and tempo in large figures, the rest as calm bars, words underneath.

Written for a listener who glances over with half-open eyes: nothing blinks, nothing jumps, and every
figure that has not been earned is a dash.
"""

from __future__ import annotations

import time
from textwrap import wrap
from types import TracebackType

from rich.align import Align
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from engine.cli.duration import clock_time
from engine.cli.figures import large
from engine.guide.music_state import Stage
from engine.player import Output
from engine.session import Moment

STAGES = {
    Stage.MATCH: "meeting your heart",
    Stage.GUIDE: "leading gently",
    Stage.STALL: "staying with you",
    Stage.BACK_OFF: "giving you room",
    Stage.ARRIVE: "arrived; let it be",
    Stage.COAST: "going on by itself until beats return",
    Stage.END: "coming to an end",
}

REFRESH_S = 0.25
"""Between two pictures, by the wall clock: this is for eyes only and decides nothing."""

WIDTH = 64
_BAR = 26
_HEART, _TEMPO, _QUIET, _BREATH = "#e8a0a0", "#a0c8e8", "grey58", "#a8d0b0"
_SOFTEST_LUFS, _LOUDEST_LUFS = -50.0, -14.0


class LiveView:
    """Shows every moment of a session in place. A context manager: the terminal is put back at the end."""

    def __init__(self, console: Console, title: str, sensor: str, duration_s: float, output: Output) -> None:
        self._title = title
        self._sensor = sensor
        self._duration_s = duration_s
        self._output = output
        self._sentence = ""
        self._breath_phase = 0.0
        self._before_s = 0.0
        self._shown_s = float("-inf")
        self._live = Live(console=console, auto_refresh=False, transient=True, screen=False)

    def __enter__(self) -> LiveView:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def moment(self, moment: Moment) -> None:
        self._follow(moment)
        now_s = time.monotonic()
        if now_s - self._shown_s >= REFRESH_S:
            self._shown_s = now_s
            self._live.update(self.picture(moment), refresh=True)

    def _follow(self, moment: Moment) -> None:
        elapsed_s, self._before_s = moment.t_s - self._before_s, moment.t_s
        self._breath_phase = (self._breath_phase + elapsed_s * moment.music.breath_guide_per_min / 60.0) % 1.0
        for decision in moment.music.decisions:
            self._sentence = decision.why[:1].upper() + decision.why[1:]

    def picture(self, moment: Moment) -> RenderableType:
        heart, music = moment.heart, moment.music
        head = Table.grid(expand=True)
        head.add_column()
        head.add_column(justify="right")
        head.add_row(
            Text(f"Calando · {self._title}", style="bold"),
            Text(f"{clock_time(moment.t_s)} of {clock_time(self._duration_s)}", style=_QUIET),
        )
        figures = Table.grid(expand=True)
        figures.add_column(ratio=1)
        figures.add_column(ratio=1)
        figures.add_row(_figure(heart.hr_bpm, _HEART), _figure(moment.tempo_bpm, _TEMPO))
        figures.add_row(
            Text("SIMULATED heart" if heart.simulated else "your heart", style=_HEART),
            Text("the music", style=_TEMPO),
        )
        bars = Table.grid(padding=(0, 2))
        bars.add_column(style=_QUIET, width=10)
        bars.add_column()
        bars.add_column(style=_QUIET)
        loudness = moment.meter.lufs_momentary if moment.meter is not None else _SOFTEST_LUFS
        breath = _bar(_swell(self._breath_phase), _BREATH)
        bars.add_row("breath", breath, f"{music.breath_guide_per_min:.1f} a minute")
        bars.add_row("density", _bar(music.density / 2.5, _TEMPO), f"{music.density:.1f} notes a second")
        share = (loudness - _SOFTEST_LUFS) / (_LOUDEST_LUFS - _SOFTEST_LUFS)
        words = f"{loudness:.0f} LUFS" if loudness > -70.0 else "silent"
        bars.add_row("loudness", _bar(share, _TEMPO), words)
        lines: list[RenderableType] = [
            head, Text(), figures, Text(), bars, Text(),
            Text(STAGES[music.stage], style="bold"),
            _lines(self._sentence, 2),
            Text(),
            Text.assemble(_lines(f"{self._sensor}: {heart.words or heart.link.value}", 2), style=_QUIET),
            Text(f"{self._output.words} {_late(moment.late_periods)}", style=_QUIET),
        ]  # fmt: skip
        return Align.center(Padding(Group(*lines), (1, 2)), width=WIDTH)


def _figure(value: float | None, colour: str) -> Text:
    return Text(large("––" if value is None else f"{value:.0f}"), style=colour)


def _bar(share: float, colour: str) -> Text:
    """A thin bar that moves by half characters."""
    halves = round(min(1.0, max(0.0, share)) * _BAR * 2)
    drawn = "━" * (halves // 2) + "╸" * (halves % 2)
    return Text.assemble((drawn, colour), ("━" * (_BAR - len(drawn)), "grey23"))


def _lines(text: str, count: int) -> Text:
    """`text` in exactly so many lines, so that what stands below never moves."""
    lines = wrap(text, WIDTH - 4)[:count]
    return Text("\n".join(lines + [""] * (count - len(lines))))


def _swell(phase: float) -> float:
    """Fullness of the breath: in during the first two fifths, out during the rest (SCIENCE.md A7, 40:60)."""
    return phase / 0.4 if phase < 0.4 else (1.0 - phase) / 0.6


def _late(periods: int) -> str:
    return "No late periods." if periods == 0 else f"Late periods: {periods}."
