"""Claim: a music worth returning to: its colour, width, melody, harmony and form, by tools we did not write.

Whole sittings through the product's own rooms and its own MIDI export. Loudness by ffmpeg and pyloudnorm,
colour by librosa and scipy, notes by pretty_midi, dissonance also by essentia where that is installed. How
each is defined stands beside the code: timbre.py, tones.py, midi_measures.py, loop_sound.py. What needs a
rendering of its own (stems, ungoverned) is told of the first STEMS_S.

    python benchmarks/music_audit.py [--minutes 20] [--profiles relax,focus] [--seeds 3] [--processes 2]
"""

from __future__ import annotations

import sys
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
import pyloudnorm

sys.path.append(str(Path(__file__).parent))

import loop_sound
import midi_measures as written
import sound_measures as measure
import timbre
import tones
from by_profile import Figures, Measured, measured, medians, options, shown
from rendering import HEART, RATE_HZ, Rendering, render
from report import show_table, write_json

from engine.journal.midi import as_midi
from engine.sitting.asked import Asked
from profiles.load import load

NORMAL_LUFS = -23.0
REST_LUFS, REST_S = -38.0, 3.0
STEMS_S = 390.0
PAD_PITCHES = (50.0, 57.0, 64.0)
"""D3, A3, E4: where pads lie. The worst counts."""

try:
    import essentia
    import essentia.standard as listening

    essentia.log.infoActive = essentia.log.warningActive = False
except ImportError:
    listening = None

WITHOUT = "Dissonance by essentia is left out: pip install 'calando[audit]' brings it."

ASKED = {
    "governor under -0.5 dB, share": "<= .005",
    "governor's deepest, dB": ">= -1",
    "ungoverned rise over 1 LU/s, share": "<= .005",
    "ungoverned rise, most": "<= 1.15",
    "held pad note, dB peak to peak": "<= 4",
    "roughness (Sethares)": "relax <= .24",
    "tilt 1-8 kHz, dB an octave": "-6.5 to -4, sleep and ground to -8",
    "2-4 kHz, dB": ">= -24",
    "L/R correlation": "<= .7",
    "side/mid 150-1500 Hz, dB": ">= -6",
    "change of timbre": ">= 9",
    "4-grams that recur, share": ">= .30",
    "steps, share": ">= .45",
    "leaps, share": "<= .15",
    "bass pitch classes": ">= 4",
    "chord lengths, variation": ">= .45",
    "low semitones": "0",
    "last third against the first, LU": "<= -4",
    "last third against the first, centroid": "<= -.20",
    "rests": ">= 3",
    "LUFS by pyloudnorm": "-26 to -22",
}
"""Issue 12's last column, for 20 minutes."""


def middle(sound: measure.Sound) -> measure.Sound:
    """What is measured: from 60 s to 30 s before the end, at -23 LUFS."""
    part = sound[round(loop_sound.FROM_S * RATE_HZ) : len(sound) - round(loop_sound.BEFORE_END_S * RATE_HZ)]
    loud = pyloudnorm.Meter(RATE_HZ).integrated_loudness(part.astype(np.float64))
    return part * np.float32(10.0 ** ((NORMAL_LUFS - loud) / 20.0))


def thirds(part: measure.Sound) -> tuple[float, float]:
    """(LU, share): loudness and spectral centroid of the last third against the first."""
    third = len(part) // 3
    first, last = part[:third], part[-third:]
    meter = pyloudnorm.Meter(RATE_HZ)
    softer = meter.integrated_loudness(last.astype(float)) - meter.integrated_loudness(first.astype(float))
    before, after = (float(np.mean(timbre.centroids(each)[1])) for each in (first, last))
    return softer, after / before - 1.0


def rests(part: measure.Sound) -> int:
    """Stretches of at least 3 s with short-term loudness under -38 LUFS."""
    _, times, _, short_term = measure.loudness(part)
    low = (short_term < REST_LUFS) & (times >= 3.0)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], low.astype(int), [0]])))
    lengths_s = (edges[1::2] - edges[::2]) * float(np.median(np.diff(times)))
    return int(np.sum(lengths_s >= REST_S))


def dissonance(part: measure.Sound) -> float | None:
    """Essentia's, mean over frames of 43 ms; None without essentia."""
    if listening is None:
        return None
    window, spectrum = listening.Windowing(type="blackmanharris62"), listening.Spectrum()
    peaks = listening.SpectralPeaks(sampleRate=RATE_HZ, orderBy="frequency", minFrequency=20.0)
    mono, found = part.mean(axis=1, dtype=np.float32), list[float]()
    for frame in listening.FrameGenerator(mono, frameSize=2048, hopSize=2048):
        found.append(listening.Dissonance()(*peaks(spectrum(window(frame)))))
    return float(np.mean(found))


def of_sound(whole: Rendering, part: measure.Sound) -> Figures:
    """What tools hear in the whole as it is played."""
    awake, deepest_db = loop_sound.governor(whole)
    softer, darker = thirds(part)
    spectrum = timbre.spectrum(part)
    return {
        "governor under -0.5 dB, share": awake,
        "governor's deepest, dB": deepest_db,
        "roughness (Sethares)": tones.roughness(part),
        "dissonance (essentia)": dissonance(part),
        "tilt 1-8 kHz, dB an octave": timbre.tilt_db(spectrum),
        "120-250 Hz, dB": timbre.band_db(spectrum, 120.0, 250.0),
        "2-4 kHz, dB": timbre.band_db(spectrum, 2000.0, 4000.0),
        "4-8 kHz, dB": timbre.band_db(spectrum, 4000.0, 8000.0),
        "centroid, Hz": float(np.mean(timbre.centroids(part)[1])),
        "L/R correlation": timbre.correlation(part),
        "side/mid 150-1500 Hz, dB": timbre.side_over_mid_db(part),
        "change of timbre": timbre.change(timbre.colours(part)),
        "last third against the first, LU": softer,
        "last third against the first, centroid": darker,
        "rests": float(rests(part)),
        "LUFS by pyloudnorm": pyloudnorm.Meter(RATE_HZ).integrated_loudness(whole.sound.astype(float)),
    }


def heard(name: str, seed: int, minutes: float) -> tuple[Figures, timbre.Array]:
    """All figures of one sitting, and the colours of its blocks."""
    asked = Asked(name, sensor=HEART, seed=seed, duration=60.0 * minutes)
    whole = render(asked)
    part = middle(whole.sound)
    share, most = loop_sound.rise(render(asked, governed=False, until_s=STEMS_S).sound)
    drone = render(asked, heard={"drone"}, governed=False, until_s=STEMS_S)
    held = written.parts(as_midi(drone.record())).get("drone", [])
    count, deepest_db = tones.nulls(drone.sound, held, loop_sound.FROM_S, STEMS_S)
    pads = [tones.held_swing_db(load(name), "pad", pitch, seed) for pitch in PAD_PITCHES]
    found = of_sound(whole, part) | written.of_notes(as_midi(whole.record())) | {
        "ungoverned rise over 1 LU/s, share": share,
        "ungoverned rise, most": most,
        "held pad note, dB peak to peak": max(pads, key=lambda db: db or 0.0),
        "drone's nulls": float(count),
        "drone's deepest null, dB": deepest_db,
    }  # fmt: skip
    others = [key for key in found if key not in ASKED]
    return {key: found[key] for key in (*ASKED, *others)}, timbre.colours(part)


def distances(colours: dict[str, list[timbre.Array]]) -> dict[str, dict[str, float]]:
    """How far each two profiles stand apart, in units of the mean distance of two seeds of one profile."""
    within = [timbre.distance(a, b) for seeds in colours.values() for a, b in combinations(seeds, 2)]
    unit = float(np.mean(within))
    return {
        one: {
            other: float(np.mean([timbre.distance(a, b) for a, b in zip(here, there, strict=True)])) / unit
            for other, there in colours.items()
            if other != one
        }
        for one, here in colours.items()
    }


def main() -> None:
    told = options(__doc__, minutes=20.0).parse_args()
    both = measured(partial(heard, minutes=told.minutes), told.profiles, told.seeds, told.processes)
    found: Measured[Figures] = {name: [figures for figures, _ in seeds] for name, seeds in both.items()}
    middles = {name: medians(seeds) for name, seeds in found.items()}
    rows = [
        [key, ASKED.get(key, ""), *(shown(middles[name][key]) for name in told.profiles)]
        for key in middles[told.profiles[0]]
    ]
    title = f"Music of {told.minutes:g} minutes, medians of {told.seeds} seeds"
    notes = [WITHOUT] if listening is None else []
    show_table(title, ["figure", "asked", *told.profiles], rows, notes)
    result = {"medians": middles, "sittings": found}
    if len(told.profiles) > 1 and told.seeds > 1:
        apart = result["apart"] = distances({name: [of for _, of in seeds] for name, seeds in both.items()})
        title = "How far two profiles stand apart, in distances of two seeds (asked: at least 4)"
        rows = [[a, *("" if a == b else f"{apart[a][b]:.1f}" for b in told.profiles)] for a in told.profiles]
        show_table(title, ["", *told.profiles], rows)
    print(f"Written: {write_json('music_audit', result)}")


if __name__ == "__main__":
    main()
