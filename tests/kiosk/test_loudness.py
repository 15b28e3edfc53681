"""Loudness at the seat: the calibration sound's own level, the two weightings, and the cap that follows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from scipy import signal

from engine.kiosk.calibration import DIGITAL_DBA, PITCHES
from engine.kiosk.config import CHILD_DBA, config_of
from engine.kiosk.loudness import (
    A_OVER_K_DB,
    FILE,
    UNCALIBRATED_CAP_LUFS,
    Calibration,
    calibrated,
    cap_lufs,
    held,
    read_calibration,
    write_calibration,
)
from engine.player import OfflineOutput
from engine.tone import calm_tone

RATE_HZ = 48_000


def a_weighting_db(hz: np.ndarray) -> np.ndarray:
    """IEC 61672-1, annex E."""
    square = hz * hz
    low = (square + 20.6**2) * np.sqrt((square + 107.7**2) * (square + 737.9**2))
    return 20.0 * np.log10(12194.0**2 * square * square / (low * (square + 12194.0**2))) + 2.0


def k_weighting_db(hz: np.ndarray) -> np.ndarray:
    """ITU-R BS.1770-4, both stages at 48 kHz, with its offset."""
    shelf = (1.53512485958697, -2.69169618940638, 1.19839281085285), (1, -1.69065929318241, 0.73248077421585)
    high_pass = (1, -2, 1), (1, -1.99004745483398, 0.99007225036621)
    gains = [np.abs(signal.freqz(*stage, hz, fs=RATE_HZ)[1]) for stage in (shelf, high_pass)]
    return 20.0 * np.log10(gains[0] * gains[1]) - 0.691


def a_level(sound: np.ndarray) -> float:
    """A-weighted level of both channels together, dB."""
    spectrum, hz = np.fft.rfft(sound, axis=0), np.fft.rfftfreq(len(sound), 1.0 / RATE_HZ)
    power = (2.0 * np.abs(spectrum[1:]) ** 2).sum(axis=1) / len(sound) ** 2
    return 10.0 * float(np.log10((power * 10.0 ** (a_weighting_db(hz[1:]) / 10.0)).sum()))


def test_no_sound_is_louder_by_a_than_by_k() -> None:
    hz = np.geomspace(20.0, 20_000.0, 20_000)
    above = float((a_weighting_db(hz) - k_weighting_db(hz)).max())
    assert above == pytest.approx(A_OVER_K_DB, abs=0.01)


def test_the_calibration_sound_has_the_level_that_is_said_of_it() -> None:
    parts: list[np.ndarray] = []
    levels = iter([0.0] * 180)
    output = OfflineOutput(RATE_HZ, "", lambda sound: parts.append(sound.copy()))
    calm_tone(output, lambda: next(levels, None), PITCHES)
    steady = np.concatenate(parts)[6 * RATE_HZ : 18 * RATE_HZ]
    assert a_level(steady) == pytest.approx(DIGITAL_DBA, abs=0.5)
    seconds = [a_level(steady[k * 3 * RATE_HZ : (k + 1) * 3 * RATE_HZ]) for k in range(4)]
    assert max(seconds) - min(seconds) < 1.0  # a meter on "slow" can be read


def test_from_one_reading_to_a_cap_that_holds_a_level_at_the_seat() -> None:
    room = calibrated(68.0, DIGITAL_DBA, "USB Audio", date(2026, 11, 27))
    for highest in (55.0, 62.0, 70.0):
        cap = cap_lufs(room, highest)
        # The loudest that is let out, were it all at the frequency where A lies highest above K:
        assert cap + A_OVER_K_DB + room.gain_db <= highest + 1e-9
    assert cap_lufs(room, 120.0) == -18.0
    assert cap_lufs(None, 120.0) == UNCALIBRATED_CAP_LUFS
    assert held(room, 55.0)
    assert not held(Calibration(140.0), 70.0)


def test_children_hear_no_more_than_their_own_limit() -> None:
    assert config_of({"sound": {"cap_dba": 80, "child": True}}).sound.highest_dba == CHILD_DBA
    assert config_of({"sound": {"cap_dba": 60, "child": True}}).sound.highest_dba == 60.0


def test_a_reading_that_is_none_is_refused_and_a_damaged_file_is_no_calibration(tmp_path: Path) -> None:
    for reading in (5.0, 200.0, float("nan")):
        with pytest.raises(ValueError, match="reading"):
            calibrated(reading, DIGITAL_DBA, "", date(2026, 11, 27))
    room = calibrated(68.0, DIGITAL_DBA, "USB Audio", date(2026, 11, 27))
    write_calibration(tmp_path / "state", room)
    assert read_calibration(tmp_path / "state") == room
    (tmp_path / "state" / FILE).write_text('{"gain_db": "loud"}')
    assert read_calibration(tmp_path / "state") is None
