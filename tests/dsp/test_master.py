"""The master: nothing too loud, nothing sudden, nothing broken comes out, and music passes untouched."""

import numpy as np
import pytest
from scipy.signal import butter, lfilter, sosfiltfilt

from dsp.compiled import kernel
from dsp.governor import CAP_LUFS, lower_cap
from dsp.limiter import CEILING_DBTP, LATENCY
from dsp.loudness import integrated_lufs
from dsp.master import (
    MASTER,
    PANIC_FADE_S,
    SHELF_HZ,
    begin_fade,
    prepare_master,
    render_master,
    take_peaks,
)
from dsp.quantum import QUANTUM
from tests.dsp.stream import RATE, Effect, denormals_in

LEVEL, BRIGHTNESS, OPEN, FADE_TO, FADE_S, LOWER_CAP, MOMENTARY, SHORT_TERM, GOVERNOR, PEAK = range(10)
KNOBS = PEAK + 1
PER_SECOND = RATE / QUANTUM


@kernel
def step(master, left, right, knobs, q, rate):
    if knobs[q, FADE_TO] >= 0.0:
        begin_fade(master, knobs[q, FADE_TO], knobs[q, FADE_S], rate)
    if knobs[q, LOWER_CAP] < 0.0:
        lower_cap(master.governor, knobs[q, LOWER_CAP])
    level_db, brightness_hz, open_db = knobs[q, LEVEL], knobs[q, BRIGHTNESS], knobs[q, OPEN]
    render_master(master, left, right, level_db, brightness_hz, open_db, 0.0, 0.0, rate)
    take_peaks(master)
    knobs[q, MOMENTARY] = master.momentary_lufs
    knobs[q, SHORT_TERM] = master.short_term_lufs
    knobs[q, GOVERNOR] = master.governor.gain_db
    knobs[q, PEAK] = master.true_peak_dbtp


EFFECT = Effect(MASTER, prepare_master, step)


def play(
    sound, fades=((0.0, 1.0, 8.0),), level_db=0.0, brightness_hz=20000.0, open_db=0.0, caps=(), state=None
):
    """(2, frames) and the knobs with readings; fades are (when in s, to, seconds), caps (when, LUFS)."""
    quanta = np.atleast_2d(sound).shape[1] // QUANTUM
    knobs = np.zeros((quanta, KNOBS))
    knobs[:, LEVEL], knobs[:, BRIGHTNESS], knobs[:, OPEN] = level_db, brightness_hz, open_db
    knobs[:, FADE_TO] = -1.0
    for when, to, seconds in fades:
        knobs[int(when * PER_SECOND), [FADE_TO, FADE_S]] = to, seconds
    for when, cap in caps:
        knobs[int(when * PER_SECOND), LOWER_CAP] = cap
    return EFFECT.run(sound, knobs, state=state)


def pink(seconds, lufs, shape=None, seed=3):
    """Pink noise at an integrated loudness (before `shape`, a function of time, is laid on it)."""
    noise = np.random.default_rng(seed).normal(size=(2, int(seconds * RATE)))
    sound = lfilter([0.049922, -0.095993, 0.050612, -0.004408], [1, -2.494956, 2.017265, -0.522189], noise)
    sound *= 10 ** ((lufs - integrated_lufs(sound, RATE)) / 20)
    return sound if shape is None else sound * shape(np.arange(sound.shape[1]) / RATE)


ABUSE = {
    "steady, 12 dB over": lambda: pink(30, -6.0),
    "a sudden start at full level": lambda: pink(30, -3.0),
    "up by 6 dB at the cap": lambda: pink(40, -19.0, lambda t: np.where(t > 20, 2.0, 1.0)),
    "up by 20 dB at the cap": lambda: pink(40, -19.0, lambda t: np.where(t > 20, 10.0, 1.0)),
    "bursts of 20 dB": lambda: pink(40, -19.0, lambda t: np.where((t > 15) & (t % 5 < 1), 10.0, 1.0)),
    "bursts as long as the window": lambda: pink(40, -14.0, lambda t: 1.0 * (t % 6 < 3)),
    "short bursts": lambda: pink(40, -8.0, lambda t: 1.0 * (t % 0.7 < 0.1)),
    "+30 dB": lambda: pink(20, 12.0),
}


@pytest.mark.parametrize("name", ABUSE)
@pytest.mark.parametrize("fade_s", [0.05, 8.0])
def test_the_cap_is_never_passed(name, fade_s):
    _, readings = play(ABUSE[name](), fades=((0.0, 1.0, fade_s),), level_db=6.0)
    assert readings[:, SHORT_TERM].max() < CAP_LUFS
    assert readings[:, PEAK].max() < CEILING_DBTP


def test_the_cap_can_only_be_lowered():
    _, readings = play(pink(50, -19.5), caps=((15.0, -24.0), (25.0, -10.0), (26.0, float("nan"))))
    assert readings[int(14.9 * PER_SECOND), SHORT_TERM] > -20.5
    assert (readings[int(27.0 * PER_SECOND) :, SHORT_TERM] < -24.0).all()
    assert readings[int(15.0 * PER_SECOND) :, SHORT_TERM].min() > -28.0
    assert readings[int(45.0 * PER_SECOND), SHORT_TERM] > -26.0


@pytest.mark.parametrize(
    ("cap", "ceiling"), [(-5.0, -3.0), (-70.0, -3.0), (float("nan"), -3.0), (-18.0, 1.0)]
)
def test_a_cap_out_of_range_is_refused(cap, ceiling):
    with pytest.raises(ValueError, match="must"):
        prepare_master(np.zeros(1, MASTER)[0], RATE, cap, ceiling)


def test_panic_is_silent_in_150_ms_without_a_click():
    time = np.arange(14 * RATE) / RATE
    tone = 0.1 * np.sin(2 * np.pi * 220.0 * time)
    out, _ = play(tone, fades=((0.0, 1.0, 8.0), (12.0, 0.0, PANIC_FADE_S)))
    end = int(12.0 * PER_SECOND) * QUANTUM + int((PANIC_FADE_S + 2 * QUANTUM / RATE) * RATE) + LATENCY
    assert np.abs(out[0, 12 * RATE - 4800 : 12 * RATE]).max() > 0.05
    assert np.abs(out[:, end:]).max() < 1e-6
    high = sosfiltfilt(butter(6, 3000.0, "high", fs=RATE, output="sos"), out[0].astype(float))
    assert 20 * np.log10(np.abs(high[RATE:-RATE]).max()) < -90.0


def test_a_fade_follows_its_curve_and_turns_round_where_it_is():
    steady = 0.001 * np.sin(2 * np.pi * 1000.0 * np.arange(4 * RATE) / RATE)
    out, _ = play(steady, fades=((0.0, 1.0, 1.0), (1.5, 0.0, 1.0), (2.0, 1.0, 1.0)))
    envelope = np.array([np.abs(part).max() for part in np.array_split(out[0, LATENCY:], 400)]) / 0.001
    moment = np.linspace(0, (out.shape[1] - LATENCY) / RATE, 401)[1:]
    assert np.interp(0.5, moment, envelope) == pytest.approx(0.5, abs=0.03)
    assert np.interp(1.3, moment, envelope) == pytest.approx(1.0, abs=0.02)
    assert np.interp(2.0, moment, envelope) == pytest.approx(0.5, abs=0.04)
    assert np.interp(3.3, moment, envelope) == pytest.approx(1.0, abs=0.02)
    assert np.abs(np.diff(envelope)).max() < 0.04


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e30])
def test_a_broken_sample_becomes_silence_and_is_counted(bad):
    sound = pink(12, -22.0)
    broken = sound.copy()
    broken[0, 10 * RATE : 10 * RATE + 3] = bad
    state = EFFECT.record()
    out, _ = play(broken, state=state)
    whole, _ = play(sound)
    assert state["broken_samples"][0] == 3
    assert np.isfinite(out).all()
    assert np.abs(out - whole).max() < 0.3
    np.testing.assert_allclose(out[:, -RATE:], whole[:, -RATE:], atol=2e-4)


def test_knobs_that_are_not_numbers_do_no_harm():
    sound = pink(4, -22.0)
    quanta = sound.shape[1] // QUANTUM
    level = np.zeros(quanta)
    level[quanta // 2] = np.nan
    out, _ = play(sound, fades=((0.0, 1.0, 0.5),), level_db=level)
    assert np.isfinite(out).all()
    assert np.abs(out[:, -RATE:]).max() > 0.005


def test_offsets_and_subsonic_sound_are_taken_away():
    time = np.arange(12 * RATE) / RATE
    out, _ = play(0.2 + 0.2 * np.sin(2 * np.pi * 5.0 * time) + 0.02 * np.sin(2 * np.pi * 440.0 * time))
    last = out[0, -4 * RATE :].astype(float)
    spectrum = np.abs(np.fft.rfft(last * np.hanning(len(last)))) * 4 / len(last)
    assert spectrum[4 * 440] == pytest.approx(0.02, rel=0.1)
    assert spectrum[4 * 5] < 0.2 * 10 ** (-24 / 20)
    assert spectrum[0] < 1e-4


def against_plain(**knobs):
    """(frequencies in Hz, what the knobs change of the level of white noise in dB)."""
    x = 0.02 * np.random.default_rng(0).normal(size=10 * RATE)
    plain, _ = play(x, fades=((0.0, 1.0, 0.05),))
    changed, _ = play(x, fades=((0.0, 1.0, 0.05),), **knobs)
    parts = [np.fft.rfft(y[0, 5 * RATE :].reshape(-1, 4800), axis=1) for y in (plain, changed)]
    before, after = (np.mean(np.abs(part) ** 2, axis=0) for part in parts)
    return np.fft.rfftfreq(4800, 1 / RATE), 10 * np.log10(after / before)


@pytest.mark.parametrize("corner_hz", [400.0, 2000.0, 8000.0])
def test_brightness_is_a_gentle_low_pass(corner_hz):
    hz, ratio = against_plain(brightness_hz=corner_hz)
    for factor in (0.25, 1.0, 2.0):
        at = np.argmin(np.abs(hz - corner_hz * factor))
        g = [np.tan(np.pi * hz[at] / RATE) / np.tan(np.pi * c / RATE) for c in (20000.0, corner_hz)]
        expected = 10 * np.log10((1 + g[0] ** 2) / (1 + g[1] ** 2))
        assert ratio[at] == pytest.approx(expected, abs=0.3)


@pytest.mark.parametrize("open_db", [-6.0, -2.5, 2.5, 6.0])
def test_openness_raises_what_is_above_its_corner_and_leaves_the_rest(open_db):
    hz, ratio = against_plain(open_db=open_db)
    below, at, above = (float(ratio[np.argmin(np.abs(hz - f))]) for f in (40.0, SHELF_HZ, 9600.0))
    assert below == pytest.approx(0.0, abs=0.2)
    assert above == pytest.approx(open_db, abs=0.2)
    # At the corner the two parts are in quadrature: half the power of each.
    assert at == pytest.approx(10 * np.log10(0.5 * (1 + 10 ** (open_db / 10))), abs=0.3)


def test_a_shelf_at_rest_changes_no_sample():
    x = pink(3, -25.0)
    rest, _ = play(x)
    state = EFFECT.record()
    state["shelf_opening"] = 0.0
    without, _ = play(x, state=state)
    assert np.array_equal(rest, without)


def test_no_step_of_level_or_brightness_clicks():
    # The shortest ramp a parameter makes is 30 ms; what is above 3 kHz then is the ramp's doing.
    time = np.arange(13 * RATE) / RATE
    tone = 0.1 * np.sin(2 * np.pi * 200.0 * time)
    moment = np.arange(len(tone) // QUANTUM) * QUANTUM / RATE
    for knob, bound_db in (
        ({"level_db": np.interp(moment, [11.0, 11.03], [0.0, -60.0])}, -60.0),
        ({"level_db": np.interp(moment, [11.0, 11.03], [0.0, -12.0])}, -75.0),
        ({"brightness_hz": np.interp(moment, [11.0, 11.03], [400.0, 20000.0])}, -70.0),
        ({"open_db": np.interp(moment, [11.0, 11.03], [-6.0, 6.0])}, -70.0),
    ):
        out, _ = play(tone, **knob)
        high = sosfiltfilt(butter(6, 3000.0, "high", fs=RATE, output="sos"), out[0].astype(float))
        assert 20 * np.log10(np.abs(high[10 * RATE : 12 * RATE]).max() / 0.1) < bound_db


def test_silence_leaves_nothing_denormal():
    state = EFFECT.record()
    play(pink(60, -25.0, lambda t: 1.0 * (t < 5.0)), state=state)
    assert denormals_in(state) == 0
