"""Claim: a whole answer opens or closes the sound alike in every profile, and hardly moves its loudness.

A hand holds the answer at 1, and at -1, from AT_S on; each is heard against the untouched twin with the same
seed. Rises are of short-term loudness in a second, the largest less the twin's.

    python benchmarks/loop_reach.py [--profiles relax,sleep] [--seeds 3]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parent))

import sound_measures as measure
from audible import differences, heard_in
from by_profile import Figures, printed
from rendering import RATE_HZ, Rendering, render

from engine.desk import Touch
from engine.music.controls import FRONT
from engine.sitting.asked import Asked

AT_S, FROM_S, TO_S = 100.0, 110.0, 230.0
HEART = "sim:seed=5,coupling=0,breath_coupling=0"


def steepest_lu(rendering: Rendering) -> float:
    """Largest rise of short-term loudness in a second, from AT_S on."""
    _, times, _, short_term = measure.loudness(rendering.sound[round(AT_S * RATE_HZ) :])
    kept = times >= 3.0
    return float(measure.rises(times[kept], short_term[kept])[1].max())


def figures(name: str, seed: int) -> Figures:
    """What a held answer changes, in per cent of the twin's centroid, decibels and onsets."""

    def held(answer: float | None) -> tuple[Rendering, Rendering]:
        asked = Asked(name, sensor=HEART, seed=seed, duration=1200.0)
        hands = () if answer is None else ((AT_S, Touch("answer", answer)),)
        return (
            render(asked, hands=hands, until_s=TO_S),
            render(asked, hands=hands, until_s=TO_S, heard=FRONT, governed=False),
        )

    twin = held(None)
    found: Figures = {}
    for label, answer in (("opened", 1.0), ("closed", -1.0)):
        one = held(answer)
        heard, beside = (heard_in(*pair, FROM_S, TO_S).over(FROM_S, TO_S) for pair in (one, twin))
        found[f"{label}: centroid, %"] = 100.0 * (heard.centroid_hz / beside.centroid_hz - 1.0)
        found[f"{label}: level, dB"] = differences(heard, beside)["level_db"]
        found[f"{label}: onsets, %"] = 100.0 * (heard.onsets_per_s / max(beside.onsets_per_s, 1e-9) - 1.0)
        found[f"{label}: steepest second over the twin's, LU"] = steepest_lu(one[0]) - steepest_lu(twin[0])
        same = np.array_equal(one[0].tempo_bpm, twin[0].tempo_bpm)
        found[f"{label}: tempo as the twin's"] = float(same)
    return found


def main() -> None:
    printed("loop_reach", __doc__, figures, "A whole answer against its twin")


if __name__ == "__main__":
    main()
