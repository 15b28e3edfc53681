"""Claim: breathing from RR is right where the confidence says so; NeuroKit2's and a Lomb peak are less so.

Every 2 s from 60 s on: the estimate against the pacer, the belt or the annotators. It answers for the breath
as it is now, so it is wrong where it lies over 2 a minute off both the window's rate and that of its last
half minute; off the window's alone is told beside it. NeuroKit2's breath out of the ECG's rate sees the whole
recording (van Gent 2019), the Lomb-Scargle peak the same window; neither says how far to believe it, so they
are held against ours where ours is sure, and everywhere.
Run alone: python benchmarks/heart_breathing.py
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import heart_data as data
import numpy as np

from sensors.artefacts import ArtefactClassifier
from sensors.breathing import HIGHEST_HZ, LOWEST_HZ, RECENT_S, WINDOW_S, breathing
from sensors.peaks import r_peaks

WRONG_PER_MIN = 2.0
SLOW_PER_MIN = 9.0
UNPACED_BEATS = 14_000
"""Of a recording of a day: about four hours."""


def estimates(t: np.ndarray, every_s: float = 2.0, guide: float | None = None) -> np.ndarray:
    """(time, breaths a minute, confidence) every so often from 60 s of data on, for beats at `t` seconds.

    guide  the rate at which somebody leads, where it is known
    """
    rr = 1000.0 * np.diff(t)
    classifier = ArtefactClassifier()
    verdicts = [verdict for x in rr for verdict in classifier.push(float(x))] + classifier.flush()
    good = np.array([verdict.rr_good for verdict in verdicts])
    ends = t[1:]
    rows = []
    for now in np.arange(t[0] + 60.0, t[-1], every_s):
        cut = (ends <= now - 1.5) & (ends > now - WINDOW_S) & good
        guess = breathing(ends[cut], rr[cut], guide)
        rows.append((now, np.nan if guess.per_min is None else guess.per_min, guess.confidence))
    return np.array(rows)


def counted(breaths: np.ndarray, now: float, span_s: float = WINDOW_S) -> float:
    """Breaths a minute by the reference over the span before `now`."""
    inside = breaths[(breaths > now - span_s) & (breaths <= now)]
    return 60.0 * (inside.size - 1) / (inside[-1] - inside[0]) if inside.size > 2 else np.nan


def answers(breaths: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """The reference over the window and over its last half minute, at each moment, each (n,)."""
    return np.array([[counted(breaths, now, span) for now in moments] for span in (WINDOW_S, RECENT_S)])


def belt_breaths(belt: np.ndarray, rate_hz: float) -> np.ndarray:
    """Times of the breaths in a belt's signal, by NeuroKit2."""
    import neurokit2 as nk

    clean = nk.rsp_clean(belt, sampling_rate=rate_hz)
    return nk.rsp_peaks(clean, sampling_rate=rate_hz)[1]["RSP_Peaks"] / rate_hz


def lomb(t: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """Breaths a minute at the highest Lomb-Scargle peak of RR in the window before each moment, (n,)."""
    from scipy.signal import lombscargle

    ends, rr = t[1:], 1000.0 * np.diff(t)
    hz = np.linspace(LOWEST_HZ, HIGHEST_HZ, 500)
    found = []
    for now in moments:
        cut = (ends <= now - 1.5) & (ends > now - WINDOW_S)
        x = rr[cut] - np.polyval(np.polyfit(ends[cut], rr[cut], 1), ends[cut])
        found.append(60.0 * hz[np.argmax(lombscargle(ends[cut], x, 2.0 * np.pi * hz))])
    return np.array(found)


def neurokit(t: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """Breaths a minute in the window before each moment by NeuroKit2's breath out of the ECG's rate, (n,)."""
    import neurokit2 as nk

    grid = np.arange(t[1], t[-1], 0.01)
    rate = np.interp(grid, t[1:], 60.0 / np.diff(t))
    breath = nk.rsp_clean(nk.ecg_rsp(rate, sampling_rate=100), sampling_rate=100)
    peaks = nk.rsp_peaks(breath, sampling_rate=100)[1]["RSP_Peaks"]
    return np.array([counted(grid[peaks], now) for now in moments])


@dataclass(frozen=True)
class Reference:
    """A recording: its beats (seconds) and the true rate over the window and its last half minute."""

    name: str
    beats: np.ndarray
    truth: Callable[[np.ndarray], np.ndarray]
    pacer: float | None = None


def rows_of(references: Iterable[Reference]) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Ours a recording, and the same recordings by the others."""
    ours, others = [], []
    for one in references:
        guess = estimates(one.beats)
        truth = one.truth(guess[:, 0])
        sure = guess[:, 2] >= 0.5
        methods = {
            "ours": guess[:, 1],
            "NeuroKit2": neurokit(one.beats, guess[:, 0]),
            "Lomb": lomb(one.beats, guess[:, 0]),
        }
        error = np.abs(guess[:, 1] - truth)
        ours.append({
            "recording": one.name,
            "truth /min": float(np.nanmean(truth[0])),
            "share sure": float(sure.mean()),
            "median error sure": _median(error[0][sure]),
            "worst error sure": float(np.nanmax(error.min(axis=0)[sure])) if sure.any() else float("nan"),
            "wrong of sure %": _wrong(error.min(axis=0)[sure]),
            "off the window's %": _wrong(error[0][sure]),
            **_led(one, truth),
        })  # fmt: skip
        line: dict[str, object] = {"recording": one.name}
        for name, found in methods.items():
            off = np.abs(found - truth)
            line[f"{name}: error"] = _median(off[0])
            line["wrong %" + " " * len(line)] = _wrong(off.min(axis=0))
            line["sure: wrong %" + " " * len(line)] = _wrong(off.min(axis=0)[sure])
        others.append(line)
    return ours, others


def _led(one: Reference, truth: np.ndarray) -> dict[str, object]:
    """The same where the pacer is known, as it is to music that leads."""
    if one.pacer is None:
        return {}
    guess = estimates(one.beats, guide=one.pacer)
    sure = guess[:, 2] >= 0.5
    error = np.abs(guess[:, 1] - truth).min(axis=0)[sure]
    return {"led: sure": float(sure.mean()), "led: wrong of sure %": _wrong(error)}


def _median(error: np.ndarray) -> float:
    return float(np.nanmedian(error)) if np.isfinite(error).any() else float("nan")


def _wrong(error: np.ndarray) -> float:
    return 100.0 * float(np.mean(~(error <= WRONG_PER_MIN))) if error.size else float("nan")


def paced() -> Iterator[Reference]:
    """Against the pacer."""
    for name, rr in data.paced().items():
        rate = data.PACED_PER_MIN[name]
        beats = np.concatenate([[0.0], np.cumsum(rr) / 1000.0])
        yield Reference(name, beats, lambda moments, rate=rate: np.full((2, moments.size), rate), rate)


def belt() -> Iterator[Reference]:
    """Against a respiration belt."""
    for path in sorted((data.DATA / "resp_neurokit").glob("*.csv.gz")):
        table = data.columns(path)
        breaths = belt_breaths(table["RSP"], 100.0)
        yield Reference(path.name, r_peaks(table["ECG"], 100.0) / 100.0, partial(answers, breaths))


def intensive_care() -> Iterator[Reference]:
    """Against annotated breaths of patients, in most of whom RR does not tell."""
    for path in sorted((data.DATA / "resp_bidmc").glob("*_Signals.csv.gz")):
        record = path.name[:8]
        lines = (path.parent / f"{record}_Breaths.csv").read_text().splitlines()[1:]
        first = [line.split(",")[0].strip() for line in lines]
        breaths = np.array([int(cell) / 125.0 for cell in first if cell.isdigit()])
        beats = r_peaks(data.columns(path)["II"], 125.0) / 125.0
        yield Reference(record, beats, partial(answers, breaths))


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
    found = {
        name: estimates(np.concatenate([[0.0], np.cumsum(rr) / 1000.0]), every_s=30.0)
        for name, rr in days.items()
    }
    found["all"] = np.concatenate([*found.values(), np.empty((0, 3))])
    rows: list[dict[str, object]] = []
    for name, guess in found.items():
        sure = guess[:, 2] >= 0.5
        slow = float(np.mean(guess[sure, 1] < SLOW_PER_MIN)) if sure.any() else 0.0
        rows.append(
            {"recording": name, "share sure": float(sure.mean()), "of it under 9/min %": 100.0 * slow}
        )
    return rows


STEPS = ((15, 8), (15, 6), (16, 5), (8, 15), (6, 16), (6, 12), (20, 12), (12, 20), (15, 24))
"""Breaths a minute before and after."""


def swinging(per_min: float, seconds: float, rng: np.random.Generator) -> np.ndarray:
    """RR of a heart at rest that a breath swings by 30 ms."""
    t, phase, rr = 0.0, rng.uniform(0.0, 6.28), list[float]()
    while t < seconds:
        rr.append(850.0 + 30.0 * np.sin(2 * np.pi * per_min / 60.0 * t + phase) + rng.normal(0.0, 6.0))
        t += rr[-1] / 1000.0
    return np.array(rr)


def steps(seeds: int = 6) -> list[dict[str, object]]:
    """How soon a step of the breath is believed, and how often something else is on the way, for a minute."""
    rows: list[dict[str, object]] = []
    for before, after in STEPS:
        followed: list[float] = []
        sure = wrong = 0
        for seed in range(seeds):
            rng = np.random.default_rng(seed)
            first = swinging(before, 90.0, rng)
            t = np.cumsum(np.concatenate([[0.0], first, swinging(after, 70.0, rng)])) / 1000.0
            step_s = float(t[first.size])
            found = estimates(t)
            found = found[(found[:, 0] > step_s) & (found[:, 0] <= step_s + 60.0) & (found[:, 2] >= 0.5)]
            off = np.abs(found[:, 1, None] - np.array([before, after]))
            sure, wrong = sure + len(found), wrong + int((off.min(axis=1) > WRONG_PER_MIN).sum())
            there = found[off[:, 1] < 1.0, 0]
            followed.append(float(there[0] - step_s) if there.size else float("inf"))
        rows.append({
            "from": before, "to": after, "followed after s, median": float(np.median(followed)),
            "latest": max(followed), "sure answers": sure, "wrong": wrong,
        })  # fmt: skip
    return rows


def measure() -> dict[str, list[dict[str, object]]]:
    """Every table by its title."""
    warnings.simplefilter("ignore")
    tables: dict[str, list[dict[str, object]]] = {}
    for title, references in (("paced", paced()), ("belt", belt()), ("intensive care", intensive_care())):
        tables[title], tables[f"{title}, by others too"] = rows_of(references)
    return tables | {"unpaced": unpaced(), "steps, simulated": steps()}


if __name__ == "__main__":
    figures = measure()
    for title, rows in figures.items():
        data.show(title, rows)
    data.save("heart_breathing", figures)
