"""The tone by which the volume is set: as loud as music, moved by its trim, and never past the cap."""

from __future__ import annotations

import numpy as np
import pyloudnorm

from dsp.governor import CAP_LUFS
from engine.guide.hands import TRIM_DB
from engine.player import OfflineOutput
from engine.tone import calm_tone

RATE_HZ = 48_000


def sounded(*levels: tuple[float, float]) -> np.ndarray:
    """(frames, 2) of a tone with these trims, each for so many seconds."""
    asked = [db for db, seconds in levels for _ in range(round(seconds * 10))]
    told = iter([*asked, None])
    sound: list[np.ndarray] = []
    calm_tone(OfflineOutput(RATE_HZ, "Rendering.", sound.append), lambda: next(told))
    return np.concatenate(sound)


def loudness(sound: np.ndarray, from_s: float, to_s: float) -> float:
    """LUFS of this part, by pyloudnorm."""
    return pyloudnorm.Meter(RATE_HZ).integrated_loudness(sound[int(from_s * RATE_HZ) : int(to_s * RATE_HZ)])


def test_it_is_as_loud_as_music_follows_its_trim_and_ends_in_silence() -> None:
    sound = sounded((0.0, 30.0), (-12.0, 10.0))
    as_it_is, softer = loudness(sound, 22.0, 30.0), loudness(sound, 34.0, 40.0)
    assert -26.0 < as_it_is < -22.0
    assert abs(as_it_is - 12.0 - softer) < 1.0
    assert np.max(np.abs(sound[-RATE_HZ // 100 :])) < 1e-3


def test_it_cannot_pass_the_cap_however_much_is_asked_for() -> None:
    sound = sounded((0.0, 10.0), (60.0, 30.0))
    short_term = [loudness(sound, at, at + 3.0) for at in range(30, 37)]
    assert max(short_term) <= CAP_LUFS + 0.1
    assert np.array_equal(sound, sounded((0.0, 10.0), (TRIM_DB[1], 30.0)))
