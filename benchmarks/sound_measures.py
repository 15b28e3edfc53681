"""What a recording sounds like, in figures: loudness by ffmpeg, music by librosa, faults by numpy and scipy.

Nothing here knows how the sound was made. `sound` is float, shape (frames, 2), at RATE_HZ.
"""

from __future__ import annotations

import re
import subprocess
from itertools import pairwise

import librosa
import numpy as np
import scipy.ndimage
import scipy.signal
from numpy.typing import NDArray

Sound = NDArray[np.float32]
Times = NDArray[np.float64]

RATE_HZ = 48_000
MUSIC_HZ = 24_000
"""Rate at which librosa listens: nothing in this music that it looks for lies above 12 kHz."""

WINDOW_S = 30.0

MODES = {
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "ionian": (0, 2, 4, 5, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "aeolian": (0, 2, 3, 5, 7, 8, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
}
"""The seven modes of the diatonic scale, by semitones above the tonic; all of one collection."""


def loudness(sound: Sound) -> tuple[dict[str, float], Times, NDArray[np.float64], NDArray[np.float64]]:
    """EBU R128 by ffmpeg's ebur128: (summary, times in s, momentary and short-term LUFS at those times).

    Readings are to a thousandth, ten a second; short-term windows are 3 s long and end at their time;
    silence reads about -120. Summary: integrated (LUFS), range (LU, EBU Tech 3342), true_peak (dBTP),
    short_term_max (LUFS).
    """
    asked = (
        f"ffmpeg -hide_banner -nostats -f f32le -ar {RATE_HZ} -ac 2 -i pipe:0"
        " -filter_complex ebur128=peak=true:metadata=1,ametadata=mode=print:file=-"
        " -f null -"
    )
    told = subprocess.run(asked.split(), input=sound.astype("<f4").tobytes(), capture_output=True, check=True)
    text, frames = told.stderr.decode(errors="replace"), told.stdout.decode()
    starts = np.array(re.findall(r"pts_time:([\d.]+)", frames), dtype=float)
    times = starts + 0.1
    momentary, short_term = (
        np.nan_to_num(
            np.array(re.findall(rf"r128\.{which}=(-?[\d.]+|-?inf|nan)", frames), dtype=float),
            nan=-120.0,
            neginf=-120.0,
        )
        for which in "MS"
    )
    last = text[text.rindex("Summary:") :]

    def read(label: str) -> float:
        found = re.search(rf"{label}: *(-?[\d.]+|-inf)", last)
        assert found, f"ffmpeg says nothing of {label}"
        return float(found[1])

    whole = times >= 3.0
    return (
        {
            "integrated": read("I"),
            "range": read("LRA"),
            "true_peak": read("Peak"),
            "short_term_max": float(short_term[whole].max()),
        },
        times,
        momentary,
        short_term,
    )


def rises(times: Times, short_term: NDArray[np.float64]) -> tuple[Times, NDArray[np.float64]]:
    """Rise of short-term loudness over each second, in LU: (times at the end of it, rises).

    Only where both ends are above the absolute gate of -70 LUFS: below it nothing is heard.
    """
    step = round(1.0 / float(np.median(np.diff(times))))
    before, after = short_term[:-step], short_term[step:]
    heard = (before > -70.0) & (after > -70.0)
    return times[step:][heard], (after - before)[heard]


def music(sound: Sound) -> NDArray[np.float32]:
    """The mono sum at MUSIC_HZ, as librosa takes it."""
    mono = sound.mean(axis=1, dtype=np.float32)
    return librosa.resample(mono, orig_sr=RATE_HZ, target_sr=MUSIC_HZ, res_type="soxr_mq")


def centroids(mono: NDArray[np.float32]) -> NDArray[np.float64]:
    """Spectral centroid in Hz of each half minute: librosa's, frame by frame, weighed by the frame's power.

    Amplitude-weighted mean frequency of 85 ms frames. Frames that are nearly silent say nothing about
    colour, so loud ones count for more.
    """
    size, hop = 2048, 1024
    spectrum = np.abs(librosa.stft(mono, n_fft=size, hop_length=hop))
    centroid = librosa.feature.spectral_centroid(S=spectrum, sr=MUSIC_HZ)[0]
    power = np.sum(spectrum**2, axis=0)
    per = int(WINDOW_S * MUSIC_HZ / hop)
    found = []
    for at in range(0, len(centroid) - per + 1, per):
        weight = power[at : at + per]
        if weight.max() > 1e-6:
            found.append(np.average(centroid[at : at + per], weights=weight))
    return np.array(found)


ONSET_HOP = 240
"""10 ms at MUSIC_HZ."""

ALONE_RISE_DB = 0.35
MIXED_RISE_DB = 1.2
"""Mean rise over all mel bands that counts as an onset: of strokes rendered alone, and within a mix.

Alone, 0.3 to 0.45 dB find 94 to 100 % of the composer's own notes in relax, sleep, focus and energise
(soft bowls of breathe: 95 to 76 %), with at most 1 to 10 % more than there are. In the mix a stroke over
a bed raises fewer bands, and only what stands out counts.
"""


def onset_strength(mono: NDArray[np.float32], hop: int = ONSET_HOP) -> NDArray[np.float32]:
    """SuperFlux (Boeck and Widmer, DAFx 2013) by librosa: dB by which the mel spectrum rises in 30 ms.

    The maximum over neighbouring bands (max_size 3) makes it deaf to beating and vibrato, of which pads
    consist. Bands from 80 Hz to 8 kHz; what lies 65 dB under the loudest moment is not looked at.
    """
    mel = librosa.feature.melspectrogram(
        y=mono, sr=MUSIC_HZ, n_fft=2048, hop_length=hop, n_mels=96, fmin=80.0, fmax=8000.0
    )
    return librosa.onset.onset_strength(
        S=librosa.power_to_db(mel, ref=np.max, top_db=65.0), sr=MUSIC_HZ, hop_length=hop, lag=3, max_size=3
    )


def onsets(mono: NDArray[np.float32], rise_db: float = MIXED_RISE_DB) -> Times:
    """Times in s at which something is struck: peaks of `onset_strength`, at least 60 ms apart."""
    strength = onset_strength(mono)
    frames = librosa.util.peak_pick(
        strength, pre_max=3, post_max=3, pre_avg=10, post_avg=10, delta=rise_db, wait=6
    )
    return frames * (ONSET_HOP / MUSIC_HZ)


def attack_times(mono: NDArray[np.float32], at: Times) -> NDArray[np.float64]:
    """10-90 % rise in s of the amplitude at each onset, from the least before to the first top after.

    Amplitude is the root of power over a Hann window of 12 ms, longer than the period of any note above
    MIDI 40 (82 Hz), which makes 6 ms of a step. What still rings from earlier notes is the floor from
    which the rise is counted; onsets that do not treble the amplitude are left out, for their floor
    is most of them.
    """
    window = np.hanning(int(0.012 * MUSIC_HZ) + 2)[1:-1]
    window /= window.sum()
    filtered = scipy.signal.sosfilt(scipy.signal.butter(2, 60.0, "high", fs=MUSIC_HZ, output="sos"), mono)
    amplitude = np.sqrt(np.maximum(scipy.signal.fftconvolve(filtered**2, window, "same"), 0.0))
    found = []
    for t in at:
        middle = int(t * MUSIC_HZ)
        if middle < 0.3 * MUSIC_HZ:
            continue
        top = middle + int(np.argmax(amplitude[middle : middle + int(0.15 * MUSIC_HZ)]))
        before = amplitude[top - int(0.25 * MUSIC_HZ) : top + 1]
        foot = int(np.argmin(before))
        low, high = before[foot], before[-1]
        if high < 3.0 * low:
            continue
        rise = before[foot:]
        over_90 = int(np.argmax(rise >= low + 0.9 * (high - low)))
        under_10 = np.flatnonzero(rise[: over_90 + 1] <= low + 0.1 * (high - low))[-1]
        found.append((over_90 - int(under_10)) / MUSIC_HZ)
    return np.array(found)


def tempi(mono: NDArray[np.float32]) -> tuple[Times, NDArray[np.float64]]:
    """Beats a minute by librosa's autocorrelation tempogram: (middles in s, BPM) of each minute.

    Frames of 5 ms and windows of 12 s; the peak is refined by a parabola, for the lag of a beat is only
    some 150 frames. No tempo is preferred between 30 and 240.
    """
    hop = 120
    strength = onset_strength(mono, hop)
    per = int(60.0 * MUSIC_HZ / hop)
    middles, found = [], []
    for at in range(0, len(strength) - per + 1, per):
        wave = librosa.autocorrelate(strength[at : at + per] - strength[at : at + per].mean())
        lags = np.arange(len(wave))
        bpm = 60.0 * MUSIC_HZ / hop / np.maximum(lags, 1)
        chosen = np.where((bpm >= 30.0) & (bpm <= 240.0), wave, -np.inf)
        k = int(np.argmax(chosen))
        a, b, c = wave[k - 1], wave[k], wave[k + 1]
        bend = a - 2.0 * b + c
        lag = k + (0.5 * (a - c) / bend if bend else 0.0)
        middles.append((at + per / 2) * hop / MUSIC_HZ)
        found.append(60.0 * MUSIC_HZ / hop / lag)
    return np.array(middles), np.array(found)


def octave_error(found: NDArray[np.float64], true: NDArray[np.float64]) -> NDArray[np.float64]:
    """Relative error of tempi, the octave left free."""
    octaves = np.log2(found / true)
    return np.abs(np.exp2(octaves - np.round(octaves)) - 1.0)


def chroma(mono: NDArray[np.float32]) -> NDArray[np.float64]:
    """Power in each of the twelve pitch classes, two frames a second, shape (12, frames).

    librosa's constant-Q transform over five octaves from A1, three bins a semitone; the middle one is
    kept, so that noise and partials between the notes count little. Median filters in time and frequency
    (librosa.decompose.hpss) take away what is short: heart and kick thud beside the drone, out of any key.
    """
    hop = 4096
    bins = np.abs(
        librosa.cqt(mono, sr=MUSIC_HZ, hop_length=hop, fmin=55.0, n_bins=180, bins_per_octave=36, tuning=0.0)
    )
    power = librosa.decompose.hpss(bins)[0][0::3] ** 2
    folded = power.reshape(5, 12, -1).sum(axis=0)
    from_c = np.roll(folded, 9, axis=0)
    frames = int(from_c.shape[1] * hop / MUSIC_HZ * 2.0)
    edges = np.linspace(0, from_c.shape[1], frames + 1).astype(int)
    return np.array([from_c[:, a:b].mean(axis=1) for a, b in pairwise(edges)]).T


def modes_heard(of: NDArray[np.float64]) -> list[set[str]]:
    """For each half minute, the modes whose scale holds what is heard.

    Each of the 84 keys (12 tonics, 7 modes) is correlated with the half minute's mean chroma (root of
    power). Its template is 3 for the tonic, 2 for the fifth, 1 for the other tones of the mode and 0
    outside (our own, after the flat profiles of Temperley, Music and Probability, 2007). All keys within
    0.02 of the best correlation are kept: five-note music fits several modes equally.
    """
    per = int(2 * WINDOW_S)
    keys, templates = [], []
    for name, steps in MODES.items():
        for tonic in range(12):
            template = np.zeros(12)
            template[[(tonic + s) % 12 for s in steps]] = 1.0
            template[(tonic + 7) % 12] += 1.0 if 7 in steps else 0.0
            template[tonic] = 3.0
            keys.append(name)
            templates.append((template - template.mean()) / template.std())
    matrix = np.array(templates)
    heard = []
    for at in range(0, of.shape[1] - per + 1, per):
        mean = np.sqrt(of[:, at : at + per].mean(axis=1))
        if mean.max() < 1e-4:
            continue
        z = (mean - mean.mean()) / mean.std()
        fit = matrix @ z / 12.0
        heard.append({keys[k] for k in np.flatnonzero(fit >= fit.max() - 0.02)})
    return heard


def self_similarity(of: NDArray[np.float64], lag_s: float) -> float:
    """Mean cosine of ten seconds of chroma (root of power, every half second) with those `lag_s` later.

    1 is the same music again. Nothing is taken off first, so two passages in one key share much by that.
    """
    rows = np.sqrt(of)
    windows = np.array([rows[:, k : k + 20].ravel() for k in range(0, rows.shape[1] - 20, 4)])
    norms = np.linalg.norm(windows, axis=1)
    step = round(lag_s / 2.0)
    if len(windows) <= step:
        return 0.0
    loud = (norms[:-step] > 1e-4) & (norms[step:] > 1e-4)
    dots = np.einsum("ij,ij->i", windows[:-step], windows[step:])[loud]
    return float(np.mean(dots / (norms[:-step] * norms[step:])[loud]))


CLICK_ORDER = 24
CLICK_BLOCK = 2048
CLICK_TIMES = 12.0
CLICK_OWN, CLICK_TRAIN = 12, 600
CLICK_LEAST = 10.0 ** (-75.0 / 20.0)


def clicks(sound: Sound) -> Times:
    """Times in s of samples that the spectrum of their neighbourhood does not explain.

    Linear prediction (Godsill and Rayner, Digital Audio Restoration, 1998): each block of 43 ms is
    whitened by its own predictor of order 24. A click is a residual over 12 times the block's robust
    deviation and over 8 times that of the 3 ms around it without its own half millisecond, and above
    -75 dBFS. The second comparison lets drum strokes pass, which raise all their neighbours. What comes
    back at 0.4 times its size, twice within 12 ms, is the jump of a bright sawtooth once a period.
    """
    found: list[float] = []
    window = np.hanning(2 * CLICK_BLOCK)
    for channel in sound.T:
        x = np.concatenate([channel, np.zeros(CLICK_BLOCK * 2, np.float32)]).astype(np.float64)
        count = len(channel) // CLICK_BLOCK
        for first in range(1, count, 512):
            number = min(512, count - first)
            starts = (first + np.arange(number)) * CLICK_BLOCK
            around = x[(starts - CLICK_BLOCK // 2)[:, None] + np.arange(2 * CLICK_BLOCK)]
            spectrum = np.abs(np.fft.rfft(around * window, 4 * CLICK_BLOCK)) ** 2
            auto = np.fft.irfft(spectrum)[:, : CLICK_ORDER + 1]
            auto[:, 0] = auto[:, 0] * (1.0 + 1e-9) + 1e-9
            lags = np.abs(np.subtract.outer(np.arange(CLICK_ORDER), np.arange(CLICK_ORDER)))
            predictor = np.linalg.solve(auto[:, lags], auto[:, 1:, None])[:, :, 0]
            history = x[(starts - CLICK_ORDER)[:, None] + np.arange(CLICK_BLOCK + CLICK_ORDER)]
            rest = history[:, CLICK_ORDER:].copy()
            for k in range(CLICK_ORDER):
                rest -= predictor[:, k : k + 1] * history[:, CLICK_ORDER - 1 - k : -1 - k]
            size = np.abs(rest)
            deviation = np.median(size, axis=1, keepdims=True) / 0.6745
            suspects = np.argwhere((size > CLICK_TIMES * deviation) & (size > CLICK_LEAST))
            for block, frame in suspects:
                near = size[block, max(0, frame - 72) : frame + 73]
                own = size[block, max(0, frame - CLICK_OWN) : frame + CLICK_OWN + 1]
                others = (np.sum(near**2) - np.sum(own**2)) / max(len(near) - len(own), 1)
                if size[block, frame] > 8.0 * np.sqrt(others) and not _comes_back(size[block], frame):
                    found.append((starts[block] + frame) / RATE_HZ)
    return np.unique(np.round(found, 3))


def _comes_back(size: NDArray[np.float64], frame: int) -> bool:
    """Whether a residual is one of a train of pulses: others like it lie within 12 ms, and not beside it."""
    low = max(0, frame - CLICK_TRAIN)
    large = low + np.flatnonzero(size[low : frame + CLICK_TRAIN + 1] > 0.4 * size[frame])
    large = large[np.abs(large - frame) > CLICK_OWN]
    return np.count_nonzero(np.diff(large, prepend=-CLICK_TRAIN) > CLICK_OWN) >= 2


def rumble_db(sound: Sound) -> float:
    """Level in dBFS of what lies under 18 Hz, DC included: the least steep place to cut below 20 Hz."""
    low = scipy.signal.butter(8, 18.0, "low", fs=RATE_HZ // 100, output="sos")
    slow = sound
    for _ in range(2):
        slow = scipy.signal.decimate(slow, 10, axis=0, ftype="fir")
    rest = scipy.signal.sosfilt(low, slow, axis=0)
    return float(10.0 * np.log10(np.mean(rest**2) + 1e-20))


def mono_loss_db(sound: Sound) -> float:
    """Worst loss in dB of any octave from 31 Hz to 8 kHz when both sides are summed to one.

    0 for the same sound on both sides, -3 for two that have nothing in common, below where sides cancel.
    """
    left, right = sound.T
    pieces = scipy.signal.welch(np.stack([left, right, 0.5 * (left + right)]), RATE_HZ, nperseg=8192)
    frequencies, (left_power, right_power, sum_power) = pieces[0], pieces[1]
    worst = 0.0
    for octave in range(9):
        centre = 31.25 * 2.0**octave
        band = (frequencies >= centre / np.sqrt(2.0)) & (frequencies < centre * np.sqrt(2.0))
        sides = 0.5 * float(np.sum(left_power[band]) + np.sum(right_power[band]))
        if sides > 1e-12:
            worst = min(worst, float(10.0 * np.log10(np.sum(sum_power[band]) / sides + 1e-9)))
    return worst


def low_correlation(sound: Sound) -> float:
    """Correlation of the two sides below 110 Hz, an octave under where places may begin: 1 is mono."""
    sos = scipy.signal.butter(4, 110.0, "low", fs=RATE_HZ // 20, output="sos")
    slow = scipy.signal.decimate(sound, 20, axis=0, ftype="fir")
    left, right = scipy.signal.sosfilt(sos, slow, axis=0).T
    return float(np.sum(left * right) / np.sqrt(np.sum(left**2) * np.sum(right**2) + 1e-20))


SILENCE_LU = 3.0
SHORTEST_SILENCE_S = 2.0


def silences(
    times: Times, momentary: NDArray[np.float64], at: Times, begin_s: float, end_s: float
) -> list[tuple[float, float]]:
    """(begin, end) in s of the silences from `begin_s` to `end_s`, `at` being the onsets.

    Momentary loudness lies SILENCE_LU or more under its median of the minute around, and nothing is
    struck, for at least SHORTEST_SILENCE_S: less is a breath between two notes. Both our own choice; the
    breath's swell alone goes down by half as much.
    """
    minute = scipy.ndimage.median_filter(momentary, size=601, mode="nearest")
    quiet = (momentary < minute - SILENCE_LU) & (times >= begin_s) & (times <= end_s)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], quiet.astype(int), [0]])))
    found: list[tuple[float, float]] = []
    for first, after in zip(edges[::2], edges[1::2], strict=True):
        begin, end = times[first], times[after - 1]
        cuts = [begin, *at[(at > begin) & (at < end)], end]
        found += [(a, b) for a, b in pairwise(cuts) if b - a >= SHORTEST_SILENCE_S]
    return found


def mel_db(sound: Sound) -> NDArray[np.float64]:
    """Mel spectrum in dB, 32 bands from 60 Hz to 6 kHz by half seconds."""
    mel = librosa.feature.melspectrogram(
        y=music(sound), sr=MUSIC_HZ, n_fft=4096, hop_length=MUSIC_HZ // 2, n_mels=32, fmin=60.0, fmax=6000.0
    )
    return 10.0 * np.log10(mel + 1e-12)


def spectral_distance_db(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Mean distance in dB of two recordings' mel spectra (`mel_db`), where either is heard.

    A figure to compare by; from how many dB on an ear tells two pieces apart has not been tried.
    """
    frames = min(one.shape[1], other.shape[1])
    a, b = one[:, :frames], other[:, :frames]
    heard = np.maximum(a, b) > max(a.max(), b.max()) - 50.0
    return float(np.mean(np.abs(np.maximum(a, a.max() - 60.0) - np.maximum(b, a.max() - 60.0))[heard]))
