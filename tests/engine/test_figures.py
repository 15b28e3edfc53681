"""What counts as rest: only what was well heard and regular."""

from __future__ import annotations

import pytest

from engine.guide.music_state import MusicState, Stage
from engine.journal.figures import GOOD_QUALITY, figures
from engine.journal.record import State
from sensors.heart_state import HeartState


def state(t_s: float, bpm: float, *, irregular: bool = False, quality: float = 1.0) -> State:
    heart = HeartState(
        t_s, bpm, breath_per_min=bpm / 5, breath_confidence=0.9, rmssd_ms=bpm / 2, quality=quality,
        irregular=irregular, beats=int(t_s),
    )  # fmt: skip
    music = MusicState(t_s, Stage.GUIDE, 66.0, 0.5, 0.4, -2.0, 10.0, 1.5, 0.5)
    return State(t_s, heart, music, 66.0, t_s, None, None, None, 0)


@pytest.mark.parametrize("bad", [{"irregular": True}, {"quality": GOOD_QUALITY - 0.01}])
def test_a_stretch_that_is_irregular_or_badly_heard_is_no_rest(bad: dict[str, float]) -> None:
    """The lowest rate of the sitting is in it, and so would be its breath and its variability."""
    calm = [state(float(t), 70.0) for t in range(300)]
    slow = [state(float(t), 50.0, **bad) for t in range(300, 900)]  # type: ignore[arg-type]
    told = figures([*calm, *slow])
    assert (told.resting_bpm, told.breath_per_min, told.rmssd_ms) == (70.0, 14.0, 35.0)
    assert figures(slow).resting_bpm is None
    good = figures([*calm, *(state(float(t), 50.0) for t in range(300, 900))])
    assert (good.resting_bpm, good.breath_per_min, good.rmssd_ms) == (50.0, 10.0, 25.0)
