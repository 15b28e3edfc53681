"""How single notes of each pitched instrument sound: colour over velocity, width, onset, how strikes differ.

Kernels alone, dry, in the middle, at the brightness that a channel has before it is asked for any. Centroid,
correlation and tilt are those of MEASURES.md (benchmarks/timbre.py); a note is heard for NOTE_S.
With --out, the notes as WAV files, and a picture of them all.

usage: single_notes.py [--instruments piano,pluck] [--out FOLDER]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import librosa
import matplotlib.pyplot as plt
import numpy as np
import soundfile
from numba import njit
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent.parent))

from report import show_table, write_json
from sound_measures import RATE_HZ
from timbre import band_db, centroids, correlation, side_over_mid_db, spectrum, tilt_db

from dsp.crossing import column_sums
from dsp.envelope import VOICES, release
from dsp.lanes import splat, store
from dsp.palette.instruments import TABLE
from dsp.parts import PLAYABLES
from dsp.playable import Playable
from dsp.processor import flush_denormals, restore_denormals
from dsp.quantum import QUANTUM

Sound = NDArray[np.float32]
Notes = dict[tuple[float, float], list[Sound]]
"""Strikes by pitch and velocity."""

VELOCITIES = (0.3, 0.5, 0.7)
"""From a composer's softest note to its loudest."""

PITCHES = (48.0, 60.0, 72.0)
STRIKES = 6
NOTE_S, HELD_S = 6.0, 4.0
ONSET_S = 2.0
"""Of which the centroid is taken: what is heard of a note before the next."""
BRIGHTNESS = 0.4
ATTACK_S = {"chords": 1.2, "drone": 1.2}
"""As the palettes ask of what goes on; of what is struck, STRUCK_S."""
STRUCK_S = 0.04
HEARD = ("chords", "drone", "lead", "stroke")
PITCHED = tuple(row.name for row in TABLE if row.part in HEARD)


def player(playable: Playable):
    """A compiled loop over quanta: `strikes` notes of one pitch, one after the other."""
    start, render = playable.start, playable.render

    @njit(error_model="numpy", _nrt=False)
    def play(state, pitch, velocity, brightness, attack_s, held, each, lanes, out):
        before = flush_denormals()
        record = state[0]
        for q in range(len(out[0]) // QUANTUM):
            voice = q // each % VOICES
            if q % each == 0:
                start(record, voice, pitch, velocity, brightness, 0.0, attack_s, 2.0, float(RATE_HZ))
            if q % each == held:
                release(record.envelope, voice)
            for i in range(0, QUANTUM * 8, 8):
                store(lanes[0], i, splat(0.0))
                store(lanes[1], i, splat(0.0))
            render(record, lanes[0], lanes[1], float(RATE_HZ), BREATH)
            for i in range(0, QUANTUM, 8):
                store(out[0], q * QUANTUM + i, column_sums(lanes[0], i * 8))
                store(out[1], q * QUANTUM + i, column_sums(lanes[1], i * 8))
        restore_denormals(before)

    return play


BREATH = 0.0
"""Neither full lungs nor empty ones, and no air flows."""


def strikes(play, playable: Playable, pitch: float, velocity: float, attack_s: float) -> list[Sound]:
    """STRIKES notes one after the other, each (frames, 2)."""
    state = np.zeros(1, playable.record)
    playable.prepare(state[0], RATE_HZ, 1)
    if "channel_brightness" in (playable.record.names or ()):
        state["channel_brightness"] = BRIGHTNESS
    each = round(NOTE_S * RATE_HZ / QUANTUM)
    out = np.zeros((2, STRIKES * each * QUANTUM), np.float32)
    lanes = np.zeros((2, QUANTUM * 8), np.float32)
    held = round(HELD_S * RATE_HZ / QUANTUM)
    play(state, pitch, velocity, BRIGHTNESS, attack_s, held, each, lanes, out)
    return np.split(np.ascontiguousarray(out.T), STRIKES)


def rise_ms(sound: Sound, pitch: float) -> float:
    """From 10 to 90 % of a note's first peak level, held over one period."""
    period = round(RATE_HZ / (440.0 * 2.0 ** ((pitch - 69.0) / 12.0)))
    peaks = np.abs(sound).max(axis=1)
    held = np.array([part.max() for part in np.array_split(peaks, len(peaks) // period)])
    top = held.max()
    return 1e3 * period / RATE_HZ * float(np.argmax(held >= 0.9 * top) - np.argmax(held >= 0.1 * top))


def centroid_hz(sound: Sound) -> float:
    """Mean of the frames of its first ONSET_S."""
    return float(np.mean(centroids(sound[: round(ONSET_S * RATE_HZ)])[1]))


def apart_db(notes: Sequence[Sound]) -> float:
    """How far strikes of one note differ: deviation of their mel spectra, within 50 dB of the loudest."""
    mel = librosa.feature.melspectrogram
    powers = [mel(y=note.mean(axis=1), sr=RATE_HZ, n_fft=4096, hop_length=2048, n_mels=60) for note in notes]
    stack = librosa.power_to_db(np.stack(powers), ref=np.max, top_db=None)
    return float(np.mean(stack.std(axis=0)[stack.mean(axis=0) > stack.max() - 50.0]))


def measured(name: str, play, out: Path | None) -> dict[str, object]:
    """All figures of one instrument."""
    row = next(row for row in TABLE if row.name == name)
    attack_s = ATTACK_S.get(row.part, STRUCK_S)
    asked = [(pitch, velocity) for pitch in PITCHES for velocity in VELOCITIES]
    notes = {at: strikes(play, PLAYABLES[name], *at, attack_s) for at in asked}
    if out is not None:
        keep(out, name, notes)
    colour = {at: float(np.median([centroid_hz(note) for note in struck])) for at, struck in notes.items()}
    middle = [note for pitch in PITCHES for note in notes[pitch, VELOCITIES[1]]]
    soft, hard = VELOCITIES[0], VELOCITIES[-1]
    return {
        "centroid_hz": {f"{p:g}": [colour[p, velocity] for velocity in VELOCITIES] for p in PITCHES},
        "centroid_moves": float(np.mean([colour[p, hard] / colour[p, soft] - 1.0 for p in PITCHES])),
        "correlation": float(np.median([correlation(note) for note in middle])),
        "correlation_most": float(max(correlation(note) for note in middle)),
        "side_over_mid_db": float(np.median([side_over_mid_db(note) for note in middle])),
        "apart_db": float(np.mean([apart_db(notes[pitch, VELOCITIES[1]]) for pitch in PITCHES])),
        "tilt_db": float(np.median([tilt_db(spectrum(note)) for note in middle])),
        "above_2_khz_db": float(np.median([band_db(spectrum(note), 2000.0, 16000.0) for note in middle])),
        "rise_ms": [float(np.median([rise_ms(note, p) for note in notes[p, hard]])) for p in PITCHES],
        "level_db": [float(20.0 * np.log10(np.median([n.std() for n in notes[p, 0.5]]))) for p in PITCHES],
    }


def keep(out: Path, name: str, notes: Notes) -> None:
    """Write the first note of each pitch and velocity as a WAV, and all their spectrograms as one picture."""
    out.mkdir(parents=True, exist_ok=True)
    figure, axes = plt.subplots(len(PITCHES), len(VELOCITIES), figsize=(15, 11), sharex=True, sharey=True)
    for (pitch, velocity), place in zip(notes, axes.flat, strict=True):
        note = notes[pitch, velocity][0]
        soundfile.write(out / f"{name}-{pitch:g}-{100 * velocity:.0f}.wav", note, RATE_HZ)
        of = 20.0 * np.log10(np.abs(librosa.stft(note.mean(axis=1), n_fft=4096, hop_length=1024)) + 1e-6)
        place.imshow(of, vmin=-70, vmax=20, origin="lower", aspect="auto", extent=(0, NOTE_S, 0, RATE_HZ / 2))
        place.set(ylim=(0, 10_000), title=f"{name} {pitch:g} at {velocity:g}")
    figure.savefig(out / f"{name}.png", dpi=60, bbox_inches="tight")
    plt.close(figure)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--instruments", default=",".join(PITCHED), help="names, with commas between them")
    asked.add_argument("--out", type=Path, help="folder for sounds and pictures")
    told = asked.parse_args()
    figures, rows = {}, []
    for name in told.instruments.split(","):
        print(f"{name} ...", file=sys.stderr, flush=True)
        found = figures[name] = measured(name, player(PLAYABLES[name]), told.out)
        rows.append(
            [
                name,
                " | ".join("/".join(f"{hz:.0f}" for hz in of) for of in found["centroid_hz"].values()),
                f"{100.0 * found['centroid_moves']:+.0f} %",
                f"{found['correlation']:.2f} ({found['correlation_most']:.2f})",
                f"{found['side_over_mid_db']:.1f}",
                f"{found['apart_db']:.1f}",
                f"{found['tilt_db']:.1f}",
                f"{found['above_2_khz_db']:.0f}",
                "/".join(f"{ms:.0f}" for ms in found["rise_ms"]),
                "/".join(f"{db:.0f}" for db in found["level_db"]),
            ]
        )
    show_table(
        f"Single notes at MIDI {'/'.join(f'{pitch:g}' for pitch in PITCHES)}, brightness {BRIGHTNESS}",
        [
            "instrument", f"centroid Hz at velocity {'/'.join(map(str, VELOCITIES))}", "moves",
            "L/R median (most)", "S/M dB", "strikes apart dB", "tilt", "over 2 kHz dB", "rise ms", "RMS dB",
        ],
        rows,
    )
    print(f"Written: {write_json('single_notes', figures)}")


if __name__ == "__main__":
    main()
