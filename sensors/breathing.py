"""Breathing rate out of the swing it gives to RR intervals, with a confidence that means something.

Two steps. Where: the spectrum of the evened-out swing, weighted with frequency because slow wandering
grows towards zero, has one peak that stands out when the breath shows at all. How fast: the cycles of
the swing around that peak are counted by their phase, which is right for uneven breaths too, where the
peak itself would name only the commonest.

Slow breathing (4 to 8 a minute) lies where the baroreflex has its own waves. It is believed only when
it rules the spectrum, nothing faster shows beside it, and it is as even as a breath that somebody paces.
Where the music leads at that very rate it may be less so. A breath at twice the rate of a wave of the vessels
looks like its overtone: one is believed only of a slow breath that is led, or swings RR widely.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sensors.displaced import WINDOW_STEPS, repeating_share

WINDOW_S = 64.0
"""Span looked at: four breaths of the slowest guided breathing. Own choice."""
FROM_S = 25.0
"""Data before anything is said. Own choice."""
FULL_S = 45.0
"""Data from which confidence is no longer held back. Own choice."""
RECENT_S = 30.0
"""Span whose own rate tells that the breath has changed."""
CHANGED_PER_MIN, CHANGED_SHARE = 2.0, 0.1
"""How far it must lie from that of the whole window, whichever is more. Own choice."""
APART_PER_MIN, CHANGING, STEPPED = 1.0, 2.5, 4.0
"""How far the two must lie apart, and how many times as far the phase must then wander in the whole window as
in its last half minute, for the whole to be doubtful, and for it to be no one breath. Own choice: lengths
that vary by chance make it wander 1.6 times as far in twice the time (a random walk), a step 10 times."""
LOWEST_HZ, HIGHEST_HZ = 0.04, 0.5
"""2.4 to 30 breaths a minute."""
REST_HZ = 0.5
"""Upper end of what a peak is compared with."""
STEP_S = 0.4
"""Resampling step: its Nyquist frequency lies above every heart's. Own choice."""
BINS = 640
"""Length of the transform: bins of 1/256 Hz, 0.23 breaths a minute."""
SWAY_S = 8.0
"""Width (standard deviation) of the mean that is taken off: leaves 0.05 Hz whole, removes 0.02 Hz."""
EVEN_S = 12.0
"""Width of the running amplitude: one deep sigh must not outvote a minute of breaths."""
EVEN_FLOOR = 0.3
"""Share of the mean amplitude below which nothing is amplified."""
PEAK_HALF_HZ = 0.025
"""Half the width of a peak: the main lobe of the window used."""
UNEVEN_BREATHS = 0.12
"""The same relative to its frequency, whichever is wider: breaths are uneven in proportion. Own choice."""
BEYOND_CHANCE = 1.3
"""From the share of a peak beyond what noise has there to the share of an even breath. Own choice."""
SLOW_HZ = (0.062, 0.13)
"""Where a slow breath is looked for: below lies drift, above the plain search sees it."""
SLOW_SHARE = 0.5
"""Least share of a slow breath."""
SLOW_DISCOUNT = 0.1
"""Taken off its share, for the baroreflex waves look alike."""
RIVAL_SHARE = 0.3
"""Share of a second, faster peak that makes a slow one doubtful."""
FAST_SHARE = 0.4
"""Share of a faster peak that settles the question."""
SMALL_MS, SMALL_SHARE = 35.0, 0.62
"""Swing of a slow wave below which it must rule the spectrum still more, and its share then: waves of the
vessels are small and wander, slow breathing swings RR widely. Own choice: paced, it makes 36 to 60 ms."""
VASCULAR_HZ = 0.15
"""Up to where waves of the vessels reach (the low frequency band, Task Force 1996)."""
UNEVEN, UNEVEN_LED = 0.37, 0.7
"""Unevenness of a slow wave above which it is of the vessels, and the same where the music leads at its rate.
Own choice, for a whole window: a shorter one leaves less time to wander (a random walk)."""
LEAST_BREATHS = 2.25
"""Slow breaths that a stretch must hold, unless they are led: a bend is no breath. Own choice: in half a
minute 4.5 a minute, the slowest that is led."""
GUIDED_SHARE = 0.12
"""Distance from the rate at which the music leads, relative to it, within which a wave comes along."""
AGREE = 0.12
"""How near the peak and the cycles counted must be, relative: while the breath changes they are not."""
BESIDE_HZ, BESIDE_TIMES = 0.15, 1.6
"""Where a breath is looked for beside a slow wave: above waves of the vessels, and not in its slope."""
BESIDE, BESIDE_LED = (0.5, 3.2), (0.6, 4.0)
"""Share that its peak has of the swing up there, and how far it rises above the floor there, for it to be a
wave of its own; and the same where the music leads at the slow rate. Own choice: a breath of 6 ms beside a
wave of 30 ms leaves 0.7 and 5 there; paced breathing at 6 a minute 0.2 to 0.5 and 1.7 to 3.6, but at 4.5 to
5.5 overtones that stand out as far as such a breath."""
OVERTONE_HZ, OVERTONES, OVERTONE_MOST = 0.02, 3, 0.35
"""Distance from a multiple of the slow rate within which a peak may be its overtone, the highest that stands
out of anything, and how large it may be against the slow wave: paced breaths have 0.05 to 0.3 there."""
LOBE_HZ = 2.0 / WINDOW_S
"""How far a peak's own width reaches (a Hann window's main lobe)."""
OVERTONE_BAND_HZ, IN_STEP = 0.02, 0.75
"""Width (standard deviation) of the band around an overtone, and how constant its phase against the slow wave
must be, 0 to 1. Own choice."""
PATTERN_SHARE = 0.2
"""Share of the squared steps in a pattern of beats out of place by turns that makes any breath doubtful."""
SURE, HINT = 0.5, 0.4
"""Confidence from which a rate is believed, and above which it makes another doubtful."""
CLEARER = 0.1
"""How much clearer the last half minute must be than the whole window to be believed instead. Own choice."""
GUESS = 0.4
"""Highest confidence of what may be something else."""
CONFIDENCE_PER_SHARE = 1.25
"""Confidence 0.5 at a share of 0.40: above it, peaks are the breath (recordings with a belt). Own choice."""
WORTH_COUNTING = 0.3
"""Share below which the peak itself must do: a guess needs no second step."""
BAND_WIDTH = 0.35
"""Width (standard deviation) of the band whose cycles are counted, relative to its centre."""
TRIM = 8
"""Samples left out at each end, where the band's phase is not settled: 3 s. Own choice."""
LEAST_SWING_MS = 1.0
"""Swing below which there is nothing but the strap's resolution."""

Row = npt.NDArray[np.float64]

_HZ = np.fft.rfftfreq(BINS, STEP_S)
_TOTAL = (_HZ >= LOWEST_HZ) & (_HZ <= REST_HZ)
_SLOPE = np.stack([_HZ**2, _HZ])


@dataclass(frozen=True, slots=True)
class Breathing:
    """Breaths a minute and how far to believe it, 0 to 1; below 0.5 it is a guess."""

    per_min: float | None
    confidence: float


UNKNOWN = Breathing(None, 0.0)


def breathing(t_s: Row, rr_ms: Row, guide_per_min: float | None = None) -> Breathing:
    """Breathing rate behind the good intervals `rr_ms` (n,) that end at `t_s` (n,), ascending.

    Give it the last `WINDOW_S`, and the rate at which the music leads, if it does. The rate is None below
    25 s of data.
    """
    if t_s.size < 12 or t_s[-1] - t_s[0] < FROM_S:
        return UNKNOWN
    found, uneven = _reading(t_s, rr_ms, guide_per_min)
    late = t_s > t_s[-1] - RECENT_S
    if late.sum() >= 12 and t_s[-1] - t_s[0] >= RECENT_S + FROM_S / 2.0:
        recent, recent_uneven = _reading(t_s[late], rr_ms[late], guide_per_min)
        found = _changed(found, recent, uneven / recent_uneven if recent_uneven > 0.0 else 0.0)
    if found.confidence < SURE or repeating_share(np.diff(rr_ms)[-WINDOW_STEPS:]) < PATTERN_SHARE:
        return found
    return replace(found, confidence=GUESS)


def _changed(whole: Breathing, recent: Breathing, steadier: float) -> Breathing:
    """What the last half minute makes of the whole window: the breath may just have changed.

    steadier  how many times as far the phase wanders in the whole window
    """
    if whole.per_min is None or recent.per_min is None:
        return whole
    apart = abs(recent.per_min - whole.per_min)
    changed = apart >= max(CHANGED_PER_MIN, CHANGED_SHARE * whole.per_min)
    # A slow wave that wanders is of the vessels, however even one half of it looks.
    slow = max(whole.per_min, recent.per_min) <= 60.0 * VASCULAR_HZ
    steadier = 0.0 if slow or apart < APART_PER_MIN else steadier
    if recent.confidence >= SURE and (
        steadier > STEPPED or (changed and recent.confidence >= whole.confidence + CLEARER)
    ):
        return recent
    doubtful = (changed and recent.confidence > HINT) or (recent.confidence >= SURE and steadier > CHANGING)
    return replace(whole, confidence=min(whole.confidence, GUESS)) if doubtful else whole


def _reading(t_s: Row, rr_ms: Row, guide_per_min: float | None) -> tuple[Breathing, float]:
    """What one stretch tells, and how uneven its cycles are (`_cycles`): 0 where none were counted."""
    span_s = float(t_s[-1] - t_s[0])
    swing = _swing(t_s, rr_ms)
    if float(np.sqrt(np.mean(swing * swing))) < LEAST_SWING_MS / math.sqrt(2.0):
        return UNKNOWN, 0.0
    # More than one breath in two beats cannot be seen in beats.
    highest_hz = min(HIGHEST_HZ, 480.0 / float(rr_ms.mean()))
    centre_hz, share = _peak(_evened(swing), highest_hz)
    if share < WORTH_COUNTING:
        return Breathing(60.0 * centre_hz, CONFIDENCE_PER_SHARE * share), 0.0
    hz, uneven = _cycles(swing, centre_hz)
    per_min = 60.0 * hz
    agree = abs(hz - centre_hz) < AGREE * centre_hz
    confidence = min(1.0, CONFIDENCE_PER_SHARE * share) * min(1.0, span_s / FULL_S)
    slow_hz = min(centre_hz, hz)
    wide = math.sqrt(2.0 * float(np.mean(swing * swing))) >= SMALL_MS
    small = not wide and share < SMALL_SHARE
    led = guide_per_min is not None and abs(per_min - guide_per_min) < GUIDED_SHARE * guide_per_min
    wandering = uneven > (UNEVEN_LED if led else UNEVEN) * math.sqrt(min(1.0, span_s / WINDOW_S))
    drifts = slow_hz < max(SLOW_HZ[0], LEAST_BREATHS / span_s) and not led
    doubtful = small or wandering or drifts or _beside(swing, slow_hz, highest_hz, led, wide)
    sure = agree and not (slow_hz <= VASCULAR_HZ and doubtful)
    return Breathing(per_min, confidence if sure else min(confidence, GUESS)), uneven


def _swing(t_s: Row, rr_ms: Row) -> Row:
    """RR on an even grid without its slow sway, ms."""
    grid = float(t_s[0]) + STEP_S * np.arange(math.ceil(float(t_s[-1] - t_s[0]) / STEP_S))
    x = np.asarray(np.interp(grid, t_s, rr_ms), dtype=np.float64)
    k = np.arange(x.size) - (x.size - 1) / 2.0
    x = x - x.mean()
    x -= k * (k @ x) / (k @ k)
    return x - _smooth(x, _SWAY)


def _evened(swing: Row) -> Row:
    """The swing at about one amplitude throughout, its ends faded."""
    amplitude = np.sqrt(_smooth(swing * swing, _EVEN))
    x = swing / (amplitude + EVEN_FLOOR * amplitude.mean())
    quarter = x.size // 4
    fade = 0.5 - 0.5 * np.cos(np.linspace(0.0, np.pi, quarter, endpoint=False))
    x[:quarter] *= fade
    x[-quarter:] *= fade[::-1]
    return x


def _peak(x: Row, highest_hz: float) -> tuple[float, float]:
    """Frequency in Hz of the breath's peak and its share of the weighted power, 0 to 1."""
    band = (_HZ >= LOWEST_HZ) & (highest_hz >= _HZ)
    weighted = np.abs(np.fft.rfft(x, BINS)) ** 2 * _SLOPE
    steep, gentle = (int(np.argmax(np.where(band, power, 0.0))) for power in weighted)
    steep_share = _share(weighted[0], steep)
    if SLOW_HZ[0] <= _HZ[gentle] <= SLOW_HZ[1]:
        gentle_share = _share(weighted[1], gentle)
        same = abs(_HZ[gentle] - _HZ[steep]) < PEAK_HALF_HZ
        if gentle_share > SLOW_SHARE and (same or steep_share < FAST_SHARE):
            doubt = 0.0 if same or steep_share < RIVAL_SHARE else 0.15
            return float(_HZ[gentle]), gentle_share - SLOW_DISCOUNT - doubt
    return float(_HZ[steep]), _beyond_chance(weighted[0], steep)


def _beside(swing: Row, slow_hz: float, highest_hz: float, led: bool, wide: bool) -> bool:
    """Whether a faster wave stands beside a slow one: then that one may be of the vessels.

    An overtone of it is none where the music leads at its rate, `led`, or it swings RR widely.
    """
    power = np.abs(np.fft.rfft(swing * np.hanning(swing.size), BINS)) ** 2
    fast = (max(BESIDE_HZ, BESIDE_TIMES * slow_hz) < _HZ) & (highest_hz >= _HZ)
    times = _HZ / slow_hz
    apart_hz = np.where(times < OVERTONES + 0.5, np.abs(times - np.round(times)) * slow_hz, np.inf)
    share, contrast = BESIDE_LED if led else BESIDE
    for own in (fast, fast & (apart_hz > LOBE_HZ)):
        if not own.any():
            return False
        peak = int(np.argmax(np.where(own, power, 0.0)))
        near = fast & (np.abs(_HZ - _HZ[peak]) <= OVERTONE_HZ)
        alone = float(power[near].sum()) > share * float(power[fast].sum())
        stands = float(power[peak]) > contrast**2 * float(np.median(power[fast]))
        excused = (led or wide) and apart_hz[peak] <= OVERTONE_HZ and _overtone(swing, power, slow_hz, peak)
        if alone and stands and not excused:
            return True
    return False


def _overtone(swing: Row, power: Row, slow_hz: float, peak: int) -> bool:
    """Whether the wave at `peak` belongs to the slow one: small, in step, and a third less than a second."""
    times = round(float(_HZ[peak] / slow_hz))
    slow, second = (np.abs(_HZ - n * slow_hz) <= OVERTONE_HZ for n in (1, 2))
    if float(power[peak]) > OVERTONE_MOST**2 * float(power[slow].max()):
        return False
    if times > 2 and float(power[second].max()) < float(power[peak]):
        return False
    return _in_step(swing, slow_hz, times)


def _in_step(swing: Row, slow_hz: float, times: int) -> bool:
    """Whether a wave so many times as fast keeps step with the slow one, as its overtone does."""
    slow, fast = (np.angle(_band(swing, hz, OVERTONE_BAND_HZ / hz)) for hz in (slow_hz, times * slow_hz))
    return abs(complex(np.mean(np.exp(1j * (fast - times * slow))))) > IN_STEP


def _share(power: Row, peak: int) -> float:
    near = np.abs(_HZ - _HZ[peak]) <= PEAK_HALF_HZ
    return float(power[near].sum() / power[_TOTAL | near].sum())


def _beyond_chance(power: Row, peak: int) -> float:
    """Share of the steeply weighted power around the peak, less what noise of all frequencies has there."""
    near = np.abs(_HZ - _HZ[peak]) <= max(PEAK_HALF_HZ, UNEVEN_BREATHS * float(_HZ[peak]))
    whole = _TOTAL | near
    share, chance = (float(p[near].sum() / p[whole].sum()) for p in (power, _SLOPE[0]))
    return BEYOND_CHANCE * (share - chance) / (1.0 - chance)


def _cycles(swing: Row, centre_hz: float) -> tuple[float, float]:
    """Mean frequency in Hz of the cycles around `centre_hz`, and how uneven they are.

    The frequency is the slope of their phase; unevenness is how far the phase wanders off it, in radians,
    together with how far the size varies, relative.
    """
    cycles = _band(swing, centre_hz, BAND_WIDTH)
    phase, size = np.unwrap(np.angle(cycles)), np.abs(cycles)
    k = np.arange(phase.size) - (phase.size - 1) / 2.0
    slope = float(k @ phase / (k @ k))
    wander = float(np.std(phase - slope * k))
    return abs(slope) / (2.0 * math.pi * STEP_S), math.hypot(wander, float(np.std(size) / np.mean(size)))


def _band(swing: Row, centre_hz: float, width: float) -> npt.NDArray[np.complex128]:
    """The cycles around `centre_hz` as a turning phasor, without the unsettled ends; `width` is relative."""
    band = np.exp(-0.5 * ((_HZ - centre_hz) / (width * centre_hz)) ** 2)
    analytic = np.zeros(BINS, dtype=np.complex128)
    analytic[: _HZ.size] = np.fft.rfft(swing, BINS) * band
    return np.fft.ifft(analytic)[TRIM : swing.size - TRIM]


def _bell(width_s: float) -> Row:
    reach = int(2.5 * width_s / STEP_S)
    return np.exp(-0.5 * (np.arange(-reach, reach + 1) * STEP_S / width_s) ** 2)


_SWAY, _EVEN = _bell(SWAY_S), _bell(EVEN_S)
_MASS: dict[tuple[int, int], Row] = {}


def _smooth(x: Row, bell: Row) -> Row:
    """Running mean under `bell`, whose mass outside the ends is not counted."""
    half = bell.size // 2
    key = (x.size, bell.size)
    if key not in _MASS:
        _MASS[key] = np.convolve(np.ones(x.size), bell)[half : half + x.size]
    return np.convolve(x, bell)[half : half + x.size] / _MASS[key]
