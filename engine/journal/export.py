"""Export: a sitting in the forms that other programs read: CSV, RR intervals as text, and our own JSON.

The CSV has the columns `event,value,timestamp`. The JSON holds every row of the record and is read back
without loss:

    {"format": "calando sitting", "version": 1, "session": {column: value, ...},
     "tables": {"event": {"columns": ["n", "t_s", ...], "rows": [[0, 0.1, ...], ...]}, ...}}

Columns and units are those of `engine.journal.schema` at that version; times `t_s` and `timestamp` are
seconds of engine time. Files of older versions are read too (engine.journal.imported): a later
version only adds columns at the end of a table, which are empty there.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from engine.journal.heads import head_columns
from engine.journal.record import Record
from engine.journal.rows import Row, page_of
from engine.journal.schema import MIGRATIONS, TABLES, columns
from engine.journal.store import Store
from sensors.beat import RR_TICKS_PER_S, Measurement, TimedBeat
from sensors.packet_intervals import used_slots

FORMAT = "calando sitting"

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What formulas and commands begin with in spreadsheets, full width included (OWASP, CSV injection)."""


def as_csv(record: Record) -> str:
    """`event,value,timestamp`, in order of time."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("event", "value", "timestamp"))
    rows = sorted(_csv_rows(record), key=itemgetter(2))
    writer.writerows((event, harmless(value), t_s) for event, value, t_s in rows)
    return text.getvalue()


def harmless(cell: Any) -> Any:
    """A cell of which no spreadsheet makes a formula: an apostrophe stands before text that begins like one.

    Numbers stay numbers. A leading blank does not protect, nor do quotes.
    """
    if isinstance(cell, str) and cell.lstrip(" \u00a0\u3000").startswith(FORMULA):
        return f"'{cell}"
    return cell


def _csv_rows(record: Record) -> Iterator[tuple[str, Any, float]]:
    head = record.head
    for event, value in (
        ("session", head.id), ("client", head.client), ("consent", head.consent), ("goals", head.goals),
        ("profile", head.profile), ("guide", None if head.guide is None else head.guide.name),
        ("arm", head.arm), ("sensor", head.sensor_label), ("seed", head.seed),
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
            ("in_step", state.in_step),
        ):  # fmt: skip
            if value is not None:
                yield name, value if isinstance(value, str) else round(value, 4), state.t_s
    for decision in record.decisions:
        yield f"decision_{decision.hand.value}", decision.why, decision.t_s
    for line in record.lines:
        yield "line", line.words, line.t_s
    for marker in record.markers:
        yield f"marker_{marker.hand.value}", marker.words, marker.t_s
    for note in record.notes:
        yield f"note_{note.hand.value}", note.words, head.length_s
    for page in record.pages:
        if page.shared:
            yield "page_listener", page.words, head.length_s


def as_rr(record: Record) -> str:
    """RR intervals in milliseconds as they were received, one a line, for Kubios, NeuroKit2 and others."""
    lines: list[str] = []
    for event in record.events:
        if isinstance(event, Measurement) and event.contact is not False:
            lines += [f"{1000.0 * ticks / RR_TICKS_PER_S:.4f}" for ticks in used_slots(event.rr_ticks)]
        elif isinstance(event, TimedBeat) and event.rr_ms is not None:
            lines.append(f"{event.rr_ms:.4f}")
    return "".join(f"{line}\n" for line in lines)


def as_json(store: Store, session_id: str, *, shared: bool = False) -> str:
    """Everything; where it is `shared` with others, without the listener's pages that are not.

    Raises UnknownSessionError, BlindError.
    """
    number, head = store.in_sight(session_id)
    tables = {
        table: {
            "columns": [column.name for column in columns(table)[1:]],
            "rows": [[n, *row] for n, row in enumerate(_rows(store, number, table, shared=shared))],
        }
        for table in TABLES
    }
    whole = {
        "format": FORMAT,
        "version": len(MIGRATIONS),
        "session": head_columns(head),
        "tables": tables,
    }
    return json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=None, separators=(",", ":"))


def _rows(store: Store, number: int, table: str, *, shared: bool) -> list[Row]:
    found = [row for _, row in store.rows(number, table)]
    return [row for row in found if page_of(row).shared] if shared and table == "page" else found
