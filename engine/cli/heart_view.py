"""The live view of `calando heart`: rate, trace, breath, quality and link, drawn calmly in the terminal."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from sensors.artefacts import LabelledBeat
    from sensors.heart_state import HeartState
from sensors.monitor import HeartMonitor

WIDTH = 80
"""Columns of the picture; a narrower terminal gets a narrower one."""
_FRAME = 8
"""Columns of the panel's border and padding, and of air."""
_SCALE = 12
"""Columns left of the trace."""
TRACE_ROWS = 5
BLOCKS = " ▁▂▃▄▅▆▇█"
REFRESH_S = 0.25
"""Between two pictures of a recording that is read fast."""


class HeartView:
    """What is on the screen: fed once a second, drawn whenever asked."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._trace: deque[tuple[float, bool]] = deque(maxlen=WIDTH - _FRAME - _SCALE)
        self._marks: deque[str] = deque(maxlen=3)
        self._state: HeartState | None = None

    def feed(self, state: HeartState, beats: list[LabelledBeat]) -> None:
        """Take in the state and the beats that were labelled since the last one."""
        self._state = state
        for beat in beats:
            if beat.rr_ms is not None:
                self._trace.append((beat.rr_ms, beat.rr_good))
            if beat.label.value not in ("normal", "gap"):
                self._marks.append(f"{beat.label.value} at {_clock(beat.t_s)}")

    def render(self, columns: int = WIDTH) -> RenderableType:
        """The picture in so many columns; every figure that has not been earned is a dash."""
        state = self._state
        if state is None:
            return Text("Waiting for the first second.")
        heard = "" if state.breath_confidence >= 0.5 else "dim"
        figures = Table.grid(padding=(0, 3))
        for _ in range(5):
            figures.add_column(justify="right", min_width=9)
        names = ("rate", "RMSSD", "SDNN", "breath", "regularity")
        figures.add_row(*(Text(name, style="dim") for name in names))
        figures.add_row(
            Text(_figure(state.hr_bpm, "{:.0f} bpm"), style="bold"),
            _figure(state.rmssd_ms, "{:.0f} ms"),
            _figure(state.sdnn_ms, "{:.0f} ms"),
            Text(_figure(state.breath_per_min, "{:.1f}/min"), style=heard),
            _figure(state.regularity, "{:.1f}"),
        )
        bars = Table.grid(padding=(0, 2))
        for _ in range(3):
            bars.add_column(no_wrap=True, overflow="crop")
        bars.add_row("quality", _bar(state.quality), f"{100 * state.quality:.0f} %")
        bars.add_row("breath heard", _bar(state.breath_confidence), _sure(state.breath_confidence))
        link = Text(state.words or state.link.value)
        link.stylize("yellow" if state.irregular or state.link.value != "live" else "green")
        marks = f"last marks: {', '.join(self._marks)}" if self._marks else "no beat marked"
        marked = Text(marks, style="dim")
        title = f"{self._label}  {_clock(state.t_s)}  {state.beats} beats"
        if state.simulated and "SIMULATED" not in self._label:
            title = f"SIMULATED  {title}"
        width = min(WIDTH, columns)
        drawing = self._drawing(width - _FRAME - _SCALE)
        body = Group(figures, Text(), drawing, Text(), bars, Text(), link, marked)
        return Panel(body, title=title, width=width, padding=(1, 2))

    def _drawing(self, columns: int) -> RenderableType:
        """RR of the last beats as columns, those that are not believed in red."""
        trace = list(self._trace)[-max(columns, 2) :]
        good = [rr for rr, trusted in trace if trusted]
        if len(good) < 2:
            return Text("the trace of your beats will grow here", style="dim")
        low, high = min(good), max(good)
        span = max(high - low, 40.0)
        rows: list[Text] = []
        for row in range(TRACE_ROWS - 1, -1, -1):
            edge = high if row == TRACE_ROWS - 1 else low if row == 0 else None
            line = Text(f"{edge:5.0f} ms " if edge is not None else " " * 9, style="dim")
            for rr, trusted in trace:
                level = (min(max(rr, low), high) - low) / span * (TRACE_ROWS - 0.2) + 0.2
                block = BLOCKS[round(8 * min(max(level - row, 0.0), 1.0))]
                line.append(block, style="cyan" if trusted else "red")
            rows.append(line)
        return Group(*rows)


def show(
    moments: Iterator[tuple[HeartMonitor, HeartState, list[LabelledBeat]]], label: str, paced: bool
) -> None:
    """Draw every moment as it comes; what is read fast is drawn four times a second and at its end."""
    view = HeartView(label)
    drawn = 0.0
    console = Console()
    with Live(view.render(console.width), console=console, auto_refresh=False, transient=False) as live:
        for _, state, beats in moments:
            view.feed(state, beats)
            if paced or time.monotonic() - drawn >= REFRESH_S:
                drawn = time.monotonic()
                live.update(view.render(console.width), refresh=True)
        live.update(view.render(console.width), refresh=True)
    if not console.is_terminal:
        console.line()  # a file ends with the end of a line


def _figure(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)


def _bar(share: float) -> Text:
    filled = round(24 * min(max(share, 0.0), 1.0))
    full = Text("━" * filled, style="green" if share >= 0.5 else "yellow")
    return full + Text("━" * (24 - filled), style="dim")


def _sure(confidence: float) -> str:
    return "clearly" if confidence >= 0.75 else "well enough" if confidence >= 0.5 else "too faint to follow"


def _clock(t_s: float) -> str:
    whole = int(t_s)
    hours = f"{whole // 3600}:" if whole >= 3600 else ""
    return f"{hours}{whole // 60 % 60:02d}:{whole % 60:02d}"
