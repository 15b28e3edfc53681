"""Formats that are no text, read by their own libraries (extra `calando[files]`): FIT, WFDB and EDF."""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from sensors.plain_text import plain
from sensors.recordings import intervals, samples
from sensors.recordings.bytes_on_disk import check
from sensors.recordings.columns import Role, column
from sensors.recordings.recording import Recording, RecordingError
from sensors.recordings.tables import Wanted
from sensors.recordings.times import Times

WFDB_BEATS = frozenset("NLRBAaJSVrFejnE/fQ?")
"""Annotations of WFDB that stand for a beat (PhysioNet, ecgcodes)."""


def read_fit(path: Path, raw: bytes, wanted: Wanted) -> Recording:  # noqa: ARG001 — one shape for all formats
    """The intervals of a Garmin, Wahoo or Suunto activity, held against the times of its records."""
    fitdecode = _library("fitdecode", path)
    values: list[float] = []
    times: list[float] = []
    now_s = float("nan")
    try:
        with _quiet(), fitdecode.FitReader(raw) as reader:
            for frame in reader:
                if not isinstance(frame, fitdecode.FitDataMessage):
                    continue
                if frame.name == "record" and frame.has_field("timestamp"):
                    now_s = frame.get_value("timestamp").timestamp()
                elif frame.name == "hrv" and frame.has_field("time"):
                    slots: Any = frame.get_value("time")
                    several: list[Any] = [*slots] if isinstance(slots, tuple) else [slots]
                    told = [float(slot) for slot in several if slot is not None]
                    values += told
                    times += [now_s] * len(told)
    except Exception as error:
        raise _damaged(path, "FIT") from error
    if not values:
        raise RecordingError(
            f"Recording '{plain(path.name)}' holds no intervals: switch on 'Log HRV' in the "
            "watch and record again."
        )
    stamps = [Times(np.array(times), "seconds", True)] if now_s == now_s else []
    series = intervals.Series(np.array(values), np.arange(len(values)), stamps, "FIT")
    return intervals.recording_of(series, plain(path.name))


def read_wfdb(path: Path, raw: bytes, wanted: Wanted) -> Recording:  # noqa: ARG001
    """A record of PhysioNet: its signal, where it has one at hand, or the beats annotated in it."""
    wfdb = _library("wfdb", path)
    stem = str(path.with_suffix(""))
    if path.suffix not in (".hea", ".dat"):
        return _annotated(wfdb, path, path.suffix[1:])
    header = path.with_suffix(".hea")
    if not header.exists():
        raise RecordingError(
            f"Recording '{plain(path.name)}' needs its header '{plain(header.name)}' in the same folder."
        )
    try:
        with _quiet():
            head: Any = wfdb.rdheader(stem)
        files = [path.parent / str(name) for name in dict.fromkeys(head.file_name or [])]
    except Exception as error:
        raise _damaged(path, "WFDB") from error
    if not files or not all(file.exists() for file in files):
        beside = next((end for end in ("atr", "ecg", "qrs") if path.with_suffix(f".{end}").exists()), None)
        if beside is None:
            raise RecordingError(f"Recording '{plain(path.name)}' needs its signal file in the same folder.")
        return _annotated(wfdb, path, beside)
    for file in files:
        check(file)
    if int(head.sig_len or 0) > samples.MOST_SAMPLES:
        raise RecordingError(f"Recording '{plain(path.name)}' is longer than can be read: cut it into parts.")
    k = _channel(list(head.sig_name), path, wanted)
    try:
        with _quiet():
            record: Any = wfdb.rdrecord(stem, channels=[k])
        values = np.asarray(record.p_signal[:, 0], dtype=np.float64)
    except Exception as error:
        raise _damaged(path, "WFDB") from error
    return samples.recording_of(
        samples.Signal(values, _kind(head.sig_name[k], wanted), float(head.fs), [], app="WFDB"),
        plain(path.name),
    )


def read_edf(path: Path, raw: bytes, wanted: Wanted) -> Recording:  # noqa: ARG001
    """The ECG of an EDF, EDF+ or BDF recording."""
    pyedflib = _library("pyedflib", path)
    try:
        reader: Any = pyedflib.EdfReader(str(path))
    except Exception as error:
        words = str(error)
        if "iscontinuous" in words:
            raise RecordingError(
                f"Recording '{plain(path.name)}' is a discontinuous EDF+: convert it to a continuous one."
            ) from error
        raise _damaged(path, "EDF") from error
    try:
        k = _channel(list(reader.getSignalLabels()), path, wanted)
        label = str(reader.getLabel(k))
        rate_hz = float(reader.getSampleFrequency(k))
        if int(reader.getNSamples()[k]) > samples.MOST_SAMPLES:
            raise RecordingError(
                f"Recording '{plain(path.name)}' is longer than can be read: cut it into parts."
            )
        values = np.asarray(reader.readSignal(k), dtype=np.float64)
    finally:
        reader.close()
    return samples.recording_of(
        samples.Signal(values, _kind(label, wanted), rate_hz, [], app="EDF"), plain(path.name)
    )


def _annotated(wfdb: Any, path: Path, ending: str) -> Recording:
    try:
        with _quiet():
            notes: Any = wfdb.rdann(str(path.with_suffix("")), ending)
        rate_hz = float(notes.fs or 0.0)
        at = np.asarray(notes.sample, dtype=np.float64)
        at = at[[symbol in WFDB_BEATS for symbol in notes.symbol]]
    except Exception as error:
        raise _damaged(path, "WFDB") from error
    if rate_hz <= 0.0:
        raise RecordingError(
            f"Recording '{plain(path.name)}' needs its header in the same folder, for its rate."
        )
    if at.size < 2:
        raise RecordingError(f"Recording '{plain(path.name)}' holds no annotated beats.")
    t_s = at / rate_hz
    series = intervals.Series(np.diff(t_s), np.arange(at.size - 1), [Times(t_s[1:], "seconds")], "WFDB")
    return intervals.recording_of(series, plain(path.name))


def _channel(labels: list[str], path: Path, wanted: Wanted) -> int:
    """The channel that was asked for, or the likeliest of a heart."""
    found = [column(label) for label in labels]
    if wanted.column is not None:
        for k, label in enumerate(labels):
            if column(label).base == column(wanted.column).base or str(k + 1) == wanted.column:
                return k
        raise RecordingError(
            f"Recording '{plain(path.name)}' has none of its {len(labels)} channels under that name."
        )
    roles = (Role(wanted.signal),) if wanted.signal else (Role.ECG, Role.PPG)
    ranked = [(roles.index(c.role), c.rank, k) for k, c in enumerate(found) if c.role in roles]
    ranked += [(len(roles), 0, k) for k, label in enumerate(labels) if re.search("ecg|ekg", label.lower())]
    if ranked:
        return min(ranked)[2]
    if len(labels) == 1:
        return 0
    raise RecordingError(
        f"Recording '{plain(path.name)}' has no channel that is named as an ECG or a PPG: give one of its "
        f"{len(labels)} with ?column=NAME."
    )


def _kind(label: str, wanted: Wanted) -> samples.Kind:
    return wanted.signal or ("ppg" if column(label).role is Role.PPG else "ecg")


@contextmanager
def _quiet() -> Generator[None]:
    """Without the warnings that libraries give their own authors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _library(name: str, path: Path) -> Any:
    try:
        with _quiet():
            return importlib.import_module(name)
    except ImportError:
        raise RecordingError(
            f"Recording '{plain(path.name)}' needs the library {name}: install it with "
            "pip install 'calando[files]'."
        ) from None


def _damaged(path: Path, form: str) -> RecordingError:
    return RecordingError(
        f"Recording '{plain(path.name)}' is damaged or no {form} after all: export it again."
    )
