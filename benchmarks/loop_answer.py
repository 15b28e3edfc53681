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
from loop_steps import (
    AT_S,
    CHESTS,
    FALSE_IN_S,
    STEADY,
    STEP_BPM,
    UNEVEN,
    ChangingListener,
    answers_of,
    followed,
)

from engine.sitting.asked import Asked
from sensors.sensor import Sensor

HEART_S = 30.0
BREATH_S = {"RR": 60.0, "chest": 30.0}
"""How soon an answer has to be heard: to a heart, and to a breath, by what tells of it."""

SITTING_S = 1200.0


def stepping(by_bpm: float, seed: int) -> Sensor:
    return ChangingListener(replace(STEADY, seed=seed), by_bpm)


def breathing(finds: bool, by: str, seed: int) -> ChangingListener:
    return ChangingListener(replace(STEADY, seed=seed, chest=CHESTS[by]), uneven=UNEVEN, finds=finds)


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
    quiet = {"false answers in 20 min": ChangingListener(replace(STEADY, seed=seed))}
    for by, within_s in BREATH_S.items():
        even, uneven = (heard(within_s, breathing(finds, by, seed)) for finds in (True, False))
        found |= answer(even, uneven, 1, within_s, f"even breath by {by}")
        quiet[f"the same, uneven breath by {by}"] = breathing(False, by, seed)
    for what, sensor in quiet.items():
        sitting = followed(name, sensor, FALSE_IN_S)
        found[what] = float(len(answers_of(music for _, music in sitting)))
    return found


def main() -> None:
    printed("loop_answer", __doc__, figures, "Answers")


if __name__ == "__main__":
    main()
