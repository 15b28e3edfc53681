"""Playing at a device's own rate: right pitch, nothing that was not in the sound, and the same sound on."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from dsp import command
from dsp.native import Synth
from dsp.score import Note, Ramp
from dsp.stream import Stream

RATE = 48000
FINER = 4


def pieces(synth: Synth, rate: int, frames: int, channels: int = 2, period: int = 480) -> np.ndarray:
    """What a device at `rate` gets of this synth, in portions, (frames, channels)."""
    lent = synth.lend()
    stream = Stream(lent, channels, rate)
    synth.hand_to(lent)
    pointer, number = ctypes.c_void_p, ctypes.c_int64
    call = ctypes.CFUNCTYPE(ctypes.c_int, pointer, pointer, number, pointer, number, pointer)(
        stream.callback_address
    )
    out = np.zeros((frames, channels), np.float32)
    for at in range(0, frames, period):
        part = out[at : at + period]
        assert call(None, part.ctypes.data, len(part), None, 0, stream.user_address) == 0
    synth.take_back()
    return out


def bright() -> Synth:
    synth = Synth(RATE, seed=4)
    synth.push(
        [
            command.ramp(Ramp("piano", "level_db", 0.0, 0.0)),
            command.ramp(Ramp("wind", "level_db", -10.0, 0.0)),
            command.ramp(Ramp("wind", "brightness", 1.0, 0.0)),
            command.note(Note(0.0, 60.0, "wind", 72.0, 0.9, 1.0)),
            *(command.note(Note(0.5 * k, 4.0, "piano", 60.0 + 5 * k, 0.9, 1.0, -0.5)) for k in range(6)),
        ]
    )
    return synth


@pytest.mark.parametrize("rate", [44100, 96000, 32000])
def test_it_is_what_scipy_makes_of_the_same_sound(rate: int) -> None:
    from scipy.signal import resample_poly

    sound = np.zeros((4 * RATE, 2), np.float32)
    bright().render(sound)
    common = np.gcd(rate, RATE)
    # Finer than the device samples: a part of a sample of its may be left between the two.
    expected = resample_poly(sound.astype(np.float64), FINER * rate // common, RATE // common, axis=0)
    got = pieces(bright(), rate, 3 * rate)
    late = round(32 * rate / RATE)  # half of the taps
    middle = slice(rate // 2, 2 * rate)
    # Over what both let pass: up to 0.8 of the lower half rate.
    corner = 0.8 * min(rate, RATE) / 2
    fine = np.array([np.convolve(expected[:, side], band(corner, FINER * rate), "same") for side in (0, 1)]).T
    ours = np.array([np.convolve(got[:, side], band(corner, rate), "same") for side in (0, 1)]).T[middle]
    firsts = [FINER * (middle.start - late) + shift for shift in range(-FINER, FINER + 1)]
    exact = [fine[first : first + FINER * len(ours) : FINER] for first in firsts]
    assert min(np.abs(ours - each).max() for each in exact) < 0.05 * np.abs(ours).max()
    assert rms(ours) == pytest.approx(rms(exact[FINER]), rel=0.01)


def band(corner_hz: float, rate: int) -> np.ndarray:
    from scipy.signal import firwin

    return firwin(1021, corner_hz, fs=rate)


def rms(sound: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))


@pytest.mark.parametrize("rate", [44100, 96000, 16000])
def test_a_tone_stays_pure(rate: int) -> None:
    """Driven with a sine instead of the sound, nothing but that sine comes out, 85 dB over all else."""
    from numba import njit

    from dsp.resample import RESAMPLER, give_out, take_in
    from dsp.sinc import resampler

    @njit(error_model="numpy")
    def run(state, sine, out):
        taken = 0
        for frame in range(len(out)):
            while state.place >= 1.0:
                take_in(state, sine[taken], sine[taken])
                taken += 1
            out[frame], _ = give_out(state)

    state = np.frombuffer(bytearray(bytes(resampler(RATE, rate))), RESAMPLER)[0]
    hz = 0.31 * min(rate, RATE)
    frames = 1 << 15
    sine = np.sin(2 * np.pi * hz * np.arange(int(frames * RATE / rate) + 128) / RATE).astype(np.float32)
    out = np.zeros(frames, np.float32)
    run(state, sine, out)
    spectrum = np.abs(np.fft.rfft(out[4096:] * np.kaiser(frames - 4096, 18.0)))
    peak = int(spectrum.argmax())
    assert peak * rate / (frames - 4096) == pytest.approx(hz, abs=2 * rate / frames)
    rest = np.delete(spectrum, range(peak - 10, peak + 11))
    assert 20 * np.log10(rest.max() / spectrum[peak]) < -85.0


def test_a_sound_goes_on_where_it_was_when_its_device_changes_its_rate() -> None:
    synth = bright()
    first = pieces(synth, RATE, RATE)
    frame = synth.frame
    second = pieces(synth, 44100, 44100)
    assert synth.frame - frame == pytest.approx(RATE, abs=64 + 64)
    assert np.abs(first).max() > 0.01
    assert np.abs(second).max() > 0.01


def test_mono_is_resampled_and_mixed_down_too() -> None:
    stereo = pieces(bright(), 44100, 20000)
    mono = pieces(bright(), 44100, 20000, channels=1)
    assert np.allclose(mono[:, 0], stereo.mean(axis=1), atol=1e-6)
