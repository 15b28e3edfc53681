"""How full, bright and loud the music wants to be: one sign in every stage, whatever the heart does."""

from __future__ import annotations

from itertools import pairwise

import pytest

from engine.guide.course import course_of
from engine.guide.energy import energy
from engine.guide.guide import Guide
from engine.guide.music_state import MusicState, Stage
from profiles.load import load
from tests.engine.guided import sit


def test_a_stall_rests_the_tempo_and_nothing_else() -> None:
    """It once took density, brightness and loudness in turn from whoever had not followed, so that a heart
    which settled was left with the fuller music."""
    for goal in ("down", "up", "release", "stay"):
        for seconds in (0.0, 60.0, 999.0):
            for arousal in (-0.6, 0.0, 0.6):
                led = energy(goal, Stage.GUIDE, seconds, 0.5, arousal)
                assert energy(goal, Stage.STALL, seconds, 0.5, arousal) == led


def test_energy_follows_the_heart_the_way_and_the_stage() -> None:
    assert energy("down", Stage.GUIDE, 0.0, 0.0, 1.0) == pytest.approx((0.65, 0.65, 0.9125))
    assert energy("down", Stage.GUIDE, 0.0, 0.3, 0.0) == pytest.approx((0.545, 0.545, 0.88625))
    assert energy("down", Stage.GUIDE, 0.0, 0.5, 0.0) == pytest.approx((0.475, 0.3325, 0.7167187))
    assert energy("down", Stage.GUIDE, 0.0, 1.0, -1.0) == pytest.approx((0.0, 0.12, 0.53625))
    assert energy("up", Stage.GUIDE, 0.0, 0.5, -1.0) == pytest.approx((0.6, 0.48, 0.675))
    assert energy("up", Stage.GUIDE, 0.0, 0.5, 1.0) == pytest.approx((0.9, 0.48, 0.675))
    assert energy("down", Stage.MATCH, 99.0, 0.0, -1.0) == pytest.approx((0.65, 0.65, 0.9125))
    assert energy("down", Stage.COAST, 99.0, 0.0, -1.0) == pytest.approx((0.65, 0.65, 0.9125))
    assert energy("down", Stage.BACK_OFF, 9.0, 0.0, 1.0) == pytest.approx((0.0, 0.325, 0.4))
    assert energy("down", Stage.ARRIVE, 0.0, 1.0, 1.0) == pytest.approx((0.3, 0.12, 0.53625))
    assert energy("down", Stage.ARRIVE, 120.0, 1.0, 1.0) == pytest.approx((0.18, 0.12, 0.53625))
    assert energy("down", Stage.ARRIVE, 120.0, 1.0, -0.5) == pytest.approx((0.09, 0.12, 0.53625))
    assert energy("release", Stage.ARRIVE, 999.0, 1.0, 1.0) == pytest.approx((0.05, 0.1, 0.446875))
    assert energy("stay", Stage.ARRIVE, 999.0, 1.0, 0.0) == pytest.approx((0.5, 0.15, 0.35))
    assert energy("stay", Stage.END, 0.0, 1.0, 1.0) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("name", ["relax", "sleep", "grief", "release", "focus", "energise"])
def test_of_two_hearts_the_one_further_on_its_way_never_has_the_fuller_music(name: str) -> None:
    """Led down, never the fuller; led up, never the thinner. Brightness is the clock's alone."""
    way = 1.0 if name == "energise" else -1.0

    def led(by_bpm: float) -> list[MusicState]:
        guide = Guide(load(name), target_bpm=70.0 + 16.0 * way, duration_s=1200.0)
        begin_s = course_of(load(name), 1200.0).match_s
        return sit(guide, lambda t: 70.0 + way * by_bpm * min(max(t - begin_s, 0.0) / 200.0, 1.0))

    runs = [led(by) for by in (14.0, 9.0, 5.0, 2.0, 0.0)]
    seen = set[Stage]()
    for moment in zip(*runs, strict=True):
        seen.update(state.stage for state in moment)
        for further, less in pairwise(moment):
            assert further.density * way >= less.density * way - 1e-9
            assert further.brightness == less.brightness
    assert seen >= {Stage.MATCH, Stage.GUIDE}
    assert name == "focus" or seen >= {Stage.STALL, Stage.ARRIVE}  # what stays is never stalled
    at_s = 900
    assert abs(runs[0][at_s].density - runs[-1][at_s].density) > 0.1 * (
        load(name).ranges.density[1] - load(name).ranges.density[0]
    )


@pytest.mark.parametrize(
    ("name", "bpm"),
    [("relax", 78.0), ("breathe", 78.0), ("grief", 76.0), ("ground", 76.0), ("release", 78.0),
     ("sleep", 52.0), ("focus", 78.0), ("energise", 104.0)],
)  # fmt: skip
def test_a_quick_heart_is_met_by_quick_music_but_where_it_would_be_too_quick_for_sleep(
    name: str, bpm: float
) -> None:
    assert sit(Guide(load(name)), lambda _: 104.0, 1.0)[0].tempo_bpm == pytest.approx(bpm)
