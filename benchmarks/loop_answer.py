"""Claim: what a heart or a breath does is heard in the sound within a phrase, and always with one sign.

The same sitting is heard twice: with a heart whose rate steps up or down at 400 s, and with one that stays;
with an uneven breath that falls in with the swell at 400 s, and with one that stays uneven (loop_steps). What
counts is the first just noticeable difference of ten seconds (audible), and whether the spectral centroid has
moved the right way: up where the heart slows or the breath becomes even, down where the heart quickens.

    python benchmarks/loop_answer.py [--profiles relax,sleep] [--seeds 3]
"""

from __future__ import annotations

import sys
from dataclasses import replace
from math import inf
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parent))

from audible import OVER_S, Heard, differences, first_noticed, listen
from by_profile import Figures, printed
from loop_steps import AT_S, FALSE_IN_S, STEADY, STEP_BPM, UNEVEN, ChangingListener, answers_of, followed

from engine.sitting.asked import Asked
from sensors.sensor import Sensor

HEART_S, BREATH_S = 30.0, 60.0
"""How soon an answer to a heart, and to a breath that only RR intervals tell of, has to be heard."""

SITTING_S = 1200.0


def stepping(by_bpm: float, seed: int) -> Sensor:
    return ChangingListener(replace(STEADY, seed=seed), by_bpm)


def breathing(finds: bool, seed: int) -> Sensor:
    return ChangingListener(replace(STEADY, seed=seed), uneven=UNEVEN, finds=finds)


def answer(one: Heard, twin: Heard, sign: int, within_s: float, label: str) -> Figures:
    """When the first difference is heard, infinite where it never is, and where the centroid then goes."""
    found = first_noticed(one, twin, AT_S)
    end_s = AT_S + within_s
    centroid = differences(one.over(end_s - OVER_S, end_s), twin.over(end_s - OVER_S, end_s))["centroid_hz"]
    return {
        f"{label}: first heard after, s": inf if found is None else found.after_s,
        f"{label}: centroid at {within_s:g} s, JND": centroid,
        f"{label}: sign right": float(np.sign(centroid) == sign),
    }


def figures(name: str, seed: int) -> Figures:
    """Answers of one sitting to a step up, a step down, a breath that becomes even, and to nothing."""

    def heard(within_s: float, sensor: Sensor) -> Heard:
        asked = Asked(name, seed=seed, duration=SITTING_S)
        return listen(asked, AT_S - OVER_S, AT_S + within_s + 1.0, sensor)

    steady = heard(HEART_S, stepping(0.0, seed))
    found: Figures = {}
    for label, by_bpm, sign in (("+6 bpm", STEP_BPM, -1), ("-6 bpm", -STEP_BPM, 1)):
        stepped = heard(HEART_S, stepping(by_bpm, seed))
        found |= answer(stepped, steady, sign, HEART_S, label)
    even, uneven = (heard(BREATH_S, breathing(finds, seed)) for finds in (True, False))
    found |= answer(even, uneven, 1, BREATH_S, "even breath")
    quiet = followed(name, ChangingListener(replace(STEADY, seed=seed)), FALSE_IN_S)
    return found | {"false answers in 20 min": float(len(answers_of(music for _, music in quiet)))}


def main() -> None:
    printed("loop_answer", __doc__, figures, "Answers")


if __name__ == "__main__":
    main()
