"""What every instrument promises, as checks to run on each; and how sounds are measured."""

from __future__ import annotations

import numpy as np

from dsp.envelope import IDLE, STEAL_S, VOICES
from dsp.quantum import QUANTUM
from tests.dsp.drive import RATE, RELEASE, STEAL, Event, Instrument

QUANTUM_S = QUANTUM / RATE


def hertz(pitch: float) -> float:
    """Equal temperament on A4 = 440 Hz, in double precision."""
    return 440.0 * 2.0 ** ((pitch - 69.0) / 12.0)


def strongest_near(x: np.ndarray, frequency: float, cents: float = 60.0) -> float:
    """Frequency of the strongest partial within `cents`: Hann window, parabola through the log spectrum."""
    size = 1 << int(np.ceil(np.log2(4 * len(x))))
    spectrum = np.abs(np.fft.rfft(x * np.hanning(len(x)), size))
    reach = 2.0 ** (cents / 1200.0)
    low, high = int(frequency / reach * size / RATE), int(np.ceil(frequency * reach * size / RATE))
    k = low + int(np.argmax(spectrum[low : high + 1]))
    a, b, c = np.log(spectrum[k - 1 : k + 2])
    return (k + 0.5 * (a - c) / (a - 2 * b + c)) * RATE / size


def cents(measured: float, wanted: float) -> float:
    return 1200.0 * np.log2(measured / wanted)


def level_of(x: np.ndarray, frequency: float, window_s: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
    """Times and amplitudes of one partial: demodulated, smoothed by a Hann window of `window_s`."""
    n = np.arange(len(x))
    base = x * np.exp(-2j * np.pi * frequency / RATE * n)
    window = np.hanning(int(window_s * RATE))
    window /= window.sum()
    step = len(window) // 4
    starts = range(0, len(x) - len(window), step)
    level = np.array([2.0 * abs(np.dot(base[s : s + len(window)], window)) for s in starts])
    return (np.arange(len(level)) * step + len(window) / 2) / RATE, level


def decay_s(x: np.ndarray, frequency: float, begin_s: float, end_s: float, window_s: float = 0.05) -> float:
    """Time to -60 dB of one partial, from the slope of its level in dB between two times."""
    t, level = level_of(x, frequency, window_s)
    chosen = (t >= begin_s) & (t <= end_s)
    slope = np.polyfit(t[chosen], 20.0 * np.log10(level[chosen]), 1)[0]
    return -60.0 / slope


def rise_s(x: np.ndarray, period_s: float) -> float:
    """10-90 % rise time of the peak level, held over one period, to its first maximum."""
    size = max(int(period_s * RATE), 1)
    held = np.max(np.lib.stride_tricks.sliding_window_view(np.abs(x), size), axis=1)
    top = held.max()
    return (np.argmax(held >= 0.9 * top) - np.argmax(held >= 0.1 * top)) / RATE


def centroid_hz(x: np.ndarray) -> float:
    """Amplitude-weighted mean frequency; the last tenth is faded, the beginning kept."""
    faded = x * np.minimum(1.0, np.linspace(10.0, 0.0, len(x)))
    spectrum = np.abs(np.fft.rfft(faded))
    return float(np.sum(spectrum * np.fft.rfftfreq(len(x), 1.0 / RATE)) / np.sum(spectrum))


def roughness(x: np.ndarray) -> np.ndarray:
    """Fourth difference: far above any of these spectra, where a click is white and stands out."""
    return np.abs(np.diff(x.astype(np.float64), 4))


def assert_no_click(x: np.ndarray, at_s: float, factor: float = 1.6) -> None:
    """Around `at_s` the fourth difference stays within `factor` of what it is nearby.

    Or under 1e-4: that of a step of -90 dB, which nobody hears beside a sound.
    """
    d = roughness(x)
    at = int(at_s * RATE)
    near = d[max(at - 2 * QUANTUM, 0) : at + 4 * QUANTUM]
    before, after = d[max(at - 4800, 0) : max(at - 2 * QUANTUM, 0)], d[at + 4 * QUANTUM : at + 4800]
    around = np.concatenate([before, after])
    assert near.max() <= factor * around.max() + 1e-4


def silent_when_idle(instrument: Instrument, _event: Event) -> None:
    sound, stages = instrument.play([], 0.5)
    assert not sound.any()
    assert (stages == IDLE).all()


def deterministic(instrument: Instrument, event: Event) -> None:
    first, _ = instrument.play([event], 1.0, seed=5)
    again, _ = instrument.play([event], 1.0, seed=5)
    assert np.array_equal(first, again)
    assert first.any()


def panned_with_equal_power(instrument: Instrument, event: Event) -> None:
    """Power does not depend on the place; at the ends the other side is silent or far below."""
    powers = []
    for pan in (-1.0, -0.4, 0.0, 0.7, 1.0):
        moved = Event(**{**{f: getattr(event, f) for f in Event.__slots__}, "pan": pan})
        sound, _ = instrument.play([moved], 1.5)
        powers.append((sound.astype(np.float64) ** 2).mean(axis=1))
    total = 10.0 * np.log10([p.sum() for p in powers])
    assert np.ptp(total) < 0.3
    assert powers[0][1] < 0.1 * powers[0][0]
    assert powers[-1][0] < 0.1 * powers[-1][1]
    assert 0.4 < powers[2][0] / powers[2][1] < 2.5


def finite_at_extremes(instrument: Instrument, _event: Event) -> None:
    for velocity in (0.0, 1.0):
        for brightness in (0.0, 1.0):
            events = [
                Event(0.0, voice=v, pitch=127.0 * v / (VOICES - 1), velocity=velocity, brightness=brightness,
                      pan=1.0 - 2.0 * (v % 2), attack_s=0.0 if v % 3 else 8.0, release_s=0.0)
                for v in range(VOICES)
            ]
            events += [Event(0.5, voice=v, kind=RELEASE) for v in range(VOICES)]
            for rate in (44100, 96000):
                sound, _ = instrument.play(events, 0.8, rate=rate)
                assert np.isfinite(sound).all()
                assert np.abs(sound).max() < VOICES
                if velocity == 0.0:
                    assert not sound.any()


def all_voices_at_once(instrument: Instrument, event: Event) -> None:
    """Sixteen notes are the sum of sixteen single ones, at most; each voice begins and ends by itself."""
    fields = {f: getattr(event, f) for f in Event.__slots__}
    alone, _ = instrument.play([event], 0.5)
    together, stages = instrument.play([Event(**{**fields, "voice": v}) for v in range(VOICES)], 0.5)
    assert (stages[5] > IDLE).all()
    assert np.abs(together).max() <= 1.5 * VOICES * np.abs(alone).max()
    one_gone = [Event(**{**fields, "voice": v}) for v in range(VOICES)] + [Event(0.1, voice=3, kind=STEAL)]
    _, stages = instrument.play(one_gone, 0.15)
    assert stages[-1, 3] == IDLE
    assert (np.delete(stages[-1], 3) > IDLE).all()


def stolen_in_time_without_click(instrument: Instrument, event: Event) -> None:
    """A stolen voice is silent within the steal time and two quanta, and nothing clicks on the way."""
    at_s = 0.25
    sound, stages = instrument.play([event, Event(at_s, voice=event.voice, kind=STEAL)], 0.6)
    end = int((at_s + STEAL_S) / QUANTUM_S) + 2
    assert (stages[end:, event.voice] == IDLE).all()
    assert not sound[:, end * QUANTUM :].any()
    for side in sound:
        assert_no_click(side, at_s)
        assert_no_click(side, at_s + STEAL_S)


def voice_used_again(instrument: Instrument, event: Event) -> None:
    """A voice that was stolen plays its next note without a trace of the last, and without a click."""
    fields = {f: getattr(event, f) for f in Event.__slots__}
    later = Event(**{**fields, "at_s": 0.3})
    sound, _ = instrument.play([event, Event(0.2, voice=event.voice, kind=STEAL), later], 0.6)
    start = int(0.3 / QUANTUM_S) * QUANTUM
    assert not sound[:, start - QUANTUM : start].any()
    assert sound[:, start:].any()
    for side in sound:
        assert_no_click(side, 0.3)


def released_without_click(instrument: Instrument, event: Event) -> None:
    fields = {f: getattr(event, f) for f in Event.__slots__}
    short = Event(**{**fields, "release_s": 0.1})
    sound, _ = instrument.play([short, Event(0.25, voice=event.voice, kind=RELEASE)], 0.6)
    for side in sound:
        assert_no_click(side, 0.25)


def velocity_and_brightness_couple(instrument: Instrument, event: Event) -> None:
    """Louder notes and brighter channels have their weight higher in the spectrum; louder is louder."""
    fields = {f: getattr(event, f) for f in Event.__slots__}

    def play(velocity: float, brightness: float) -> np.ndarray:
        asked = Event(**{**fields, "velocity": velocity, "brightness": brightness})
        return instrument.play([asked], 2.0)[0].sum(axis=0).astype(np.float64)

    soft, hard = play(0.25, 0.5), play(1.0, 0.5)
    assert centroid_hz(hard) > 1.02 * centroid_hz(soft)
    assert 15.0 < 20.0 * np.log10(hard.std() / soft.std()) < 24.0
    assert centroid_hz(play(0.6, 1.0)) > 1.15 * centroid_hz(play(0.6, 0.0))


EVERY_INSTRUMENT = (
    silent_when_idle,
    deterministic,
    panned_with_equal_power,
    finite_at_extremes,
    all_voices_at_once,
    stolen_in_time_without_click,
    voice_used_again,
    released_without_click,
    velocity_and_brightness_couple,
)
