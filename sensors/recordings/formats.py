"""Formats: one row for each that is more than a table, with what it is known by and who reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sensors.plain_text import plain
from sensors.recordings import samples
from sensors.recordings.binary import read_edf, read_fit, read_wfdb
from sensors.recordings.bytes_on_disk import MARKS, read_bytes, text_of
from sensors.recordings.cells import number
from sensors.recordings.columns import Role, column
from sensors.recordings.recording import Recording, RecordingError
from sensors.recordings.tables import Wanted, read_table

RR_MODE = "238"
"""What Polar's HRM format writes for its interval where RR were recorded; other numbers are seconds between
heart rates."""
RATE_LINE = re.compile(
    r"^[^\d\n]{3,40}?[,;:=\t ]+\"?(\d+(?:[.,]\d+)?)\"? ?(?:hz|hertz|herz|samples/s|sps)\b.*$",
    re.IGNORECASE | re.MULTILINE,
)
"""A line of a preamble that says how many samples a second follow, in whatever language (Apple's ECG)."""


@dataclass(frozen=True, slots=True)
class Format:
    """What a format is known by (its first bytes, or the ending of its name) and how it is read."""

    name: str
    read: Callable[[Path, bytes, Wanted], Recording]
    endings: tuple[str, ...] = ()
    begins: re.Pattern[bytes] | None = None
    from_disk: bool = False
    """Whether its library opens the file itself, so that it must not be packed."""


def _read_hrm(path: Path, raw: bytes, wanted: Wanted) -> Recording:
    """Polar's HRM: the section of its beats, if it holds beats."""
    text = text_of(raw, path.name)
    interval = re.search(r"^Interval\s*=\s*(\d+)", text, re.MULTILINE | re.IGNORECASE)
    if interval and interval[1] != RR_MODE:
        raise RecordingError(
            f"Recording '{plain(path.name)}' holds heart rates, but no beats: record RR data in the watch."
        )
    data = re.search(r"^\[HRData\]\s*$(.*?)(?:^\[|\Z)", text, re.MULTILINE | re.DOTALL | re.IGNORECASE)
    return read_table(data[1] if data else text, plain(path.name), wanted, "Polar HRM")


def _read_text(path: Path, raw: bytes, wanted: Wanted) -> Recording:
    text = text_of(raw, path.name)
    rate = RATE_LINE.search(text[:4000])
    if rate is not None and not re.search(r"\brr\b|ibi", text[:4000], re.IGNORECASE):
        return _read_declared(path, text, rate, wanted)
    return read_table(text, plain(path.name), wanted)


def _read_declared(path: Path, text: str, rate: re.Match[str], wanted: Wanted) -> Recording:
    """Samples below a preamble that says their rate: Apple's ECG, and others that do as it does."""
    name = plain(path.name)
    wanted = replace(wanted, rate_hz=wanted.rate_hz or float(rate[1].replace(",", ".")))
    body = text[rate.end() :]
    lines = [line.strip().strip('"') for line in body.splitlines()]
    numbers = [line for line in lines if number(line) == number(line)]
    if 2 * len(numbers) > sum(map(bool, lines)):
        # One number a line: a comma in it is its decimal point.
        body = "\n".join(line.replace(",", ".") for line in numbers)
    samples.check_rate(wanted.rate_hz, name)
    return read_table(body, name, wanted, "ECG that tells its rate")


def _read_json(path: Path, raw: bytes, wanted: Wanted) -> Recording:
    """A list of intervals, one under a name that is known, or a list of records."""
    text, name = text_of(raw, path.name), plain(path.name)
    try:
        found = _rows(json.loads(text))
    except (ValueError, RecursionError):
        return _read_text(path, raw, wanted)  # a list of a text file may begin with a bracket, too
    if found is None:
        raise RecordingError(
            f"Recording '{name}' is JSON without a list of RR that is named rr: export it as CSV."
        )
    return read_table(found, name, wanted, "JSON")


def _rows(found: object) -> str | None:
    """What in a JSON document may be a table, as one of text."""
    items: list[Any] = list(found) if isinstance(found, list) else []  # pyright: ignore[reportUnknownArgumentType]
    if items and all(isinstance(item, int | float) for item in items):
        return "\n".join(map(str, items))
    if items and all(isinstance(item, dict) for item in items):
        names = list(dict.fromkeys(str(key) for item in items for key in item))
        cells = [
            [str(item.get(key, "")).replace("\t", " ").replace("\n", " ") for key in names] for item in items
        ]
        return "\n".join("\t".join(row) for row in [names, *cells])
    inner: dict[str, Any] = found if isinstance(found, dict) else {}  # pyright: ignore[reportUnknownVariableType]
    listed = [key for key, value in inner.items() if isinstance(value, list)]
    best = next(
        (key for key in listed if column(key).role is Role.RR), listed[0] if len(listed) == 1 else None
    )
    return None if best is None else _rows(inner[best])


FORMATS = (
    Format("FIT", read_fit, (".fit",), re.compile(rb"^.{8}\.FIT", re.DOTALL)),
    Format("EDF", read_edf, (".edf", ".bdf", ".rec"), re.compile(rb"^(?:0 {7}|\xffBIOSEMI)"), True),
    Format("WFDB", read_wfdb, (".hea", ".dat", ".atr", ".qrs", ".ecg"), from_disk=True),
    Format("Polar HRM", _read_hrm, (), re.compile(rb"^\s*\[Params\]", re.IGNORECASE)),
    Format("JSON", _read_json, (), re.compile(rb"^\s*[\[{]\s*[\[{\"\d.\]}]")),
    Format("text", _read_text, ("",)),
)
"""In the order in which they are tried. First bytes count before endings, for files get renamed."""


def read_format(path: Path, wanted: Wanted) -> Recording:
    """The recording in `path`, whatever its format. Raises RecordingError."""
    raw = read_bytes(path)
    begins = raw[:4096]
    for mark, _ in MARKS[:1]:
        begins = begins.removeprefix(mark)
    ending = path.with_suffix("").suffix.lower() if path.suffix.lower() == ".gz" else path.suffix.lower()
    named = next((form for form in FORMATS if form.begins and form.begins.match(begins)), None)
    if named is None:
        fits = (form for form in FORMATS if ending in form.endings and _is_of(form, path, begins))
        named = next(fits, FORMATS[-1])
    if path.suffix.lower() == ".gz" and named.from_disk:
        raise RecordingError(f"Recording '{plain(path.name)}' is a gzipped {named.name}: unpack it first.")
    return named.read(path, raw, wanted)


def _is_of(form: Format, path: Path, begins: bytes) -> bool:
    """Whether a file whose ending fits may be of that format: text under such an ending is text."""
    if form.begins is not None:
        return False
    text = not re.search(rb"[\x00-\x08\x0e-\x1f]", begins)
    return path.suffix.lower() == ".hea" or not text or path.with_suffix(".hea").exists()
