"""Drawing: a search's two pictures as SVG, the swings by pace and the searches over the weeks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from engine.journal.forgetting import epoch_s
from engine.pace.protocol import PACES_PER_MIN
from engine.pace.search import Search

WIDE, NARROW, LEFT, RIGHT = 700.0, 350.0, 34.0, 10.0
"""Letters keep their size, so a telephone gets pictures of its own (engine.journal.chart)."""

SWINGS_HIGH, WEEKS_HIGH = 210.0, 170.0
BEST, WELL, INK, QUIET, LINE = "#3f7a4c", "#a9cbb1", "#2f3437", "#6a7074", "#e3e2dd"
_SLOWEST, _QUICKEST = PACES_PER_MIN[-1] - 0.35, PACES_PER_MIN[0] + 0.35


def by_pace(search: Search, wide: float) -> str:
    """The swing at each pace with its error, quicker paces to the right; those that are named are filled."""
    counting = [each for each in search.swings if each.counts]
    if not counting:
        return ""
    base, top = SWINGS_HIGH - 34.0, 26.0
    most = 1.1 * max(each.width_bpm + 2.0 * each.error_bpm for each in counting)
    found = search.estimate

    def y(bpm: float) -> float:
        return base - max(bpm, 0.0) / most * (base - top)

    parts = [
        f'<line x1="{LEFT}" x2="{wide - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="{LINE}"/>'
        + _label(LEFT - 8.0, y(tick) + 4.0, f"{tick:g}", "end")
        for tick in _ticks(most)
    ]
    for each in counting:
        x, half = _x(each.per_min, wide), 0.03 * wide
        named = each.per_min in found.as_well
        fill = BEST if each.per_min == found.best_per_min else WELL if named else LINE
        parts += [
            f'<rect x="{x - half:.1f}" y="{y(each.width_bpm):.1f}" width="{2 * half:.1f}" '
            f'height="{base - y(each.width_bpm):.1f}" fill="{fill}"/>',
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y(each.width_bpm - 2 * each.error_bpm):.1f}" '
            f'y2="{y(each.width_bpm + 2 * each.error_bpm):.1f}" stroke="{INK}" stroke-width="1.5"/>',
        ]
    known = {each.per_min for each in counting}
    parts += [
        _label(_x(pace, wide), base - 6.0, "not measured")
        for pace in PACES_PER_MIN if pace not in known
    ]  # fmt: skip
    parts += [_label(_x(pace, wide), base + 14.0, f"{pace:g}") for pace in PACES_PER_MIN]
    parts += [
        f'<line x1="{LEFT}" x2="{wide - RIGHT}" y1="{base}" y2="{base}" stroke="{QUIET}"/>',
        _label(LEFT, 12.0, "the heart's swing, beats a minute; line: twice the error", "start"),
        _label((LEFT + wide - RIGHT) / 2.0, SWINGS_HIGH - 3.0, "breaths a minute"),
    ]
    return _svg(wide, SWINGS_HIGH, parts, f"The heart's swing at {len(counting)} paces.")


def over_weeks(searches: Sequence[Search], wide: float) -> str:
    """What each search said, over the days; nothing where there is only one that could tell."""
    told = [(at_s, each) for each in searches if each.estimate.told and (at_s := epoch_s(each.began_at))]
    if len(told) < 2:
        return ""
    begin, end = told[0][0], told[-1][0]
    base, top = WEEKS_HIGH - 24.0, 26.0

    def y(pace: float) -> float:
        return base - (pace - _SLOWEST) / (_QUICKEST - _SLOWEST) * (base - top)

    parts = [
        f'<line x1="{LEFT}" x2="{wide - RIGHT}" y1="{y(pace):.1f}" y2="{y(pace):.1f}" stroke="{LINE}"/>'
        + _label(LEFT - 8.0, y(pace) + 4.0, f"{pace:g}", "end")
        for pace in PACES_PER_MIN
    ]
    for at_s, each in told:
        found = each.estimate
        share = (at_s - begin) / (end - begin) if end > begin else 0.5
        x = LEFT + 12.0 + share * (wide - LEFT - RIGHT - 24.0)
        named = [pace for pace in (found.best_per_min, *found.as_well) if pace is not None]
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y(min(named)):.1f}" y2="{y(max(named)):.1f}" '
            f'stroke="{WELL}" stroke-width="6" stroke-linecap="round"/>'
        )
        if found.own_per_min is not None:
            parts.append(f'<circle cx="{x:.1f}" cy="{y(found.own_per_min):.1f}" r="4.5" fill="{BEST}"/>')
    days = (end - begin) / 86_400.0
    parts += [
        _label(LEFT, 12.0, "breaths a minute; dot: the own, band: those it may be", "start"),
        _label(LEFT, WEEKS_HIGH - 4.0, "first search", "start"),
        _label(
            wide - RIGHT, WEEKS_HIGH - 4.0, f"{days:.0f} days later" if days >= 2.0 else "last search", "end"
        ),
    ]
    return _svg(wide, WEEKS_HIGH, parts, f"{len(told)} searches that could tell a pace.")


def at_both_widths(draw: Callable[[float], str]) -> str:
    """The picture for a wide window and for a telephone; the page shows the one that fits."""
    wide, narrow = draw(WIDE), draw(NARROW)
    return f'<div class="wide">{wide}</div><div class="narrow">{narrow}</div>' if wide else ""


def _x(pace: float, wide: float) -> float:
    return LEFT + (pace - _SLOWEST) / (_QUICKEST - _SLOWEST) * (wide - LEFT - RIGHT)


def _ticks(most: float) -> list[float]:
    """Round numbers, at most six of them."""
    step = next(step for step in (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 1e9) if most / step <= 6.0)
    return [n * step for n in range(int(most // step) + 1)]


def _label(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{QUIET}" text-anchor="{anchor}">{escape(words)}</text>'


def _svg(wide: float, high: float, parts: Sequence[str], words: str) -> str:
    inner = "".join(parts)
    return f'<svg viewBox="0 0 {wide:g} {high:g}" role="img" aria-label="{escape(words)}">{inner}</svg>'
