"""Claim: breathing from RR is right where the confidence says so.

Every 2 s from 60 s on: the estimate against the pacer, the belt or the annotators over the same window.
Run alone: python benchmarks/heart_breathing.py
"""

from __future__ import annotations

import heart_data as data
import numpy as np

from sensors.artefacts import ArtefactClassifier
from sensors.breathing import WINDOW_S, breathing
from sensors.peaks import r_peaks


def estimates(t: np.ndarray) -> np.ndarray:
    """(time, breaths a minute, confidence) every 2 s from 60 s of data on, for beats at `t` seconds."""
    rr = 1000.0 * np.diff(t)
    classifier = ArtefactClassifier()
    verdicts = [verdict for x in rr for verdict in classifier.push(float(x))] + classifier.flush()
    good = np.array([verdict.rr_good for verdict in verdicts])
    ends = t[1:]
    rows = []
    for now in np.arange(t[0] + 60.0, t[-1], 2.0):
        cut = (ends <= now - 1.5) & (ends > now - WINDOW_S) & good
        guess = breathing(ends[cut], rr[cut])
        rows.append((now, np.nan if guess.per_min is None else guess.per_min, guess.confidence))
    return np.array(rows)


def counted(breaths: np.ndarray, now: float) -> float:
    """Breaths a minute by the reference over the window before `now`."""
    inside = breaths[(breaths > now - WINDOW_S) & (breaths <= now)]
    return 60.0 * (inside.size - 1) / (inside[-1] - inside[0]) if inside.size > 2 else np.nan


def belt_breaths(belt: np.ndarray, rate_hz: float) -> np.ndarray:
    """Times of the breaths in a belt's signal, by NeuroKit2."""
    import neurokit2 as nk

    clean = nk.rsp_clean(belt, sampling_rate=rate_hz)
    return nk.rsp_peaks(clean, sampling_rate=rate_hz)[1]["RSP_Peaks"] / rate_hz


def row(name: str, rows: np.ndarray, truth: np.ndarray) -> dict[str, object]:
    error = np.abs(rows[:, 1] - truth)
    sure = rows[:, 2] >= 0.5
    return {
        "recording": name,
        "truth /min": float(np.nanmean(truth)),
        "median where sure": float(np.nanmedian(rows[sure, 1])) if sure.any() else float("nan"),
        "share sure": float(sure.mean()),
        "median error sure": float(np.nanmedian(error[sure])) if sure.any() else float("nan"),
        "worst error sure": float(np.nanmax(error[sure])) if sure.any() else float("nan"),
        "median error all": float(np.nanmedian(error)),
    }


def paced() -> list[dict[str, object]]:
    """Against the pacer."""
    rows = []
    for name, rr in data.paced().items():
        guess = estimates(np.concatenate([[0.0], np.cumsum(rr) / 1000.0]))
        rows.append(row(name, guess, np.full(len(guess), data.PACED_PER_MIN[name])))
    return rows


def belt() -> list[dict[str, object]]:
    """Against a respiration belt."""
    rows = []
    for path in sorted((data.DATA / "resp_neurokit").glob("*.csv.gz")):
        table = data.columns(path)
        breaths = belt_breaths(table["RSP"], 100.0)
        guess = estimates(r_peaks(table["ECG"], 100.0) / 100.0)
        rows.append(row(path.name, guess, np.array([counted(breaths, now) for now in guess[:, 0]])))
    return rows


def intensive_care() -> list[dict[str, object]]:
    """Against annotated breaths of patients, in most of whom RR does not tell."""
    rows = []
    for path in sorted((data.DATA / "resp_bidmc").glob("*_Signals.csv.gz")):
        record = path.name[:8]
        lines = (path.parent / f"{record}_Breaths.csv").read_text().splitlines()[1:]
        first = [line.split(",")[0].strip() for line in lines]
        breaths = np.array([int(cell) / 125.0 for cell in first if cell.isdigit()])
        guess = estimates(r_peaks(data.columns(path)["II"], 125.0) / 125.0)
        rows.append(row(record, guess, np.array([counted(breaths, now) for now in guess[:, 0]])))
    return rows


if __name__ == "__main__":
    figures = {"paced": paced(), "belt": belt(), "intensive care": intensive_care()}
    for title, rows in figures.items():
        data.show(title, rows)
    data.save("heart_breathing", figures)
