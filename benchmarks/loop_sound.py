"""Claim: breath and heart are heard in the sound, and no governor has to hold it.

Definitions are those of MEASURES.md, kept beside the code that measures: how much of the level where ears are
follows the breath, how far the heart's strokes stand over the mix, how often a governor works, and how fast
loudness would rise without one. All from 60 s on, to 30 s before the end.

    python benchmarks/loop_sound.py [--minutes 6] [--profiles relax,breathe] [--seeds 3]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import scipy.signal
from numpy.typing import NDArray

sys.path.append(str(Path(__file__).parent))

import sound_measures as measure
from by_profile import Figures, printed
from rendering import HEART, RATE_HZ, Rendering, render

from dsp.score import INSTRUMENTS
from engine.desk import Touch
from engine.sitting.asked import Asked

Levels = NDArray[np.float64]

FROM_S, BEFORE_END_S = 60.0, 30.0
BLOCK_S = 0.1
EARS_HZ = (250.0, 4000.0)
PHASES = 20
THIRDS_HZ = tuple(1000.0 * 2.0 ** (k / 3.0) for k in range(-9, 4))
"""Middles of third octaves, from 125 Hz to 2 kHz: those above 100 Hz in which a heart may have a body."""

AWAKE_DB = -0.5
GOVERNED_FROM_S = 20.0


def levels_db(sound: measure.Sound, band_hz: tuple[float, float], rate_hz: int = RATE_HZ) -> Levels:
    """Level in dB of a band every BLOCK_S, mean power of both channels; -120 where nothing is.

    A Butterworth band-pass, of third order at each edge.
    """
    sos = scipy.signal.butter(3, band_hz, "bandpass", fs=rate_hz, output="sos")
    passed = scipy.signal.sosfilt(sos, sound.T.astype(np.float64))
    return block_levels_db(np.mean(passed**2, axis=0), rate_hz)


def block_levels_db(power: Levels, rate_hz: int) -> Levels:
    """Level in dB of every BLOCK_S of a signal's square; -120 where nothing is."""
    block = round(BLOCK_S * rate_hz)
    whole = len(power) // block
    return 10.0 * np.log10(power[: whole * block].reshape(whole, block).mean(axis=1) + 1e-12)


def middle(levels: Levels) -> slice:
    """What is measured of a sitting's blocks."""
    return slice(round(FROM_S / BLOCK_S), len(levels) - round(BEFORE_END_S / BLOCK_S))


def share_explained(levels: Levels, phase: Levels) -> float:
    """Share of the variance of levels that their mean over PHASES bins of a phase (0 to 1) explains.

    The squared correlation ratio (Fisher 1925). Chance alone gives about (PHASES - 1) / len(levels).
    """
    at = np.minimum((phase * PHASES).astype(int), PHASES - 1)
    counts = np.bincount(at, minlength=PHASES)
    means = np.bincount(at, levels, minlength=PHASES) / np.maximum(counts, 1)
    return float(np.sum(counts * (means - levels.mean()) ** 2) / np.sum((levels - levels.mean()) ** 2))


def breath_share(rendering: Rendering) -> float:
    """Share of the level's variance between 250 Hz and 4 kHz that follows the guide's breath."""
    levels = levels_db(rendering.sound, EARS_HZ)
    phase = rendering.breath_at((np.arange(len(levels)) + 0.5) * BLOCK_S)
    return share_explained(levels[middle(levels)], phase[middle(levels)])


def over_the_mix(stem: measure.Sound, rest: measure.Sound) -> tuple[float, float]:
    """(dB, Hz): 95th percentile of a stem's level over the median of the rest, in the best third octave."""
    slow_hz = RATE_HZ // 6
    stem, rest = (scipy.signal.decimate(each, 6, axis=0, ftype="fir") for each in (stem, rest))
    found: list[tuple[float, float]] = []
    for centre in THIRDS_HZ:
        band = (centre * 2.0 ** (-1.0 / 6.0), centre * 2.0 ** (1.0 / 6.0))
        strokes, under = levels_db(stem, band, slow_hz), levels_db(rest, band, slow_hz)
        over_db = np.percentile(strokes[middle(strokes)], 95) - np.median(under[middle(under)])
        found.append((float(over_db), centre))
    return max(found)


def governor(rendering: Rendering) -> tuple[float, float]:
    """(share of time, dB): how often governors and limiter took over 0.5 dB, and the most, from 20 s on."""
    gain = np.array(rendering.gain_db)[np.array(rendering.at_s) >= GOVERNED_FROM_S]
    return float(np.mean(gain < AWAKE_DB)), float(gain.min())


def rise(sound: measure.Sound) -> tuple[float, float]:
    """(share of time, LU): how often short-term loudness rises by over 1 LU in a second, and the most."""
    _, times, _, short_term = measure.loudness(sound)
    at, found = measure.rises(times, short_term)
    inside = found[(at >= FROM_S) & (at <= times[-1] - BEFORE_END_S)]
    return float(np.mean(inside > 1.0)), float(inside.max(initial=0.0))


FAINTEST = 1e-4
"""A stem that never passes this (-80 dBFS) is none."""

PRESENT = ((0.0, Touch("pulse_level", 1.0)),)
"""The hand that asks for a heart that is present."""


def figures(name: str, seed: int, minutes: float = 6.0) -> Figures:
    """All figures of one sitting. Shares of 1; dB; LU in a second."""
    asked = Asked(name, sensor=HEART, seed=seed, duration=60.0 * minutes)
    whole = render(asked)
    free = render(asked, governed=False)
    present = render(asked, governed=False, hands=PRESENT)
    without = set(INSTRUMENTS) - {"heart"}
    rest, rest_then = (render(asked, heard=without, governed=False, hands=h) for h in ((), PRESENT))
    awake_share, deepest_db = governor(whole)
    steep_share, steepest = rise(free.sound)
    found: Figures = {
        "breath share": breath_share(whole),
        "breath share, ungoverned": breath_share(free),
        "governor under -0.5 dB": awake_share,
        "governor's deepest, dB": deepest_db,
        "ungoverned rise over 1 LU/s": steep_share,
        "ungoverned rise, most": steepest,
    }
    # The heart is what the whole has more than the rest; alone, it would lean by its own balance.
    pairs = (("heart over the mix", free, rest), ("heart over the mix, present", present, rest_then))
    for label, all_of_it, others in pairs:
        heart = all_of_it.sound - others.sound
        told = over_the_mix(heart, others.sound) if np.abs(heart).max() > FAINTEST else (None, None)
        found[f"{label}, dB"], found[f"{label}, its band, Hz"] = told
    return found


def main() -> None:
    printed("loop_sound", __doc__, figures, "Breath, heart and governors", minutes=6.0)


if __name__ == "__main__":
    main()
