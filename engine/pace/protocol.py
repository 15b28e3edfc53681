"""Protocol: which paces are tried in the search for a listener's own, and how long a search stays open.

The resonance protocol: some paces about the six breaths a minute at which most hearts swing the widest, two
minutes of each, and the widest smooth swing tells (Lehrer 2000, Appl Psychophysiol Biofeedback 25:177;
SCIENCE.md A3). How each is led, and the rests between, are the pacer's (engine.guide.pacer).
"""

from __future__ import annotations

PACES_PER_MIN = (6.5, 6.0, 5.5, 5.0, 4.5)
"""In the order in which they are tried: slower and slower (SCIENCE.md A3)."""

OPEN_S = 2 * 86_400.0
"""A search that was stopped is gone on with for so long; after that all paces are tried anew, for a heart of
last week is not that of today (own choice)."""
