"""Reading: one figure of a heart at rest, as a watch's export tells it, and what such a figure may be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class PastError(ValueError):
    """An export that tells nothing; the message is one sentence, without the file's name, and says the mend.

    It never repeats what stands in the file, where a person's name may stand.
    """


class Figure(StrEnum):
    """What is read. SDNN and RMSSD are two figures: neither is ever taken for the other."""

    RESTING = "resting"
    """Resting heart rate, beats a minute."""
    RMSSD = "rmssd"
    """Root mean square of successive differences, ms."""
    SDNN = "sdnn"
    """Standard deviation of the intervals, ms."""


NIGHT, MORNING, DAY = "at night", "in the morning", "by day"
"""When a figure was measured; empty where the source does not say."""

NIGHT_FROM_H, NIGHT_UNTIL_H = 22, 8
"""Hours of the local clock between which a measurement is of the night. Own choice: most people's sleep."""

BOUNDS = {Figure.RESTING: (25.0, 120.0), Figure.RMSSD: (2.0, 400.0), Figure.SDNN: (2.0, 400.0)}
"""Outside lies no adult's heart at rest, but a mistake: beats a minute, ms, ms. Own choice."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure on one day. `at` tells readings of a day apart; the same one twice counts once."""

    figure: Figure
    day: date
    value: float
    """In the figure's unit; whatever stood in the file, NaN too."""
    when: str = ""
    """NIGHT, MORNING, DAY or empty."""
    device: str = ""
    """What measured, as the file names it; empty where it does not."""
    at: str = ""


def part_of_day(hour: int) -> str:
    """NIGHT or DAY, by the hour of the local clock, 0 to 23."""
    return NIGHT if hour >= NIGHT_FROM_H or hour < NIGHT_UNTIL_H else DAY
