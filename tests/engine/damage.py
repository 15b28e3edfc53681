"""Damage: a journal, or a sitting's file, as bad disks, other programs and bad luck leave it. Seeded."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.journal.opening import FILE
from engine.journal.schema import MADE, MIGRATIONS, TABLES

VALUES: tuple[Any, ...] = (
    None, "", "text", "\x1b[31m", "a\nb", "ä" * 70_000, "9" * 5000, "NaN", "1e999", "null", "[]", "{}",
    "[1e999]", '{"form": 3}', '{"title": {}}', '["x"]', "[1,[2],3,4]", "s:AAAA", "p:AAAA",
    0, -1, 1, 2**31, 2**53, 2**63 - 1, -(2**63), 0.5, -0.0, 1e15, 1e300, -1e300,
    float("inf"), float("-inf"), b"\x00\xff", "2026-13-45T99:00",
    "../../x", "last", "complete", "listener", "guide", "live", "5e5", 604_800, 600_000.5,
)  # fmt: skip
"""For a column of the database; JSON holds the same but for the bytes."""


def damaged(folder: Path, seed: int) -> str:
    """Damage the journal in `folder`; returns in which way."""
    rng = random.Random(seed)
    way = rng.choice(_WAYS)
    way(folder, rng)
    return way.__name__


def _bytes_flipped(folder: Path, rng: random.Random) -> None:
    path = folder / FILE
    content = bytearray(path.read_bytes())
    most = rng.choice((64, 4096, len(content)))
    for _ in range(rng.choice((1, 3, 20, 200))):
        content[rng.randrange(min(most, len(content)))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)


def _page_lost(folder: Path, rng: random.Random) -> None:
    path = folder / FILE
    content = bytearray(path.read_bytes())
    at = 4096 * rng.randrange(len(content) // 4096)
    content[at : at + 4096] = bytes(4096) if rng.random() < 0.5 else rng.randbytes(4096)
    path.write_bytes(content)


def _cut_short(folder: Path, rng: random.Random) -> None:
    path = folder / FILE
    content = path.read_bytes()
    path.write_bytes(content[: rng.choice((0, 1, 99, 100, 4096, rng.randrange(len(content))))])


def _log_of_another(folder: Path, rng: random.Random) -> None:
    for ending in ("-wal", "-shm"):
        (folder / f"{FILE}{ending}").write_bytes(rng.randbytes(rng.choice((0, 32, 5000, 40_000))))


def _values_changed(folder: Path, rng: random.Random) -> None:
    connection = _unguarded(folder)
    for _ in range(rng.choice((1, 1, 2, 10))):
        table = rng.choice(("session", "session", "seal", MADE, *TABLES))
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        rows = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        if rows:
            column = rng.choice(columns)
            key = "number" if table == "session" else "only" if table == "seal" else "n"
            condition = f"WHERE {key} = ?" if rng.random() < 0.8 else "WHERE ? IS NOT NULL"
            at = 1 if table == "seal" else rng.randrange(rows) + (table == "session")
            try:
                connection.execute(f"UPDATE {table} SET {column} = ? {condition}", (rng.choice(VALUES), at))
            except sqlite3.IntegrityError:
                continue  # a key that is there already
    connection.commit()
    connection.close()


def _shape_changed(folder: Path, rng: random.Random) -> None:
    connection = _unguarded(folder)
    table = rng.choice(("session", "seal", MADE, *TABLES))
    change = rng.choice(
        (f"DROP TABLE {table}", f"DELETE FROM {table}", f"ALTER TABLE {table} ADD COLUMN more",
         f"ALTER TABLE {table} RENAME TO {table}_", f"PRAGMA user_version = {rng.choice((0, 1, 2, 99, -1))}",
         "PRAGMA application_id = 7", f"DELETE FROM {table} WHERE n % 2",
         f"CREATE TABLE kept AS SELECT * FROM {table}", f"UPDATE {table} SET session = 99")
    )  # fmt: skip
    try:
        connection.execute(change)
        if rng.random() < 0.3 and not change.startswith("DROP"):
            connection.execute("PRAGMA user_version = 1")
    except sqlite3.Error:
        connection.execute(f"PRAGMA user_version = {rng.randrange(len(MIGRATIONS) + 2)}")
    connection.commit()
    connection.close()


_WAYS: tuple[Callable[[Path, random.Random], None], ...] = (
    _bytes_flipped, _page_lost, _cut_short, _log_of_another,
    *(4 * (_values_changed,)), _shape_changed,
)  # fmt: skip


def _unguarded(folder: Path) -> sqlite3.Connection:
    """A connection to the journal without what keeps wrong values out of it."""
    connection = sqlite3.connect(folder / FILE)
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'NOT NULL', '') WHERE type = 'table'")
    connection.commit()
    connection.close()
    connection = sqlite3.connect(folder / FILE)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    return connection


def mutated(text: str, seed: int) -> str:
    """The JSON of a sitting with something in it changed."""
    rng = random.Random(seed)
    if rng.random() < 0.15:
        at = rng.randrange(len(text))
        return rng.choice((text[:at], text[:at] + chr(rng.randrange(32, 300)) + text[at + 1 :], text[at:]))
    whole = json.loads(text)
    for _ in range(rng.choice((1, 1, 1, 3, 10))):
        _change(whole, rng)
    digits = json.dumps(whole)
    if rng.random() < 0.2:
        # What Python reads and no other JSON has; what is a number and can be none.
        number = rng.choice(("1e999", "-1e999", "NaN", "Infinity", 5000 * "1", "1e-999", 30 * "7"))
        digits = digits.replace(rng.choice((" 0", " 1", "60.0", "48000", "null", "true")), f" {number}", 1)
    return digits


def _change(whole: Any, rng: random.Random) -> None:
    """Change one thing, in a place that any depth has the same chance to be."""
    place = whole
    # Most of what there is are rows of commands; the head deserves as much.
    if rng.random() < 0.5 and isinstance(whole.get("session"), dict):
        place = whole["session"]
    while True:
        if isinstance(place, dict) and place:
            key: Any = rng.choice(list(place))
        elif isinstance(place, list) and place:
            key = rng.randrange(len(place))
        else:
            return
        if isinstance(place[key], dict | list) and place[key] and rng.random() < 0.85:
            place = place[key]
            continue
        plain = [value for value in VALUES if not isinstance(value, bytes)]
        act = rng.random()
        if act < 0.7:
            place[key] = rng.choice((*plain, True, False, [], {}, [[]], {"a": 1}))
        elif act < 0.85:
            del place[key]
        elif isinstance(place, list):
            place.append(place[key])
        else:
            place[f"{key}_"] = place[key]
        return
