"""From a table to beats: which of its columns is the heart, and which its clock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sensors.recordings import intervals, samples
from sensors.recordings.cells import intervals as intervals_in
from sensors.recordings.cells import number
from sensors.recordings.columns import Layout, Role, column, layout_of
from sensors.recordings.plausible import counts
from sensors.recordings.recording import Recording, RecordingError
from sensors.recordings.table import Table, are_decimals, joined, table_of
from sensors.recordings.times import Times, sample_clock, times_of

NO_HEART = (Role.MOTION, Role.RATE, Role.FIGURES)
"""What a table may hold instead of beats, said by name."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller said of a recording: samples a second, ecg or ppg, and the name of a column."""

    rate_hz: float | None = None
    signal: samples.Kind | None = None
    column: str | None = None


def read_table(text: str, name: str, wanted: Wanted, app: str = "") -> Recording:
    """The recording in a table of text. Raises RecordingError."""
    table = table_of(text, name)
    cut = are_decimals(table)
    if cut is None:
        raise RecordingError(f"Recording '{name}' has commas for decimal points: write points in it.")
    if cut:
        table = joined(table)
    roles = [column(given) for given in table.names]
    layout = layout_of(table.names)
    if wanted.column is not None:
        k = _named(table, wanted.column, name)
        if wanted.rate_hz is not None or wanted.signal is not None or not _like_rr(table, k):
            return samples.recording_of(_signal(table, k, wanted.signal or "ecg", wanted), name)
        return intervals.recording_of(_series(table, k, app=app), name)
    if layout is not None and wanted.rate_hz is None:
        bases = [role.base for role in roles]
        return intervals.recording_of(_series(table, bases.index(layout.value), layout), name)
    kinds = (wanted.signal,) if wanted.signal else ("ecg", "ppg")
    heart = _best(table, (Role.RR,)) if wanted.rate_hz is None else None
    if heart is not None:
        return intervals.recording_of(_series(table, heart, app=app), name)
    sampled = _best(table, tuple(Role(kind) for kind in kinds))
    if sampled is not None:
        kind = "ppg" if roles[sampled].role is Role.PPG else "ecg"
        return samples.recording_of(_signal(table, sampled, kind, wanted, app), name)
    for role in NO_HEART:
        if _best(table, (role,)) is not None:
            raise RecordingError(
                f"Recording '{name}' holds {role.value}, but no beats: take the file with RR intervals or "
                "ECG, or name a column with ?column=NAME."
            )
    k = _unnamed(table, wanted, name)
    if wanted.rate_hz is not None or (not _like_rr(table, k) and any(map(sample_clock, _times(table, k)))):
        return samples.recording_of(_signal(table, k, wanted.signal or "ecg", wanted), name)
    return intervals.recording_of(_series(table, k, app=app), name)


def _named(table: Table, wanted: str, name: str) -> int:
    """The column that was asked for by its name, or by its number from 1."""
    exact = [k for k, given in enumerate(table.names) if given == wanted]
    alike = [k for k, given in enumerate(table.names) if given and column(given).base == column(wanted).base]
    for k in (*exact, *alike):
        return k
    if wanted.isdecimal() and 1 <= int(wanted) <= len(table.names):
        return int(wanted) - 1
    raise RecordingError(
        f"Recording '{name}' has no column of the name you gave: take one of its header, or give its "
        f"number, ?column=1 to {len(table.names)}."
    )


def _best(table: Table, roles: tuple[Role, ...]) -> int | None:
    """The first column with numbers of the first role that there is."""
    given = [column(table.names[k]) for k in table.values]
    found = [
        (roles.index(c.role), c.rank, k) for k, c in zip(table.values, given, strict=True) if c.role in roles
    ]
    return min(found, default=(0, 0, None))[2]


def _like_rr(table: Table, k: int) -> bool:
    """Whether a column goes up and down at the size of RR, in ms or in seconds."""
    given = table.column(k)[:5000]
    values = np.array([value for cell in given for value in intervals_in(cell, False) if value == value])
    if values.size == 0 or counts(values):
        return False
    typical = float(np.median(values))
    units = intervals.UNITS_MS.values()
    return any(200.0 <= typical * unit <= 5000.0 for unit in units) and float(values.min()) >= 0.0


def _unnamed(table: Table, wanted: Wanted, name: str) -> int:
    """The one column that can be meant where no name tells."""
    anonymous = [
        k for k in table.values if not table.names[k] or number(table.names[k]) == number(table.names[k])
    ] or (list(table.values) if len(table.values) == 1 else [])
    if wanted.rate_hz is not None:
        moving = [k for k in anonymous if not counts(np.array(table.numbers(k)))] or anonymous
        if moving:
            return moving[0]
    heart = [k for k in anonymous if _like_rr(table, k)]
    moving = [k for k in anonymous if not counts(np.array(table.numbers(k)))]
    for only in (heart, moving, anonymous):
        if len(only) == 1:
            return only[0]
    if heart:
        raise RecordingError(
            f"Recording '{name}' has several columns that may be RR: name one with ?column=1 to "
            f"{len(table.names)}."
        )
    raise RecordingError(
        f"Recording '{name}' has no column of beats or samples among its {len(table.names)}: name one rr_ms, "
        "ecg or ppg, or choose it with ?column=NAME."
    )


def _series(table: Table, k: int, layout: Layout | None = None, app: str = "") -> intervals.Series:
    """Column `k` as intervals, with every column that may be its times."""
    cells = table.column(k)
    chosen = range(len(cells))
    if layout is not None and layout.where is not None:
        where, word = layout.where
        told = table.column([column(given).base for given in table.names].index(where))
        chosen = [i for i in chosen if column(told[i]).base == word]
    commas = [cell.count(",") for cell in cells[:2000] if cell]
    decimal = 2 * sum(count == 1 for count in commas) > len(commas)
    values: list[float] = []
    rows: list[int] = []
    for i in chosen:
        for value in intervals_in(cells[i], decimal):
            values.append(value)
            rows.append(i)
    times = [] if layout is not None and layout.time is None else _times(table, k)
    whose = layout.app if layout else app
    return intervals.Series(np.array(values, dtype=np.float64), np.array(rows, dtype=np.intp), times, whose)


def _signal(table: Table, k: int, kind: samples.Kind, wanted: Wanted, app: str = "") -> samples.Signal:
    values = np.array(table.numbers(k))
    lost = sum(cell != "" for cell, value in zip(table.column(k), values, strict=True) if value != value)
    return samples.Signal(values, kind, wanted.rate_hz, _times(table, k), lost, app)


def _times(table: Table, k: int) -> list[Times]:
    """The columns that may be times of column `k`: the named ones first, then those without a name."""
    columns = [(column(given), i) for i, given in enumerate(table.names) if i != k]
    named = sorted((c.rank, i) for c, i in columns if c.role is Role.TIME)
    # A column of row numbers may be one of sample numbers.
    others = [i for c, i in columns if i in table.values and c.role in (None, Role.INDEX)]
    found = [times_of(table.column(i), column(table.names[i]).unit) for _, i in named]
    # Without any header, a column that never falls stands for the times.
    bare = not any(table.names)
    found += [times_of(table.column(i), "", bare and counts(np.array(table.numbers(i)))) for i in others]
    return [times for times in found if times is not None]
