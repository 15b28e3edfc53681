"""Loudness at the seat: from the calibration's one reading to the cap in LUFS that holds a level in dB(A).

The room adds a constant: dB(A) at the seat = dB(A) of the digital sound + gain. The meter of the synth weighs
by K (ITU-R BS.1770), a sound level meter by A (IEC 61672). K is nowhere below A by more than A_OVER_K_DB, so
a cap on LUFS is one on dB(A) too, whatever is played.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from math import isfinite
from pathlib import Path

from engine.kiosk.counters import write_whole

FILE = "calibration.json"

A_OVER_K_DB = 0.03
"""The most by which A-weighting lies above K-weighting with its offset of -0.691 dB, near 1.1 kHz
(tests/kiosk/test_loudness.py computes it from both standards' formulas)."""

UNCALIBRATED_CAP_LUFS = -24.0
"""Where nobody has measured, 6 LU below the synth's own cap (own choice)."""

HIGHEST_CAP_LUFS, LOWEST_CAP_LUFS = -18.0, -60.0
"""The synth's own cap (SCIENCE.md A6), and the lowest that it can hold (dsp.governor)."""

LOWEST_READING_DBA, HIGHEST_READING_DBA = 30.0, 110.0
"""What a meter at a seat may show of a steady sound; beyond that it is not set to A (own choice)."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """One reading at the seat.

    gain_db   dB(A) at the seat minus dB(A) of the digital sound, which is what the room and amplifier add
    device    the sound card that it was measured with
    day       when
    """

    gain_db: float
    device: str = ""
    day: str = ""


def calibrated(reading_dba: float, digital_dba: float, device: str, day: date) -> Calibration:
    """From what the meter at the seat shows while a sound of `digital_dba` plays. Raises ValueError."""
    if not LOWEST_READING_DBA <= reading_dba <= HIGHEST_READING_DBA:
        between = f"{LOWEST_READING_DBA:g} and {HIGHEST_READING_DBA:g} dB(A)"
        raise ValueError(f"A reading lies between {between}, as 63.5; is the meter set to A and slow?")
    return Calibration(round(reading_dba - digital_dba, 2), device, day.isoformat())


def cap_lufs(calibration: Calibration | None, highest_dba: float) -> float:
    """The cap on short-term loudness with which nothing at the seat exceeds `highest_dba`.

    Never above the synth's own. Where even the lowest cap is too loud the amplifier is, and it is the lowest.
    """
    if calibration is None:
        return UNCALIBRATED_CAP_LUFS
    cap = highest_dba - calibration.gain_db - A_OVER_K_DB
    return min(max(cap, LOWEST_CAP_LUFS), HIGHEST_CAP_LUFS)


def held(calibration: Calibration | None, highest_dba: float) -> bool:
    """Whether the cap can be held at all: else the amplifier has to be turned down."""
    return calibration is None or highest_dba - calibration.gain_db - A_OVER_K_DB >= LOWEST_CAP_LUFS


def read_calibration(folder: Path) -> Calibration | None:
    """What was measured; None where nothing was, or the file is damaged."""
    try:
        values = json.loads((folder / FILE).read_bytes())
        read = Calibration(float(values["gain_db"]), str(values["device"]), str(values["day"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return read if isfinite(read.gain_db) else None


def write_calibration(folder: Path, calibration: Calibration) -> None:
    """Keep it. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(folder / FILE, json.dumps(asdict(calibration)).encode() + b"\n")
