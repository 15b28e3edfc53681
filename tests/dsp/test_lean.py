"""The lean: what is high follows the breath, loudness does not, and without a breath nothing leans."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from dsp.compiled import kernel
from dsp.lean import CENTRE, MOST_SWING_DB
from dsp.loudness import as_biquad, weighting
from dsp.master import MASTER, begin_fade, prepare_master, render_master
from dsp.quantum import QUANTUM
from tests.dsp.claims import roughness
from tests.dsp.stream import RATE, Effect

DEPTH, BREATH, DEEP, FIRST, GOVERNED = range(5)
BREATHS_PER_MIN = 8.0


@kernel
def step(master, left, right, knobs, q, rate):
    if knobs[q, FIRST] > 0.0:
        begin_fade(master, 1.0, 8.0, rate)
    render_master(master, left, right, 0.0, 20000.0, 0.0, knobs[q, DEPTH], knobs[q, BREATH], rate)
    knobs[q, DEEP] = master.lean.depth_db
    knobs[q, GOVERNED] = master.governor.gain_db


EFFECT = Effect(MASTER, prepare_master, step)


def bed(seconds: float, low_db: float = 0.0, high_db: float = 0.0) -> np.ndarray:
    """A steady bed: noise about 80 Hz and about 700 Hz, as loud as one another."""
    noise = np.random.default_rng(5).normal(size=(2, int(seconds * RATE)))
    parts = []
    for edges, level_db in (((50.0, 120.0), low_db), ((300.0, 2000.0), high_db)):
        part = sosfilt(butter(2, edges, "band", fs=RATE, output="sos"), noise)
        weighted = weigh(part)
        parts.append(part * (0.04 * 10 ** (level_db / 20) / weighted.std()))
    return sum(parts)


def weigh(sound: np.ndarray) -> np.ndarray:
    return sosfilt([as_biquad(section) for section in weighting(RATE)], sound, axis=1)


def breathing(seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Phase and breath by quanta."""
    phase = np.arange(int(seconds * RATE) // QUANTUM) * QUANTUM / RATE * BREATHS_PER_MIN / 60.0 % 1.0
    return phase, -np.cos(2 * np.pi * phase)


def play(sound: np.ndarray, depth_db: float, breath: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    knobs = np.zeros((sound.shape[1] // QUANTUM, 5))
    knobs[:, DEPTH], knobs[:, BREATH], knobs[0, FIRST] = depth_db, breath[: len(knobs)], 1.0
    return EFFECT.run(sound, knobs)


def levels_db(sound: np.ndarray, edges: tuple[float, float] | None) -> np.ndarray:
    """By tenths of a second: of a band, or K-weighted and whole."""
    heard = weigh(sound) if edges is None else sosfilt(butter(4, edges, "band", fs=RATE, output="sos"), sound)
    hop = RATE // 10
    blocks = heard[:, : heard.shape[1] // hop * hop].reshape(2, -1, hop)
    return 10 * np.log10(np.mean(blocks**2, axis=(0, 2)))


def explained(level: np.ndarray, phase: np.ndarray) -> tuple[float, float]:
    """Share of the variance that its mean over twenty bins of the breath's phase explains, and their span."""
    at = (np.arange(len(level)) * RATE // 10 + RATE // 20) // QUANTUM
    bins = (phase[np.minimum(at, len(phase) - 1)] * 20).astype(int)
    means = np.array([level[bins == k].mean() for k in range(20)])
    return float(np.var(means[bins]) / np.var(level)), float(np.ptp(means))


def test_the_breath_explains_the_level_where_ears_are_and_leaves_loudness_alone() -> None:
    seconds = 120.0
    phase, breath = breathing(seconds)
    out, told = play(bed(seconds), 8.0, breath)
    later = slice(400, None)
    band, whole = levels_db(out, (250.0, 4000.0)), levels_db(out, None)
    share, span_db = explained(band[later], np.roll(phase, -400 * RATE // 10 // QUANTUM))
    assert share > 0.9
    assert span_db == pytest.approx(8.0, abs=1.2)
    assert explained(whole[later], np.roll(phase, -400 * RATE // 10 // QUANTUM))[1] < MOST_SWING_DB
    assert told[-1, DEEP] == pytest.approx(8.0)
    assert told[int(20 * RATE / QUANTUM) :, GOVERNED].min() > -0.01
    assert whole[later].mean() == pytest.approx(levels_db(bed(seconds), None)[later].mean(), abs=0.5)


def test_a_sound_without_a_floor_leans_no_further_than_loudness_may_swing() -> None:
    seconds = 90.0
    phase, breath = breathing(seconds)
    out, told = play(bed(seconds, low_db=-20.0), 8.0, breath)
    assert 1.0 < told[-1, DEEP] < 4.0
    later = slice(400, None)
    span_db = explained(levels_db(out, None)[later], np.roll(phase, -400 * RATE // 10 // QUANTUM))[1]
    assert span_db < MOST_SWING_DB + 0.5
    assert told[int(20 * RATE / QUANTUM) :, GOVERNED].min() > -0.5


@pytest.mark.parametrize("breath", [-1.0, 0.3])
def test_where_no_breath_is_asked_for_nothing_leans(breath: float) -> None:
    sound = bed(12.0)
    still, _ = play(sound, 0.0, np.full(int(12 * RATE) // QUANTUM, breath))
    for edges in ((50.0, 120.0), (300.0, 2000.0)):
        change = levels_db(still, edges)[100:] - levels_db(sound, edges)[100:]
        assert np.abs(change).max() < 0.3


def test_at_its_centre_the_sound_stands_as_it_is_written() -> None:
    sound = bed(40.0)
    out, told = play(sound, 8.0, np.full(int(40 * RATE) // QUANTUM, CENTRE))
    assert told[-1, DEEP] == pytest.approx(8.0)
    assert np.abs(levels_db(out, (300.0, 2000.0))[300:] - levels_db(sound, (300.0, 2000.0))[300:]).max() < 0.3


def test_the_quickest_breath_there_is_does_not_click() -> None:
    seconds = 30.0
    tone = np.sin(2 * np.pi * 440.0 * np.arange(int(seconds) * RATE) / RATE) * np.ones((2, 1)) * 0.05
    low = np.sin(2 * np.pi * 70.0 * np.arange(int(seconds) * RATE) / RATE) * np.ones((2, 1)) * 0.1
    quick = -np.cos(2 * np.pi * np.arange(int(seconds) * RATE // QUANTUM) * QUANTUM / RATE * 20.0 / 60.0)
    out, told = play(tone + low, 8.0, quick)
    assert told[-1, DEEP] > 4.0
    still, _ = play(tone + low, 0.0, quick)
    assert roughness(out[0, 20 * RATE :]).max() < 3.0 * roughness(still[0, 20 * RATE :]).max() + 1e-5


def test_a_depth_that_is_taken_back_goes_gently() -> None:
    seconds = 60.0
    _, breath = breathing(seconds)
    knobs = np.zeros((int(seconds * RATE) // QUANTUM, 5))
    knobs[:, BREATH], knobs[0, FIRST] = breath, 1.0
    knobs[: len(knobs) // 2, DEPTH] = 8.0
    _, told = EFFECT.run(bed(seconds), knobs)
    deep = told[:, DEEP]
    assert deep.max() == pytest.approx(8.0)
    assert deep[-1] == 0.0
    assert np.abs(np.diff(deep)).max() < 0.02
