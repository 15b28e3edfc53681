"""Chart: a sitting drawn as one SVG, heart and tempo over breath over signal, on one time axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor

from engine.journal.account import StageSpan, clock, end_s, events, stretches
from engine.journal.figures import GOOD_QUALITY, SURE_BREATH
from engine.journal.record import Rating, Record
from engine.journal.scale import MOST, SCALES
from engine.stages import EVENTS, STAGES

HEART, TEMPO, QUIET = "#b5524d", "#2f6690", "#8b8f92"
GUIDE_BREATH, OWN_BREATH, INK = "#3f7a4c", "#7fae8b", "#2f3437"
UNCLEAR_HEART = "#dfb6b2"
"""The heart where too few beats of the last minute were clean to be sure of it."""

HOLE_S = 3.0
"""A curve breaks where nothing is known for longer; states come once a second."""

_MOST_LINES = 6
"""Of a grid: more are not read."""

_PALE_SHARE = 0.05
"""From this share of unclear seconds on it is said what the pale curve means."""

_LINE_PX = 12
"""From one line of letters to the next, at 11 px."""

_LETTER_PX = 6.4
"""Mean width of a letter at 11 px, for what fits into a stage's strip."""

Point = tuple[float, float | None]
Axis = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class _Flag:
    """A moment that is named in the chart."""

    t_s: float
    words: str
    colour: str
    dashes: str = "none"
    weight: int = 400

    @property
    def wide(self) -> float:
        """What the words take, px; capitals and bold ones more."""
        return _LETTER_PX * len(self.words) * (1.0 if self.weight == 400 else 1.4)


@dataclass(frozen=True, slots=True)
class Size:
    """The chart's measures in px. Text keeps its size, so a telephone gets a chart of its own."""

    width: int
    heart: int
    breath: int


WIDE, NARROW = Size(700, 154, 72), Size(350, 170, 90)

_LEFT, _RIGHT, _STRIP, _HEAD, _SIGNAL, _FOOT = 30, 6, 20, 22, 8, 20


def arc(record: Record, size: Size) -> str:
    """The arc of a sitting, an `svg` element that is as wide as its place allows."""
    whole_s = max(end_s(record), 1.0)
    room = size.width - _LEFT - _RIGHT

    def x(t_s: float) -> float:
        return _LEFT + room * min(max(t_s / whole_s, 0.0), 1.0)

    heart_top = _STRIP + _HEAD
    breath_top = heart_top + size.heart + _HEAD
    signal_top = breath_top + size.breath + _HEAD
    height = signal_top + _SIGNAL + _FOOT
    stages = stretches(record)
    parts = [
        *_stages(stages, x, ((0, _STRIP), (heart_top, size.heart), (breath_top, size.breath))),
        *_heart(record, x, heart_top, size.heart),
        *_breath(record, x, breath_top, size.breath),
        *_signal(record, x, signal_top),
        *_times(whole_s, x, height - 5, room),
        *_flags(_flagged(record), x, ((heart_top, size.heart), (breath_top, size.breath))),
    ]
    return (
        f'<svg class="arc" viewBox="0 0 {size.width} {height}" role="img" '
        f'aria-label="Heart, tempo, breath and signal over the sitting">{"".join(parts)}</svg>'
    )


def before_after(before: Rating, after: Rating) -> str:
    """What the listener said before (hollow) and after (filled), an `svg`; empty where nothing was said."""
    said = ((scale, getattr(before, name), getattr(after, name)) for name, scale in SCALES.items())
    rows = [row for row in said if row[1:] != (None, None)]
    if not rows:
        return ""
    drawn = [_text(94, 10, "not at all", QUIET), _text(256, 10, "wholly", QUIET, "end")]
    for number, (scale, first, second) in enumerate(rows):
        y = 26 + 24 * number
        drawn += [
            _text(84, y + 4, scale.word, INK, "end"),
            f'<line x1="94" x2="256" y1="{y}" y2="{y}" stroke="#d5d6d3"/>',
        ]
        for value, fill in ((first, "#ffffff"), (second, TEMPO)):
            if value is not None:
                at = 94 + 162 * scale.told(value) / MOST
                look = f'fill="{fill}" stroke="{TEMPO}" stroke-width="1.5"'
                drawn.append(f'<circle cx="{at:.1f}" cy="{y}" r="5" {look}/>')
    return (
        f'<svg class="ratings" viewBox="0 0 350 {24 * len(rows) + 18}" role="img" '
        f'aria-label="How you felt, before and after">{"".join(drawn)}</svg>'
    )


def _stages(stages: Sequence[StageSpan], x: Axis, tops: Sequence[tuple[int, int]]) -> list[str]:
    drawn: list[str] = []
    for each in stages:
        left, wide, tint = x(each.from_s), x(each.until_s) - x(each.from_s), STAGES[each.stage].tint
        drawn += [
            f'<rect x="{left:.1f}" y="{top}" width="{wide:.1f}" height="{high}" fill="{tint}"/>'
            for top, high in tops
        ]
        word = STAGES[each.stage].short
        if wide > _LETTER_PX * len(word):
            drawn.append(_text(left + wide / 2, 14, word, INK, "middle"))
    return drawn


def _heart(record: Record, x: Axis, top: int, high: int) -> list[str]:
    heart = [(state.t_s, state.heart.hr_bpm) for state in record.states]
    tempo: list[Point] = [(state.t_s, state.tempo_bpm) for state in record.states]
    clear = [
        (state.t_s, state.heart.hr_bpm if state.heart.quality >= GOOD_QUALITY else None)
        for state in record.states
    ]
    known = [value for _, value in (*heart, *tempo) if value is not None]
    pale = sum(value is not None and sure is None for (_, value), (_, sure) in zip(heart, clear, strict=True))
    unclear = "; pale: not clear" if pale > _PALE_SHARE * len(heart) else ""
    y, lines = _scale(known, top, high, least=10.0)
    return [
        *_head(top, (("heart", HEART), ("music's tempo", TEMPO)), f"a minute{unclear}"),
        *_grid(lines, x, y),
        _curve(tempo, x, y, TEMPO, 1.6),
        _curve(heart, x, y, UNCLEAR_HEART, 1.4),
        _curve(clear, x, y, HEART, 1.8),
    ]


def _breath(record: Record, x: Axis, top: int, high: int) -> list[str]:
    guide: list[Point] = [(state.t_s, state.music.breath_guide_per_min) for state in record.states]
    own = [
        (state.t_s, state.heart.breath_per_min if state.heart.breath_confidence >= SURE_BREATH else None)
        for state in record.states
    ]
    known = [value for _, value in (*guide, *own) if value is not None]
    if not known:
        return _head(top, (), "the breath was not clear enough to draw")
    y, lines = _scale(known, top, high, least=6.0)
    whose = "simulated breath" if record.head.simulated else "your breath"
    clear = any(value is not None for _, value in own)
    names = ((whose, OWN_BREATH),) * clear + (("music's swell", GUIDE_BREATH),)
    return [
        *_head(top, names, "a minute" if clear else f"a minute; {whose} was not clear enough to draw"),
        *_grid(lines, x, y),
        _curve(own, x, y, OWN_BREATH, 4.0),
        _curve(guide, x, y, GUIDE_BREATH, 1.6),
    ]


def _signal(record: Record, x: Axis, top: int) -> list[str]:
    """A ribbon that is the fuller the clearer the heart was heard."""
    drawn = [*_head(top, (("how clearly the heart was heard", QUIET),), "")]
    states = record.states
    ends = [*(state.t_s for state in states[1:]), end_s(record)]
    # Neighbouring seconds of about the same quality are one piece.
    piece: tuple[float, float, float] | None = None
    for state, until in zip(states, ends, strict=False):
        level = round(state.heart.quality * 10.0) / 10.0
        if piece is not None and piece[2] == level:
            piece = (piece[0], until, level)
            continue
        if piece is not None:
            drawn.append(_piece(piece, x, top))
        piece = (state.t_s, until, level)
    if piece is not None:
        drawn.append(_piece(piece, x, top))
    return drawn


def _piece(piece: tuple[float, float, float], x: Axis, top: int) -> str:
    left, right, level = x(piece[0]), x(piece[1]), piece[2]
    high = max(1.0, _SIGNAL * level)
    return (
        f'<rect x="{left:.1f}" y="{top + _SIGNAL - high:.1f}" width="{right - left:.1f}" '
        f'height="{high:.1f}" fill="#a9b4b8" shape-rendering="crispEdges"/>'
    )


def _times(whole_s: float, x: Axis, y: int, room: int) -> list[str]:
    step_s = next((step for step in (10, 30, 60, 120, 300, 600) if whole_s / step <= room / 50), 1800)
    count = int(whole_s // step_s)
    right = x(float("inf"))
    return [
        _text(x(k * step_s), y, clock(k * step_s), QUIET, "end" if right - x(k * step_s) < 14 else "middle")
        for k in range(count + 1)
    ]


def _flagged(record: Record) -> list[_Flag]:
    """What people have marked, by its letter, and what the music has, by its word."""
    found = [_Flag(each.t_s, letter(k), INK, "2 2", 600) for k, each in enumerate(record.markers)]
    found += [_Flag(t_s, EVENTS[event], TEMPO) for t_s, event in events(record)]
    return sorted(found, key=lambda flag: flag.t_s)


def _flags(flags: Sequence[_Flag], x: Axis, panels: Sequence[tuple[int, int]]) -> list[str]:
    """A line a flag, its words beside it and below those that stand too near."""
    drawn: list[str] = []
    top, high = panels[0]
    ends = [float("-inf")] * max(1, int(high // _LINE_PX) - 1)
    """Where the last words of each row end."""
    for flag in flags:
        place = x(flag.t_s)
        drawn += [
            f'<line x1="{place:.1f}" x2="{place:.1f}" y1="{above}" y2="{above + tall}" '
            f'stroke="{flag.colour}" stroke-dasharray="{flag.dashes}"/>'
            for above, tall in panels
        ]
        left = place + 3.0 if place + 3.0 + flag.wide <= x(float("inf")) else place - 3.0 - flag.wide
        row = next((row for row, end in enumerate(ends) if end <= left), ends.index(min(ends)))
        ends[row] = left + flag.wide + 2.0
        drawn.append(_text(left, top + 11 + _LINE_PX * row, flag.words, flag.colour, weight=flag.weight))
    return drawn


def letter(number: int) -> str:
    """A name for a marker: A to Z, then A2 and so on."""
    round_, place = divmod(number, 26)
    return chr(ord("A") + place) + (str(round_ + 1) if round_ else "")


def _scale(known: Sequence[float], top: int, high: int, *, least: float) -> tuple[Axis, list[float]]:
    """An axis that holds `known` with some air, `least` units at the least, and where its lines lie."""
    low, most = (min(known), max(known)) if known else (0.0, least)
    air = max(0.1 * (most - low), (least - (most - low)) / 2.0, 1.0)
    low, most = low - air, most + air
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200) if (most - low) / step <= _MOST_LINES)
    lines = [float(k * step) for k in range(ceil(low / step), floor(most / step) + 1)]
    return lambda value: top + high * (most - value) / (most - low), lines


def _head(top: int, curves: Sequence[tuple[str, str]], unit: str) -> list[str]:
    """Names of the curves of a panel, each in its colour, and their unit."""
    words = "".join(
        f'<tspan fill="{colour}" font-weight="600" dx="{8 if number else 0}">{escape(name)}</tspan>'
        for number, (name, colour) in enumerate(curves)
    )
    tail = f'<tspan fill="{QUIET}" dx="8">{escape(unit)}</tspan>' if unit else ""
    return [f'<text x="{_LEFT}" y="{top - 6}">{words}{tail}</text>']


def _grid(lines: Sequence[float], x: Axis, y: Axis) -> list[str]:
    left, right = x(0.0), x(float("inf"))
    drawn: list[str] = []
    for line in lines:
        drawn += [
            f'<line x1="{left:.1f}" x2="{right:.1f}" y1="{y(line):.1f}" y2="{y(line):.1f}" '
            f'stroke="{INK}" stroke-opacity="0.08"/>',
            _text(left - 5, y(line) + 4, f"{line:.0f}", QUIET, "end"),
        ]
    return drawn


def _curve(points: Sequence[Point], x: Axis, y: Axis, colour: str, width: float) -> str:
    """A path, one point a pixel at most, broken where nothing is known."""
    path: list[str] = []
    last_s, last_x = -1e9, -1e9
    for t_s, value in points:
        if value is None or x(t_s) - last_x < 1.0:
            continue
        pen = "L" if t_s - last_s <= max(HOLE_S, _pixel_s(x)) else "M"
        path.append(f"{pen}{x(t_s):.1f} {y(value):.1f}")
        last_s, last_x = t_s, x(t_s)
    return (
        f'<path d="{"".join(path)}" fill="none" stroke="{colour}" stroke-width="{width}" '
        f'stroke-linejoin="round" stroke-linecap="round"/>'
    )


def _pixel_s(x: Axis) -> float:
    """How many seconds two pixels show."""
    per_s = x(1.0) - x(0.0)
    return 2.0 / per_s if per_s else 1.0


def _text(x: float, y: float, words: str, colour: str, anchor: str = "start", weight: int = 400) -> str:
    look = f'fill="{colour}" text-anchor="{anchor}" font-weight="{weight}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(words)}</text>'
