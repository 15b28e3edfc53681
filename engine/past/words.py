"""Words: what a watch told of its month, in sentences that say whose it is and of which days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from engine.past.month import DAYS, FRESH_DAYS, LEAST_DAYS, Found, Kept
from engine.past.reading import Figure

THINGS = {"Oura": "ring", "Whoop": "band", "HRV4Training": "app", "Elite HRV": "app"}
"""What is worn, by source, where it is no watch."""

UNITS = {Figure.RESTING: "beats a minute", Figure.RMSSD: "ms", Figure.SDNN: "ms"}


def month(figures: Mapping[Figure, Kept]) -> str:
    """`Your watch's month: 58 beats a minute at rest, RMSSD 42 ms at night (...).`; empty without figures."""
    kept = [(figure, figures[figure]) for figure in Figure if figure in figures]
    if not kept:
        return ""
    things = {thing(each) for _, each in kept}
    whose = things.pop() if len(things) == 1 else "watch"
    told: list[str] = []
    for n, (figure, each) in enumerate(kept):
        last = n + 1 == len(kept) or _whence(each) != _whence(kept[n + 1][1])
        told.append(value(figure, each) + (f" ({_whence(each)})" if last else ""))
    return f"Your {whose}'s month: {', '.join(told)}."


def thing(kept: Kept) -> str:
    """What measured, in a word."""
    return THINGS.get(kept.source, "watch")


def value(figure: Figure, kept: Kept) -> str:
    """`58 beats a minute at rest`, `56 beats a minute at night`, `RMSSD 42 ms at night`."""
    told = f"{kept.value:.0f} {UNITS[figure]}"
    if figure is Figure.RESTING:
        return f"{told} {kept.when or 'at rest'}"
    return f"{figure.upper()} {told} {kept.when}".rstrip()


def whence(kept: Kept) -> str:
    """`Apple Watch by Apple Health, 28 October to 26 November 2026`."""
    source = f"{kept.device} by {kept.source}" if kept.device else kept.source
    return f"{source}, {days(kept)}"


def _whence(kept: Kept) -> str:
    """The same without the model: a watch's own rate and its variation come under two names of one watch."""
    return whence(replace(kept, device=kept.device.partition(" (")[0]))


def days(kept: Kept) -> str:
    """`28 October to 26 November 2026`."""
    first, last = date.fromisoformat(kept.first), date.fromisoformat(kept.last)
    began = _day(first) if first.year != last.year else f"{first.day} {first:%B}"
    if (first.year, first.month) == (last.year, last.month):
        began = str(first.day)
    return f"{began} to {_day(last)}"


def _day(at: date) -> str:
    return f"{at.day} {at:%B %Y}"


def basis(kept: Kept) -> str:
    """How a figure was reckoned: `the middle of 28 days`."""
    return f"the middle of {kept.days} days"


def remarks(found: Found, today: date) -> Sequence[str]:
    """What else is to be said of an export that was read: what was left out, and what is too old."""
    said: list[str] = []
    sdnn = found.figures.get(Figure.SDNN)
    if sdnn is not None:
        which = "No RMSSD is in it; its" if Figure.RMSSD not in found.figures else "Its"
        said.append(
            f"{which} SDNN, {sdnn.value:.0f} ms over {days(sdnn)}, is another figure than RMSSD: it is never "
            "taken for one, and is not kept."
        )
    for figure, count in found.few.items():
        if figure is not Figure.SDNN:
            name = "a resting rate" if figure is Figure.RESTING else "RMSSD"
            has = f"{count} day{'s' * (count > 1)} alone"
            said.append(f"It has {name} on {has}, and {LEAST_DAYS} are needed, so that is left out.")
    for figure in found.figures:
        others = found.devices.get(figure, 1) - 1
        if others and figure is not Figure.SDNN:
            name = "resting rate" if figure is Figure.RESTING else figure.upper()
            more = f"{others} other device{'s' * (others > 1)}"
            said.append(f"For {name}, {more} had fewer of the last {DAYS} days and {_were(others)} left out.")
    left = [
        (found.absurd, "outside what a heart does at rest"),
        (found.future, "of a day that has not come"),
    ]
    said += [f"{_readings(count)} {why} {_were(count)} left out." for count, why in left if count]
    resting = found.figures.get(Figure.RESTING)
    if resting is not None and (today - date.fromisoformat(resting.last)).days > FRESH_DAYS:
        said.append("Its resting rate is older than a year, so no sitting begins by it.")
    return said


def _readings(count: int) -> str:
    return f"{count:,} reading{'s' * (count > 1)}"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
