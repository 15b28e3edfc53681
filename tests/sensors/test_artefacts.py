"""The classes of artefacts, on seeded rhythms whose truth is known."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.artefacts import ArtefactClassifier, Label, Verdict


def judge(rr_ms: list[float]) -> list[Verdict]:
    classifier = ArtefactClassifier()
    verdicts = [verdict for rr in rr_ms for verdict in classifier.push(rr)]
    return verdicts + classifier.flush()


def resting(
    beats: int, swing: float = 40.0, hz: float = 0.22, base: float = 850.0, seed: int = 1
) -> list[float]:
    rng = random.Random(seed)
    rr, t = [], 0.0
    for _ in range(beats):
        rr.append(base + swing * math.sin(2 * math.pi * hz * t) + rng.gauss(0, 8))
        t += rr[-1] / 1000
    return rr


@pytest.mark.parametrize("hz", [0.06, 0.1, 0.15, 0.2, 0.25, 0.3])
@pytest.mark.parametrize("base", [700.0, 850.0, 1090.0])
def test_healthy_swings_of_150_ms_keep_99_percent(hz: float, base: float) -> None:
    labels = [verdict.label for verdict in judge(resting(600, 150.0, hz, base))]
    assert labels.count(Label.NORMAL) >= 0.99 * len(labels)


@pytest.mark.parametrize("at", [5, 20, 101, 297])
def test_each_kind_is_found_and_named(at: int) -> None:
    clean = resting(300)
    missed = [*clean[:at], clean[at] + clean[at + 1], *clean[at + 2 :]]
    assert judge(missed)[at].label is Label.MISSED
    if at < 290:
        extra = [*clean[:at], 0.4 * clean[at], 0.6 * clean[at], *clean[at + 1 :]]
        assert judge(extra)[at].label is Label.EXTRA
        for share in (-0.35, -0.22, 0.22, 0.35):
            moved = share * clean[at]
            displaced = [*clean[:at], clean[at] + moved, clean[at + 1] - moved, *clean[at + 2 :]]
            assert judge(displaced)[at].label is Label.ECTOPIC


def test_the_interval_after_an_ectopic_beat_is_not_used_although_its_beat_is_normal() -> None:
    rr = resting(100)
    rr[50], rr[51] = rr[50] - 300, rr[51] + 300
    verdicts = judge(rr)
    assert verdicts[51].label is Label.NORMAL
    assert not verdicts[50].rr_good
    assert not verdicts[51].rr_good
    assert verdicts[52].rr_good


@pytest.mark.parametrize(("before", "after"), [(1000, 600), (600, 1000), (1000, 500), (700, 1500)])
def test_a_true_quick_change_is_believed_within_four_beats(before: float, after: float) -> None:
    rr = resting(60, 10, base=before) + resting(60, 10, base=after)
    late = [verdict.label for verdict in judge(rr)[64:]]
    assert late == [Label.NORMAL] * len(late)


def test_verdicts_come_two_beats_late_and_in_full_at_the_end() -> None:
    classifier = ArtefactClassifier()
    counts = [len(classifier.push(rr)) for rr in resting(10)]
    assert counts == [0, 0, 1, 1, 1, 1, 1, 1, 1, 1]
    assert len(classifier.flush()) == 2


def test_a_hole_is_told_and_what_waited_is_judged() -> None:
    classifier = ArtefactClassifier()
    for rr in resting(20):
        classifier.push(rr)
    assert len(classifier.push(850.0, after_hole=True)) == 2
    verdicts = classifier.push(850.0) + classifier.push(850.0)
    assert [verdict.label for verdict in verdicts] == [Label.GAP]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(1.0, 20_000.0)), max_size=120))
def test_every_interval_gets_exactly_one_verdict(rr: list[float | None]) -> None:
    classifier = ArtefactClassifier()
    verdicts = [verdict for value in rr for verdict in classifier.push(value)]
    assert len(verdicts + classifier.flush()) == len(rr)
