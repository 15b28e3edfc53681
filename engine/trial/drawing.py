"""Drawing: a trial's two pictures as SVG, the difference with its interval and the sittings over the days."""

from __future__ import annotations

from collections.abc import Sequence

from engine.trial.estimate import Estimate
from engine.trial.plan import UNITS, Plan
from engine.trial.sat import Sat
from engine.trial.words import MEASURED, signed

WIDE, HIGH, LEFT, RIGHT = 700.0, 150.0, 46.0, 14.0
FIRST, SECOND, INK, QUIET, LINE = "#2f6690", "#b5754d", "#2f3437", "#6a7074", "#e3e2dd"


def difference(found: Estimate, plan: Plan) -> str:
    """How probable each difference is; the interval is shaded, and no difference is a line."""
    low = min(found.grid[0][0], 0.0)
    high = max(found.grid[-1][0], 0.0)
    most = max(density for _, density in found.grid)
    base, top = HIGH - 30.0, 14.0

    def x(value: float) -> float:
        return LEFT + (value - low) / (high - low) * (WIDE - LEFT - RIGHT)

    def y(density: float) -> float:
        return base - density / most * (base - top)

    def outline(points: Sequence[tuple[float, float]]) -> str:
        inner = " ".join(f"{x(value):.1f},{y(density):.1f}" for value, density in points)
        return f"{x(points[0][0]):.1f},{base:.1f} {inner} {x(points[-1][0]):.1f},{base:.1f}"

    sure = [point for point in found.grid if found.low <= point[0] <= found.high]
    first, second = plan.arms
    parts = [
        f'<polygon points="{outline(found.grid)}" fill="{LINE}"/>',
        f'<polygon points="{outline(sure)}" fill="{FIRST}" opacity="0.35"/>' if len(sure) > 1 else "",
        f'<line x1="{x(0):.1f}" x2="{x(0):.1f}" y1="{top - 6:.1f}" y2="{base:.1f}" stroke="{INK}" '
        f'stroke-dasharray="3 3"/>',
        f'<line x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{base}" y2="{base}" stroke="{QUIET}"/>',
        *(_label(x(tick), base + 13.0, _tick(tick)) for tick in _ticks(low, high)),
        _label(LEFT, HIGH - 3.0, f"← {second} did more", "start"),
        _label(WIDE - RIGHT, HIGH - 3.0, f"{first} did more →", "end"),
        _label(
            (LEFT + WIDE - RIGHT) / 2.0,
            HIGH - 3.0,
            f"difference, {UNITS[plan.outcome]}; shaded: 95 % of the probability",
        ),
    ]
    return _svg(HIGH, parts, f"The difference lies between {signed(found.low)} and {signed(found.high)}.")


def over_days(sittings: Sequence[Sat], order: Sequence[str], plan: Plan) -> str:
    """The outcome of each sitting that has one, over the days; a ring does not count."""
    known = [(each, each.value) for each in sittings if each.value is not None]
    if not known:
        return ""
    values = [value for _, value in known]
    low, high = min(*values, 0.0), max(*values, 0.0)
    air = 0.08 * (high - low or 1.0)
    low, high = low - air, high + air
    begin, end = known[0][0].began_s, known[-1][0].began_s
    base, top = HIGH - 22.0, 20.0

    def y(value: float) -> float:
        return base - (value - low) / (high - low) * (base - top)

    parts = [
        f'<line x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="{LINE}"/>'
        + _label(LEFT - 8.0, y(tick) + 4.0, _tick(tick), "end")
        for tick in _ticks(low, high)
    ]
    for each, value in known:
        share = (each.began_s - begin) / (end - begin) if end > begin else 0.5
        colour = FIRST if order[each.number - 1] == plan.arms[0] else SECOND
        fill = colour if each.counts else "none"
        at = LEFT + 10.0 + share * (WIDE - LEFT - RIGHT - 20.0)
        parts.append(f'<circle cx="{at:.1f}" cy="{y(value):.1f}" r="4.5" fill="{fill}" stroke="{colour}"/>')
    days = (end - begin) / 86_400.0
    parts += [
        f'<circle cx="{LEFT + 6:.1f}" cy="8" r="4.5" fill="{FIRST}"/>',
        _label(LEFT + 16.0, 12.0, plan.arms[0], "start"),
        f'<circle cx="{LEFT + 106:.1f}" cy="8" r="4.5" fill="{SECOND}"/>',
        _label(LEFT + 116.0, 12.0, plan.arms[1], "start"),
        _label(WIDE - RIGHT, 12.0, MEASURED[plan.outcome], "end"),
        _label(LEFT, HIGH - 4.0, "first sitting", "start"),
        _label(WIDE - RIGHT, HIGH - 4.0, f"{days:.0f} days later" if days >= 2.0 else "last sitting", "end"),
    ]  # fmt: skip
    return _svg(HIGH, parts, f"{len(known)} sittings with an outcome, of {len(sittings)}.")


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers, four to eight of them."""
    step = next(step for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1e9) if (high - low) / step <= 8.0)
    return [n * step for n in range(int(low // step) + 1, int(high // step) + 1)]


def _tick(value: float) -> str:
    return f"{value:+g}".replace("-", "−") if value else "0"


def _label(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{QUIET}" text-anchor="{anchor}">{words}</text>'


def _svg(high: float, parts: Sequence[str], words: str) -> str:
    inner = "".join(parts)
    return f'<svg viewBox="0 0 {WIDE:g} {high:g}" role="img" aria-label="{words}">{inner}</svg>'
