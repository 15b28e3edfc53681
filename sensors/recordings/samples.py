"""Beats out of samples of an ECG or a PPG: where samples were lost, a hole stays, and no beat is made up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sensors.beat import BadPacket, TimedBeat
from sensors.recordings.plausible import why_no_signal
from sensors.recordings.recording import Recording, RecordingError
from sensors.recordings.times import SAMPLED_HZ, SampleClock, Times, sample_clock

Array = npt.NDArray[np.float64]
Kind = Literal["ecg", "ppg"]

BRIDGED_S = 1.0
"""Holes up to this long are bridged, so that a packet lost now and then does not cut the signal to pieces;
the beat behind one is still marked as following a hole."""
UNMARKED_S = 0.1
"""Holes in which no beat can hide: shorter than a QRS complex."""
LEAST_LIKE: dict[Kind, float] = {"ecg": 0.45, "ppg": 0.6}
"""How alike the waves of a recording's beats must be (`peaks.likeness`) for there to be a heart in it. Own
choice: noise makes 0.2 to 0.3 in the band of an ECG and 0.57 in that of a PPG; recordings with ectopic beats
or with noise as strong as the beats (MIT-BIH 208, 118e12) 0.75 and more."""
MOST_SAMPLES = 8_000_000
"""Six hours at 360 Hz. Own choice: read in a minute."""


@dataclass(frozen=True, slots=True)
class Signal:
    """Samples as they stand in a file, NaN where a line held none; the rate, or columns that may tell it."""

    values: Array
    kind: Kind
    rate_hz: float | None
    times: list[Times]
    words: int = 0
    """Lines that held something else than a number."""
    app: str = ""


def check_rate(rate_hz: float | None, name: str) -> None:
    """Raise RecordingError for a rate at which nothing is sampled."""
    if rate_hz is not None and not SAMPLED_HZ[0] <= rate_hz <= SAMPLED_HZ[1]:
        raise RecordingError(
            f"Recording '{name}': a rate of {rate_hz:g} Hz is impossible; give one from 20 to 5000."
        )


def recording_of(signal: Signal, name: str) -> Recording:
    """The beats in a signal. Raises RecordingError where there are none, or no rate."""
    from sensors.peaks import NoHeartpyError, beats, likeness

    if signal.values.size > MOST_SAMPLES:
        raise RecordingError(f"Recording '{name}' has more than {MOST_SAMPLES:,} samples: cut it into parts.")
    check_rate(signal.rate_hz, name)
    why = why_no_signal(signal.values)
    if why is not None:
        raise RecordingError(f"Recording '{name}': {why}.")
    clock = _clock(signal)
    if clock is None and signal.rate_hz is None:
        raise RecordingError(
            f"Recording '{name}' has samples but no times that fit them: say how many a second with ?rate=HZ."
        )
    rate_hz = signal.rate_hz or (clock.rate_hz if clock else 0.0)
    values = signal.values[clock.rows] if clock else signal.values
    timed: list[TimedBeat] = []
    alike: list[tuple[int, float]] = []
    for begin_s, part, scars_s in _parts(values, rate_hz, clock.holes if clock else ()):
        try:
            moments, known = beats(part, rate_hz, signal.kind)
        except NoHeartpyError as missing:
            raise RecordingError(f"Recording '{name}': {missing}.") from None
        alike.append((moments.size, likeness(part, rate_hz, moments, signal.kind)))
        before: float | None = None
        for t_s, known_s in zip(moments.tolist(), known.tolist(), strict=True):
            hidden = before is None or any(before < scar_s < t_s for scar_s in scars_s)
            rr_ms = None if hidden or before is None else 1000.0 * (t_s - before)
            timed.append(TimedBeat(begin_s + known_s, begin_s + t_s, rr_ms))
            before = t_s
    if len(timed) < 2 or max(alike)[1] < LEAST_LIKE[signal.kind]:
        raise RecordingError(
            f"Recording '{name}': no heartbeat was found in it; check that the rate of {rate_hz:.5g} Hz "
            "and the column are right."
        )
    said = [f"{signal.kind.upper()} at {rate_hz:.5g} Hz"]
    said += [f"times in {clock.words}"] if clock else []
    said += [f"{len(clock.holes)} hole{'s' * (len(clock.holes) > 1)} in it"] if clock and clock.holes else []
    skipped = [BadPacket(0.0, b"", "not a number")] * signal.words
    words = "; ".join([signal.app, *said] if signal.app else said)
    return Recording(name, signal.kind, tuple(timed), tuple(skipped), words)


def _clock(signal: Signal) -> SampleClock | None:
    """The column of times with the fewest holes; none that contradicts a rate that was given."""
    found = (sample_clock(times, signal.rate_hz) for times in signal.times)
    clocks = [clock for clock in found if clock is not None]
    if signal.rate_hz is not None:
        clocks = [clock for clock in clocks if abs(clock.rate_hz - signal.rate_hz) < 0.05 * signal.rate_hz]
    return min(clocks, key=lambda clock: len(clock.holes), default=None)


def _parts(
    values: Array, rate_hz: float, holes: tuple[tuple[int, float], ...]
) -> list[tuple[float, Array, list[float]]]:
    """Stretches between long holes: when each begins, its samples, where short holes were bridged."""
    parts: list[tuple[float, Array, list[float]]] = []
    pieces: list[Array] = []
    scars_s: list[float] = []
    begin_s = length = 0.0
    last = 0
    for at, lasts_s in [*holes, (values.size, float("inf"))]:
        pieces.append(values[last:at])
        length += (at - last) / rate_hz
        last = at
        if lasts_s <= BRIDGED_S:
            if lasts_s > UNMARKED_S:
                scars_s.append(length + 0.5 * lasts_s)
            missing = round(lasts_s * rate_hz)
            pieces.append(np.full(missing, np.nan))
            length += missing / rate_hz
            continue
        parts.append((begin_s, np.concatenate(pieces), scars_s))
        begin_s += length + lasts_s
        pieces, scars_s, length = [], [], 0.0
    return parts
