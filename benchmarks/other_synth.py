"""A patch of pyo's beside the native engine: what each adds to the music, how it sounds, and what it costs.

usage: other_synth.py [--profile NAME] [--seconds N] [PATCH.py ...]

Renders the same sitting with the engine's own foreground, with none, and with each patch, beside the bed and
alone. Prints loudness (BS.1770), peak, spectral centroid, how well the level goes with the breath that the
music leads, and the seconds of a processor that a second of sound takes, pyo's process and ours apart.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from pathlib import Path

import numpy as np

from dsp.loudness import integrated_lufs
from engine.guest.duck import INSTEAD_OF_FOREGROUND
from engine.patch.asked import OWN
from engine.patch.player import PatchPlayer
from engine.player import OfflineOutput
from engine.sitting.asked import Asked, prepared
from engine.sitting.sitting import Sitting
from sensors.spec import open_sensor

RATE_HZ, SEED = 48_000, 7


class Breath:
    """The music's own breath, ten times a second, and what the guest's channel missed; a watcher."""

    def __init__(self) -> None:
        self.phase: list[float] = []
        self.gaps = 0

    def moment(self, moment) -> None:
        self.phase.append(moment.swell_phase)
        self.gaps = moment.losses.guest_gaps


def rendered(profile: str, seconds: float, patch: Path | None, *, alone: bool, front: bool = True):
    """(sound, breath, seconds of ours, seconds of pyo's)."""
    portions: list[np.ndarray] = []
    plan = prepared(Asked(profile, sensor="sim", duration=seconds, seed=SEED, record=False))
    output = OfflineOutput(RATE_HZ, "Rendering.", portions.append)
    breath, other_s = Breath(), 0.0
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    with Sitting(plan, open_sensor("sim"), output) as sitting:
        sitting.watchers.add(breath, at_once=True)
        if not front:
            sitting.guest.duck = INSTEAD_OF_FOREGROUND
        began = time.process_time()
        if patch is None:
            sitting.run()
        else:
            with PatchPlayer(patch, RATE_HZ, SEED, alone=alone, hurry=True, say=print) as player:
                player.join(sitting)
                sitting.run()
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            other_s = after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
        ours_s = time.process_time() - began
    return np.concatenate(portions), breath, ours_s, other_s


def centroid_hz(sound: np.ndarray) -> float:
    """Of the mean power spectrum of both sides."""
    frames = sound[: len(sound) // 8192 * 8192].mean(axis=1).reshape(-1, 8192) * np.hanning(8192)
    power = (np.abs(np.fft.rfft(frames, axis=1)) ** 2).mean(axis=0)
    return float((np.fft.rfftfreq(8192, 1 / RATE_HZ) * power).sum() / max(power.sum(), 1e-30))


def breathes(sound: np.ndarray, breath: Breath) -> float:
    """Correlation of the level, tenth by tenth of a second, with the breath that is led."""
    step = RATE_HZ // 10
    count = min(len(sound) // step, len(breath.phase))
    level = np.sqrt((sound[: count * step] ** 2).mean(axis=1).reshape(count, step).mean(axis=1))
    phase = np.array(breath.phase[:count])
    turn = np.where(phase < 0.4, 0.5 * phase / 0.4, 0.5 + 0.5 * (phase - 0.4) / 0.6)
    return float(np.corrcoef(np.log(level[200:] + 1e-6), 0.5 - 0.5 * np.cos(2 * np.pi * turn)[200:])[0, 1])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--profile", default="relax")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("patches", nargs="*", type=Path)
    asked = parser.parse_args()
    examples = sorted((Path(__file__).parent.parent / "examples").glob("patch_*.py"))
    print(f"{asked.profile}, {asked.seconds:.0f} s, load {os.getloadavg()[0]:.1f}")
    print(f"{'':32}{'LUFS':>7}{'peak':>7}{'centroid':>10}{'breath':>8}{'ours':>8}{'pyo':>8}{'gaps':>6}")
    cases = [("native", None, False, True), ("native, no foreground", None, False, False)]
    for patch in asked.patches or [OWN, *examples]:
        cases += [(patch.stem, patch, False, True), (f"{patch.stem} alone", patch, True, True)]
    for name, patch, alone, front in cases:
        sound, breath, ours_s, other_s = rendered(
            asked.profile, asked.seconds, patch, alone=alone, front=front
        )
        length_s = len(sound) / RATE_HZ
        peak = 20 * np.log10(max(float(np.abs(sound).max()), 1e-9))
        print(
            f"{name:32}{integrated_lufs(sound.T, RATE_HZ):7.1f}{peak:7.1f}{centroid_hz(sound):8.0f} Hz"
            f"{breathes(sound, breath):8.2f}{ours_s / length_s:8.4f}{other_s / length_s:8.4f}{breath.gaps:6}"
        )


if __name__ == "__main__":
    sys.exit(main())
