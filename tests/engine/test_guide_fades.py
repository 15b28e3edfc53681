"""The arc ends where the sitting ends: the two fades, and the last minute as another meter hears it."""

from __future__ import annotations

from itertools import pairwise
from math import inf

import numpy as np
import pyloudnorm
import pytest

from dsp.native import Synth
from engine.guide.fades import EBB_DB, FADE_IN_FROM_DB, FALL_S, SILENT_DB, STOP_FADE_S, Fades
from engine.guide.guide import Guide
from engine.music.composer import Composer
from engine.player import OfflineOutput
from engine.session import Session
from profiles.load import load
from sensors.spec import open_sensor

RATE_HZ = 48_000


def run(fades: Fades, seconds: float, ending: bool, dt: float = 0.5) -> list[float]:
    return [fades.level_db(ending, dt) for _ in range(round(seconds / dt))]


def test_the_fade_in_goes_from_soft_to_full() -> None:
    fades = Fades(12.0, 120.0)
    levels = run(fades, 12.0, ending=False)
    assert levels[0] > FADE_IN_FROM_DB
    assert levels == sorted(levels)
    assert levels[-1] == 0.0
    assert levels[11] == pytest.approx(FADE_IN_FROM_DB / 4)
    assert fades.left_s == inf
    assert not fades.over


def test_a_long_last_fade_ebbs_first_and_falls_at_its_end() -> None:
    fades = Fades(12.0, 120.0)
    run(fades, 20.0, ending=False)
    levels = run(fades, 120.0, ending=True)
    assert levels == sorted(levels, reverse=True)
    ebb = levels[: round((120.0 - FALL_S) / 0.5)]
    assert ebb[-1] == pytest.approx(-EBB_DB)
    assert ebb[len(ebb) // 2 - 1] == pytest.approx(-EBB_DB / 2)
    half = levels[round((120.0 - FALL_S / 2) / 0.5) - 1]
    assert half == pytest.approx(-EBB_DB + (SILENT_DB + EBB_DB) / 4)
    assert levels[-1] == SILENT_DB
    assert fades.over
    assert not any(a == b for a, b in pairwise(levels))


def test_left_is_counted_down_to_the_end() -> None:
    fades = Fades(12.0, 30.0)
    run(fades, 20.0, ending=False)
    for i in range(60):
        fades.level_db(True, 0.5)
        assert fades.left_s == pytest.approx(30.0 - 0.5 * (i + 1))
    assert fades.level_db(True, 5.0) == SILENT_DB
    assert fades.left_s == 0.0


def test_a_hand_ends_sooner_but_never_later() -> None:
    fades = Fades(12.0, 120.0)
    run(fades, 20.0, ending=False)
    run(fades, 60.0, ending=True)
    level = run(fades, 0.5, ending=True)[-1]
    assert fades.stop()
    levels = run(fades, STOP_FADE_S, ending=True)
    assert level > levels[0] > level - 1.0
    assert levels[-1] == SILENT_DB
    late = Fades(12.0, 120.0)
    run(late, 20.0, ending=False)
    run(late, 111.0, ending=True)
    assert not late.stop()
    assert late.left_s == pytest.approx(9.0)
    assert Fades(3.0, 4.0).stop_s == 4.0


def test_the_last_minute_is_heard_until_the_last_fall() -> None:
    """In a sitting that ends with a minute's fade: bed and cadence are there, and at its end silence."""
    profile, duration_s = load("relax"), 400.0
    sound: list[np.ndarray] = []
    Session(
        profile,
        open_sensor("sim:seed=5"),
        Guide(profile, duration_s=duration_s),
        Composer(profile, 3),
        Synth(RATE_HZ, 3),
        OfflineOutput(RATE_HZ, "Rendering.", lambda block: sound.append(block.copy())),
    ).run()
    whole = np.concatenate(sound)
    assert len(whole) / RATE_HZ == pytest.approx(duration_s, abs=4.0)
    meter = pyloudnorm.Meter(RATE_HZ, block_size=3.0)

    def lufs(left_s: float) -> float:
        """Short-term loudness of the three seconds that end `left_s` before the sitting does."""
        end = round((duration_s - left_s) * RATE_HZ)
        return meter.integrated_loudness(whole[end - 3 * RATE_HZ : end])

    last = {left_s: lufs(left_s) for left_s in range(60, 11, -4)}
    assert min(last.values()) > -44.0, last
    assert last[60] - last[20] < 18.0, last
    assert lufs(0.0) < -60.0
    assert np.max(np.abs(whole[-RATE_HZ // 10 :])) < 1e-4


@pytest.mark.parametrize("name", ["relax", "sleep", "release"])
def test_the_music_is_there_at_once_and_soft(name: str) -> None:
    class EnoughError(Exception):
        pass

    sound: list[np.ndarray] = []

    def take(portion: np.ndarray) -> None:
        sound.append(portion.copy())
        if sum(map(len, sound)) >= 3 * RATE_HZ:
            raise EnoughError

    profile = load(name)
    guide = Guide(profile, duration_s=600.0)
    output = OfflineOutput(RATE_HZ, "Rendering.", take)
    with pytest.raises(EnoughError):
        Session(profile, open_sensor("sim"), guide, Composer(profile, 1), Synth(RATE_HZ, 1), output).run()
    peaks = [np.abs(part).max() for part in np.array_split(np.concatenate(sound), 6)]
    assert peaks[0] > 10.0 ** (-60.0 / 20.0)
    assert peaks[0] < 10.0 ** (-40.0 / 20.0)
    # It goes on rising, slowly: the second after the first half by less than 12 dB.
    assert max(peaks[1:3]) < 4.0 * peaks[0]
    assert peaks[5] > peaks[0]
