"""Claim: a whole answer opens or closes the sound alike in every profile, and hardly moves its loudness.

A hand holds the answer at 1, and at -1, from AT_S on; each is heard against the untouched twin with the same
seed.

    python benchmarks/loop_reach.py [--profiles relax,sleep] [--seeds 3]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parent))

from audible import Heard, differences, listen
from by_profile import Figures, printed

from engine.desk import Touch
from engine.sitting.asked import Asked

AT_S, FROM_S, TO_S = 100.0, 110.0, 230.0
HEART = "sim:seed=5,coupling=0,breath_coupling=0"
SHORT_TERM = 30
"""Readings of the loudness in three seconds."""


def steepest_db(heard: Heard) -> float:
    """Largest rise of the level of three seconds in one second, from the hand on."""
    _, momentary = heard.loud
    power = np.convolve(10.0 ** (momentary / 10.0), np.ones(SHORT_TERM) / SHORT_TERM, "valid")
    level = 10.0 * np.log10(power + 1e-12)
    return float(np.max(level[10:] - level[:-10]))


def figures(name: str, seed: int) -> Figures:
    """What a held answer changes, in per cent of the twin's centroid, decibels and onsets."""

    def held(answer: float | None) -> Heard:
        hands = () if answer is None else ((AT_S, Touch("answer", answer)),)
        asked = Asked(name, sensor=HEART, seed=seed, duration=1200.0)
        return listen(asked, AT_S, TO_S, hands=hands)

    twin = held(None)
    beside, found = twin.over(FROM_S, TO_S), Figures()
    for label, answer in (("opened", 1.0), ("closed", -1.0)):
        one = held(answer)
        heard = one.over(FROM_S, TO_S)
        found[f"{label}: centroid, %"] = 100.0 * (heard.centroid_hz / beside.centroid_hz - 1.0)
        found[f"{label}: level, dB"] = differences(heard, beside)["level_db"]
        found[f"{label}: onsets, %"] = 100.0 * (heard.onsets_per_s / max(beside.onsets_per_s, 1e-9) - 1.0)
        found[f"{label}: steepest second over the twin's, dB"] = steepest_db(one) - steepest_db(twin)
        found[f"{label}: tempo as the twin's"] = float(np.array_equal(one.tempo[1], twin.tempo[1]))
    return found


def main() -> None:
    printed("loop_reach", __doc__, figures, "A whole answer against its twin")


if __name__ == "__main__":
    main()
