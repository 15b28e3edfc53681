"""Recordings of hearts on disk: RR intervals, ECG and PPG as text, read whatever dirt lies between them.

Understood are: one RR a line (`#` comments, Polar's `[HRData]` section); a table with a column of RR
(`rr_ms`, `rr`, `ibi`, ...), if it likes with a column of time; a table with a column `ecg` or `ppg`
and either `?rate=HZ` or a column of time; a single column of samples with `?rate=HZ`; all of them also
gzipped. Cells lie between commas, semicolons, tabs or spaces; where they lie between semicolons or tabs, a
comma in a number is its decimal point.
"""

from __future__ import annotations

import gzip
import math
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

from sensors.beat import BadPacket, TimedBeat
from sensors.beat_times import BeatTimes

RR_COLUMNS = ("rr_ms", "rr", "rri", "ibi_ms", "ibi", "rr_interval", "nn", "rr_s")
TIME_COLUMNS = ("time_s", "t", "time", "since_start", "timestamp", "seconds", "timer", "time [s]", "time_ms")
SIGNAL_COLUMNS = {"ecg": "ecg", "ii": "ecg", "ppg": "ppg", "pleth": "ppg"}
"""Names of columns of samples, in order of preference."""
RR_LEAST_MS, RR_MOST_MS = 100.0, 10_000.0
"""Outside lies dirt (firmware underflow, 13 minutes between two beats), not a heart."""
AGREE = 0.9
"""Share of steps of the time column that must equal RR for it to be the time of the beats. Own choice."""


class RecordingError(ValueError):
    """A recording that cannot be read: one plain sentence that names it and the mend."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What was read. `beats` and `skipped` are in order of arrival; `kind` is rr, ecg or ppg."""

    name: str
    kind: str
    beats: tuple[TimedBeat, ...]
    skipped: tuple[BadPacket, ...]


def read_recording(path: Path, rate_hz: float | None = None, signal: str | None = None) -> Recording:
    """Read `path`; `rate_hz` and `signal` ("ecg" or "ppg") for samples without times or names.

    Raises RecordingError where the file is missing, unreadable, empty or the rate impossible.
    """
    if rate_hz is not None and not 20.0 <= rate_hz <= 5000.0:
        raise RecordingError(
            f"Recording '{path.name}': a rate of {rate_hz:g} Hz is impossible; give one from 20 to 5000."
        )
    lines = _lines(path)
    header, rows, skipped = _table(lines, path)
    if header is None and rate_hz is not None:
        return _of_samples(path, [row[0] for row in rows], rate_hz, signal or "ecg", skipped)
    names = header or ([""] * (len(rows[0]) - 1) + ["rr_ms"] if len(rows[0]) < 2 else ["t", "rr_ms"])
    if header is None and _are_decimals(rows):
        raise RecordingError(f"Recording '{path.name}' has commas for decimal points: write points in it.")
    rr_column = _find(names, RR_COLUMNS)
    time_column = _find(names, TIME_COLUMNS)
    sampled = _find(names, tuple(name for name, kind in SIGNAL_COLUMNS.items() if signal in (None, kind)))
    if rr_column is not None and rate_hz is None:
        times = None if time_column is None else [row[time_column] for row in rows]
        return _of_intervals(path, [row[rr_column] for row in rows], times, skipped)
    if sampled is None:
        shown = "".join(sign if sign.isprintable() else "?" for sign in ", ".join(names)[:60])
        raise RecordingError(
            f"Recording '{path.name}' has no column of beats or samples, only '{shown}': "
            "name one rr_ms, ecg or ppg."
        )
    if rate_hz is None:
        rate_hz = _rate_of([row[time_column] for row in rows] if time_column is not None else [], path)
    return _of_samples(path, [row[sampled] for row in rows], rate_hz, SIGNAL_COLUMNS[names[sampled]], skipped)


def _lines(path: Path) -> list[str]:
    try:
        raw = path.read_bytes()
        if path.suffix == ".gz":
            raw = gzip.decompress(raw)
    except FileNotFoundError:
        raise RecordingError(f"Recording '{path}' does not exist: check the path.") from None
    except IsADirectoryError:
        raise RecordingError(f"Recording '{path}' is a folder: name one file in it.") from None
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise RecordingError(f"Recording '{path}' is damaged or not gzipped: pack it again.") from None
    except OSError as error:
        raise RecordingError(f"Recording '{path}' cannot be read ({error.strerror}).") from None
    if b"\0" in raw:
        raise RecordingError(f"Recording '{path.name}' is not text in UTF-8: export it as text or CSV.")
    text = raw.decode("utf-8-sig", errors="replace")
    section = re.search(r"^\[HRData\]\s*$", text, flags=re.MULTILINE)
    return (text[section.end() :] if section else text).splitlines()


def _table(lines: list[str], path: Path) -> tuple[list[str] | None, list[list[float]], list[BadPacket]]:
    """Header in lower case if there is one, rows of numbers (NaN where a cell holds none), what was skipped.

    A skipped line stands in the rows as NaN throughout, for beats may be lost where it was.
    """
    header: list[str] | None = None
    rows: list[list[float]] = []
    skipped: list[BadPacket] = []
    width = 0
    for line in lines:
        bare = line.strip()
        if not bare or bare.startswith(("#", "%", "//")):
            continue
        cells = _cells(bare)
        numbers = [_number(cell) for cell in cells]
        if all(math.isnan(number) for number in numbers):
            if not rows and header is None:
                header = [cell.lower() for cell in cells]
                continue
            skipped.append(BadPacket(0.0, line.encode(errors="replace")[:80], "not a number"))
            rows.append([math.nan] * max(width, 1))
            continue
        width = max(width, len(header) if header else len(numbers))
        rows.append((numbers + [math.nan] * width)[:width])
    if not any(number == number for row in rows for number in row):
        raise RecordingError(f"Recording '{path.name}' holds no numbers: it needs one RR in ms a line.")
    return header, [(row + [math.nan] * width)[:width] for row in rows], skipped


def _cells(line: str) -> list[str]:
    """What stands between the strongest separators of a line."""
    if ";" in line or "\t" in line:
        cells = [re.sub(r"^([+-]?\d+),(\d+)$", r"\1.\2", cell.strip()) for cell in re.split(r"[;\t]", line)]
    else:
        cells = line.split(",") if "," in line else line.split()
    return [cell.strip().strip('"') for cell in cells]


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def _are_decimals(rows: list[list[float]]) -> bool:
    """Whether two columns are one, cut at its decimal commas: the first, which goes up and down, is RR."""
    if len(rows[0]) != 2:
        return False
    first = [row[0] for row in rows if row[0] == row[0]]
    steps = [b - a for a, b in pairwise(first)]
    down = sum(step < 0.0 for step in steps)
    return 4 * down > len(steps) and RR_LEAST_MS <= median(first) <= RR_MOST_MS


def _find(names: list[str], known: tuple[str, ...]) -> int | None:
    return next((names.index(name) for name in known if name in names), None)


def _of_intervals(
    path: Path, values: list[float], times: list[float] | None, skipped: list[BadPacket]
) -> Recording:
    present = [value for value in values if value == value]
    if present and 0.2 < median(present) < 5.0:
        values = [1000.0 * value for value in values]  # seconds
    clean = [v for v in values if RR_LEAST_MS <= v <= RR_MOST_MS]
    if not clean:
        raise RecordingError(
            f"Recording '{path.name}' holds no RR interval from 100 to 10000 ms: write one a line, with a "
            "point for decimals."
        )
    typical_ms = median(clean)
    arrivals = _seconds(times, values, typical_ms) if times is not None else None
    if arrivals is None:
        beats, bad = _summed(values, typical_ms)
    else:
        beats, bad = _timed(values, arrivals)
    # Lines that held no number at all are in `bad` already, by their NaN.
    named = {id(packet): packet for packet in bad[len(skipped) :]}
    return Recording(path.name, "rr", tuple(beats), (*bad[: len(skipped)], *named.values()))


def _summed(values: list[float], typical_ms: float) -> tuple[list[TimedBeat], list[BadPacket]]:
    """Beats whose times are the sum of RR; dirt counts for one typical interval of unknown length."""
    beats: list[TimedBeat] = []
    bad: list[BadPacket] = []
    t_s = 0.0
    for value in values:
        if RR_LEAST_MS <= value <= RR_MOST_MS:
            t_s += value / 1000.0
            beats.append(TimedBeat(t_s, t_s, value))
        else:
            t_s += typical_ms / 1000.0
            bad.append(_dirt(t_s, value))
    return beats, bad


def _timed(values: list[float], times: list[float]) -> tuple[list[TimedBeat], list[BadPacket]]:
    """Beats with times of their own, or, where those are times of reception, rebuilt from them."""
    pairs = [(t, v) for t, v in zip(times, values, strict=True) if t == t and RR_LEAST_MS <= v <= RR_MOST_MS]
    bad = [
        _dirt(t if t == t else 0.0, v)
        for t, v in zip(times, values, strict=True)
        if t != t or not RR_LEAST_MS <= v <= RR_MOST_MS
    ]
    steps = [abs(1000.0 * (b[0] - a[0]) - b[1]) for a, b in pairwise(pairs)]
    if steps and sum(step < 30.0 for step in steps) >= AGREE * len(steps):
        return [TimedBeat(t, t, v) for t, v in pairs], bad
    ruler = BeatTimes()
    beats: list[TimedBeat] = []
    for arrival_s, rr_ms in pairs:
        (placed,) = ruler.place(arrival_s, [rr_ms / 1000.0])
        beats.append(TimedBeat(arrival_s, placed.t_s, None if placed.after_hole else rr_ms))
    return beats, bad


def _seconds(times: list[float], values: list[float], typical_ms: float) -> list[float] | None:
    """The time column in seconds from just before its first beat; None where it does not ascend."""
    known = [t for t in times if t == t]
    if len(known) < 2 or any(b < a for a, b in pairwise(known)):
        return None
    step = median(b - a for a, b in pairwise(known))
    scale = 0.001 if step > 0.1 * typical_ms else 1.0
    first = next(v for v in values if RR_LEAST_MS <= v <= RR_MOST_MS) / 1000.0
    offset = scale * known[0] - first if scale * known[0] > 1e6 or scale * known[0] < first else 0.0
    return [scale * t - offset for t in times]


def _of_samples(
    path: Path, samples: list[float], rate_hz: float, kind: str, skipped: list[BadPacket]
) -> Recording:
    from sensors.peaks import beats

    moments, known = beats(samples, rate_hz, "ppg" if kind == "ppg" else "ecg")
    if moments.size < 2:
        raise RecordingError(
            f"Recording '{path.name}': no heartbeat was found in it; check that the rate of {rate_hz:g} Hz "
            "and the column are right."
        )
    timed: list[TimedBeat] = []
    before: float | None = None
    for t_s, known_s in zip(moments.tolist(), known.tolist(), strict=True):
        timed.append(TimedBeat(known_s, t_s, None if before is None else 1000.0 * (t_s - before)))
        before = t_s
    return Recording(path.name, kind, tuple(timed), tuple(skipped))


def _rate_of(times: list[float], path: Path) -> float:
    known = [t for t in times if t == t]
    if len(known) < 2 or known[-1] <= known[0]:
        raise RecordingError(
            f"Recording '{path.name}' has samples but no times: say how many a second with ?rate=HZ."
        )
    rate_hz = (len(known) - 1) / (known[-1] - known[0])
    if rate_hz < 1.0:
        rate_hz *= 1000.0  # the column counts milliseconds
    if not 20.0 <= rate_hz <= 5000.0:
        raise RecordingError(
            f"Recording '{path.name}': its time column makes {rate_hz:g} samples a second, which is "
            "impossible; it must count seconds, or give ?rate=HZ."
        )
    return rate_hz


def _dirt(at_s: float, value: float) -> BadPacket:
    why = "not a number" if value != value else f"{value:g} ms is no RR interval"
    return BadPacket(at_s, f"{value:g}".encode(), why)


def merged(recording: Recording) -> Iterator[TimedBeat | BadPacket]:
    """Beats and dirt of a recording in order of arrival."""
    yield from sorted((*recording.beats, *recording.skipped), key=lambda event: event.arrival_s)
