"""Heads: what a sitting was, as the row of `session` holds it, and back again, checked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from engine.guide.target import Usual
from engine.journal import rows
from engine.journal.alphabet import alphabet_of
from engine.journal.blind import is_blind
from engine.journal.record import Figures, Head, TellingGuide
from engine.journal.rows import Value
from engine.journal.schema import columns
from sensors.plain_text import plain

LEAST_RATE_HZ, MOST_RATE_HZ = 8_000, 384_000
"""Sample rates of sound devices."""

FIGURES = tuple(field.name for field in fields(Figures))
_AS_JSON = ("profile_table", "versions", "usual", "alphabet", "guide")
_TRUTHS = ("consent", "simulated")
FOREIGN = ("sensor", "sensor_label", "output")
"""Columns with names of straps and files in them."""
LONGEST_NAME = 1000
"""Letters of those; a path has more than a name."""
MOST_LINES = 10_000
"""Of a guide: far more than one of two hours says (own choice)."""


@dataclass(frozen=True, slots=True)
class Unended:
    """A sitting that is being played, or broke off: what is known of it without a passphrase."""

    number: int
    id: str
    began_at: str
    length_s: float
    simulated: bool
    refused: bool
    """The listener does not agree to its being kept."""
    blind: bool = False
    """Nobody may see yet how it was led."""


def head_columns(head: Head) -> dict[str, Value]:
    """The row of `session` by column, `number` apart."""
    row: dict[str, Any] = {field.name: getattr(head, field.name) for field in fields(head)}
    row |= asdict(row.pop("figures"))
    row["usual"] = asdict(head.usual)
    row |= {name: plain(row[name], LONGEST_NAME) for name in FOREIGN}
    row["alphabet"] = head.alphabet.columns()
    row["guide"] = None if head.guide is None else asdict(head.guide)
    for name in _AS_JSON:
        if row[name] is not None:
            row[name] = json.dumps(row[name], ensure_ascii=False, sort_keys=True)
    for name in _TRUTHS:
        row[name] = rows.integer(row[name])
    return row


def head_of(found: Mapping[str, Any]) -> Head:
    """The head whose row has these columns. Raises ValueError, which names a column that cannot be meant."""
    values: dict[str, Any] = {column.name: found.get(column.name) for column in columns("session")[1:]}
    for column in columns("session")[1:]:
        if not column.holds(values[column.name]):
            raise ValueError(f"{column.name} is {rows.shown(values[column.name])}")
    figures = Figures(**{name: values[name] for name in FIGURES})
    for name in _AS_JSON:
        values[name] = None if values[name] is None else _table(name, values[name])
    for name in _TRUTHS:
        values[name] = None if values[name] is None else bool(values[name])
    values["usual"] = _usual(values["usual"])
    values |= {name: plain(values[name], LONGEST_NAME) for name in FOREIGN}
    values["alphabet"] = alphabet_of(values["alphabet"])
    values["guide"] = None if values["guide"] is None else _guide(values["guide"])
    names = [field.name for field in fields(Head) if field.name != "figures"]
    return _meant(Head(**{name: values[name] for name in names}, figures=figures))


def _table(name: str, text: str) -> dict[str, Any]:
    try:
        found = rows.unpacked(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ValueError(f"{name} is {rows.shown(text)}")
    return found  # pyright: ignore[reportUnknownVariableType]


def _usual(table: Mapping[str, Any]) -> Usual:
    known = {field.name: field.default for field in fields(Usual)}
    for name, value in table.items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if name not in known or not (number or (value is None and known[name] is None)):
            raise ValueError(f"usual holds {rows.shown(name)}: {rows.shown(value)}")
    return Usual(**table)


def _guide(table: Mapping[str, Any]) -> TellingGuide:
    match table:
        case {"name": str(name), "title": str(title), "lines": int(lines)} if 0 <= lines <= MOST_LINES:
            return TellingGuide(plain(name), plain(title), lines)
        case _:
            raise ValueError(f"guide is {rows.shown(table)}")


def unreadable(session_id: object, wrong: ValueError) -> str:
    """The sentence for a sitting whose row cannot be read."""
    named = rows.shown(session_id)
    mend = f"`calando sessions delete {named}` removes what is left"
    return f"The sitting {named} cannot be read ({wrong}); {mend}."


def checked_id(session_id: object) -> str:
    """The id, if it can be one; it is part of a file's name. Raises ValueError."""
    if not isinstance(session_id, str) or not re.fullmatch(r"[\w-]{1,64}", session_id, re.ASCII):
        raise ValueError(f"id is {rows.shown(session_id)}")
    return session_id


def unended_of(row: Mapping[str, Any]) -> Unended | None:
    """None where it cannot be told whether it is being played."""
    try:
        session_id = checked_id(row["id"])
        length_s = row["frames"] / row["rate_hz"]
    except (ValueError, TypeError, ZeroDivisionError):
        return None
    return Unended(
        row["number"], session_id, str(row["began_at"]), length_s, bool(row["simulated"]),
        row["consent"] == 0, is_blind(str(row["arm"])),
    )  # fmt: skip


def _meant(head: Head) -> Head:
    """The head, if a sitting could have it: one that says nonsense would trouble every list it is in."""
    checked_id(head.id)
    if not LEAST_RATE_HZ <= head.rate_hz <= MOST_RATE_HZ:
        raise ValueError(f"rate_hz is {head.rate_hz}")
    if not 0 <= head.frames <= rows.LONGEST_S * head.rate_hz:
        raise ValueError(f"frames is {head.frames}")
    if not 0 <= head.duration_s <= rows.LONGEST_S:
        raise ValueError(f"duration_s is {head.duration_s:g}")
    if head.ending not in ("complete", "interrupted", None):
        raise ValueError(f"ending is {rows.shown(head.ending)}")
    for name, at in (("began_at", head.began_at), ("ended_at", head.ended_at or head.began_at)):
        try:
            datetime.fromisoformat(at)
        except ValueError:
            raise ValueError(f"{name} is {rows.shown(at)}") from None
    for name, words in head.versions.items():
        if not isinstance(words, str):  # pyright: ignore[reportUnnecessaryIsInstance] — a file says so
            raise ValueError(f"versions holds {rows.shown(name)}: {rows.shown(words)}")
    return head
