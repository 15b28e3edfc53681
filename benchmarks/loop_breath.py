"""Claim: where the chest is heard the music breathes with the listener before it leads, and lets go gently.

Whole sittings are rendered, with listeners whose breath is known at every moment; the swell's phase is what
sounds. Apart: how far the two stand from one another, in breaths, before it leads (from 40 s on), and where
it has gone back to a breath that did not come along. In step: phase locking value of the true phases of a
part, beside the one that the sitting told (engine.in_step). Bent: how far the sounding rate ever was from the
guide's, to meet a breath; and the most that the guide led ahead of the listener's true rate.

    python benchmarks/loop_breath.py [--profiles relax] [--seeds 3]
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.append(str(Path(__file__).parent))

from by_profile import Figures, printed
from rendering import Rendering, render

from engine.guide.music_state import Stage
from engine.in_step import WINDOW_S
from engine.sitting.asked import Asked
from sensors.simulated import SimulatedHeart, SimulatedListener

Array = NDArray[np.float64]

SITTING_S, UNTIL_S = "15m", 600.0
MET_FROM_S = 40.0

ALONG = SimulatedListener(breath=13.0, coupling=0.3, breath_coupling=1.0)
LISTENERS = {
    "in step": replace(ALONG, in_step=1.0),
    "goes along": ALONG,
    "half": replace(ALONG, breath_coupling=0.5),
    "does not": replace(ALONG, breath_coupling=0.0),
    "along, 3 mg": replace(ALONG, chest=3.0),
    "along, quick": replace(ALONG, breath=18.0),
    "RR alone": replace(ALONG, chest=0.0),
}


def locked(apart: Array) -> float | None:
    """Phase locking value of differences in breaths."""
    return float(np.abs(np.mean(np.exp(2j * np.pi * apart)))) if apart.size else None


def wrapped(apart: Array) -> Array:
    return np.abs((apart + 0.5) % 1.0 - 0.5)


def figures(name: str, seed: int) -> Figures:
    found: Figures = {}
    for who, listener in LISTENERS.items():
        heart = SimulatedHeart(replace(listener, seed=seed))
        rendering = render(Asked(name, seed=seed, duration=SITTING_S), sensor=heart, until_s=UNTIL_S)
        found |= {f"{who}: {key}": value for key, value in _of(rendering, heart).items()}
    return found


def _of(rendering: Rendering, heart: SimulatedHeart) -> Figures:
    t = np.array(rendering.at_s)
    own = np.interp(t, *np.array(heart.breaths_until(t[-1] + 3.0)).T)
    swell = np.unwrap(rendering.breath, period=1.0)
    stage = np.array([music.stage is Stage.MATCH for music in rendering.music])
    meets = np.array([music.breath_meets for music in rendering.music])
    guide = np.array([music.breath_guide_per_min for music in rendering.music])
    told = np.array([np.nan if value is None else value for value in rendering.in_step])
    apart = swell - own
    before, back, late = stage & (t >= MET_FROM_S), meets & ~stage, t >= UNTIL_S - WINDOW_S
    # Over ten seconds: a breath's own wandering is not the swell's.
    step = 100
    sounding = 60.0 * (swell[step:] - swell[:-step]) / (t[step:] - t[:-step])
    true = 60.0 * (own[step:] - own[:-step]) / (t[step:] - t[:-step])
    middle = guide[step // 2 : -step // 2]
    met = t[step:] >= MET_FROM_S
    return {
        "apart before it leads, median": float(np.median(wrapped(apart[before]))) if before.any() else None,
        "the same, 90 %": float(np.percentile(wrapped(apart[before]), 90)) if before.any() else None,
        "in step before it leads": locked(apart[before]),
        "told then": float(np.nanmedian(told[before])) if np.isfinite(told[before]).any() else None,
        "in step, minute 10": locked(apart[late]),
        "told then, minute 10": float(told[-1]) if np.isfinite(told[-1]) else None,
        "apart where it went back, median": float(np.median(wrapped(apart[back]))) if back.any() else None,
        "share of time gone back": float(np.mean(back)),
        "bent at most, %": 100.0 * float(np.max(np.abs(sounding / middle - 1.0)[met])),
        "led ahead at most, %": 100.0 * float(np.max(1.0 - middle[met] / true[met])),
    }


def main() -> None:
    printed("loop_breath", __doc__, figures, "The music's breath and the listener's")


if __name__ == "__main__":
    main()
