"""Health Connect: the SQLite database in its export's zip, opened for reading alone.

Layout: resting_heart_rate_record_table with time in ms of 1970, zone_offset in s and beats_per_minute;
heart_rate_variability_rmssd_record_table with heart_rate_variability_millis; device_info_table and
application_info_table with what measured (Android, Health Connect, its own schema).
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from engine.past.parts import Part
from engine.past.reading import Figure, PastError, Reading, part_of_day
from engine.past.values import device_name, local_time, number

TABLES = (
    ("resting_heart_rate_record_table", "beats_per_minute", Figure.RESTING),
    ("heart_rate_variability_rmssd_record_table", "heart_rate_variability_millis", Figure.RMSSD),
)
DEVICES = (
    ("device_info_table", "device_info_id", ("manufacturer", "model")),
    ("application_info_table", "app_info_id", ("app_name",)),
)
"""Where the names of what measured stand, the better first, and by which column a record refers to them."""

MOST_STEPS = 2_000_000_000
"""Steps of SQLite's machine after which a damaged database is given up: some minutes."""


def read(part: Part) -> Iterator[Reading]:
    """Raises PastError."""
    with tempfile.TemporaryDirectory(prefix="calando-") as folder:
        path = Path(folder) / "copy.db"
        with part.stream() as stream, path.open("wb") as file:
            shutil.copyfileobj(stream, file, 2**18)
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
        connection.text_factory = lambda letters: letters.decode(errors="replace")  # pyright: ignore
        connection.set_progress_handler(lambda: 1, MOST_STEPS)
        try:
            connection.execute("PRAGMA trusted_schema = OFF")
            for table, column, figure in TABLES:
                yield from _readings(connection, table, column, figure)
        except (sqlite3.Error, OverflowError):
            raise PastError("its database is cut short or damaged; export it again.") from None
        finally:
            connection.close()


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    """None where there is no such table; a view is none."""
    real = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    if connection.execute(real, (table,)).fetchone() is None:
        return set()
    return {str(row[1]) for row in connection.execute(f"PRAGMA table_info({table})")}


def _readings(
    connection: sqlite3.Connection, table: str, column: str, figure: Figure
) -> Iterator[Reading]:
    known = _columns(connection, table)
    if not {"time", column} <= known:
        return
    offset = "zone_offset" if "zone_offset" in known else "0"
    names, joins = ["''"], ""
    for other, key, columns in DEVICES:
        told = _columns(connection, other)
        if key in known and {"row_id", *columns} <= told:
            joins += f" LEFT JOIN {other} ON {other}.row_id = {table}.{key}"
            whole = " || ' ' || ".join(f"coalesce({other}.{name}, '')" for name in columns)
            names.insert(-1, f"nullif(trim({whole}), '')")
    wanted = f"SELECT time, {offset}, {table}.{column}, coalesce({', '.join(names)}, '') FROM {table}{joins}"
    for time_ms, offset_s, value, device in connection.execute(wanted):
        moment = local_time(time_ms, offset_s)
        if moment is not None:
            when = "" if figure is Figure.RESTING else part_of_day(moment.hour)
            yield Reading(
                figure, moment.date(), number(value), when, device_name(str(device)), str(time_ms)
            )  # fmt: skip
