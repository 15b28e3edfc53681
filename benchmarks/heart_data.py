"""The evaluation recordings of ../shared/data, read into plain arrays for the heart benchmarks and tests."""

from __future__ import annotations

import csv
import gzip
import json
import os
from pathlib import Path

import numpy as np

DATA = Path(os.environ.get("CALANDO_RECORDINGS", Path(__file__).resolve().parents[2] / "shared" / "data"))
RESULTS = Path(__file__).parent / "results"

BEAT_CODES = {
    1: "N", 2: "L", 3: "R", 4: "a", 5: "V", 6: "F", 7: "J", 8: "A", 9: "S", 10: "E",
    11: "j", 12: "/", 13: "Q", 25: "B", 30: "?", 31: "!", 34: "e", 35: "n", 38: "f", 41: "r",
}  # fmt: skip
"""Annotation codes of WFDB that stand for a beat (PhysioNet, ecgcodes.h)."""
RHYTHM_CODE = 28


def save(name: str, figures: object) -> None:
    """Write a benchmark's figures to benchmarks/results/NAME.json."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(figures, indent=1))


def annotations(path: Path) -> list[tuple[int, int, str]]:
    """(sample, code, auxiliary text) of a WFDB annotation file (WFDB specification, MIT format)."""
    words = np.frombuffer(path.read_bytes(), dtype="<u2")
    found: list[tuple[int, int, str]] = []
    i, sample = 0, 0
    while i < words.size:
        code, step = int(words[i]) >> 10, int(words[i]) & 0x3FF
        i += 1
        if code == 0 and step == 0:
            break
        if code == 59:
            sample += (int(words[i]) << 16) + int(words[i + 1])
            i += 2
        elif code == 63:
            length = step
            text = words[i : i + (length + 1) // 2].tobytes()[:length].decode("latin-1").rstrip("\0")
            i += (length + 1) // 2
            if found:
                found[-1] = (found[-1][0], found[-1][1], text)
        elif code < 59:
            sample += step
            found.append((sample, code, ""))
    return found


def annotated_beats(path: Path, rate_hz: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Beat times in seconds, their letters, and the rhythm each lies in, of a WFDB annotation file."""
    t, letters, rhythms = [], [], []
    rhythm = ""
    for sample, code, text in annotations(path):
        if code == RHYTHM_CODE:
            rhythm = text
        elif code in BEAT_CODES:
            t.append(sample / rate_hz)
            letters.append(BEAT_CODES[code])
            rhythms.append(rhythm)
    return np.array(t), np.array(letters), np.array(rhythms)


def first_lead(path: Path) -> np.ndarray:
    """The first of two leads of a WFDB signal file in format 212, in its own units (WFDB specification)."""
    raw = np.fromfile(path, dtype=np.uint8).reshape(-1, 3).astype(int)
    value = raw[:, 0] | ((raw[:, 1] & 15) << 8)
    return np.where(value > 2047, value - 4096, value).astype(float)


def mitdb() -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Beats of every record of the MIT-BIH Arrhythmia Database at hand."""
    return {p.stem: annotated_beats(p, 360.0) for p in sorted((DATA / "mitdb").glob("*.atr"))}


def gudb() -> dict[str, np.ndarray]:
    """RR in ms of every recording of the Glasgow chest strap."""
    return {
        p.name.removesuffix("_annotation_cs.tsv"): np.diff(np.loadtxt(p)) * 4.0
        for p in sorted((DATA / "rr_gudb_chest_strap").glob("*.tsv"))
    }


def paced() -> dict[str, np.ndarray]:
    """RR in ms by name of the paced recordings, which last about two minutes each."""
    return {p.stem: np.loadtxt(p) for p in sorted((DATA / "rr_paced_breathing").glob("*[0-9].txt"))}


PACED_PER_MIN = {
    "2026-01-17_17-47-13": 6.5,
    "2026-01-17_17-51-11": 6.0,
    "2026-01-17_17-54-41": 5.5,
    "2026-01-17_17-57-47": 5.0,
    "2026-01-17_18-00-59": 4.5,
    "2026-01-17_18-11-56": 6.5,
}
"""Breaths a minute of the pacer (SOURCES.md)."""


def polar_rest() -> tuple[np.ndarray, np.ndarray]:
    """Reception times in seconds and RR in ms of ten minutes at rest on a Polar H10."""
    table = np.loadtxt(DATA / "rr_polar_h10_rest" / "sample_data_ibi.csv", delimiter=",")
    return table[:, 0], table[:, 1]


def clean() -> dict[str, np.ndarray]:
    """Every recording without an artefact: each beat marked in one is a false alarm."""
    return {**gudb(), **paced(), "polar_rest": polar_rest()[1]}


def resting() -> dict[str, np.ndarray]:
    """The clean recordings made at rest."""
    return {k: v for k, v in clean().items() if "subject" not in k or "sitting" in k or "maths" in k}


def beat_lengths(path: Path) -> np.ndarray:
    """RR in ms of a text file, one a line, whatever else stands in it."""
    lines = path.read_text().replace("\r", "\n").split("\n")
    return np.array([float(line) for line in lines if line.strip().replace(".", "", 1).isdigit()])


def columns(path: Path) -> dict[str, np.ndarray]:
    """Columns of a gzipped CSV with a header."""
    with gzip.open(path, "rt") as file:
        names = [name.strip() for name in next(csv.reader(file))]
        table = np.loadtxt(file, delimiter=",", ndmin=2)
    return {name: table[:, i] for i, name in enumerate(names)}


def show(title: str, rows: list[dict[str, object]]) -> None:
    """Print rows of figures as a table."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title)
    for name in rows[0]:
        table.add_column(name, justify="left" if isinstance(rows[0][name], str) else "right")
    for row in rows:
        table.add_row(*(f"{v:.3f}" if isinstance(v, float) else str(v) for v in row.values()))
    Console(width=130).print(table)
