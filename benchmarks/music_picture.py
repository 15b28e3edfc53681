"""A picture of twenty minutes of one profile: what is written, what it sounds like, and what in it is alike.

Above the notes by instrument, the sections named as the report names them; then the spectrogram; below how
alike each ten seconds are to all others, in colour (MFCC, timbre.py) and in harmony (chroma) together: scenes
are squares on the diagonal, what comes back is dark away from it. As README.md shows it.

    python benchmarks/music_picture.py [--profile relax] [--minutes 20] [--seed 1] [--into FILE.png]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import librosa
import numpy as np

sys.path.append(str(Path(__file__).parent))

import timbre
from rendering import HEART, RATE_HZ, Rendering, render

from engine.journal.midi import Played, performance
from engine.music.scenes import SCENES
from engine.sitting.asked import Asked

PICTURES = Path(__file__).parent / "pictures"
INK = {
    "pad": "#9fb4c7", "choir": "#b7a6c9", "drone": "#5f6b73", "piano": "#b5524d", "pluck": "#c98a3d",
    "kalimba": "#3f7a4c", "bowl": "#2f6690",
}  # fmt: skip
ROW_HZ = (40.0, 8000.0)
SHADES_DB = 50.0
COLOURS = 256
"""In the file's palette."""


def alike(sound: np.ndarray[Any, np.dtype[np.float32]]) -> timbre.Array:
    """Cosine of every two blocks' colour and chroma, over their deviation in the piece; (blocks, blocks)."""
    colour = timbre.colours(sound)
    chroma = librosa.feature.chroma_stft(S=timbre.magnitudes(sound) ** 2, sr=timbre.COLOUR_HZ)
    per = chroma.shape[1] // len(colour)
    tones = chroma[:, : per * len(colour)].reshape(12, len(colour), per).mean(axis=2).T
    parts = [(part - part.mean(axis=0)) / (part.std(axis=0) + 1e-9) for part in (colour, tones)]
    both = np.hstack(parts)
    both /= np.linalg.norm(both, axis=1, keepdims=True) + 1e-9
    return both @ both.T


def scenes(whole: Rendering) -> list[tuple[float, str]]:
    """(s, what it is called) of each section, as it was told."""
    told = {decision.t_s: decision.value for music in whole.music for decision in music.decisions
            if decision.parameter == "scene"}  # fmt: skip
    return sorted((at_s, SCENES[name].told) for at_s, name in told.items() if name in SCENES)


def draw(whole: Rendering, title: str, into: Path) -> None:
    """Draw it into a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image

    played, end_s = performance(whole.record()), len(whole.sound) / RATE_HZ
    figure: Any = Figure((11.0, 12.5), 90, facecolor="#fcfbf8")
    canvas = FigureCanvasAgg(figure)
    roll, heard, same = figure.subplots(3, 1, height_ratios=(2.4, 2.0, 5.2))
    for note in played.notes:
        if note.instrument in INK:
            _bar(roll, note, played.transport.second, end_s)
    for at_s, name in scenes(whole):
        roll.axvline(at_s, color="#8b8f92", linewidth=0.6)
        roll.text(at_s + 4.0, 86.0, name, size=8, color="#2f3437", va="top")
    roll.set_xlim(0.0, end_s)
    roll.set_ylim(28.0, 88.0)
    roll.set_ylabel("MIDI number")
    present = {note.instrument for note in played.notes}
    for n, name in enumerate(name for name in INK if name in present):
        roll.text(1.005, 0.95 - 0.11 * n, name, color=INK[name], size=9, transform=roll.transAxes, va="top")
    level = 20.0 * np.log10(timbre.magnitudes(whole.sound) + 1e-9)
    step = max(1, level.shape[1] // 1600)
    level = level[:, : level.shape[1] // step * step].reshape(len(level), -1, step).max(axis=2)
    lines = np.linspace(0.0, timbre.COLOUR_HZ / 2.0, len(level))
    seconds = np.linspace(0.0, end_s, level.shape[1])
    top = float(np.percentile(level, 99.9))
    heard.pcolormesh(seconds, lines[1:], level[1:], vmin=top - SHADES_DB, vmax=top, cmap="bone_r")
    heard.set_yscale("log")
    heard.set_ylim(*ROW_HZ)
    heard.set_ylabel("Hz")
    found = alike(whole.sound)
    picture = same.imshow(
        found, origin="lower", extent=(0, end_s / 60, 0, end_s / 60), vmin=-0.2, vmax=1.0, cmap="bone_r"
    )
    same.set_xlabel("minutes")
    same.set_ylabel("minutes")
    same.set_xticks(range(int(end_s // 60) + 1))
    same.set_yticks(range(int(end_s // 60) + 1))
    figure.colorbar(picture, ax=same, shrink=0.6, label="alike, -0.2 to 1")
    for axes in (roll, heard):
        axes.set_xticks(np.arange(0.0, end_s + 1e-6, 60.0), [str(n) for n in range(int(end_s // 60) + 1)])
        axes.tick_params(labelsize=8)
    figure.suptitle(title, x=0.075, ha="left", y=0.985, size=12)
    figure.subplots_adjust(left=0.075, right=0.91, top=0.955, bottom=0.045, hspace=0.13)
    canvas.draw()
    drawn = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    drawn.quantize(COLOURS, Image.Quantize.MAXCOVERAGE).save(into, "PNG", optimize=True)


def _bar(axes: Any, note: Played, second: Any, end_s: float) -> None:
    begin_s, until_s = second(note.beat), min(second(note.until_beat), end_s)
    bed = note.instrument in ("pad", "choir", "drone")
    axes.plot(
        [begin_s, until_s], [note.pitch, note.pitch], color=INK[note.instrument], solid_capstyle="butt",
        linewidth=1.6 if bed else 2.0, alpha=0.7 if bed else 0.9, zorder=1 if bed else 2,
    )  # fmt: skip


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--profile", default="relax")
    asked.add_argument("--minutes", default=20.0, type=float)
    asked.add_argument("--seed", default=1, type=int)
    asked.add_argument("--into", type=Path)
    told = asked.parse_args()
    into = told.into or PICTURES / f"music_{told.profile}.png"
    whole = render(Asked(told.profile, sensor=HEART, seed=told.seed, duration=60.0 * told.minutes))
    draw(whole, f"{whole.profile.title}, {told.minutes:g} minutes, seed {told.seed}", into)
    print(f"Written: {into}")


if __name__ == "__main__":
    main()
