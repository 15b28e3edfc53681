"""Export: a sitting in the forms that other programs read: CSV, RR intervals as text, and our own JSON.

The CSV has the columns `event,value,timestamp`. The JSON holds every row of the record and is read back
without loss:

    {"format": "calando sitting", "version": 1, "session": {column: value, ...},
     "tables": {"event": {"columns": ["n", "t_s", ...], "rows": [[0, 0.1, ...], ...]}, ...}}

Columns and units are those of `engine.journal.schema` at that version; times `t_s` and `timestamp` are
seconds of engine time. Files of older versions are read too: a later version only adds columns at the end
of a table, which are empty there.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import datetime
from operator import itemgetter
from typing import Any

from engine.journal import rows
from engine.journal.keeping import checked_code
from engine.journal.record import Head, Record
from engine.journal.schema import MIGRATIONS, TABLES
from engine.journal.store import Column, Store, record_of
from sensors.beat import RR_TICKS_PER_S, Measurement, TimedBeat

FORMAT = "calando sitting"

LEAST_RATE_HZ, MOST_RATE_HZ = 8_000, 384_000
"""Sample rates of sound devices."""

LONGEST_S = 7 * 86_400
"""Far beyond what a sitting may last. Own choice."""


class SittingFileError(ValueError):
    """A file that holds no sitting; the message is one sentence without the file's name."""


def as_csv(record: Record) -> str:
    """`event,value,timestamp`, in order of time."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("event", "value", "timestamp"))
    writer.writerows(sorted(_csv_rows(record), key=itemgetter(2)))
    return text.getvalue()


def _csv_rows(record: Record) -> Iterator[tuple[str, Any, float]]:
    head = record.head
    for event, value in (
        ("session", head.id), ("client", head.client), ("consent", head.consent), ("goals", head.goals),
        ("profile", head.profile), ("arm", head.arm), ("sensor", head.sensor_label), ("seed", head.seed),
    ):  # fmt: skip
        if value is not None:
            yield event, int(value) if isinstance(value, bool) else value, 0.0
    for rating in record.ratings:
        t_s = 0.0 if rating.when == "before" else head.length_s
        for name in ("calm", "valence", "arousal"):
            if (value := getattr(rating, name)) is not None:
                yield f"{name}_{rating.when}", value, t_s
    for beat in record.beats:
        if beat.rr_ms is not None:
            yield "rr_ms", round(beat.rr_ms, 4), round(beat.t_s, 4)
        yield "beat_label", beat.label.value, round(beat.t_s, 4)
    for state in record.states:
        heart, music = state.heart, state.music
        for name, value in (
            ("stage", music.stage.value), ("link", heart.link.value), ("tempo_bpm", state.tempo_bpm),
            ("hr_bpm", heart.hr_bpm), ("rmssd_ms", heart.rmssd_ms), ("sdnn_ms", heart.sdnn_ms),
            ("breath_per_min", heart.breath_per_min), ("quality", heart.quality),
            ("density", music.density), ("brightness", music.brightness),
            ("breath_guide_per_min", music.breath_guide_per_min), ("lufs_m", state.lufs_momentary),
        ):  # fmt: skip
            if value is not None:
                yield name, value if isinstance(value, str) else round(value, 4), state.t_s
    for decision in record.decisions:
        yield f"decision_{decision.hand.value}", decision.why, decision.t_s
    for marker in record.markers:
        yield f"marker_{marker.hand.value}", marker.words, marker.t_s
    for note in record.notes:
        yield f"note_{note.hand.value}", note.words, head.length_s


def as_rr(record: Record) -> str:
    """RR intervals in milliseconds as they were received, one a line, for Kubios, NeuroKit2 and others."""
    lines: list[str] = []
    for event in record.events:
        if isinstance(event, Measurement) and event.contact is not False:
            lines += [f"{1000.0 * ticks / RR_TICKS_PER_S:.4f}" for ticks in event.rr_ticks]
        elif isinstance(event, TimedBeat) and event.rr_ms is not None:
            lines.append(f"{event.rr_ms:.4f}")
    return "".join(f"{line}\n" for line in lines)


def as_json(store: Store, session_id: str) -> str:
    """Everything. Raises UnknownSessionError."""
    number, head = store.find(session_id)
    tables = {
        table: {
            "columns": list(store.columns(table)),
            "rows": [[n, *row] for n, row in store.rows(number, table)],
        }
        for table in TABLES
    }
    whole = {
        "format": FORMAT,
        "version": len(MIGRATIONS),
        "session": rows.head_columns(head),
        "tables": tables,
    }
    return json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=None, separators=(",", ":"))


def read_json(store: Store, text: str) -> Record:
    """Put a sitting that `as_json` wrote into the journal. Raises SittingFileError; then nothing is kept."""
    try:
        whole: Any = json.loads(text, parse_constant=_refuse)
        if whole["format"] != FORMAT:
            raise SittingFileError("it is no sitting that `calando sessions export --format json` wrote.")
        if whole["version"] > len(MIGRATIONS):
            raise SittingFileError("it was written by a newer Calando; update this one.")
        head = _meant(rows.head_of(_checked(whole["session"], store.columns("session"))))
        found = whole["tables"]
        tables = {table: _rows(found[table], store.columns(table)) for table in TABLES}
        record = record_of(head, tables)
    except SittingFileError:
        raise
    except (json.JSONDecodeError, RecursionError):
        raise SittingFileError("it is no JSON file.") from None
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as wrong:
        raise SittingFileError(f"it is damaged ({type(wrong).__name__}: {wrong}); export it again.") from None
    if head.ending not in ("complete", "interrupted"):
        raise SittingFileError("its sitting was still being played; export it again now that it is over.")
    if store.has(head.id):
        raise SittingFileError(f"the sitting {head.id} is in the journal already; delete that one first.")
    with store.transaction():
        number = store.begin(head)
        for table, numbered in tables.items():
            store.add(number, table, [row for _, row in numbered])
    return record


def _rows(table: Any, columns: dict[str, Column]) -> list[tuple[int, rows.Row]]:
    """Rows in the order of our columns, numbered from 0 without a hole."""
    names = table["columns"]
    if names != list(columns)[: len(names)]:
        raise ValueError(f"columns {names} instead of {list(columns)}")
    later = [None] * (len(columns) - len(names))
    found: list[tuple[int, rows.Row]] = []
    for k, row in enumerate(table["rows"]):
        whole = dict(zip(columns, (*row, *later), strict=True))
        _checked(whole, columns)
        if row[0] != k:
            raise ValueError(f"row {k} is numbered {row[0]}")
        found.append((k, tuple(whole.values())[1:]))
    return found


def _checked(values: dict[str, Any], columns: dict[str, Column]) -> dict[str, Any]:
    for name, value in values.items():
        legible = not isinstance(value, str) or all(map(str.isprintable, re.split(r"[\n\r\t]", value)))
        if not (legible and columns[name].holds(value)):
            raise ValueError(f"{name} is {value!r}")
    return values


def _meant(head: Head) -> Head:
    """The head, if a sitting could have it: a record that says nonsense would trouble every list it is in."""
    if not re.fullmatch(r"\d{8}-[\da-z-]{1,32}", head.id):
        raise ValueError(f"id is {head.id!r}")
    if not LEAST_RATE_HZ <= head.rate_hz <= MOST_RATE_HZ:
        raise ValueError(f"rate_hz is {head.rate_hz}")
    if not 0 <= head.frames <= LONGEST_S * head.rate_hz:
        raise ValueError(f"frames is {head.frames}")
    for at in (head.began_at, head.ended_at or head.began_at):
        datetime.fromisoformat(at)
    if head.client is not None:
        checked_code(head.client)
    return head


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not a number")
