"""Imported: a sitting that `engine.journal.export.as_json` wrote, read back into the journal, or refused."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any

from engine.journal import rows
from engine.journal.export import FORMAT
from engine.journal.heads import FOREIGN, head_of
from engine.journal.keeping import KeepingError, checked_code
from engine.journal.legible import legible
from engine.journal.record import Head, Record
from engine.journal.schema import MIGRATIONS, SINCE, TABLES, columns
from engine.journal.store import Store
from sensors.plain_text import visible

LARGEST_BYTES = 256 * 2**20
"""Twenty minutes have 1.5 MB (`calando sessions export --format json`), so this is more than two days."""


CLEANED = frozenset({*FOREIGN, "file", "body"})
"""Columns with names that were not written by us: of `session`, and of `event`."""


class SittingFileError(ValueError):
    """A file that holds no sitting; the message is one sentence without the file's name."""


def read_text(path: Path) -> str:
    """The text of a file whose size is looked at before it is read. Raises SittingFileError."""
    try:
        # A pipe that nobody writes into would wait for ever otherwise.
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(number, "rb") as file:
            found = os.fstat(number)
            if S_ISDIR(found.st_mode):
                raise SittingFileError("it is a folder; name a file in it.")
            if not S_ISREG(found.st_mode):
                raise SittingFileError("it is a device or a pipe; name a file.")
            if found.st_size > LARGEST_BYTES:
                most = f"no sitting has more than {LARGEST_BYTES // 2**20}"
                raise SittingFileError(f"it has {found.st_size // 2**20} MB, and {most}.")
            return file.read(LARGEST_BYTES + 1).decode()
    except UnicodeDecodeError:
        raise SittingFileError("it is no text file in UTF-8.") from None
    except OSError as trouble:
        raise SittingFileError(f"{trouble.strerror}.") from None


_NONE: dict[str, Any] = {"columns": [], "rows": []}
"""A table of a version that had it not."""


def read_json(store: Store, text: str) -> Record:
    """Put a sitting that `as_json` wrote into the journal. Raises SittingFileError; then nothing is kept."""
    try:
        whole: Any = rows.unpacked(text)
        if whole["format"] != FORMAT:
            raise SittingFileError("it is no sitting that `calando sessions export --format json` wrote.")
        if whole["version"] > len(MIGRATIONS):
            raise SittingFileError("it was written by a newer Calando; update this one.")
        head = _meant(head_of(_legible(whole["session"])))
        given = {table: _NONE for table, since in SINCE.items() if whole["version"] < since} | whole["tables"]
        tables = {table: _rows(table, given[table]) for table in TABLES}
        record = rows.record_of(head, tables)
    except SittingFileError:
        raise
    except (json.JSONDecodeError, RecursionError):
        raise SittingFileError("it is no JSON file.") from None
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as wrong:
        why = rows.shown(str(wrong)) if not isinstance(wrong, ValueError) else str(wrong)[:100]
        raise SittingFileError(f"it is damaged ({why}); export it again.") from None
    if head.ending not in ("complete", "interrupted"):
        raise SittingFileError("its sitting was still being played; export it again now that it is over.")
    if store.has(head.id):
        raise SittingFileError(f"the sitting {head.id} is in the journal already; delete that one first.")
    with store.transaction():
        number = store.begin(head)
        for table, numbered in tables.items():
            store.add(number, table, [row for _, row in numbered])
    return record


def _rows(table: str, found: Any) -> list[tuple[int, rows.Row]]:
    """Rows in the order of our columns, numbered from 0 without a hole."""
    names, ours = found["columns"], [column.name for column in columns(table)[1:]]
    if names != ours[: len(names)]:
        raise ValueError(f"the columns of {table} are {rows.shown(names)}")
    later = [None] * (len(ours) - len(names))
    kept: list[tuple[int, rows.Row]] = []
    for k, row in enumerate(found["rows"]):
        n, *values = row
        if n != k:
            raise ValueError(f"row {k} of {table} is numbered {rows.shown(n)}")
        try:
            legible = _legible(dict(zip(names[1:], values, strict=True)))
            row = rows.checked(table, (*legible.values(), *later))
            # What is escaped in an event's body is seen only once that is read.
            kept.append((k, rows.event_row(rows.event_of(row)) if table == "event" else row))
        except ValueError as wrong:
            raise ValueError(f"row {k} of {table}: {wrong}") from None
    return kept


def _legible(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by column as they may be kept. Raises ValueError where one is not what Calando writes.

    Names of straps and files are cleaned, for earlier versions kept them as they were told; in ids, codes and
    words of people, which were checked when they were written, such letters are damage.
    """
    kept: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, str) and name in CLEANED:
            value = visible(value)
        elif isinstance(value, str) and not all(map(legible, value)):
            raise ValueError(f"{rows.shown(name)} is {rows.shown(value)}")
        kept[name] = value
    return kept


def _meant(head: Head) -> Head:
    """The head, if Calando can have written it."""
    if not re.fullmatch(r"\d{8}-[\da-z-]{1,32}", head.id):
        raise ValueError(f"id is {rows.shown(head.id)}")
    if head.client is not None:
        try:
            checked_code(head.client)
        except KeepingError as wrong:
            raise ValueError(str(wrong).rstrip(".")) from None
    return head
