"""How late straps tell their beats, by model: what the sound has to reach back for to meet the heart."""

from __future__ import annotations

MEDIAN_LATENCY_S = {"polar h10": 2.6, "trackr": 2.1, "hrm-dual": 0.7, "movesense": 0.4}
"""From a beat to its arrival, median, by a part of the strap's name (Sabioni et al. 2025, Physiol. Meas.
46 085001)."""

UNKNOWN_LATENCY_S = 1.4
"""Of a strap that nobody has measured: the middle of those four. Its pulse has the heart's rate, and a phase
that nobody knows."""

WAIT_S = 0.7
"""How much longer the median beat waits for its packet than the promptest: ten minutes of a Polar H10 with
reception times (evaluation data)."""


def latency_of(name: str) -> float:
    """Seconds from a beat to the promptest packet that can tell it, for the strap called `name`."""
    called = name.casefold()
    median_s = next((s for part, s in MEDIAN_LATENCY_S.items() if part in called), UNKNOWN_LATENCY_S)
    return max(0.0, median_s - WAIT_S)
