"""Tables: CSV and JSON of an export, as rows by the names of their columns."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.past.parts import Part
from engine.past.reading import Figure, PastError, Reading
from engine.past.values import day_of, has, number, objects
from sensors.recordings.bytes_on_disk import text_of
from sensors.recordings.recording import RecordingError

LONGEST_CELL = 1_000_000
"""Letters; Oura keeps a night's curve in one."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that holds a figure: which, when it is measured, and by what it comes into its unit."""

    figure: Figure
    when: str = ""
    times: float = 1.0


def text(part: Part) -> str:
    """Raises PastError where it is no text."""
    try:
        return text_of(part.whole(), "")
    except RecordingError:
        raise PastError("it holds a table that is no text in UTF-8; export it again.") from None


def json_of(part: Part) -> object:
    """Raises PastError where it is no JSON."""
    try:
        return json.loads(text(part).removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        raise PastError("a JSON file in it is cut short or damaged; export it again.") from None


def json_objects(part: Part) -> Iterator[dict[str, object]]:
    """Every object in a JSON part. Raises PastError."""
    yield from objects(json_of(part))


def rows(part: Part) -> Iterator[dict[str, str]]:
    """The rows of a CSV by the names in its first line, lower case, with single blanks. Raises PastError."""
    whole = text(part).removeprefix("\ufeff").lstrip("\r\n")
    first = whole.split("\n", 1)[0]
    comma = max(",;\t", key=first.count)
    csv.field_size_limit(LONGEST_CELL)
    try:
        table = csv.reader(whole.splitlines(), delimiter=comma)
        names = [named(cell) for cell in next(table, list[str]())]
        for cells in table:
            yield dict(zip(names, cells, strict=False))
    except csv.Error:
        raise PastError("a table in it is cut short or damaged; export it again.") from None


def named(cell: str) -> str:
    """A column's name as it is looked for."""
    return re.sub(r"[\s_]+", " ", cell).strip().lower()


def daily(
    row: Mapping[str, object], days: tuple[str, ...], columns: Mapping[str, Column], device: str = ""
) -> Iterator[Reading]:
    """The readings of a row: its day is the first of `days` that tells one."""
    day = next((found for name in days if (found := day_of(row.get(name))) is not None), None)
    if day is None:
        return
    for name, column in columns.items():
        if has(row.get(name)):
            value = number(row[name]) * column.times
            yield Reading(column.figure, day, value, column.when, device)
