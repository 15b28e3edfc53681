"""Claim: artefacts are found, healthy beats are left alone, ectopic beats told better than by others.

Injected into clean resting recordings: a missed beat, an extra beat, one beat displaced by 20 to 45 %.
Found means marked within one beat of the place. Run alone: python benchmarks/heart_artefacts.py
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

import heart_data as data
import numpy as np
from numpy.typing import NDArray

from sensors.artefacts import ArtefactClassifier


def labels(rr_ms: np.ndarray) -> list[str]:
    """Final label of every interval."""
    classifier = ArtefactClassifier()
    verdicts = [verdict for rr in rr_ms for verdict in classifier.push(float(rr))]
    return [str(verdict.label) for verdict in (*verdicts, *classifier.flush())]


def marked(rr_ms: np.ndarray) -> np.ndarray:
    """Which intervals are marked."""
    return np.array([label not in ("normal", "gap") for label in labels(rr_ms)])


def inject(rr_ms: np.ndarray, kind: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """RR with single artefacts about every 14 beats, and the index of the interval each ends."""
    t = np.concatenate([[0.0], np.cumsum(rr_ms)])
    places = set(np.cumsum(rng.integers(10, 19, size=t.size // 10)).tolist())
    beats: list[float] = []
    truth: list[int] = []
    for k, x in enumerate(t):
        if k in places and 3 < k < t.size - 4:
            if kind == "missed":
                truth.append(len(beats) - 1)
                continue
            if kind == "extra":
                truth.append(len(beats) - 1)
                beats.append(t[k - 1] + rng.uniform(0.25, 0.75) * (x - t[k - 1]))
            else:
                truth.append(len(beats) - 1)
                share = 0.20 if kind == "displaced 20 %" else rng.uniform(0.20, 0.45)
                x = x + rng.choice((-1.0, 1.0)) * share * (x - t[k - 1])
        beats.append(x)
    return np.diff(beats), np.array(truth)


def breathing_swing(hz: float, swing_ms: float, bpm: float, rng: np.random.Generator) -> np.ndarray:
    """Ten minutes of RR that swing with the breath, with 8 ms of noise."""
    t, rr = 0.0, []
    while t < 600.0:
        rr.append(60_000.0 / bpm + swing_ms * np.sin(2 * np.pi * hz * t) + rng.normal(0.0, 8.0))
        t += rr[-1] / 1000.0
    return np.array(rr)


def found(seed: int = 5) -> list[dict[str, object]]:
    """Share of injected artefacts found in the resting recordings, by kind."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for kind in ("missed", "extra", "displaced 20 %", "displaced 20-45 %"):
        hit = total = 0
        for rr in data.resting().values():
            for _ in range(2):
                spoilt, truth = inject(rr, kind, rng)
                marks = marked(spoilt)
                hit += sum(bool(marks[max(0, i - 1) : i + 2].any()) for i in truth)
                total += truth.size
        rows.append({"artefact": kind, "injected": total, "found %": 100.0 * hit / total})
    return rows


def false_alarms() -> list[dict[str, object]]:
    """Share of beats marked in clean recordings, by activity."""
    sums: dict[str, list[int]] = {}
    for name, rr in data.clean().items():
        group = name.split("_", 2)[2] if name.startswith("subject") else "paced" if "2026" in name else name
        for key in (group, "all"):
            pair = sums.setdefault(key, [0, 0])
            pair[0] += rr.size
            pair[1] += int(marked(rr).sum())
    return [
        {"recording": name, "beats": beats, "marked": marks, "marked %": 100.0 * marks / beats}
        for name, (beats, marks) in sums.items()
    ]


def swings(seed: int = 5) -> list[dict[str, object]]:
    """Share of beats kept under simulated respiratory swings."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for swing in (50.0, 100.0, 150.0):
        kept = [
            100.0 * float(1.0 - marked(breathing_swing(hz, swing, bpm, rng)).mean())
            for hz in (0.06, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3)
            for bpm in (55.0, 65.0, 75.0, 90.0)
        ]
        rows.append({"swing +/- ms": swing, "kept % worst": min(kept), "kept % mean": float(np.mean(kept))})
    return rows


def scores(truth: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """Hits, false alarms and misses, beat for beat."""
    return np.array([(truth & marks).sum(), (marks & ~truth).sum(), (truth & ~marks).sum()])


def by_neurokit(t: np.ndarray, repeated: bool) -> np.ndarray:
    """Beats that NeuroKit2 marks, by its repeated correction or a single one."""
    import neurokit2 as nk

    milliseconds = np.round(1000 * t).astype(int)
    artefacts, _peaks = nk.signal_fixpeaks(milliseconds, 1000, iterative=repeated, method="Kubios")
    marks = np.zeros(t.size, dtype=bool)
    for kind in ("ectopic", "missed", "extra", "longshort"):
        where = np.array(artefacts[kind], dtype=int)
        marks[where[where < t.size]] = True
    return marks


def by_systole(t: np.ndarray) -> np.ndarray:
    """Beats that systole marks, where it is installed (it is no dependency of ours)."""
    from systole.detection import rr_artefacts

    found = rr_artefacts(1000.0 * np.diff(t))
    kinds = [np.asarray(found[kind]) for kind in ("ectopic", "missed", "extra", "long", "short")]
    return np.concatenate([[False], np.any(kinds, axis=0)])


def ectopic() -> list[dict[str, object]]:
    """F1 on the V and A beats of the MIT-BIH Arrhythmia Database, each method on the same beats."""
    warnings.simplefilter("ignore")
    methods: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "ours": lambda t: np.concatenate([[False], marked(np.diff(t) * 1000.0)]),
        "NeuroKit2, repeated": partial(by_neurokit, repeated=True),
        "NeuroKit2, once": partial(by_neurokit, repeated=False),
    }
    if find_spec("systole"):
        methods["systole"] = by_systole
    rows: list[dict[str, object]] = []
    for name, method in methods.items():
        total, near = np.zeros(3), np.zeros(3)
        for t, letters, _ in data.mitdb().values():
            truth, marks = np.isin(letters, ["V", "A"]), method(t)
            total += scores(truth, marks)
            wide = np.convolve(marks, np.ones(3), "same") > 0
            around = np.convolve(truth, np.ones(3), "same") > 0
            near += [(truth & wide).sum(), (marks & ~around).sum(), (truth & ~wide).sum()]
        hits, false, missed = (int(count) for count in total)
        rows.append({
            "method": name, "hits": hits, "false": false, "missed": missed,
            "F1 exact": float(2 * total[0] / (2 * total[0] + total[1:].sum())),
            "F1 within one beat": float(2 * near[0] / (2 * near[0] + near[1:].sum())),
        })  # fmt: skip
    return rows


KINDS = {"V": "ventricular early", "A": "atrial early", "F": "fusion", "a": "aberrant atrial early"}


def by_kind() -> list[dict[str, object]]:
    """What RR alone shows: share of each kind of beat marked, within one beat, by how early it comes."""
    kinds: dict[str, list[NDArray[np.float64]]] = {kind: [] for kind in KINDS}
    for t, letters, _ in data.mitdb().values():
        rr = np.diff(t, prepend=np.nan)
        usual = np.array([np.median(rr[max(1, k - 8) : k + 9]) for k in range(t.size)])
        wide = np.convolve(np.concatenate([[False], marked(1000.0 * rr[1:])]), np.ones(3), "same") > 0
        for kind, pairs in kinds.items():
            pairs.append(np.column_stack([1.0 - rr / usual, wide])[letters == kind])
    rows: list[dict[str, object]] = []
    for kind, pairs in kinds.items():
        early, told = np.concatenate(pairs).T
        row: dict[str, object] = {"kind": KINDS[kind]}
        for words, inside in (
            ("under 8 % early", early < 0.08),
            ("8 to 20 % early", (early >= 0.08) & (early < 0.2)),
            ("earlier", early >= 0.2),
        ):
            row[words] = int(inside.sum())
            row[f"told, {words} %"] = 100.0 * float(told[inside].mean()) if inside.any() else float("nan")
        rows.append(row)
    return rows


if __name__ == "__main__":
    figures = {
        "found": found(),
        "false_alarms": false_alarms(),
        "swings": swings(),
        "ectopic": ectopic(),
        "what RR shows of them": by_kind(),
    }
    for title, rows in figures.items():
        data.show(title, rows)
    data.save("heart_artefacts", figures)
