"""Table: the rows and the header in a text, whatever stands before, between and behind them.

Cells lie between tabs, semicolons, bars, commas or blanks, quoted or not. What most lines have in common is
the table; lines before it are a preamble, of which the last that fits is the header.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from sensors.recordings.cells import BETWEEN, moment, number
from sensors.recordings.columns import known
from sensors.recordings.recording import RecordingError

SEPARATORS = ("\t", ";", "|", ",", None)
"""In order of preference; None stands for blanks."""
SAMPLE_LINES = 400
"""Lines that decide what the table looks like."""
ALIKE = 0.7
"""Share of them that must have the same number of cells for a separator to be the one. Own choice."""
MOST_LINES = 3_000_000
"""Six hours at 130 Hz. Own choice: kept in half a gigabyte."""
COMMENTS = ("#", "%", "//")
HEADER_LINES = 4
"""How far above the first row the header may stand: a line of units may lie between."""


@dataclass(frozen=True, slots=True)
class Table:
    """`names` has one entry a column, empty where there is none; rows are cut as they are asked for."""

    names: tuple[str, ...]
    lines: list[str]
    separator: str | None
    preamble: list[str]
    values: tuple[int, ...]
    """Columns that hold numbers or moments."""

    def column(self, k: int) -> list[str]:
        """Column `k`, one cell a row; a row with words where its numbers should be has "?" for a cell."""
        cells: list[str] = []
        for line in self.lines:
            row = split(line, self.separator)
            if len(row) <= k and len(self.names) > 1:
                cells.append("" if any(map(_is_value, row)) else "?")
            else:
                spoilt = any(row[v][:1].isalpha() for v in self.values if v < len(row))
                cells.append("?" if spoilt and k in self.values else row[k] if k < len(row) else "?")
        return cells

    def numbers(self, k: int) -> list[float]:
        """Column `k` as numbers, NaN where a cell holds none."""
        return [number(cell) for cell in self.column(k)]


def split(line: str, separator: str | None) -> list[str]:
    """The cells of a line."""
    if separator is None:
        cells = line.split()
    elif '"' in line:
        try:
            cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True))
        except (csv.Error, StopIteration):
            cells = line.split(separator)
    else:
        cells = line.split(separator)
    return [cell.strip().strip('"') for cell in cells]


def table_of(text: str, name: str) -> Table:
    """The table in `text`; raises RecordingError where there are no numbers in it."""
    lines_at_most = text.count("\n") + text.count("\r")
    if lines_at_most > MOST_LINES or (lines_at_most < 100 and len(text) > 10 * MOST_LINES):
        raise RecordingError(f"Recording '{name}' has more than {MOST_LINES:,} lines: cut it into parts.")
    every = [line.strip(" \r\n\f\v\ufeff") for line in text.splitlines()]
    lines = [line for line in every if line.strip() and not line.startswith(COMMENTS)]
    remarks = [line.lstrip("#%/ ") for line in every if line.startswith(COMMENTS)][:50]
    lines = _wrapped(lines)
    middle = len(lines) // 4 if len(lines) > 2 * SAMPLE_LINES else 0
    sample = lines[middle : middle + SAMPLE_LINES]
    separator, width = _separator(sample, lines[:50])
    rows = [row for row in (split(line, separator) for line in sample) if len(row) == width]
    values = tuple(k for k in range(width) if _holds_values([row[k] for row in rows if row[k]]))
    if not values:
        raise RecordingError(f"Recording '{name}' holds no numbers: it needs one RR in ms a line.")
    filled = [k for k in range(width) if sum(row[k] != "" for row in rows[1:]) == len(rows) - 1 > 1]
    first = next(
        (i for i, line in enumerate(lines) if _begins(split(line, separator), width, values, filled)), None
    )
    if first is None:
        raise RecordingError(f"Recording '{name}' holds no numbers: it needs one RR in ms a line.")
    last = len(lines)
    while last > first and not _is_row(split(lines[last - 1], separator), values):
        last -= 1
    preamble = lines[:first]
    names = _header(remarks, preamble, separator, width)
    return Table(names, lines[first:last], separator, [*remarks, *preamble], values)


def _wrapped(lines: list[str]) -> list[str]:
    """One number a line where all stand on a few lines: a list, not a table of hundreds of columns."""
    for separator in SEPARATORS:
        rows = [split(line, separator) for line in lines[: SAMPLE_LINES + 1]]
        wide = [row for row in rows if len(row) > 4 and all(map(_is_number, filter(None, row)))]
        if len(wide) == 1 and len(lines) <= 3 and len(wide[0]) >= 8:
            rest = [line for line, row in zip(lines, rows, strict=True) if row is not wide[0]]
            return [*rest, *filter(None, wide[0])]
        if len(wide) > 1 and len(wide) == len(rows) and _are_one_series(wide):
            return [cell for line in lines for cell in split(line, separator) if cell]
    return lines


def _are_one_series(rows: list[list[str]]) -> bool:
    """Whether every column is of the size of every other, as when one series is wrapped into lines."""
    values = [abs(number(cell)) for row in rows for cell in row if cell]
    return min(values) > 0.0 and max(values) < 4.0 * min(values)


def _separator(sample: list[str], head: list[str]) -> tuple[str | None, int]:
    """What parts the cells, and into how many: what fits most lines alike and gives names that are known."""
    found: list[tuple[int, str | None, int]] = []
    for separator in SEPARATORS[:-1]:
        widths = Counter(len(split(line, separator)) for line in sample)
        width, count = widths.most_common(1)[0] if widths else (1, 0)
        if width > 1 and count >= ALIKE * len(sample):
            names = max((sum(known(cell) for cell in split(line, separator)) for line in head), default=0)
            found.append((names, separator, width))
    if found:
        best = max(names for names, _, _ in found)
        return next((separator, width) for names, separator, width in found if names == best)
    # A header of blanks and words above one column of numbers is no reason to cut at blanks.
    widths = Counter(len(line.split()) for line in sample if any(map(_is_value, line.split())))
    return None, widths.most_common(1)[0][0] if widths else 1


def _begins(row: list[str], width: int, values: tuple[int, ...], filled: list[int]) -> bool:
    """Whether a line is the first row: numbers where the table has numbers, nothing missing that never is."""
    return len(row) == width and _is_row(row, values) and all(row[k] != "" for k in filled)


def _is_row(row: list[str], values: tuple[int, ...]) -> bool:
    cells = [row[k] for k in values if k < len(row) and row[k] != ""]
    return bool(cells) and all(map(_is_value, cells))


def _holds_values(cells: list[str]) -> bool:
    """Whether half of what stands in a column, or all but its name, are numbers or moments."""
    return bool(cells) and 2 * sum(map(_is_value, cells)) >= len(cells)


def _is_number(cell: str) -> bool:
    return number(cell) == number(cell)


def _is_value(cell: str) -> bool:
    """Whether a cell holds a number, several, or a moment."""
    if _is_number(cell) or moment(cell)[0] == moment(cell)[0]:
        return True
    parts = BETWEEN.split(cell.strip("[] "))
    return len(parts) > 1 and all(map(_is_number, parts))


def _header(remarks: list[str], preamble: list[str], separator: str | None, width: int) -> tuple[str, ...]:
    """The names of the columns: the nearest line above that has known ones, or else one that fits."""
    above = [*remarks[-1:], *preamble][-HEADER_LINES:]
    candidates = [[line] if width == 1 else split(line, separator) for line in reversed(above)]
    for cells in candidates:
        if abs(len(cells) - width) < 2 and any(map(known, cells)):
            return tuple([*cells, ""][:width])
    for cells in candidates[: len(preamble)]:
        if len(cells) == width and not any(map(_is_value, cells)):
            return tuple(cells)
    return ("",) * width


def are_decimals(table: Table) -> bool | None:
    """Whether two columns are one, cut at its decimal commas; None where it cannot be told.

    A second column with leading zeros is what stood behind commas. Without them it may be, where the
    first goes up and down as RR does, the second is no rate that belongs to it, and no header names two.
    """
    if table.separator != "," or len(table.names) != 2 or table.values != (0, 1):
        return False
    first, second = table.column(0)[:SAMPLE_LINES], table.column(1)[:SAMPLE_LINES]
    if not all(cell.isdigit() for cell in second if cell) or any("." in cell for cell in first):
        return False
    zeros = any(len(cell) > 1 and cell.startswith("0") for cell in second)
    if zeros or (table.names[0] and not table.names[1]):
        return True
    values = [(number(a), number(b)) for a, b in zip(first, second, strict=True) if _is_number(a) and b]
    if all(table.names) or any(map(known, table.names)) or len(values) < 3:
        return False
    falls = sum(b[0] < a[0] for a, b in pairwise(values))
    rates = sum(abs(a * b - 60_000.0) < 0.1 * 60_000.0 for a, b in values)
    return None if 4 * falls > len(values) - 1 and 2 * rates < len(values) else False


def joined(table: Table) -> Table:
    """The table of two columns that are one, as one."""
    return Table(table.names[:1], table.lines, None, table.preamble, (0,))
