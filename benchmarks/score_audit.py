"""Claim: twenty minutes are composed in under a second, and the score keeps the ranges of SCIENCE.md D1-D4.

A symbolic audit of the note stream, profile by profile and without sound: CPU time, density against
what was asked, chord and silence lengths, the melody's rests, notes inside the mode, least-motion
voice leading, and how alike the stream is to itself 30, 60 and 120 s later.
"""

from __future__ import annotations

import itertools
import json
import time
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from dsp.score import Note
from engine.guide.music_state import MusicState, Stage
from engine.music.composer import Composer
from engine.music.foreground import ORNAMENTS
from engine.music.orchestration import FOREGROUND
from engine.music.score import Landmark
from profiles.load import load, names
from profiles.schema import MODES, Profile

SEEDS = range(1, 4)


@dataclass
class Sitting:
    """Everything a composer gave, with the clock that played it."""

    profile: Profile
    notes: list[Note] = field(default_factory=list)
    markers: list[Landmark] = field(default_factory=list)
    tempo: list[tuple[float, float]] = field(default_factory=list)
    ramps: int = 0
    cpu_s: float = 0.0
    _beats: list[float] = field(default_factory=list)
    _seconds: list[float] = field(default_factory=list)

    def at_s(self, beat: float) -> float:
        """Seconds at which `beat` was played."""
        i = min(max(bisect_right(self._beats, beat) - 1, 0), len(self._beats) - 2)
        slope = (self._seconds[i + 1] - self._seconds[i]) / (self._beats[i + 1] - self._beats[i])
        return self._seconds[i] + slope * (beat - self._beats[i])


def wish(profile: Profile, t: float, minutes: float) -> MusicState:
    """A guide of the plainest kind: tempo, density and breath sink over the sitting, then it ends."""
    low, high = profile.ranges.density
    part = min(t / (60.0 * minutes), 1.0)
    stage = Stage.MATCH if t < 150 else Stage.GUIDE
    ending = t > 60.0 * minutes - profile.arc.fade_out_s
    if ending:
        stage = Stage.END
    bpm = min(max(70.0, profile.ranges.tempo_bpm[0]), profile.ranges.tempo_bpm[1]) * (1.0 - 0.12 * part)
    density = low + (high - low) * (0.7 - 0.4 * part)
    return MusicState(
        t, stage, bpm, density, 0.35, 0.0, 10.0 - 4.0 * part, 2.0, 0.5, mood=profile.harmony.mood,
        left_s=60.0 * minutes - t if ending else inf,
    )  # fmt: skip


def sit(
    name: str, seed: int, minutes: float = 20.0, asked: Callable[[Profile, float, float], MusicState] = wish
) -> Sitting:
    """Play a composer at ten ticks a second for `minutes`."""
    profile = load(name)
    composer = Composer(profile, seed)
    sitting = Sitting(profile)
    beat, bpm, coming = 0.0, 60.0, list[tuple[float, float]]()
    for tick in range(int(600 * minutes)):
        t = tick / 10
        music = asked(profile, t, minutes)
        bpm = music.tempo_bpm if tick == 0 else bpm
        start = time.process_time()
        score = composer.compose(beat, t, bpm, beat + 12.0, music)
        sitting.cpu_s += time.process_time() - start
        sitting.notes += score.notes
        sitting.markers += score.landmarks
        sitting.tempo += score.tempo
        sitting.ramps += len(score.ramps)
        coming += score.tempo
        while coming and coming[0][0] <= beat:
            bpm = coming.pop(0)[1]
        sitting._beats.append(beat)
        sitting._seconds.append(t)
        beat += bpm / 600.0
    return sitting


def figures(sitting: Sitting, minutes: float) -> dict[str, float]:
    """The audit's figures for one sitting."""
    at = sitting.at_s
    end = 60.0 * minutes - sitting.profile.arc.fade_out_s
    parts = [(at(m.beat), m.text) for m in sitting.markers if m.kind == "phrase"]
    spans = [
        (a, b, text) for (a, text), b in zip(parts, [t for t, _ in parts[1:]] + [end], strict=True) if a < end
    ]
    silences = [b - a for a, b, text in spans if text == "silence"]
    sounding = np.zeros(int(end * 10), dtype=bool)
    for a, b, text in spans:
        if text not in ("silence", "still", "gone", "opening"):
            sounding[int(a * 10) : int(b * 10)] = True
    onsets = sorted(at(n.beat) for n in sitting.notes if n.instrument in FOREGROUND)
    onsets = np.array([t for i, t in enumerate(onsets) if i == 0 or t - onsets[i - 1] > 0.03])
    errors = []
    for start in range(15, int(end) - 60, 15):
        heard = sounding[start * 10 : start * 10 + 600].sum() / 10
        asked = np.mean([wish(sitting.profile, t, minutes).density for t in range(start, start + 60)])
        errors.append(((onsets >= start) & (onsets < start + 60)).sum() / heard / asked - 1.0)
    chords = [at(m.beat) for m in sitting.markers if m.kind == "chord"]
    bounds = sorted(chords + [a for a, _, text in spans if text == "silence"])
    lengths = [b - a for a, b in itertools.pairwise(bounds) if a in chords and b < end]
    classes = [{(tonic + s) % 12 for s in MODES[mode]} for tonic, mode in _scales(sitting)]
    starts = [m.beat for m in sitting.markers if m.kind == "section"]
    pitched = [n for n in sitting.notes if n.instrument in (*FOREGROUND, "pad", "choir", "drone")]
    inside = [
        int(n.pitch) % 12 in classes[max(0, int(np.searchsorted(starts, n.beat + 0.2, "right")) - 1)]
        for n in pitched
    ]
    struck = np.unique([t for n in sitting.notes if 15 < (t := at(n.beat)) < end])
    gaps = np.diff(np.concatenate([[15.0], struck, [end]]))
    sung = [n for n in sitting.notes if n.instrument in FOREGROUND and n.beats not in ORNAMENTS]
    rests = [
        1.0 - sum(min(at(n.beat + n.beats), b) - at(n.beat) for n in sung if a <= at(n.beat) < b) / (b - a)
        for a, b, text in spans
        if text in ("statement", "variation", "contrast")
    ]
    result = {
        "melody_rests": float(np.mean(rests)),
        "cpu_s": sitting.cpu_s,
        "density_error_median": float(np.median(np.abs(errors))),
        "density_error_p95": float(np.percentile(np.abs(errors), 95)),
        "chord_s_p5": float(np.percentile(lengths, 5)),
        "chord_s_median": float(np.median(lengths)),
        "chord_s_p95": float(np.percentile(lengths, 95)),
        "silences": float(len(silences)),
        "silence_s_min": min(silences, default=0.0),
        "silence_s_max": max(silences, default=0.0),
        "quiet_share": float(gaps[gaps >= 2.0].sum() / (end - 15.0)),
        "inside_mode": float(np.mean(inside)),
        "ramps_per_min": sitting.ramps / minutes,
    }
    for lag in (30, 60, 120):
        result[f"alike_{lag}s"] = alike(sitting, lag, end)
    return result


def alike(sitting: Sitting, lag_s: int, end_s: float) -> float:
    """Mean cosine of ten-second stretches of the foreground, second by second, with those `lag_s` later."""
    roll = np.zeros((int(end_s) + 1, 64))
    for note in sitting.notes:
        t = sitting.at_s(note.beat)
        if note.instrument in FOREGROUND and t < end_s:
            roll[int(t), int(note.pitch) - 28] += note.velocity
    windows = np.array([roll[i : i + 10].ravel() for i in range(0, int(end_s) - 10, 5)])
    norms = np.linalg.norm(windows, axis=1)
    step = lag_s // 5
    pairs = (norms[:-step] > 0) & (norms[step:] > 0)
    cosines = (windows[:-step] * windows[step:]).sum(1)[pairs] / (norms[:-step] * norms[step:])[pairs]
    return float(cosines.mean())


def _scales(sitting: Sitting) -> list[tuple[int, str]]:
    names_of = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
    scales = []
    for marker in sitting.markers:
        if marker.kind == "section":
            tonic, mode = marker.text.split(": ")[1].split(" ", 1)
            scales.append((names_of.index(tonic), mode.replace(" ", "_")))
    return scales


def main(minutes: float = 20.0) -> None:
    console = Console(width=160)
    rows: dict[str, dict[str, float]] = {}
    with console.status("composing") as status:
        for name in names():
            status.update(f"composing {name}")
            found = [figures(sit(name, seed, minutes), minutes) for seed in SEEDS]
            rows[name] = {key: float(np.mean([f[key] for f in found])) for key in found[0]}
    table = Table(title=f"Symbolic audit of {minutes:g} min sittings, means of {len(SEEDS)} seeds")
    table.add_column("figure")
    for name in rows:
        table.add_column(name, justify="right")
    for key in next(iter(rows.values())):
        table.add_row(key, *(f"{row[key]:.2f}" for row in rows.values()))
    console.print(table)
    out = Path(__file__).parent / "results" / "score_audit.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
