"""Calibration: a steady sound in the middle of the ear's range, and what it is in dB(A) before any room.

Six pad voices over an octave, so that no single one decides, with the room's own resonances, what the meter
at the seat shows; high enough that the noise of a museum, which is low, stays below it.
"""

from __future__ import annotations

PITCHES = (74.0, 76.0, 79.0, 81.0, 83.0, 86.0)
"""587 to 1175 Hz, as MIDI counts."""

DIGITAL_DBA = -23.2
"""A-weighted level of it, both channels added, 0 dB being a full-scale square wave in one; as rendered
(tests/kiosk/test_loudness.py measures it)."""

LEVEL_DB = 0.0
"""Trim of the sound (engine.tone)."""
