"""Progress: one listener's sittings over weeks, as a picture and in sentences.

Between them nothing is known, drawn or told, and of few sittings no course is told at all.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from importlib import import_module
from itertools import pairwise
from statistics import median
from textwrap import fill
from typing import Any

from engine.journal import rows
from engine.journal.document import document
from engine.journal.forgetting import epoch_s
from engine.journal.record import Head, Rating
from engine.journal.scale import MOST, SCALES
from engine.journal.store import Store

NEAR_S = 10 * 86_400.0
"""Sittings that are further apart are not joined by a line: nobody knows what was between. Own choice."""

PALE_QUALITY = 0.5
"""Below this share of normal beats a sitting's figures are drawn pale. Own choice."""

WIDTH_IN, DOTS_PER_IN, MARGIN_IN = 9.0, 110, 0.62
LETTERS = 110
"""Of the legend in a line."""

FIGURES = {
    "resting_bpm": ("heart at its calmest", "beats a minute", "#b5524d"),
    "rmssd_ms": ("beat-to-beat variation", "RMSSD, ms", "#7d649c"),
    "breath_per_min": ("breathing", "breaths a minute", "#3f7a4c"),
    "pace_per_min": ("own pace of breath, as it was known then", "breaths a minute", "#2a7d8c"),
    "minutes": ("minutes practised", "a sitting", "#8a7440"),
}

FEW = 5
"""Of fewer sittings no course of a figure is told: half of it would be chance. Own choice."""

ENDS = 3
"""A course is told from the median of so many first ones to that of as many last ones. Own choice."""

NOT_YET = "cannot be told yet"
_DATES = ["%Y", "%b %Y", "%d %b", "%H:%M", "%H:%M", "%S"]
_YEARS = ["", "", "%Y", "%d %b %Y", "%d %b %Y", "%d %b %Y"]
"""Of matplotlib's levels, from years to seconds: what stands at a mark, and once beside the axis."""

_PAPER, _INK, _QUIET, _SAID = "#fcfbf8", "#2f3437", "#8b8f92", "#2f6690"

Panel = Any
"""Axes of matplotlib, whose keyword arguments have no types."""


@dataclass(frozen=True, slots=True)
class Sat:
    """One sitting of a listener, as far as the picture shows it."""

    at_s: float
    head: Head
    before: Rating | None
    after: Rating | None

    @property
    def pale(self) -> bool:
        """Whether its heart was heard too little to be sure of."""
        return (self.head.figures.quality or 0.0) < PALE_QUALITY


@dataclass(frozen=True, slots=True)
class Progress:
    """A listener: real sittings in order of time, and how many simulated ones are left out."""

    client: str
    sittings: tuple[Sat, ...]
    simulated: int


def progress_of(store: Store, client: str) -> Progress:
    """The sittings of one client."""
    found: list[Sat] = []
    simulated = 0
    for head in store.heads(client=client):
        at_s = epoch_s(head.began_at)
        if head.simulated:
            simulated += 1
        elif at_s is not None:
            number, _ = store.find(head.id)
            ratings = [rows.rating_of(row) for _, row in store.rows(number, "rating")]
            last = {rating.when: rating for rating in ratings}
            found.append(Sat(at_s, head, last.get("before"), last.get("after")))
    return Progress(client, tuple(sorted(found, key=lambda sat: sat.at_s)), simulated)


def joined(points: Sequence[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """The points (seconds, value), in runs that a line may join."""
    runs: list[list[tuple[float, float]]] = [[point] for point in points[:1]]
    for (before_s, _), point in pairwise(points):
        if point[0] - before_s <= NEAR_S:
            runs[-1].append(point)
        else:
            runs.append([point])
    return runs


def drawn(progress: Progress) -> bytes:
    """The picture, a PNG: a panel for each scale that was rated and for each figure that was earned."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    sat = progress.sittings
    scales = [name for name in SCALES if any(_said(each, name) != (None, None) for each in sat)]
    figures = [name for name in FIGURES if any(_figure(each, name) is not None for each in sat)]
    names = [*scales, *figures]
    high = 1.35 * max(len(names), 1) + 2.3 * MARGIN_IN
    figure: Any = Figure((WIDTH_IN, high), DOTS_PER_IN, facecolor=_PAPER)
    grid = figure.subplots(
        max(len(names), 1), 1, sharex=True, squeeze=False,
        gridspec_kw={"left": 0.085, "right": 0.975, "top": 1 - 1.55 * MARGIN_IN / high,
                     "bottom": 0.75 * MARGIN_IN / high, "hspace": 0.42},
    )  # fmt: skip
    for axes, name in zip(grid[:, 0], names, strict=False):
        _ground(axes)
        (_draw_rating if name in SCALES else _draw_figure)(axes, sat, name)
    _dates(grid[-1, 0], sat)
    if not names:
        _ground(grid[0, 0])
        grid[0, 0].set_yticks([])
        grid[0, 0].text(
            0.5, 0.5, "nothing was rated, and no figure earned", color=_QUIET, ha="center",
            transform=grid[0, 0].transAxes,
        )  # fmt: skip
    figure.text(0.085, 1 - 0.4 * MARGIN_IN / high, _title(progress), size=12, color=_INK)
    figure.text(
        0.085, 1 - 0.55 * MARGIN_IN / high, fill(_legend(progress, bool(scales)), LETTERS), size=8,
        color=_QUIET, va="top",
    )  # fmt: skip
    image = io.BytesIO()
    canvas: Any = FigureCanvasAgg(figure)
    canvas.print_png(image)
    return image.getvalue()


def _title(progress: Progress) -> str:
    count = len(progress.sittings)
    return f"Calando · {progress.client} · {count} sitting{'s' * (count != 1)}"


def _legend(progress: Progress, rated: bool) -> str:
    said = ["ring: before a sitting, dot: after"] * rated
    if any(each.pale for each in progress.sittings):
        said.append("pale: the heart was heard less than half of the time")
    said.append(f"no line where more than {NEAR_S / 86_400:.0f} days lie between")
    if progress.simulated:
        said.append(f"{progress.simulated} SIMULATED left out")
    return "; ".join(said)


def _ground(axes: Panel) -> None:
    axes.set_facecolor(_PAPER)
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(colors=_QUIET, labelsize=8, length=0)
    axes.grid(axis="y", color=_QUIET, alpha=0.18, linewidth=0.6)


def _dates(axes: Panel, sat: Sequence[Sat]) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=3, maxticks=9)
    axes.xaxis.set_major_locator(locator)
    formatter = ConciseDateFormatter(locator, formats=_DATES, zero_formats=_DATES, offset_formats=_YEARS)
    axes.xaxis.set_major_formatter(formatter)
    if sat:
        days = [_day(sat[0].at_s), _day(sat[-1].at_s)]
        air = max(0.03 * (days[1] - days[0]), 1.0)
        axes.set_xlim(days[0] - air, days[1] + air)


def _day(at_s: float) -> float:
    """Matplotlib's days, by the clock of this place."""
    dates: Any = import_module("matplotlib.dates")
    return float(dates.date2num(datetime.fromtimestamp(at_s)))


def _draw_rating(axes: Panel, sat: Sequence[Sat], name: str) -> None:
    for each in sat:
        first, second = _said(each, name)
        day = _day(each.at_s)
        if first is not None and second is not None:
            axes.plot([day, day], [first, second], color=_SAID, linewidth=1.2, alpha=0.5)
        if first is not None:
            axes.plot(day, first, "o", mfc=_PAPER, mec=_SAID, mew=1.4, markersize=6)
        if second is not None:
            axes.plot(day, second, "o", color=_SAID, markersize=5)
    axes.set_ylim(-0.7, MOST + 0.7)
    axes.set_yticks([0, MOST / 2, MOST])
    axes.set_title(f"{SCALES[name].word}, 0 to {MOST:g}", size=9, color=_INK, loc="left", pad=3)


def _draw_figure(axes: Panel, sat: Sequence[Sat], name: str) -> None:
    title, unit, colour = FIGURES[name]
    known = [(each, value) for each in sat if (value := _figure(each, name)) is not None]
    sure = [(each.at_s, value) for each, value in known if not each.pale]
    for run in joined(sure):
        axes.plot([_day(at_s) for at_s, _ in run], [value for _, value in run], color=colour, linewidth=1.2)
    for each, value in known:
        axes.plot(_day(each.at_s), value, "o", color=colour, alpha=0.25 if each.pale else 1.0, markersize=5)
    low, high = min(value for _, value in known), max(value for _, value in known)
    air = max(0.15 * (high - low), 1.5)
    axes.set_ylim(low - air, high + air)
    axes.set_title(f"{title}, {unit}", size=9, color=_INK, loc="left", pad=3)
    if len(sure) < FEW:
        axes.set_title(f"a course {NOT_YET}", size=8, color=_QUIET, loc="right", pad=3)


def told(progress: Progress) -> list[str]:
    """The course in sentences, a figure each; no score, and nothing of what lies between sittings."""
    sat = progress.sittings
    first, last = (_date(each.at_s) for each in (sat[0], sat[-1]))
    minutes = sum(each.head.length_s for each in sat) / 60.0
    span = f"on {first}" if first == last else f"from {first} to {last}"
    found = [f"{len(sat)} sitting{'s' * (len(sat) != 1)} {span}, {minutes:.0f} minutes in all."]
    gaps = sum(after.at_s - before.at_s > NEAR_S for before, after in pairwise(sat))
    if gaps:
        times = "once" if gaps == 1 else f"{gaps} times"
        days = f"{NEAR_S / 86_400:.0f} days"
        found.append(f"More than {days} lie between two of them {times}; nothing is known of these.")
    for name, scale in SCALES.items():
        both = [(a, b) for each in sat if None not in (pair := _said(each, name)) for a, b in [pair]]
        if both and len(both) < FEW:
            found.append(f"{scale.word.capitalize()}, before and after: {NOT_YET}, from {len(both)} ratings.")
        elif both:
            before, after = (median(values) for values in zip(*both, strict=True))
            both_told = f"{before:.1f} before and {after:.1f} after, medians of {len(both)}"
            found.append(f"{scale.word.capitalize()}: {both_told}.")
    for name, (title, unit, _) in FIGURES.items():
        sure = [value for each in sat if not each.pale and (value := _figure(each, name)) is not None]
        if name == "minutes" or not sure:
            continue
        if len(sure) < FEW:
            found.append(f"{title.capitalize()}: {NOT_YET}, from {len(sure)} of {FEW} sittings.")
        else:
            ends = f"{median(sure[:ENDS]):.1f} at first, {median(sure[-ENDS:]):.1f} of late"
            found.append(f"{title.capitalize()}: {ends} ({unit}, medians of {ENDS} of {len(sure)}).")
    if progress.simulated:
        found.append(f"{progress.simulated} SIMULATED left out.")
    return found


def page(progress: Progress) -> str:
    """The course as one HTML document: sentences, and the picture within it."""
    image = base64.b64encode(drawn(progress)).decode()
    sentences = "\n".join(f"<p>{escape(each)}</p>" for each in told(progress))
    return document(f"{progress.client} over weeks", [
        f'<header><div><p class="name">Calando</p><h1>{escape(progress.client)}</h1></div></header>',
        sentences,
        f'<p><img style="max-width: 100%" alt="The same as a picture, a panel for each figure" '
        f'src="data:image/png;base64,{image}"></p>',
        "<p>For relaxation and well-being. What changes over weeks has many reasons; none is told here.</p>",
    ])  # fmt: skip


def _date(at_s: float) -> str:
    when = datetime.fromtimestamp(at_s)
    return f"{when.day} {when:%B %Y}"


def _said(sat: Sat, name: str) -> tuple[float | None, float | None]:
    """How it was before and after on one scale, 0 to MOST."""
    first, second = (
        None if rating is None or (kept := getattr(rating, name)) is None else SCALES[name].told(kept)
        for rating in (sat.before, sat.after)
    )
    return first, second


def _figure(sat: Sat, name: str) -> float | None:
    if name == "minutes":
        return sat.head.length_s / 60.0 or None
    if name == "pace_per_min":
        return sat.head.usual.pace_per_min
    return getattr(sat.head.figures, name)
