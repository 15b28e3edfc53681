"""Claim: the first minute is already somebody's: a slow heart's or a quick one's, a calm or a tense one's.

Three hearts that keep their rate, and two pairs of sentences under a profile that is named, are heard from 20
to 60 s with the same seed: level, spectral centroid, onsets of the foreground, tempo (benchmarks/audible.py).
And of hearts that are led, the one further on its way has the thinner music; where it is led up, the fuller.

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

from engine.guide.course import course_of
from engine.guide.guide import Guide
from engine.sitting.asked import Asked
from profiles.load import load
from sensors.heart_state import HeartState

FROM_S, TO_S = 20.0, 60.0
HEARTS_BPM = (58, 74, 104)

FEELINGS = {
    "calm or tense": ("calm, I want to unwind", "tense, worried and wound up"),
    "sad or glad": ("sad, lonely and empty", "glad, hopeful and grateful"),
}
"""Two sentences that differ in arousal and two that differ in valence, under a profile that is named."""

CHANGES_BPM = (-9, -5, 0, 5)
LOOKED_AT_S = (500, 900)
CHANGED_IN_S = 200.0
"""Hearts that go from 74 by so much once the lead begins, and when their music is looked at (LOOP.md 6)."""


def first_minute(asked: Asked) -> Traits:
    return listen(asked, FROM_S, TO_S).over(FROM_S, TO_S)


def steady(bpm: float) -> str:
    """A simulated heart that keeps its rate and hears no music."""
    return f"sim:seed=5,rest={bpm},start={bpm},coupling=0,breath_coupling=0"


def apart(values: list[float]) -> float:
    """The least by which one is more than the one before, in per cent of that; negative where it is less."""
    return min(100.0 * (more / max(less, 1e-9) - 1.0) for less, more in pairwise(values))


def led(name: str, change_bpm: float) -> dict[int, float]:
    """Where in its range the density of a sitting of 20 min is, by the second, as the guide alone has it."""
    profile = load(name)
    guide, began_s = Guide(profile, duration_s=1200.0), course_of(profile, 1200.0).match_s
    low, high = profile.ranges.density
    found: dict[int, float] = {}
    for second in range(LOOKED_AT_S[-1] + 1):
        gone = min(max(second - began_s, 0.0) / CHANGED_IN_S, 1.0)
        heart = HeartState(float(second), 74.0 + change_bpm * gone, last_beat_s=float(second))
        found[second] = (guide.step(float(second), heart).density - low) / (high - low)
    return found


def figures(name: str, seed: int) -> Figures:
    """What three hearts and two pairs of feelings change in a profile's first minute, and hearts later on."""
    hearts = [first_minute(Asked(name, sensor=steady(bpm), seed=seed)) for bpm in HEARTS_BPM]
    found: Figures = {
        f"{bpm} bpm: {trait}": getattr(traits, trait)
        for bpm, traits in zip(HEARTS_BPM, hearts, strict=True)
        for trait in ("onsets_per_s", "centroid_hz", "tempo_bpm")
    }
    found["hearts apart in onsets, %"] = apart([traits.onsets_per_s for traits in hearts])
    found["hearts apart in centroid, %"] = apart([traits.centroid_hz for traits in hearts])
    for pair, sentences in FEELINGS.items():
        one, other = (first_minute(Asked(name, words, sensor=steady(74), seed=seed)) for words in sentences)
        between = differences(other, one)
        found[f"{pair}: traits over 1 JND"] = float(np.sum(np.abs(list(between.values())) > 1.0))
        found |= {f"{pair}: {trait}, JND": jnd for trait, jnd in between.items()}
    for change_bpm in CHANGES_BPM:
        density = led(name, change_bpm)
        found |= {f"{change_bpm:+d} bpm: density at {s} s, 0 to 1": density[s] for s in LOOKED_AT_S}
    return found


def main() -> None:
    printed("loop_meeting", __doc__, figures, "Seconds 20 to 60")


if __name__ == "__main__":
    main()
