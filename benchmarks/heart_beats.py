"""Claim: under noise of 6 dB no method of NeuroKit2 finds the beats of an ECG better than ours, live.

Clean leads, and with noise added by the definition of the MIT-BIH noise stress test (QRS amplitude squared
over 8 against the noise's power): electrodes that move, recorded, and muscles, simulated. A beat is found
within 150 ms (AAMI EC57). Where a lead has no annotated beats, those of NeuroKit2 in the clean lead stand.
Ours slide a window of ten seconds and never look ahead; NeuroKit2's see all at once.
Run alone: python benchmarks/heart_beats.py [MINUTES]
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import heart_data as data
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from sensors.peaks import beats

Signal = NDArray[np.float64]

NOISE_DB = 6.0
TOLERANCE_S = 0.15
QRS_S = 0.06
"""Half of a span that holds a QRS complex."""
CLEANED = ("pantompkins1985", "hamilton2002", "elgendi2010", "engzeemod2012")
"""Methods of NeuroKit2 with a cleaning of their own; the others take its usual one."""
METHODS = (
    "neurokit", *CLEANED, "zong2003", "martinez2004", "kalidas2017", "nabian2018", "rodrigues2021",
    "manikandan2012", "khamis2016",
)  # fmt: skip


@dataclass(frozen=True)
class Lead:
    """Samples, their rate, and the seconds at which beats fall."""

    x: Signal
    rate_hz: float
    truth_s: Signal


def moving_electrodes() -> tuple[Lead, Signal]:
    """MIT-BIH 118 without noise, and the noise at 24 dB: both files hold 64 s of it, 12 dB apart."""
    folder = data.DATA / "ecg_noise_stress_118"
    louder = np.loadtxt(folder / "118e12.csv")[:23_200]
    softer = np.loadtxt(folder / "118e24.csv")[20_000:]
    noise = (louder - softer) / (10.0 ** (12.0 / 20.0) - 1.0)
    truth = np.loadtxt(folder / "118e12_ann.csv")
    return Lead(softer - noise, 360.0, truth[truth < louder.size] / 360.0), noise


def electrodes(lead: Lead, rng: np.random.Generator) -> Signal:
    """The recorded noise, from anywhere and either way, as long as the lead."""
    _, recorded = moving_electrodes()
    size = round(lead.x.size * 360.0 / lead.rate_hz) + 360
    pieces = [
        np.roll(recorded, rng.integers(recorded.size))[:: rng.choice((-1, 1))]
        for _ in range(size // recorded.size + 1)
    ]
    at = np.arange(lead.x.size) * 360.0 / lead.rate_hz
    return np.interp(at, np.arange(size), np.concatenate(pieces)[:size])


def muscles(lead: Lead, rng: np.random.Generator) -> Signal:
    """Noise from 5 Hz up, falling from 40 Hz, in bursts of some seconds."""
    spectrum = np.fft.rfft(rng.normal(size=lead.x.size))
    hz = np.fft.rfftfreq(lead.x.size, 1.0 / lead.rate_hz)
    noise = np.fft.irfft(spectrum * (hz > 5.0) / (1.0 + (hz / 40.0) ** 2) ** 0.25, lead.x.size)
    seconds = np.arange(lead.x.size) / lead.rate_hz
    knots = np.arange(0.0, seconds[-1] + 2.0, 2.0)
    return noise * np.exp(0.7 * np.interp(seconds, knots, rng.normal(size=knots.size)))


NOISES: dict[str, Callable[[Lead, np.random.Generator], Signal]] = {
    "electrodes": electrodes,
    "muscles": muscles,
}


def with_noise(lead: Lead, kind: str, seed: int) -> Lead:
    noise = NOISES[kind](lead, np.random.default_rng(seed))
    half = round(QRS_S * lead.rate_hz)
    places = np.round(lead.truth_s * lead.rate_hz).astype(int)
    heights = [float(np.ptp(lead.x[max(0, k - half) : k + half])) for k in places]
    level = float(np.median(heights)) / np.sqrt(8.0) / 10.0 ** (NOISE_DB / 20.0)
    return Lead(lead.x + noise * level / noise.std(), lead.rate_hz, lead.truth_s)


def leads(minutes: float) -> dict[str, Lead]:
    found: dict[str, Lead] = {}
    for path in sorted((data.DATA / "mitdb").glob("*.dat")):
        x = data.first_lead(path)[: round(60 * minutes * 360)]
        t = data.annotated_beats(path.with_suffix(".atr"), 360.0)[0]
        found[f"mitdb {path.stem}"] = Lead(x, 360.0, t[t < x.size / 360.0])
    found["mitdb 118"] = moving_electrodes()[0]
    for path in sorted((data.DATA / "resp_bidmc").glob("*_Signals.csv.gz")):
        x = data.columns(path)["II"][: round(60 * minutes * 125)]
        found[path.name[:8]] = Lead(x, 125.0, theirs(Lead(x, 125.0, np.zeros(0)), "neurokit"))
    return found


def theirs(lead: Lead, method: str) -> Signal:
    """Beats by a method of NeuroKit2, seconds."""
    import neurokit2 as nk

    rate_hz = round(lead.rate_hz)
    cleaned = method if method in CLEANED else "neurokit"
    clean = nk.ecg_clean(lead.x, sampling_rate=rate_hz, method=cleaned)
    return nk.ecg_peaks(clean, sampling_rate=rate_hz, method=method)[1]["ECG_R_Peaks"] / lead.rate_hz


def score(found_s: Signal, truth_s: Signal) -> tuple[float, float]:
    """Sensitivity and precision, in percent; each beat is found once."""
    i = j = hits = 0
    while i < found_s.size and j < truth_s.size:
        off = found_s[i] - truth_s[j]
        hits += abs(off) <= TOLERANCE_S
        i, j = i + (off <= TOLERANCE_S), j + (off >= -TOLERANCE_S)
    return 100.0 * hits / truth_s.size, 100.0 * hits / max(found_s.size, 1)


def measure(minutes: float) -> list[dict[str, object]]:
    """One row a lead and noise: ours, and NeuroKit2's three best by the sum of both figures."""
    warnings.simplefilter("ignore")
    rows: list[dict[str, object]] = []
    for name, clean in track(leads(minutes).items(), description="Beats"):
        for kind in ("none", *NOISES):
            lead = clean if kind == "none" else with_noise(clean, kind, seed=1)
            others: dict[str, tuple[float, float]] = {}
            for method in METHODS:
                try:
                    others[method] = score(np.asarray(theirs(lead, method)), lead.truth_s)
                except Exception:  # some methods fail on some leads
                    others[method] = (0.0, 0.0)
            ours = score(beats(lead.x, lead.rate_hz)[0], lead.truth_s)
            best = sorted(others, key=lambda method: -sum(others[method]))[:3]
            rows.append({
                "lead": name, "noise": kind, "beats": lead.truth_s.size,
                "ours": _both(ours), "best of NeuroKit2": f"{best[0]} {_both(others[best[0]])}",
                "then": ", ".join(f"{method} {_both(others[method])}" for method in best[1:]),
                "all": {method: list(pair) for method, pair in others.items()},
            })  # fmt: skip
    return rows


def _both(pair: tuple[float, float]) -> str:
    return f"{pair[0]:.1f} {pair[1]:.1f}"


def by_method(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Mean sensitivity and precision of every method over the noisy leads, best first."""
    noisy = [row for row in rows if row["noise"] != "none"]
    pairs = {"ours": [tuple(map(float, str(row["ours"]).split())) for row in noisy]}
    for method in METHODS:
        pairs[method] = [row["all"][method] for row in noisy]  # pyright: ignore
    means = {method: np.mean(both, axis=0) for method, both in pairs.items()}
    return [
        {"method": method, "sensitivity %": float(pair[0]), "precision %": float(pair[1])}
        for method, pair in sorted(means.items(), key=lambda item: -float(item[1].sum()))
    ]


if __name__ == "__main__":
    figures = measure(float(sys.argv[1]) if len(sys.argv) > 1 else 4.0)
    shown = ("lead", "noise", "beats", "ours", "best of NeuroKit2", "then")
    data.show("sensitivity and precision, %", [{k: row[k] for k in shown} for row in figures])
    means = by_method(figures)
    data.show(f"mean over the leads with noise of {NOISE_DB:g} dB", means)
    data.save("heart_beats", {"leads": figures, "means": means})
