"""Claim: RMSSD and SDNN equal NeuroKit2's on clean windows and reproduce the 24 h reference table.

Run alone: python benchmarks/heart_variability.py
"""

from __future__ import annotations

import csv
import warnings

import heart_data as data
import numpy as np

from sensors.beat import TimedBeat
from sensors.monitor import HeartMonitor
from sensors.variability import IntervalSums


def whole(rr_ms: np.ndarray) -> IntervalSums:
    """Figures over a window, through the same streaming code as live."""
    monitor = HeartMonitor()
    t = 0.0
    for rr in rr_ms:
        t += float(rr) / 1000.0
        monitor.feed(TimedBeat(t, t, float(rr)))
    monitor.finish()
    return monitor.whole()


def against_neurokit() -> list[dict[str, object]]:
    """Differences on clean windows without a marked beat."""
    warnings.simplefilter("ignore")
    import neurokit2 as nk

    rows: list[dict[str, object]] = []
    for name, rr in data.resting().items():
        ours = whole(rr)
        if ours.marked or ours.good != rr.size:
            continue
        theirs = nk.hrv_time({"RRI": rr, "RRI_Time": np.cumsum(rr) / 1000.0})
        rows.append({
            "recording": name,
            "RMSSD off ms": abs(ours.rmssd_ms - float(theirs["HRV_RMSSD"].iloc[0])),
            "SDNN off ms": abs(ours.sdnn_ms - float(theirs["HRV_SDNN"].iloc[0])),
        })  # fmt: skip
    return rows


def reference_table() -> list[dict[str, object]]:
    """The 300 s windows of nsr2db: relative error against the table, which took 125 Hz for 128."""
    folder = data.DATA / "rr_nsr2db_24h"
    with (folder / "reference_NSR_HRV_allwindows_allpatients.csv").open() as file:
        table = list(csv.DictReader(file))
    errors: dict[str, list[float]] = {"NNmean": [], "SDNN": [], "RMSSD": []}
    windows = refused = 0
    for record in sorted({line["patID"] for line in table}):
        path = folder / f"{record}.ecg"
        if not path.exists():
            continue
        t = data.annotated_beats(path, 125.0)[0]
        t -= t[0]
        for line in (line for line in table if line["patID"] == record):
            want = {name: float(line[name]) for name in errors}
            inside = t[(t >= float(line["t_start"])) & (t < float(line["t_end"]))]
            if inside.size < 100 or not all(np.isfinite(v) for v in want.values()):
                continue
            windows += 1
            got = whole(1000.0 * np.diff(inside))
            if not got.trusted:
                refused += 1
                continue
            for name, value in (("NNmean", got.mean_rr_ms), ("SDNN", got.sdnn_ms), ("RMSSD", got.rmssd_ms)):
                errors[name].append(100.0 * abs(value / want[name] - 1.0))
    return [
        {"figure": name, "windows": windows, "refused": refused, "median error %": float(np.median(values))}
        for name, values in errors.items()
    ]


if __name__ == "__main__":
    figures = {"against NeuroKit2": against_neurokit(), "nsr2db reference": reference_table()}
    for title, rows in figures.items():
        data.show(title, rows)
    data.save("heart_variability", figures)
