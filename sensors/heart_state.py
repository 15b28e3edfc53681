"""HeartState: what Calando knows of a heart at one moment, and what it does not."""

from __future__ import annotations

from dataclasses import dataclass

from sensors.beat import Link


@dataclass(frozen=True, slots=True)
class HeartState:
    """The heart at engine time `t_s`. A figure that has not been earned is None, never zero."""

    t_s: float
    hr_bpm: float | None = None
    """Smoothed rate that tempo may follow, beats a minute."""
    trend_bpm_per_min: float | None = None
    """Slope of the smoothed rate over the last minute."""
    rmssd_ms: float | None = None
    """Root mean square of successive RR differences; earned after 30 s of clean beats."""
    sdnn_ms: float | None = None
    """Standard deviation of clean RR; earned after 120 s."""
    breath_per_min: float | None = None
    breath_confidence: float = 0.0
    """0 to 1; below 0.5 the breathing rate is a guess and nothing may follow it."""
    regularity: float | None = None
    """Rhythm regularity: power in the highest peak of the RR spectrum over the rest."""
    quality: float = 0.0
    """0 to 1: share of the last minute that is covered by normal beats."""
    irregular: bool = False
    """Sustained irregularity of the signal, whatever its cause."""
    beats: int = 0
    """Beats taken in since the start, bad ones included."""
    last_beat_s: float | None = None
    link: Link = Link.SEARCHING
    words: str = ""
    """The link state as a sentence for the listener."""
    simulated: bool = False
    breath_phase: float | None = None
    """Where in a breath the chest is at `t_s`, 0 to 1: from 0 on it rises, from about 0.4 on it falls.
    Foretold across the latency of the sensor; None where no chest is heard."""
    lean_bpm: float | None = None
    """How far the heart of the last breaths lies above its last minute (sensors.lean)."""
    intervals: tuple[tuple[float, float], ...] = ()
    """RR intervals of the last minute that passed the gate: when each ended, engine time in s, and ms."""
    clock_drift_ppm: float | None = None
    """Millionths by which the strap's clock is quicker than this computer's (sensors.clock_drift)."""
    half_breaths: tuple[float, ...] = ()
    """When the chest passed the middle of its way of late, in and out by turns, engine time in s
    (sensors.half_breaths); empty where no chest is heard."""
