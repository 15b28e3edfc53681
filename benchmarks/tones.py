"""How steady and how rough tones are: roughness after Sethares, one held note's swing, nulls in a held tone.

Definitions are those of MEASURES.md. `sound` is float, shape (frames, 2), at RATE_HZ.
"""

from __future__ import annotations

from collections.abc import Sequence

import librosa
import numpy as np
import scipy.signal
from loop_sound import block_levels_db
from midi_measures import Tone
from rendering import RATE_HZ, Stems
from sound_measures import Sound

from dsp import command
from dsp.score import Note, Ramp
from engine.music.composer import Composer
from profiles.schema import Profile

FRAME = 16_384
PARTIALS = 20
HEARD_DB = 60.0
"""Partials so far under a frame's strongest are not counted (own choice)."""


def roughness(sound: Sound) -> float:
    """0 (no partials rub) to 0.9 (all do), mean of frames of 0.34 s.

    Dissonance of two partials after Sethares (Tuning, Timbre, Spectrum, Scale, 1998, appendix E), weighed by
    the product of their amplitudes, over all pairs of a frame's strongest partials.
    """
    spectrum = np.abs(librosa.stft(sound.mean(axis=1), n_fft=FRAME, hop_length=FRAME, center=False))
    hz = np.fft.rfftfreq(FRAME, 1.0 / RATE_HZ)
    found: list[float] = []
    for frame in spectrum[hz < 5000.0].T:
        peaks, _ = scipy.signal.find_peaks(frame, height=max(frame.max() * 10.0 ** (-HEARD_DB / 20.0), 1e-6))
        strongest = np.sort(peaks[np.argsort(frame[peaks])[-PARTIALS:]])
        if len(strongest) < 2:
            continue
        low, high = np.triu_indices(len(strongest), 1)
        f, a = hz[strongest], frame[strongest]
        apart = 0.24 / (0.0207 * f[low] + 18.96) * (f[high] - f[low])
        rubs = 5.0 * (np.exp(-3.51 * apart) - np.exp(-5.75 * apart))
        found.append(float(np.average(rubs, weights=a[low] * a[high])))
    return float(np.mean(found))


HELD_S, SETTLED_S = 40.0, 10.0


def held_swing_db(profile: Profile, instrument: str, pitch: float, seed: int) -> float | None:
    """Level of one held note, peak to peak of blocks of 0.1 s, both ears summed; None without its channel.

    The channel as the profile has it but dry, from SETTLED_S on, and no breath.
    """
    if instrument not in profile.palette:
        return None
    synth, sound = Stems(seed, {instrument}), np.empty((round(HELD_S * RATE_HZ), 2), np.float32)
    dry = [Ramp(instrument, send, 0.0, 0.0) for send in ("reverb", "echo", "chorus")]
    loud = Ramp("master", "level_db", 0.0, 0.0)
    synth.leave_ungoverned()
    synth.push([command.tempo(60.0)])
    synth.push([command.ramp(asked) for asked in (*Composer(profile, seed).opening(), *dry, loud)])
    synth.push([command.note(Note(0.0, 2.0 * HELD_S, instrument, pitch))])
    for part in np.array_split(sound, round(HELD_S)):
        synth.push([command.alive()])
        synth.render(part)
    levels = block_levels_db(sound.mean(axis=1, dtype=np.float64)[round(SETTLED_S * RATE_HZ) :] ** 2, RATE_HZ)
    return float(levels.max() - levels.min())


NULL_DB, NULL_S = 6.0, 0.5
HALF_BAND = 2.0 ** (0.5 / 12.0)
ATTACK_S, RELEASE_S = 6.0, 0.5


def nulls(stem: Sound, tones: Sequence[Tone], from_s: float, to_s: float) -> tuple[int, float]:
    """(how many, deepest in dB): where a held tone's own partial lies 6 dB under its median for over 0.5 s.

    stem   only what plays these tones; those of one pitch that touch are one held tone
    A tone's begin and end, ATTACK_S and RELEASE_S, are not looked at: there it may well be soft.
    """
    count, deepest = 0, 0.0
    rate_hz, long = RATE_HZ // 24, round(10 * NULL_S)
    mono = scipy.signal.decimate(stem.mean(axis=1, dtype=np.float64), 24, ftype="fir")
    for pitch in sorted({tone.pitch for tone in tones}):
        hz = 440.0 * 2.0 ** ((pitch - 69) / 12.0)
        band = (hz / HALF_BAND, hz * HALF_BAND)
        sos = scipy.signal.butter(2, band, "bandpass", fs=rate_hz, output="sos")
        levels = block_levels_db(scipy.signal.sosfilt(sos, mono) ** 2, rate_hz)
        for begin_s, end_s in held(tones, pitch):
            first = round(10 * max(begin_s + ATTACK_S, from_s))
            part = levels[first : round(10 * min(end_s - RELEASE_S, to_s))]
            if len(part) < 2 * long:
                continue
            under = part - np.median(part)
            edges = np.flatnonzero(np.diff(np.concatenate([[0], (under < -NULL_DB).astype(int), [0]])))
            for begin, after in zip(edges[::2], edges[1::2], strict=True):
                if after - begin > long:
                    count, deepest = count + 1, min(deepest, float(under[begin:after].min()))
    return count, deepest


def held(tones: Sequence[Tone], pitch: int) -> list[tuple[float, float]]:
    """(begin, end) in s of a pitch that sounds without a gap."""
    found: list[tuple[float, float]] = []
    for tone in sorted((each for each in tones if each.pitch == pitch), key=lambda each: each.start_s):
        if found and tone.start_s <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], tone.end_s))
        else:
            found.append((tone.start_s, tone.end_s))
    return found
