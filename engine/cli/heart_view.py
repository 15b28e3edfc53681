"""The live view of `calando heart`: rate, trace, breath, quality and link, drawn calmly in the terminal."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from textwrap import wrap
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from engine.cli.fitting import Part, blank, fitted
from engine.cli.screen import Screen

if TYPE_CHECKING:
    from engine.listening import Heard
    from sensors.artefacts import LabelledBeat
    from sensors.heart_state import HeartState
    from sensors.sensor import Sensor

WIDTH = 80
"""Columns of the picture; a narrower terminal gets a narrower one."""
_FRAME = 8
"""Columns of the panel's border and padding, and of air."""
_SCALE = 12
"""Columns left of the trace."""
_ABREAST, _WITH_AIR = 50, 58
"""Columns that all figures need to stand beside one another, and with air between them."""
_BAR, _BESIDE_BAR = 12, 50
"""Columns of a bar, and those that it needs together with its words."""
ROOMY_ROWS = 19
"""Rows from which on there is air inside the frame."""
TRACE_ROWS = 5
BLOCKS = " ▁▂▃▄▅▆▇█"
REFRESH_S = 0.25
"""Between two pictures of a recording that is read fast."""


class HeartView:
    """What is on the screen: fed once a second, drawn whenever asked."""

    def __init__(self, label: str) -> None:
        self.label = label
        """What is listened to; it may be known late, and change."""
        self._trace: deque[tuple[float, bool]] = deque(maxlen=WIDTH - _FRAME - _SCALE)
        self._marks: deque[str] = deque(maxlen=3)
        self._state: HeartState | None = None

    def feed(self, state: HeartState, beats: Sequence[LabelledBeat]) -> None:
        """Take in the state and the beats that were labelled since the last one."""
        self._state = state
        for beat in beats:
            if beat.rr_ms is not None:
                self._trace.append((beat.rr_ms, beat.rr_good))
            if beat.label.value not in ("normal", "gap"):
                self._marks.append(f"{beat.label.value} at {_clock(beat.t_s)}")

    def render(self, columns: int = WIDTH, rows: int = 24) -> RenderableType:
        """The picture in so many columns and rows; every figure that has not been earned is a dash."""
        state = self._state
        if state is None:
            return Text("Waiting for the first second.")
        width = min(WIDTH, columns)
        inner = width - _FRAME
        bars = Table.grid(padding=(0, 2))
        for name, share, words in (
            ("quality", state.quality, f"{100 * state.quality:.0f} %"),
            ("breath heard", state.breath_confidence, _breath(state)),
        ):
            bars.add_row(*((name, _bar(share), words) if inner >= _BESIDE_BAR else (name.split()[0], words)))
        calm = not state.irregular and state.link.value == "live"
        link = Text(state.words or state.link.value, style="green" if calm else "yellow")
        marks = f"last marks: {', '.join(self._marks)}" if self._marks else "no beat marked"
        if state.clock_drift_ppm is not None:
            marks += f"; the strap's clock: {state.clock_drift_ppm:+.0f} millionths"
        title = f"{self.label}  {_clock(state.t_s)}  {state.beats} beats"
        if state.simulated and "SIMULATED" not in self.label:
            title = f"SIMULATED  {title}"
        figures, figure_rows = _figures(state, inner)
        parts = [
            Part(figures, figure_rows, 0),
            blank(),
            Part(self._drawing(inner - _SCALE), TRACE_ROWS, 3),
            blank(),
            Part(bars, 2, 2),
            blank(),
            Part(_clipped(link, inner, 2), 2, 1),
            Part(_clipped(Text(marks, style="dim"), inner, 1), 1, 4),
        ]
        roomy = rows >= ROOMY_ROWS
        body = Group(*fitted(parts, rows - (4 if roomy else 2)))
        return Panel(body, title=Text(title), width=width, padding=(1 if roomy else 0, 2))

    def _drawing(self, columns: int) -> RenderableType:
        """RR of the last beats as columns, those that are not believed in red."""
        trace = list(self._trace)[-max(columns, 2) :]
        good = [rr for rr, trusted in trace if trusted]
        if len(good) < 2:
            waiting = Text("the trace of your beats will grow here", style="dim")
            return _clipped(waiting, columns + _SCALE, TRACE_ROWS)
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
    moments: Iterator[Heard], sensor: Sensor, paced: bool
) -> None:
    """Draw every moment as it comes; what is read fast is drawn four times a second and at its end."""
    view = HeartView(sensor.label)
    drawn_s = 0.0
    console = Console()
    if sys.stdout.isatty() and not console.is_dumb_terminal:
        with Screen() as screen, suppress(KeyboardInterrupt):
            for state, beats, _ in moments:
                view.label = sensor.label
                view.feed(state, beats)
                if paced or time.monotonic() - drawn_s >= REFRESH_S:
                    drawn_s = time.monotonic()
                    screen.show(view.render(*console.size))
    else:
        for state, beats, _ in moments:
            view.label = sensor.label
            view.feed(state, beats)
    console.print(view.render(console.width, max(console.height - 2, 3) if console.is_terminal else 24))


def _figures(state: HeartState, width: int) -> tuple[RenderableType, int]:
    """What is known of the heart, beside one another or one under the other, and how many rows that takes."""
    faint = "" if state.breath_confidence >= 0.5 else "dim"
    told = [
        ("rate", Text(_figure(state.hr_bpm, "{:.0f} bpm"), style="bold")),
        ("RMSSD", Text(_figure(state.rmssd_ms, "{:.0f} ms"))),
        ("SDNN", Text(_figure(state.sdnn_ms, "{:.0f} ms"))),
        ("breath", Text(_figure(state.breath_per_min, "{:.1f}/min"), style=faint)),
        ("regularity", Text(_figure(state.regularity, "{:.1f}"))),
    ]
    figures = Table.grid(padding=(0, 3 if width >= _WITH_AIR or width < _ABREAST else 1))
    if width >= _ABREAST:
        for _ in told:
            figures.add_column(justify="right", min_width=9)
        figures.add_row(*(Text(name, style="dim") for name, _ in told))
        figures.add_row(*(value for _, value in told))
        return figures, 2
    for name, value in told:
        figures.add_row(Text(name, style="dim"), value)
    return figures, len(told)


def _clipped(text: Text, width: int, rows: int) -> Text:
    """`text` in exactly so many rows, so that what stands above never moves."""
    lines = wrap(text.plain, width, max_lines=rows, placeholder=" …")
    return Text("\n".join(lines + [""] * (rows - len(lines))), style=text.style)


def _figure(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)


def _bar(share: float) -> Text:
    filled = round(_BAR * min(max(share, 0.0), 1.0))
    full = Text("━" * filled, style="green" if share >= 0.5 else "yellow")
    return full + Text("━" * (_BAR - filled), style="dim")


def _breath(state: HeartState) -> str:
    """How surely the breath is heard, and which way the chest moves where that is known."""
    sure = _sure(state.breath_confidence)
    if state.breath_phase is None:
        return sure
    return f"{sure}, breathing {'in' if state.breath_phase < 0.5 else 'out'}"


def _sure(confidence: float) -> str:
    return "clearly" if confidence >= 0.75 else "well enough" if confidence >= 0.5 else "too faint to follow"


def _clock(t_s: float) -> str:
    whole = int(t_s)
    hours = f"{whole // 3600}:" if whole >= 3600 else ""
    return f"{hours}{whole // 60 % 60:02d}:{whole % 60:02d}"
