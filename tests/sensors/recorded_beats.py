"""Intervals with known holes, and the ways in which people's files write them and their times."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

BEATS, LOST = 300, ((30, 12), (75, 10), (110, 12), (150, 12), (190, 14), (230, 12), (265, 12))
"""Beats that fell, and the first and the number of those that were lost."""

Rows = list[tuple[float, float]]
"""Moment in seconds and RR in ms, a beat each."""


def rows(lost: tuple[tuple[int, int], ...] = LOST, seed: int = 3) -> Rows:
    """The beats of a resting heart, less those that were lost; whole milliseconds."""
    rng = random.Random(seed)
    gone = {k for first, count in lost for k in range(first, first + count)}
    t_ms, kept = 0, []
    for k in range(BEATS):
        rr = 880 + rng.randrange(-60, 60) + (20 if k % 10 < 5 else -20)
        t_ms += rr
        if k not in gone:
            kept.append((t_ms / 1000.0, float(rr)))
    return kept


def _stamp(form: str, start: datetime) -> Callable[[float], str]:
    return lambda t: (start + timedelta(seconds=t)).strftime(form)[: None if form.endswith("%p") else -3]


MORNING, EVENING = datetime(2026, 3, 14, 7, 12, 3), datetime(2026, 3, 14, 23, 57, 50)
CLOCKS: dict[str, tuple[str, Callable[[float], str]]] = {
    "time_s": ("seconds", lambda t: f"{t:.3f}"),
    "elapsed_s": ("seconds", lambda t: f"{t:.3f}"),
    "t": ("seconds", lambda t: f"{t + 36_000:.3f}"),
    "seconds": ("seconds", lambda t: f"{t - 100:.3f}"),
    "timestamp": ("milliseconds", lambda t: f"{1000 * t + 1_773_472_323_000:.0f}"),
    "since start": ("milliseconds", lambda t: f"{1000 * t:.0f}"),
    "time (ms)": ("milliseconds", lambda t: f"{1000 * t - 5e6:.0f}"),
    "epoch_us": ("microseconds", lambda t: f"{1e6 * t + 1_773_472_323_000_000:.0f}"),
    "Phone timestamp": ("nanoseconds", lambda t: f"{round(1e9 * t) + 1_773_472_323_000_000_000}"),
    "Time": ("minutes", lambda t: f"{t / 60:.6f}"),
    "Zeit [h]": ("hours", lambda t: f"{t / 3600:.8f}"),
    "Datum": ("days", lambda t: f"{t / 86_400 + 46_000:.9f}"),
    "sample": ("samples of 250 Hz", lambda t: f"{250 * t:.0f}"),
    "iso": ("dates and clock times", _stamp("%Y-%m-%dT%H:%M:%S.%f", MORNING)),
    "date": ("dates and clock times", _stamp("%Y-%m-%d %H:%M:%S.%f", MORNING)),
    "Uhrzeit": ("dates and clock times", _stamp("%d.%m.%Y %H:%M:%S.%f", EVENING)),
    "Clock": ("dates and clock times", _stamp("%H:%M:%S.%f", MORNING)),
    "clock time": ("dates and clock times", _stamp("%H:%M:%S.%f", EVENING)),
    "local time": ("dates and clock times", _stamp("%I:%M:%S.%f %p", datetime(2026, 3, 14, 11, 57, 50))),
    "heure": ("dates and clock times", _stamp("%M:%S.%f", EVENING)),
}
"""Name of the column: what it counts, and how it writes a moment."""


def table(kept: Rows, name: str, separator: str = ",", unit: float = 1.0) -> str:
    """A file with a header, times under `name`, RR under rr_ms."""
    write = CLOCKS[name][1]
    lines = [f"{write(t)}{separator}{rr * unit:.6g}" for t, rr in kept]
    return "\n".join([f"{name}{separator}rr_ms", *lines]) + "\n"
