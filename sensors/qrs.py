"""QRS complexes of an ECG, told by three bands that vote, by their surroundings and by the rhythm.

A threshold on one band fails where electrodes move (its power lies low), where muscles work (high), and where
small beats stand beside tall ones. So each band says how far the signal stands out of what lies around it, as
a logarithm; one that sees nothing says little, for broad beats have no high frequencies. Of all the places
that stand out, the sequence is taken that is best as a whole: it gathers what stands out and pays for every
interval far from those around it, but never more than for a pause, for early beats are beats too.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sensors.bands import band, bell

BANDS_HZ = ((3.5, 8.0), (7.0, 14.0), (12.0, 24.0))
"""Where a QRS complex has its power (Elgendi 2010: 8 to 20 Hz), and below for broad ones. Own choice."""
WIDTH_S = 0.12
"""A QRS complex lasts 80 to 120 ms."""
AROUND_S = 1.0
"""Span of the mean that a beat must rise above: about one beat, so that a tall one does not hide the next."""
RISE = 1.7
"""How far it must rise above that mean. Own choice."""
LEVEL_S, HOP_S, BEAT_S = 4.0, 0.5, 1.2
"""How far around the levels are taken, how often, and a span in which a beat falls at 50 a minute."""
NOISE = 1.6
"""The bumps of noise against its median. Own choice."""
FAINTEST = 1e-3
"""Level below which there is nothing, relative to the beats of the whole signal."""
APART_S = 0.1
"""Places nearer than this are one."""
AGAINST, FOR = -0.1, 3.0
"""Bounds of what one band says, natural logarithm. Own choice."""
DOUBT = 0.05
"""Mean of what the bands say below which a place is likelier none. Own choice."""
REFRACTORY_S, LONGEST_S = 0.25, 2.5
"""Bounds of an interval: 240 and 24 beats a minute."""
UNEVEN, COST, ODD = 0.2, 0.04, 4.0
"""Deviation of an interval from those around it, as a logarithm, what it costs of the evidence, and how many
times that the oddest costs; in between it grows with the square. Own choice."""
FIRST_RR_S = 0.8
NEAR_BEATS = 5
"""Intervals on either side whose median is the rhythm of a place."""
PASSES = 2
"""How often the rhythm is taken from the beats and the beats from the rhythm."""

Signal = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


def qrs(ecg: Signal, rate_hz: float) -> Places:
    """Samples of `ecg` (n,) about which a QRS complex lies, ascending; nothing else is known of its scale."""
    evidence = _evidence(ecg, rate_hz)
    places = _summits(evidence, max(1, round(APART_S * rate_hz)))
    edge = WIDTH_S * rate_hz  # a beat that is not there as a whole has no place
    places = places[(places >= edge) & (places < ecg.size - edge)]
    if places.size == 0:
        return places
    t_s = places / rate_hz
    worth = evidence[places]
    chosen = _best(t_s, worth, np.full(t_s.size, FIRST_RR_S), 0.0)
    for _ in range(PASSES):
        chosen = _best(t_s, worth, _rhythm(t_s, chosen), COST)
    return places[chosen]


def _evidence(ecg: Signal, rate_hz: float) -> Signal:
    """How far the signal stands out at each sample, natural logarithm; above 0 it is likelier a beat."""
    total, k = np.zeros(ecg.size), np.arange(ecg.size)
    around = np.ones(round(AROUND_S * rate_hz) | 1)
    mass = np.convolve(np.ones(ecg.size), around, "same")
    for low_hz, high_hz in BANDS_HZ:
        size = np.convolve(np.abs(band(ecg, rate_hz, low_hz, high_hz)), bell(WIDTH_S * rate_hz), "same")
        at, beats, noise = _levels(size, rate_hz)
        floor = FAINTEST * float(beats.max()) + 1e-300
        noise = np.clip(noise, floor, np.maximum(beats, floor))
        mean = RISE * np.convolve(size, around, "same") / mass
        level = 0.5 * (np.interp(k, at, np.log(noise)) + np.log(mean + floor))
        total += np.clip(np.log(size + floor) - level, AGAINST, FOR)
    return total / len(BANDS_HZ) - DOUBT


def _levels(size: Signal, rate_hz: float) -> tuple[Signal, Signal, Signal]:
    """Every half second: where (samples), how tall beats are around there, and the bumps of the noise."""
    hop = max(1, round(HOP_S * rate_hz))
    beat, reach = round(BEAT_S * rate_hz), round(LEVEL_S / HOP_S)
    begins = range(0, size.size, hop)
    tallest = np.array([size[k : k + beat].max() for k in begins])
    beats = [float(np.median(tallest[max(0, i - reach) : i + reach + 1])) for i in range(len(begins))]
    noise = [
        NOISE * float(np.median(size[max(0, i - reach) * hop : (i + reach + 1) * hop]))
        for i in range(len(begins))
    ]
    return (np.array(begins) + 0.5 * hop), np.array(beats), np.array(noise)


def _summits(evidence: Signal, apart: int) -> Places:
    """Places that stand out, the greater first where two are nearer than `apart` samples."""
    inner = evidence[1:-1]
    tops = np.flatnonzero((inner >= evidence[:-2]) & (inner > evidence[2:]) & (inner > 0.0)) + 1
    taken = np.zeros(evidence.size, dtype=np.bool_)
    kept: list[int] = []
    for top in tops[np.argsort(-evidence[tops], kind="stable")].tolist():
        if not taken[top]:
            kept.append(top)
            taken[max(0, top - apart) : top + apart + 1] = True
    return np.array(sorted(kept), dtype=np.intp)


def _best(t_s: Signal, worth: Signal, rr_s: Signal, cost: float) -> Places:
    """Indices of the sequence with the most worth left after its intervals are paid for (Viterbi 1967).

    `rr_s` (n,) is the rhythm around each place. A pause costs what the oddest interval does.
    """
    pause = ODD * cost
    sums, before = np.empty(t_s.size), np.full(t_s.size, -1, dtype=np.intp)
    firsts = np.searchsorted(t_s, t_s - LONGEST_S)
    lasts = np.searchsorted(t_s, t_s - REFRACTORY_S, side="right")
    summit, passed = -1, 0
    for i, (first, last) in enumerate(zip(firsts.tolist(), lasts.tolist(), strict=True)):
        while passed < first:
            summit = passed if summit < 0 or sums[passed] > sums[summit] else summit
            passed += 1
        most, where = 0.0, -1
        if summit >= 0 and sums[summit] > 0.0:
            most, where = float(sums[summit]), summit
        most -= pause
        if last > first:
            off = np.log((t_s[i] - t_s[first:last]) / rr_s[i]) / UNEVEN
            ways = sums[first:last] - cost * np.minimum(off * off, ODD)
            best = int(np.argmax(ways))
            if ways[best] > most:
                most, where = float(ways[best]), first + best
        sums[i], before[i] = most + worth[i], where
    chosen = [int(np.argmax(sums))]
    while before[chosen[-1]] >= 0:
        chosen.append(int(before[chosen[-1]]))
    return np.array(chosen[::-1], dtype=np.intp)


def _rhythm(t_s: Signal, chosen: Places) -> Signal:
    """The usual interval around each place, by the beats `chosen`, seconds."""
    ends, rr_s = t_s[chosen][1:], np.diff(t_s[chosen])
    if rr_s.size < 3:
        return np.full(t_s.size, FIRST_RR_S)
    middle = np.searchsorted(ends, t_s)
    return np.array([np.median(rr_s[max(0, k - NEAR_BEATS) : k + NEAR_BEATS]) for k in middle.tolist()])
