"""Drift: a sentence on how the strap's clock and the computer's went apart in a sitting."""

from __future__ import annotations

from engine.journal.record import Record
from sensors.beat import TimedBeat
from sensors.clock_drift import ClockDrift


def drift_sentence(record: Record) -> str:
    """By how much, and that it moves no beat; nothing where that is not known."""
    drift = ClockDrift()
    for event in record.events:
        if isinstance(event, TimedBeat) and event.strap_s is not None:
            drift.observe(event.t_s, event.strap_s)
    if drift.ppm is None:
        return ""
    way = "quicker" if drift.ppm > 0.0 else "slower"
    return (
        f"The strap's clock was {abs(drift.ppm):.0f} millionths {way} than this computer's, "
        "which moves none of the beats."
    )
