"""Colour and width of a recording by the definitions of MEASURES.md: tilt, bands, centroid, sides, change.

`sound` is float, shape (frames, 2), at RATE_HZ; functions are pure. Nothing here knows how it was made.
"""

from __future__ import annotations

import librosa
import numpy as np
import scipy.signal
from numpy.typing import NDArray
from sound_measures import RATE_HZ, Sound

Array = NDArray[np.float64]

WELCH = 16_384
COLOUR_HZ = 22_050
FRAME, HOP = 4096, 2048
"""Of the magnitude spectrum from which centroid and MFCC are taken: 186 ms, twice a frame."""

BLOCK_S = 10.0
COEFFICIENTS = 13
WHOLE_HZ = (20.0, 16_000.0)
MIDDLE_HZ = (150.0, 1500.0)


Spectrum = tuple[Array, Array]
"""Frequencies in Hz, and power density."""


def spectrum(sound: Sound) -> Spectrum:
    """The mean of both channels (Welch 1967, Hann, half overlapped)."""
    frequencies, density = scipy.signal.welch(np.ascontiguousarray(sound.T), RATE_HZ, nperseg=WELCH)
    return frequencies, density.mean(axis=0, dtype=np.float64)


def power_in(of: Spectrum, band_hz: tuple[float, float]) -> float:
    """Power of a band, edges as they fall between the lines of the spectrum."""
    frequencies, density = of
    inside = (frequencies >= band_hz[0]) & (frequencies < band_hz[1])
    return float(density[inside].sum() * (frequencies[1] - frequencies[0]))


def tilt_db(of: Spectrum) -> float:
    """dB an octave: the straight line through the levels of third octaves from 1 to 8 kHz."""
    middles = 1000.0 * 2.0 ** (np.arange(10) / 3.0)
    edge = 2.0 ** (1.0 / 6.0)
    powers = [power_in(of, (middle / edge, middle * edge)) for middle in middles]
    return float(np.polyfit(np.log2(middles), 10.0 * np.log10(np.array(powers) + 1e-20), 1)[0])


def band_db(of: Spectrum, low_hz: float, high_hz: float) -> float:
    """Power of a band over that of 20 Hz to 16 kHz, dB."""
    return float(10.0 * np.log10(power_in(of, (low_hz, high_hz)) / power_in(of, WHOLE_HZ) + 1e-20))


def correlation(sound: Sound) -> float:
    """Pearson's of the two channels: 1 is mono."""
    return float(np.corrcoef(sound.T.astype(np.float64))[0, 1])


def side_over_mid_db(sound: Sound, band_hz: tuple[float, float] = MIDDLE_HZ) -> float:
    """Power of (L-R)/2 over that of (L+R)/2 in a band, dB."""
    sos = scipy.signal.butter(4, band_hz, "bandpass", fs=RATE_HZ, output="sos")
    left, right = scipy.signal.sosfilt(sos, np.ascontiguousarray(sound.T, np.float64))
    return float(10.0 * np.log10(np.sum((left - right) ** 2) / np.sum((left + right) ** 2) + 1e-20))


def magnitudes(sound: Sound) -> NDArray[np.float32]:
    """Magnitude spectrum of the mono sum at COLOUR_HZ, shape (lines, frames)."""
    mono = sound.mean(axis=1, dtype=np.float32)
    slow = librosa.resample(mono, orig_sr=RATE_HZ, target_sr=COLOUR_HZ, res_type="soxr_mq")
    return np.abs(librosa.stft(slow, n_fft=FRAME, hop_length=HOP))


def centroids(sound: Sound) -> tuple[Array, Array]:
    """(middles of frames in s, magnitude spectral centroid of each in Hz)."""
    found = librosa.feature.spectral_centroid(S=magnitudes(sound), sr=COLOUR_HZ)[0]
    return np.arange(len(found)) * (HOP / COLOUR_HZ), found


def colours(sound: Sound) -> Array:
    """MFCC 2 to 13 (of 40 mel bands in dB), the mean of each block of 10 s; shape (blocks, 12)."""
    mel = librosa.feature.melspectrogram(S=magnitudes(sound) ** 2, sr=COLOUR_HZ, n_mels=40)
    mfcc = librosa.feature.mfcc(S=librosa.power_to_db(mel), n_mfcc=COEFFICIENTS)[1:]
    per = round(BLOCK_S * COLOUR_HZ / HOP)
    whole = mfcc.shape[1] // per
    return mfcc[:, : whole * per].reshape(len(mfcc), whole, per).mean(axis=2).T


def change(blocks: Array) -> float:
    """Root of the sum of the variances of `colours` over a piece's blocks."""
    return float(np.sqrt(np.sum(np.var(blocks, axis=0))))


def distance(one: Array, other: Array) -> float:
    """Euclidean distance of two pieces' mean colours, each coefficient over its deviation within a piece."""
    spread = np.sqrt(0.5 * (np.var(one, axis=0) + np.var(other, axis=0)))
    return float(np.linalg.norm((one.mean(axis=0) - other.mean(axis=0)) / spread))
