"""The real patch: a whole profile sounding at once, and how much faster than real time it renders.

First the profile as its composer writes it at the top of its density, with a heart pulse every second;
then every instrument of its palette kept busier than in any sitting (four pad voices, a drone, a piano
note every beat, and so on); then so all instruments there are; then nothing, which is the price of
effects and master alone. CPU is the thread's own.

usage: real_patch.py [--seconds 120] [--rounds 5] [--profile relax]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence

import numpy as np
from report import show_table, write_json

from dsp import command
from dsp.command import Command
from dsp.native import Synth
from dsp.score import INSTRUMENTS, Note, Ramp
from dsp.telemetry import Meter
from engine.guide.music_state import MusicState, Stage
from engine.music.composer import Composer
from profiles.load import load

RATE = 48_000
BPM = 60.0
MOST_A_SECOND = 400
"""Commands pushed for each second rendered; the ring and the schedule hold what waits for its moment."""

EVERY_BEATS = {
    "pad": (8.0, 9.0, (57.0, 60.0, 64.0, 67.0)),
    "drone": (16.0, 17.0, (36.0, 43.0)),
    "piano": (1.0, 3.0, (64.0, 72.0)),
    "bowl": (8.0, 8.0, (60.0,)),
    "pluck": (1.5, 3.0, (67.0,)),
    "heart": (1.0, 0.5, (36.0,)),
    "wind": (16.0, 17.0, (60.0,)),
    "water": (16.0, 17.0, (60.0,)),
    "kit": (1.0, 0.5, (36.0, 42.0)),
    "choir": (8.0, 9.0, (60.0, 64.0, 67.0)),
    "kalimba": (1.5, 3.0, (72.0,)),
    "hand_piano": (0.5, 1.0, (67.0, 71.0)),
    "hand_kalimba": (0.5, 3.0, (76.0,)),
    "hand_pad": (4.0, 4.5, (60.0, 64.0, 67.0)),
}
"""Beats between two notes, beats each lasts, pitches struck together."""


def busy(profile: str, instruments: Sequence[str], seconds: float) -> list[Command]:
    """Commands that keep these instruments and all effects busy for so long."""
    commands = [command.tempo(BPM), *map(command.ramp, Composer(load(profile), seed=1).opening())]
    for name in instruments:
        for parameter, value in (("level_db", -14.0), ("reverb", 0.4), ("echo", 0.2), ("chorus", 0.3)):
            commands.append(command.ramp(Ramp(name, parameter, value, 0.0)))
        step, length, pitches = EVERY_BEATS[name]
        for k in range(int(seconds * BPM / 60.0 / step) + 1):
            commands += [command.note(Note(k * step, length, name, pitch, 0.6)) for pitch in pitches]
    return sorted(commands, key=lambda asked: (asked.kind == command.NOTE_AT_BEAT, asked.beat))


def composed(profile: str, seconds: float) -> list[Command]:
    """Commands of the profile as composed, fullest, with the heart's pulse."""
    chosen = load(profile)
    composer = Composer(chosen, seed=1)
    commands = [command.tempo(BPM), *map(command.ramp, composer.opening())]
    full = MusicState(
        t_s=0.0, stage=Stage.GUIDE, tempo_bpm=BPM, density=chosen.ranges.density[1], brightness=0.5,
        loudness_db=0.0, breath_guide_per_min=8.0, breath_depth_db=1.5, pulse_level=1.0,
    )  # fmt: skip
    for second in range(int(seconds)):
        score = composer.compose(second * BPM / 60.0, float(second), BPM, second * BPM / 60.0 + 12.0, full)
        commands += [command.ramp(ramp).at_frame(second * RATE) for ramp in score.ramps]
        commands += [command.note(note) for note in score.notes]
        commands.append(command.note_at_frame(Note(0.0, 0.25, "heart", 36.0, 0.8), second * RATE))
    return commands


def cpu_of(commands: list[Command], seconds: float) -> tuple[float, float]:
    """CPU seconds for rendering alone, and the mean number of voices that sounded."""
    synth = Synth(RATE)
    out = np.zeros((RATE, 2), np.float32)
    spent, voices, at = 0.0, [], 0
    for _ in range(round(seconds)):
        at += synth.push(commands[at : at + MOST_A_SECOND])
        began = time.thread_time()
        synth.render(out)
        spent += time.thread_time() - began
        voices += [report.voices for report in synth.poll() if isinstance(report, Meter)]
    return spent, statistics.fmean(voices)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seconds", type=float, default=120.0)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--profile", default="relax")
    told = asked.parse_args()
    palette = list(load(told.profile).palette)
    scenes = {
        "its palette, kept busy": palette,
        "all instruments, kept busy": list(INSTRUMENTS),
        "nothing": [],
    }
    scores = {"the profile as composed": composed(told.profile, told.seconds)}
    scores |= {name: busy(told.profile, chosen, told.seconds) for name, chosen in scenes.items()}
    measured = {name: [] for name in scores}
    for _ in range(told.rounds):
        for name, score in scores.items():
            measured[name].append(cpu_of(score, told.seconds))
    rows, figures = [], {}
    for name, rounds in measured.items():
        times = sorted(told.seconds / spent for spent, _ in rounds)
        median, voices = statistics.median(times), rounds[0][1]
        spread = {"slowest": times[0], "fastest": times[-1]}
        figures[name] = {"times_real_time": median, "voices": voices, **spread}
        rows.append([name, f"{voices:.0f}", f"{median:.0f}", f"{times[0]:.0f} to {times[-1]:.0f}"])
    show_table(
        f"{told.profile}, {told.seconds:g} s, one core (asked of the profile: at least 150 times real time)",
        ["what sounds", "voices", "times real time", "spread"], rows,
    )
    write_json("real_patch", figures)


if __name__ == "__main__":
    main()
