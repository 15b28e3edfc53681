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

WRONG_PER_MIN = 2.0
SLOW_PER_MIN = 9.0
UNPACED_BEATS = 14_000
"""Of a recording of a day: about four hours."""


def estimates(t: np.ndarray, every_s: float = 2.0) -> np.ndarray:
    """(time, breaths a minute, confidence) every so often from 60 s of data on, for beats at `t` seconds."""
    rr = 1000.0 * np.diff(t)
    classifier = ArtefactClassifier()
    verdicts = [verdict for x in rr for verdict in classifier.push(float(x))] + classifier.flush()
    good = np.array([verdict.rr_good for verdict in verdicts])
    ends = t[1:]
    rows = []
    for now in np.arange(t[0] + 60.0, t[-1], every_s):
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
        "wrong of sure %": 100.0 * float(np.mean(error[sure] > WRONG_PER_MIN))
        if sure.any()
        else float("nan"),
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


def unpaced() -> list[dict[str, object]]:
    """People whom nobody paces: hardly one breathes under 9 a minute, what is believed there is a wave of the
    vessels. Windows every half minute."""
    days = {
        p.stem: data.beat_lengths(p)[:UNPACED_BEATS]
        for p in sorted((data.DATA / "rr_healthy_24h").glob("*.txt"))
    }
    days |= {
        p.stem: 1000.0 * np.diff(data.annotated_beats(p, 128.0)[0])[:UNPACED_BEATS]
        for p in sorted((data.DATA / "rr_nsr2db_24h").glob("*.ecg"))
    }
    rows: list[dict[str, object]] = []
    for name, rr in days.items():
        guess = estimates(np.concatenate([[0.0], np.cumsum(rr) / 1000.0]), every_s=30.0)
        sure = guess[:, 2] >= 0.5
        slow = float(np.mean(guess[sure, 1] < SLOW_PER_MIN)) if sure.any() else 0.0
        rows.append(
            {"recording": name, "share sure": float(sure.mean()), "of it under 9/min %": 100.0 * slow}
        )
    return rows


if __name__ == "__main__":
    figures = {"paced": paced(), "belt": belt(), "intensive care": intensive_care(), "unpaced": unpaced()}
    for title, rows in figures.items():
        data.show(title, rows)
    data.save("heart_breathing", figures)
