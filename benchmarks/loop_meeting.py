"""Claim: the first minute is already somebody's: a slow heart's or a quick one's, a calm or a tense one's.

Three hearts that keep their rate, and for every profile two sentences that choose it, are heard from 20 to
60 s with the same seed: level, spectral centroid, onsets of the foreground and tempo (benchmarks/audible.py).

    python benchmarks/loop_meeting.py [--profiles relax,sleep] [--seeds 3]
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parent))

from audible import Traits, differences, listen
from by_profile import Figures, printed

from engine.sitting.asked import Asked

FROM_S, TO_S = 20.0, 60.0
HEARTS_BPM = (58, 74, 104)

FEELINGS = {
    "breathe": ("breathe with me, I am content", "I am short of breath and anxious"),
    "energise": ("sluggish and low", "lively and cheerful, let us move"),
    "focus": ("I want to concentrate, quietly", "scattered and restless, I need to focus"),
    "grief": ("mourning, empty and tired", "I lost my father and I am angry"),
    "ground": ("numb and far away", "shaky and scared, nothing is solid"),
    "relax": ("calm, I want to unwind", "tense, worried and wound up"),
    "release": ("let it out, I am calm", "furious, I could scream"),
    "sleep": ("sleepy and heavy", "I cannot sleep, my mind races"),
}
"""Two sentences that choose this profile, the second with more arousal; engine.feel understands them so."""


def first_minute(asked: Asked) -> Traits:
    return listen(asked, FROM_S, TO_S).over(FROM_S, TO_S)


def steady(bpm: float) -> str:
    """A simulated heart that keeps its rate and hears no music."""
    return f"sim:seed=5,rest={bpm},start={bpm},coupling=0,breath_coupling=0"


def apart(values: list[float]) -> float:
    """The least by which one is more than the one before, in per cent of that; negative where it is less."""
    return min(100.0 * (more / max(less, 1e-9) - 1.0) for less, more in pairwise(values))


def figures(name: str, seed: int) -> Figures:
    """What three hearts and two feelings change in a profile's first minute."""
    hearts = [first_minute(Asked(name, sensor=steady(bpm), seed=seed)) for bpm in HEARTS_BPM]
    told = [first_minute(Asked(feel=words, sensor=steady(74), seed=seed)) for words in FEELINGS[name]]
    found: Figures = {
        f"{bpm} bpm: {trait}": getattr(traits, trait)
        for bpm, traits in zip(HEARTS_BPM, hearts, strict=True)
        for trait in ("onsets_per_s", "centroid_hz", "tempo_bpm")
    }
    found["hearts apart in onsets, %"] = apart([traits.onsets_per_s for traits in hearts])
    found["hearts apart in centroid, %"] = apart([traits.centroid_hz for traits in hearts])
    between = differences(told[1], told[0])
    found["feelings apart: traits over 1 JND"] = float(np.sum(np.abs(list(between.values())) > 1.0))
    return found | {f"feelings apart: {trait}, JND": jnd for trait, jnd in between.items()}


def main() -> None:
    printed("loop_meeting", __doc__, figures, "Seconds 20 to 60")


if __name__ == "__main__":
    main()
