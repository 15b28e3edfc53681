"""Claim: the rate from a pulse wave is withheld where an arm moves, rather than shown wrong.

Pulse waves of a finger (BIDMC, the ECG beside them tells the truth) with bouts of motion added, one to four
times as strong as the wave: restless, or in step. Wrong: a rate shown that is more than 15 a minute off.
Beside ours: all that heartpy finds, and the beats of NeuroKit2, through the same smoothing.
Run alone: python benchmarks/heart_motion.py [MINUTES]
"""

from __future__ import annotations

import sys
import warnings

import heart_data as data
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from sensors import peaks
from sensors.beat import TimedBeat
from sensors.monitor import HeartMonitor

Signal = NDArray[np.float64]

RATE_HZ = 125.0
OFF_BPM = 15.0
SETTLED_S = 20.0
KINDS = ("none", "restless", "in step")


def motion(seconds: Signal, kind: str, rng: np.random.Generator) -> Signal:
    """Bouts of 20 to 60 s, half a minute to a minute apart, of unit size times one to four."""
    bouts, at_s = np.zeros(seconds.size), 40.0
    while at_s < seconds[-1]:
        lasts_s = rng.uniform(20.0, 60.0)
        bouts[(seconds > at_s) & (seconds < at_s + lasts_s)] = rng.uniform(1.0, 4.0)
        at_s += lasts_s + rng.uniform(30.0, 60.0)
    if kind == "restless":
        spectrum = np.fft.rfft(rng.normal(size=seconds.size))
        hz = np.fft.rfftfreq(seconds.size, seconds[1])
        inside = (hz > 0.3) & (hz < 5.0)
        wave = np.fft.irfft(spectrum * inside / np.sqrt(np.maximum(hz, 0.3)), seconds.size)
    else:
        wander = np.cumsum(rng.normal(size=seconds.size)) * 0.05 * np.sqrt(seconds[1] / 10.0)
        step = 2.0 * np.pi * np.cumsum(rng.uniform(1.6, 2.2) + wander) * seconds[1]
        wave = np.sin(step) + 0.5 * np.sin(0.5 * step + 1.0) + 0.3 * np.sin(2.0 * step + 0.5)
    return bouts * wave / wave.std()


def beats_of(signal: Signal, method: str) -> Signal:
    """Seconds at which the beats of a pulse wave fall."""
    if method == "NeuroKit2":
        import neurokit2 as nk

        clean = nk.ppg_clean(signal, sampling_rate=round(RATE_HZ))
        found = nk.ppg_findpeaks(clean, sampling_rate=round(RATE_HZ))
        return np.asarray(found["PPG_Peaks"]) / RATE_HZ
    if method == "ours":
        return peaks.beats(signal, RATE_HZ, "ppg")[0]
    return peaks.r_peaks(signal, RATE_HZ, "ppg") / RATE_HZ


def shown(beats_s: Signal, until_s: float) -> Signal:
    """The rate that is shown at each second, NaN where none is."""
    monitor, rates, k = HeartMonitor(), [], 0
    for second in range(1, int(until_s)):
        while k < beats_s.size and beats_s[k] <= second:
            rr_ms = 1000.0 * float(beats_s[k] - beats_s[k - 1]) if k else None
            monitor.feed(TimedBeat(float(beats_s[k]), float(beats_s[k]), rr_ms))
            k += 1
        rate = monitor.state(float(second)).hr_bpm
        rates.append(np.nan if rate is None else rate)
    return np.array(rates)


def measure(minutes: float) -> list[dict[str, object]]:
    warnings.simplefilter("ignore")
    counts: dict[tuple[str, str], NDArray[np.float64]] = {}
    records = sorted((data.DATA / "resp_bidmc").glob("*_Signals.csv.gz"))
    for number, path in enumerate(track(records, description="Pulse waves")):
        table = data.columns(path)
        size = round(60.0 * minutes * RATE_HZ)
        pulse, seconds = table["PLETH"][:size], np.arange(size) / RATE_HZ
        truth = shown(peaks.beats(table["II"][:size], RATE_HZ)[0], 60.0 * minutes)
        for kind in KINDS:
            added = motion(seconds, kind, np.random.default_rng(number)) if kind != "none" else 0.0
            for method in ("ours", "heartpy alone", "NeuroKit2"):
                rates = shown(beats_of(pulse + pulse.std() * added, method), 60.0 * minutes)
                told = np.isfinite(rates) & np.isfinite(truth)
                told[: int(SETTLED_S)] = False
                wrong = told & (np.abs(rates - truth) > OFF_BPM)
                tally = np.array([truth.size - SETTLED_S, told.sum(), wrong.sum()])
                counts[kind, method] = counts.get((kind, method), 0.0) + tally
    return [
        {
            "motion": kind, "beats by": method, "shown %": float(100.0 * told / seconds),
            "of it wrong %": float(100.0 * wrong / max(told, 1.0)),
        }
        for (kind, method), (seconds, told, wrong) in counts.items()
    ]  # fmt: skip


if __name__ == "__main__":
    figures = measure(float(sys.argv[1]) if len(sys.argv) > 1 else 5.0)
    data.show(f"rate from a pulse wave, over {OFF_BPM:g} a minute off", figures)
    data.save("heart_motion", figures)
