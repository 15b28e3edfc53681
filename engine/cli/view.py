"""The live terminal view: heart and tempo in large figures, the rest as calm bars, words underneath.

Written for a listener who glances over with half-open eyes: nothing blinks, nothing jumps, and every
figure that has not been earned is a dash.
"""

from __future__ import annotations

import time
from textwrap import wrap
from types import TracebackType

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from engine.cli.choices import shown
from engine.cli.digits import large
from engine.cli.fitting import Part, blank, fitted
from engine.cli.key_help import hints, page, piano
from engine.cli.keys import Keys
from engine.cli.screen import Screen
from engine.durations import clock_time
from engine.snapshot import Facts, Snapshot

REFRESH_S = 0.25
"""Between two pictures, by the wall clock: this is for eyes only and decides nothing."""

WIDTH = 64
"""Columns of the picture; a narrower terminal gets a narrower one."""
_MARGIN = 2
_NARROW = 50
"""Columns below which words are short."""
_WORDS_LINES = 3
"""For a guide's line; the shipped ones have room in them."""
_ROOM_FOR_STEP = 60
"""Columns below which there is no room beside the breath for how well both are in step."""
_BESIDE_BAR, _BESIDE_NARROW_BAR = 34, 21
"""Columns of the words to the left and right of a bar."""
_HEART, _TEMPO, _QUIET, _BREATH = "#e8a0a0", "#a0c8e8", "grey58", "#a8d0b0"
_SILENT_LUFS, _SOFTEST_LUFS, _LOUDEST_LUFS = -70.0, -50.0, -14.0


class LiveView:
    """Shows every snapshot of a sitting in place. A context manager: the terminal is put back at the end.

    `keys` are what may be pressed meanwhile; None where nobody may.
    """

    def __init__(self, facts: Facts, keys: Keys | None = None) -> None:
        self._facts = facts
        self._keys = keys
        self._sentence = ""
        self._output = ""
        self._breath_phase = 0.0
        self._before_s = 0.0
        self._shown_s = float("-inf")
        self._screen = Screen()

    def __enter__(self) -> LiveView:
        self._screen.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._screen.__exit__(kind, error, trace)

    def show(self, snapshot: Snapshot) -> None:
        self._follow(snapshot)
        now_s = time.monotonic()
        if now_s - self._shown_s >= REFRESH_S:
            self._shown_s = now_s
            self._screen.show(self.picture(snapshot, *self._screen.console.size))

    def _follow(self, snapshot: Snapshot) -> None:
        elapsed_s, self._before_s = snapshot.t - self._before_s, snapshot.t
        self._breath_phase = (self._breath_phase + elapsed_s * snapshot.breath_guide_per_min / 60.0) % 1.0
        words = [each.words for each in snapshot.said if each.kind == "decision"]
        words += [each.words for each in snapshot.answers]
        if snapshot.output_words != self._output:
            # A sound device that is lost, or found again, is told at once; where it plays at first is not.
            words += [snapshot.output_words] if self._output else []
            self._output = snapshot.output_words
        words += [aside] if (aside := self._screen.heard()) else []
        for sentence in words:
            self._sentence = sentence[:1].upper() + sentence[1:]

    def picture(self, snapshot: Snapshot, columns: int = 80, rows: int = 24) -> RenderableType:
        """The sitting in so many columns and rows; or the keys, where somebody wishes to see them."""
        width = min(WIDTH, columns)
        inner = width - 2 * _MARGIN
        head = _row(
            Text(f"Calando · {self._facts.title}", style="bold"),
            Text(f"{clock_time(snapshot.t)} of {clock_time(self._facts.duration_s)}", style=_QUIET),
        )
        parts = [Part(head, 1, 0), Part(_bar(snapshot.t / self._facts.duration_s, "grey50", inner), 1, 4)]
        keys, worded = self._keys, self._facts.guide is not None
        if keys is not None and keys.choosing is not None:
            parts += [blank(), Part(*shown(keys.choosing, inner), 2)]
        elif keys is not None and keys.help_wanted:
            explained, marks = page(inner, worded=worded, may_play=keys.may_play)
            parts += [blank(), explained, blank(), marks]
        else:
            parts += self._parts(snapshot, inner)
        if keys is not None and keys.listening:
            line = hints(
                inner, worded=worded, in_part=snapshot.line_group != "", may_play=keys.may_play
            )  # fmt: skip
            line = piano(inner) if keys.plays else line
            parts += [blank(), Part(line, 1, 5)]
        left = (columns - inner) // 2
        return Padding(Group(*fitted(parts, rows)), (0, columns - inner - left, 0, left))

    def _told(self, snapshot: Snapshot, inner: int) -> list[Part]:
        """The words of a guide, above all else: who has no voice reads them."""
        if self._facts.guide is None:
            return []
        line = _lines(snapshot.line, inner, _WORDS_LINES)
        line.stylize("bold")
        return [blank(), Part(line, _WORDS_LINES, 0)]

    def _parts(self, snapshot: Snapshot, inner: int) -> list[Part]:
        """What stands below the head; with the keys this is 22 lines."""
        narrow = inner < _NARROW
        figures = Table.grid(expand=True)
        figures.add_column(ratio=1)
        figures.add_column(ratio=1)
        figures.add_row(_figure(snapshot.hr_bpm, _HEART), _figure(snapshot.tempo_bpm, _TEMPO))
        figures.add_row(
            Text("SIMULATED heart" if snapshot.simulated else "your heart", style=_HEART),
            Text("the music", style=_TEMPO),
        )
        own = snapshot.breath_per_min
        yours = "" if own is None else f"{'its own' if snapshot.simulated else 'yours'} {own:.1f}"
        if own is not None and snapshot.in_step is not None and inner >= _ROOM_FOR_STEP:
            yours += f", in step {snapshot.in_step:.2f}"
        guide = f"{snapshot.breath_guide_per_min:.1f}"
        breath = f"the swell {guide}" if narrow else f"the music breathes {guide} a minute"
        # A sentence about late periods and notes not played stands behind all else.
        late = "" if snapshot.late_periods == 0 else f"Late periods: {snapshot.late_periods}."
        heard = snapshot.link_words or f"{snapshot.sensor}: {snapshot.link}"
        quiet = f"{heard} {snapshot.output_words} {late} {snapshot.losses_words}"
        doing = snapshot.doing[:1].upper() + snapshot.doing[1:]
        answer = f"it {snapshot.answer_words}" if snapshot.answer_words else ""
        return [
            *self._told(snapshot, inner),
            blank(),
            Part(figures, 4, 1),
            blank(),
            Part(_swelling(_swell(self._breath_phase), inner), 1, 6),
            Part(_row(Text(breath, style=_QUIET), Text(yours, style=_QUIET)), 1, 8),
            blank(),
            Part(_bars(snapshot, inner), 2, 9),
            blank(),
            Part(_row(Text(doing, style="bold"), Text(answer, style=_QUIET)), 1, 2),
            Part(_lines(snapshot.trouble or self._sentence, inner), 2, 3),
            blank(),
            Part(Text.assemble(_lines(quiet, inner), style=_QUIET), 2, 7),
        ]


def _bars(snapshot: Snapshot, inner: int) -> Table:
    """Density and loudness as bars, with their figures behind."""
    narrow = inner < _NARROW
    long = max(1, inner - (_BESIDE_NARROW_BAR if narrow else _BESIDE_BAR))
    loudness = snapshot.lufs_m if snapshot.lufs_m is not None else _SILENT_LUFS
    share = (loudness - _SOFTEST_LUFS) / (_LOUDEST_LUFS - _SOFTEST_LUFS)
    bars = Table.grid(padding=(0, 2))
    bars.add_column(style=_QUIET, width=8)
    bars.add_column()
    bars.add_column(style=_QUIET, no_wrap=True)
    notes = f"{snapshot.density:.1f}{' a s' if narrow else ' notes a second'}"
    bars.add_row("density", _bar(snapshot.density / 2.5, _TEMPO, long), notes)
    words = f"{loudness:.0f} LUFS" if loudness > _SILENT_LUFS else "silent"
    bars.add_row("loudness", _bar(share, _TEMPO, long), words)
    return bars


def _row(left: Text, right: Text) -> Table:
    row = Table.grid(expand=True)
    row.add_column(no_wrap=True)
    row.add_column(justify="right", no_wrap=True)
    row.add_row(left, right)
    return row


def _figure(value: float | None, colour: str) -> Text:
    return Text(large("––" if value is None else f"{value:.0f}"), style=colour)


def _bar(share: float, colour: str, width: int) -> Text:
    """A thin bar that moves by half characters."""
    halves = round(min(1.0, max(0.0, share)) * width * 2)
    drawn = "━" * (halves // 2) + "╸" * (halves % 2)
    return Text.assemble((drawn, colour), ("━" * (width - len(drawn)), "grey23"))


def _swelling(share: float, width: int) -> Text:
    """The breath: a line that opens from its middle and closes to it."""
    half = round(share * (width // 2))
    rest = "━" * (width // 2 - half)
    return Text.assemble((rest, "grey23"), ("━" * (2 * half), _BREATH), (rest, "grey23"))


def _lines(text: str, width: int, height: int = 2) -> Text:
    """`text` in exactly so many lines, so that what stands below never moves."""
    lines = wrap(text, width, max_lines=height, placeholder=" …")
    return Text("\n".join(lines + [""] * (height - len(lines))))


def _swell(phase: float) -> float:
    """Fullness of the breath: in during the first two fifths, out during the rest (SCIENCE.md A7, 40:60)."""
    return phase / 0.4 if phase < 0.4 else (1.0 - phase) / 0.6
