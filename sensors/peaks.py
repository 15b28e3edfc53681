"""Beats of an ECG and of a PPG, with sub-sample times, and the one door to heartpy.

heartpy 1.2.7 is made for the PPG and tells which of its waves are beats; in an ECG `sensors.qrs` does. Its
traps stay behind this door (FIELD.md 1): it needs pkg_resources, silences numpy's warnings at import, keeps
results in shared default arguments, and its frequency domain is broken on numpy 2.4 and never called. The
exact moment of a beat is found here. heartpy comes with the extra `pulse` and takes seconds to load (it loads
matplotlib), so it is loaded with the first PPG.
"""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from sensors.bands import band
from sensors.pulse_floor import PulseFloor
from sensors.qrs import qrs

Kind = Literal["ecg", "ppg"]

RATE_MIN_HZ, RATE_MAX_HZ = 20.0, 5000.0
"""Below the one a beat cannot be timed, above the other no strap or amplifier samples."""
LEAST_S = 4.0
"""Shortest signal heartpy judges rightly (FIELD.md 1.4: 2 s is wrong, 5 s right)."""
BANDS_HZ: dict[Kind, tuple[float, float]] = {"ecg": (4.0, 24.0), "ppg": (0.6, 4.0)}
"""Where a QRS complex (Elgendi 2010: 8-20 Hz) and a pulse wave have their energy."""
MEAN_S = 0.75
"""heartpy's own span of the moving mean that peaks must rise above."""
BPM_MIN, BPM_MAX = 30, 220
REFRACTORY_S = 0.25
"""No two beats come closer (240 a minute)."""
WINDOW_S, HOP_S, EDGE_S = 10.0, 2.0, 0.5
"""Window that slides along a recording, its step, and the end of it where a beat may not be whole yet."""
SNAP_S = 0.09
"""How far from the bump's top the wave's own extreme may lie."""

AROUND_S: dict[Kind, float] = {"ecg": 0.25, "ppg": 0.4}
"""How far around a beat its wave is compared: without the neighbours' at 100 beats a minute."""
LIKE_FROM_BEATS, LIKE_BEATS = 6, 300
"""Beats from which likeness is told, and how many of a long recording are compared. Own choice."""

Signal = npt.NDArray[np.float64]


def r_peaks(signal: npt.ArrayLike, rate_hz: float, kind: Kind = "ecg") -> Signal:
    """Where the beats in `signal` (n,) fall: positions in samples, fractional, ascending.

    `kind` is "ecg" or "ppg"; units and polarity of the signal do not matter. NaN samples are bridged
    and no beat is placed in them. Empty where there is no beat to be found: a flat, short or unfit
    signal. Raises ValueError for a rate outside 20 to 5000 Hz, NoHeartpyError for a PPG without heartpy.
    """
    if not RATE_MIN_HZ <= rate_hz <= RATE_MAX_HZ:
        raise ValueError(f"A sampling rate of {rate_hz:g} Hz is impossible: give one between 20 and 5000.")
    x = np.asarray(signal, dtype=np.float64)
    missing = ~np.isfinite(x)
    if x.size < LEAST_S * rate_hz or missing.all():
        return np.zeros(0)
    if missing.any():
        k = np.arange(x.size)
        x = np.interp(k, k[~missing], x[~missing])
    wave = band(x, rate_hz, *BANDS_HZ[kind])
    scale = float(np.percentile(np.abs(wave), 99.0))
    if scale <= 1e-9 * max(1.0, float(np.abs(x).max())):
        return np.zeros(0)
    if kind == "ecg":
        up = float(np.percentile(wave, 99.5)) >= -float(np.percentile(wave, 0.5))
        wave = wave if up else -wave
        found = qrs(x, rate_hz).tolist()
    else:
        found = _heartpy_peaks(np.clip(wave, -3.0 * scale, 3.0 * scale), rate_hz)
    places = [_exact(wave, _top(wave, i, rate_hz)) for i in found if not missing[i]]
    return _apart(np.array(sorted(places)), REFRACTORY_S * rate_hz)


def beats(signal: npt.ArrayLike, rate_hz: float, kind: Kind = "ecg") -> tuple[Signal, Signal]:
    """Beats of a long recording as they would be found live: moments (n,) and when each is known (n,).

    Both in seconds from the first sample. A window slides along the signal and never looks past its end. In a
    PPG, a window whose waves are no pulse has no beats.
    """
    x = np.asarray(signal, dtype=np.float64)
    moments: list[float] = []
    known: list[float] = []
    floor = PulseFloor()
    hop, window = round(HOP_S * rate_hz), round(WINDOW_S * rate_hz)
    for end in range(round(LEAST_S * rate_hz) + hop, x.size + hop, hop):
        end = min(end, x.size)
        first = max(0, end - window)
        edge = end if end == x.size else end - EDGE_S * rate_hz
        places = r_peaks(x[first:end], rate_hz, kind)
        if kind == "ppg" and not believed(floor, x[first:end], places, rate_hz, end / rate_hz):
            continue
        for place in places + first:
            if place <= edge and (not moments or place / rate_hz - moments[-1] >= REFRACTORY_S):
                moments.append(float(place) / rate_hz)
                known.append(end / rate_hz)
    return np.array(moments), np.array(known)


def believed(floor: PulseFloor, signal: Signal, places: Signal, rate_hz: float, end_s: float) -> bool:
    """Whether the waves at `places` (in samples) of a PPG's window that ends at `end_s` are a pulse."""
    known = signal[np.isfinite(signal)]
    if known.size < LEAST_S * rate_hz:
        return False
    size = float(np.std(band(known, rate_hz, *BANDS_HZ["ppg"])))
    return floor.believes(end_s, likeness(signal, rate_hz, places / rate_hz, "ppg"), size)


def likeness(signal: npt.ArrayLike, rate_hz: float, moments_s: Signal, kind: Kind = "ecg") -> float:
    """How far the waves around the beats at `moments_s` (n,) are alike, about 0 (noise) to 1.

    Each beat is held against the others, and its correlation with the third that is most like it counts,
    for two or three shapes may take turns. 1 where there are too few beats to tell.
    """
    x = np.asarray(signal, dtype=np.float64)
    known = np.isfinite(x)
    if not known.all():
        k = np.arange(x.size)
        x = np.interp(k, k[known], x[known])
    half = round(AROUND_S[kind] * rate_hz)
    places = np.round(moments_s * rate_hz).astype(np.intp)
    places = places[(places >= half) & (places < x.size - half)]
    if places.size < LIKE_FROM_BEATS:
        return 1.0
    places = places[:: max(1, places.size // LIKE_BEATS)]
    wave = band(x, rate_hz, *BANDS_HZ[kind])
    shapes = np.stack([wave[place - half : place + half] for place in places])
    shapes -= shapes.mean(axis=1, keepdims=True)
    shapes /= np.maximum(np.linalg.norm(shapes, axis=1, keepdims=True), 1e-12)
    alike = shapes @ shapes.T
    np.fill_diagonal(alike, -1.0)
    return float(np.mean(np.percentile(alike, 67.0, axis=1)))


def _top(wave: Signal, i: int, rate_hz: float) -> int:
    reach = max(1, round(SNAP_S * rate_hz))
    first = max(0, i - reach)
    return first + int(np.argmax(wave[first : i + reach + 1]))


def _exact(wave: Signal, i: int) -> float:
    """Vertex of the parabola through three samples, in samples."""
    if not 0 < i < wave.size - 1:
        return float(i)
    before, here, after = (float(v) for v in wave[i - 1 : i + 2])
    bend = before - 2.0 * here + after
    return i + (0.5 * (before - after) / bend if bend < 0.0 else 0.0)


def _apart(places: Signal, least: float) -> Signal:
    """Without the second of two that lie closer than any heart beats."""
    kept: list[float] = []
    for place in places:
        if not kept or place - kept[-1] >= least:
            kept.append(float(place))
    return np.array(kept)


class NoHeartpyError(RuntimeError):
    """The beats of a PPG cannot be told, for heartpy, or what it needs, is not installed."""


def heartpy() -> Any:
    """heartpy, loaded with its traps disarmed. Raises NoHeartpyError."""
    numpy_state = np.geterr()
    with warnings.catch_warnings():
        # pkg_resources warns that it is going away; heartpy cannot do without it.
        warnings.simplefilter("ignore")
        try:
            return import_module("heartpy")
        except ModuleNotFoundError as missing:
            raise NoHeartpyError(
                f"a PPG needs {missing.name}, which is not installed: pip install 'calando[pulse]'"
            ) from None
        finally:
            np.seterr(**numpy_state)


def _heartpy_peaks(bumps: Signal, rate_hz: float) -> list[int]:
    hp = heartpy()
    x = (bumps - bumps.min()) / max(float(np.ptp(bumps)), 1e-12) * 1024.0
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        mean = hp.datautils.rolling_mean(x, windowsize=MEAN_S, sample_rate=rate_hz)
        try:
            # A fresh dict each time: the default one is shared by every call there ever was.
            found = hp.peakdetection.fit_peaks(
                x, mean, rate_hz, bpmmin=BPM_MIN, bpmmax=BPM_MAX, working_data={}
            )
        except hp.exceptions.BadSignalWarning:
            return []
    return [int(i) for i in found["peaklist"]]
