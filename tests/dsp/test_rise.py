"""The rise: short-term loudness climbs by at most 1 LU in a second, and music that does so is not touched."""

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from dsp.loudness import integrated_lufs
from dsp.master import PANIC_FADE_S
from dsp.rise import START_S
from tests.dsp.ebur128 import ffmpeg_loudness
from tests.dsp.stream import RATE
from tests.dsp.test_master import GOVERNOR, MOMENTARY, PER_SECOND, SHORT_TERM, pink, play

FADE_IN_S = 8.0
SETTLED_S = START_S + 4.0
"""From here on both of two windows a second apart lie behind the start."""


def rises(sound, path):
    """Rise of short-term loudness over each second after the start, in LU, by ffmpeg."""
    rows, _ = ffmpeg_loudness(sound, RATE, path / "sound.wav")
    short_term = rows[:, 2]
    heard = (rows[10:, 0] > SETTLED_S) & (short_term[10:] > -70.0) & (short_term[:-10] > -70.0)
    return (short_term[10:] - short_term[:-10])[heard]


def step(t, at_s, db):
    return np.where(t > at_s, 10 ** (db / 20), 1.0)


def strokes(t):
    """Every four seconds, 9 dB over the bed, with an attack of 20 ms."""
    return np.minimum((t % 4.0) / 0.02, 1.0) * np.exp(-(t % 4.0) * 3.0)


LEAPS = {
    "up by 6 dB": lambda: pink(40, -32.0, lambda t: step(t, 20, 6)),
    "up by 10 dB": lambda: pink(45, -36.0, lambda t: step(t, 20, 10)),
    "up by 20 dB": lambda: pink(60, -44.0, lambda t: step(t, 20, 20)),
    "bursts of 10 dB": lambda: pink(40, -36.0, lambda t: np.where((t > 15) & (t % 5 < 1), 3.2, 1.0)),
    "back from a rest over a low bed": lambda: pink(50, -24.0, lambda t: np.where((t % 20) < 6, 0.2, 1.0)),
    "swells of 8 dB in 4 s": lambda: pink(40, -26.0, lambda t: 10 ** (-4 * (1 - np.cos(1.57 * t)) / 20)),
    "strokes over a bed": lambda: pink(40, -30.0) + pink(40, -20.0, strokes, seed=4),
}


@pytest.mark.parametrize("name", LEAPS)
def test_no_second_rises_by_more_than_one_lu(name, tmp_path):
    out, _ = play(LEAPS[name]())
    assert rises(out, tmp_path).max() <= 1.0


@pytest.mark.parametrize("rise_db", [6.0, 10.0])
def test_what_was_held_arrives(rise_db):
    """At 1 LU a second, and three seconds more for the meter's window."""
    _, readings = play(pink(45, -32.0, lambda t: step(t, 20, rise_db)))
    after = readings[int((20 + 1.2 * rise_db + 3.0) * PER_SECOND) :, SHORT_TERM]
    assert after.min() > -32.0 + rise_db - 1.0


BEHAVED = {
    "a bed": lambda t: np.ones(len(t)),
    "breathing swells of 2 dB": lambda t: 10 ** (-1.0 * (1 - np.cos(2 * np.pi * t / 10.0)) / 20),
    "strokes 4 dB over the bed": lambda t: 1.0 + 0.6 * np.exp(-(t % 4.0) * 5.0),
    "strokes 7 dB over the bed, that alone would rise by 0.8 LU": lambda t: 1.0
    + 1.2 * np.minimum((t % 4.0) / 0.03, 1.0) * np.exp(-(t % 4.0) * 5.0),
    "quick plucks": lambda t: np.exp(-(t % 0.5) * 8.0),
    "falls of 10 dB, back by half a decibel a second": lambda t: 10 ** (-np.clip(20 - (t % 40), 0, 10) / 40),
}


@pytest.mark.parametrize("name", BEHAVED)
def test_music_that_rises_gently_is_not_touched(name):
    sound = pink(60, -20.0, BEHAVED[name])
    sound *= 10 ** ((-25.0 - integrated_lufs(sound, RATE)) / 20)
    _, readings = play(sound)
    assert readings[int(SETTLED_S * PER_SECOND) :, GOVERNOR].min() > -1.0


def test_an_eight_second_fade_in_passes_untouched():
    _, readings = play(pink(20, -22.0))
    heard = readings[:, MOMENTARY] > -34.0
    assert readings[heard, GOVERNOR].min() > -0.5
    assert readings[-1, SHORT_TERM] == pytest.approx(-22.0, abs=0.5)


def test_a_long_fade_in_has_no_dip_where_the_start_ends():
    """Twenty seconds, as sleep has it: past the shortest start the way up goes on as it was."""
    _, readings = play(pink(30, -22.0), fades=((0.0, 1.0, 20.0),))
    momentary = readings[int(9.0 * PER_SECOND) : int(26.0 * PER_SECOND), MOMENTARY]
    assert (np.maximum.accumulate(momentary) - momentary).max() < 2.0


def test_a_crash_from_silence_is_drawn_out():
    sound = pink(20, -20.0, lambda t: 1.0 * (t > 2.0))
    _, readings = play(sound, fades=((0.0, 1.0, 0.05),))
    momentary = readings[:, MOMENTARY]
    assert momentary[int(2.5 * PER_SECOND)] < -30.0
    assert momentary[int(3.5 * PER_SECOND)] < -24.0
    assert momentary[-1] == pytest.approx(-20.0, abs=1.0)


def test_back_from_panic_the_music_swells_in(tmp_path):
    """Two seconds of panic are no silence for a meter of three: the way back is held like any rise."""
    panic = ((0.0, 1.0, FADE_IN_S), (20.0, 0.0, PANIC_FADE_S), (22.0, 1.0, 2.0))
    out, readings = play(pink(60, -24.0), fades=panic)
    assert rises(out, tmp_path).max() <= 1.0
    assert readings[int(20.4 * PER_SECOND), MOMENTARY] < readings[int(19.9 * PER_SECOND), MOMENTARY] - 3.0
    assert readings[-1, SHORT_TERM] == pytest.approx(-24.0, abs=0.5)


def test_after_true_silence_a_fade_in_is_free_again():
    fades = ((0.0, 1.0, FADE_IN_S), (20.0, 0.0, PANIC_FADE_S), (30.0, 1.0, FADE_IN_S))
    _, readings = play(pink(50, -24.0), fades=fades)
    assert readings[int(41.0 * PER_SECOND), SHORT_TERM] == pytest.approx(-24.0, abs=0.6)


def test_holding_does_not_click():
    """A tone that leaps by 12 dB: what holding it adds above 3 kHz stays 65 dB under it."""
    time = np.arange(40 * RATE) / RATE
    tone = 0.01 * np.sin(2 * np.pi * 220.0 * time)
    soft = np.clip((time - 20.0) / 0.05, 0, 1)
    out, readings = play(tone * 10 ** (0.6 * soft * soft * (3 - 2 * soft)))
    assert readings[:, GOVERNOR].min() < -6.0
    high = sosfiltfilt(butter(6, 3000.0, "high", fs=RATE, output="sos"), out[0].astype(float))
    assert 20 * np.log10(np.abs(high[RATE:-RATE]).max() / 0.04) < -64.0
