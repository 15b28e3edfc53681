"""Hands as they are heard: one sitting, branched once for every hand, against its untouched twin.

The short form of benchmarks/hands.py, whose bars these are.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from benchmarks.hand_branches import Branch, Script, branches
from dsp.command import FORGET
from engine.desk import Act, Ask, Touch, Undo
from engine.guide.music_state import Hand
from engine.journal.rendition import Rendition
from engine.journal.store import Store
from engine.music.controls import FRONT
from engine.player import OfflineOutput
from engine.sitting.asked import Asked, prepared
from engine.sitting.sitting import Sitting
from sensors.spec import open_sensor

pytestmark = pytest.mark.skipif(not hasattr(os, "fork") or sys.platform == "darwin", reason="a sitting forks")

AT_S, UNDONE_S = 60.0, 6.0
TWIN, SOFTEN, HUSH, LESS, MORE, TOO_MUCH = "twin", "soften", "hush", "less", "more", "too_much"

SCRIPTS: dict[str, tuple[Script, float]] = {
    TWIN: ((), 14.0),
    SOFTEN: (((0.0, Act(SOFTEN)), (UNDONE_S, Undo())), 14.0),
    HUSH: (((0.0, Act(HUSH)), (UNDONE_S, Act("resume"))), 14.0),
    LESS: (((0.0, Act(LESS)),), 8.0),
    MORE: (((0.0, Act(MORE)),), 8.0),
    TOO_MUCH: (((0.0, Act(TOO_MUCH)),), 8.0),
    "density": (((0.0, Touch("density", 0.05)),), 8.0),
    "hold": (((0.0, Touch("tempo_bpm", 90.0)),), 8.0),
    "rematch": (((0.0, Act("rematch")),), 8.0),
    "trim": (((0.0, Touch("trim_db", -6.0)),), 2.0),
}
FRONTS = (TWIN, SOFTEN, TOO_MUCH)


def branched(scripts: Mapping[str, tuple[Script, float]], kind: str = "heart") -> dict[str, Branch]:
    found = branches("relax", 1, {AT_S: scripts}, fronts=FRONTS, kind=kind)
    return {hand: branch for (_, hand), branch in found.items()}


@pytest.fixture(scope="module")
def whole() -> dict[str, Branch]:
    return branched(SCRIPTS)


def change_db(of: Mapping[str, Branch], hand: str, from_s: float, to_s: float) -> float:
    return of[hand].whole.loudness(from_s, to_s) - of[TWIN].whole.loudness(from_s, to_s)


def front_change_db(of: Mapping[str, Branch], hand: str, from_s: float, to_s: float) -> float:
    return of[hand].front.loudness(from_s, to_s) - of[TWIN].front.loudness(from_s, to_s)


def fastest_rise(branch: Branch) -> float:
    times, levels = branch.whole.short_term()
    return float((levels[10:] - levels[:-10])[times[10:] >= UNDONE_S].max())


def test_the_twin_has_a_foreground_to_take_away(whole: dict[str, Branch]) -> None:
    assert whole[TWIN].onsets(3.0, 8.0) >= 2
    assert whole[TWIN].front.loudness(4.0, 6.0) > -50.0
    assert {name for _, name in whole[TWIN].began} <= set(FRONT)


@pytest.mark.parametrize("hand", [SOFTEN, TOO_MUCH])
def test_soften_and_too_much_take_the_foreground_away_and_the_whole_down(
    whole: dict[str, Branch], hand: str
) -> None:
    assert front_change_db(whole, hand, 4.0, 5.0) <= -12.0
    assert change_db(whole, hand, 4.0, 5.0) <= -4.0
    until_s = UNDONE_S if hand == SOFTEN else 8.0
    assert whole[hand].onsets(3.0, until_s) == 0


@pytest.mark.parametrize("kind", ["none", "lost", "irregular"])
def test_too_much_is_felt_whatever_the_heart_does(kind: str) -> None:
    found = branched({hand: (SCRIPTS[hand][0], 8.0) for hand in (TWIN, TOO_MUCH)}, kind=kind)
    assert front_change_db(found, TOO_MUCH, 4.0, 5.0) <= -12.0
    assert change_db(found, TOO_MUCH, 4.0, 5.0) <= -4.0
    assert found[TWIN].onsets(3.0, 8.0) > 0
    assert found[TOO_MUCH].onsets(3.0, 8.0) == 0


def test_silence_comes_at_once_and_is_given_back(whole: dict[str, Branch]) -> None:
    assert change_db(whole, HUSH, 3.0, 4.0) <= -12.0
    given_back = whole[HUSH].whole.loudness(13.0, 14.0) - whole[HUSH].whole.loudness(UNDONE_S, UNDONE_S + 1.0)
    assert given_back >= 2.0
    assert fastest_rise(whole[HUSH]) <= 1.0


@pytest.mark.parametrize(("hand", "way"), [(LESS, -1.0), (MORE, 1.0)])
def test_less_and_more_move_the_whole(whole: dict[str, Branch], hand: str, way: float) -> None:
    assert way * change_db(whole, hand, 7.0, 8.0) >= 1.5


@pytest.mark.parametrize("hand", ["density", "hold", "rematch"])
def test_what_is_written_from_now_on_is_heard_within_a_bar_and_a_beat(
    whole: dict[str, Branch], hand: str
) -> None:
    branch, twin = whole[hand], whole[TWIN]
    ours, theirs = ({at for at, _ in each.began if at < 8.0} for each in (branch, twin))
    tempo = [at for (at, _, bpm), (_, _, was) in zip(branch.music, twin.music, strict=False) if bpm != was]
    first_s = min([*(ours ^ theirs), *tempo])
    assert first_s <= (branch.bar_beats + 1) * 60.0 / branch.music[0][2]


def test_a_trim_is_there_within_a_second(whole: dict[str, Branch]) -> None:
    assert change_db(whole, "trim", 0.9, 1.1) <= -3.0
    assert change_db(whole, "trim", 1.2, 2.0) == pytest.approx(-6.0, abs=0.5)


def test_what_is_undone_is_back_and_its_sound_returns_slowly(whole: dict[str, Branch]) -> None:
    undone = [music for at, music, _ in whole[SOFTEN].music if at >= UNDONE_S + 3.0]
    usual = [music for at, music, _ in whole[TWIN].music if at >= UNDONE_S + 3.0]
    for ours, theirs in zip(undone, usual, strict=False):
        assert ours.density == pytest.approx(theirs.density, abs=0.01)
        assert ours.brightness == pytest.approx(theirs.brightness, abs=0.01)
        assert (ours.foreground_db, ours.rests) == (theirs.foreground_db, theirs.rests)
    assert fastest_rise(whole[SOFTEN]) <= 1.0
    assert whole[SOFTEN].whole.loudness(13.0, 14.0) - whole[SOFTEN].whole.loudness(5.0, 6.0) >= 3.0
    assert whole[SOFTEN].onsets(UNDONE_S, 14.0) > 0


def test_what_was_sent_away_is_kept_and_a_replay_is_the_same_samples(tmp_path: Path) -> None:
    sound: list[np.ndarray] = []
    plan = prepared(Asked("relax", sensor="sim:seed=5", seed=1, duration=60.0))
    with Sitting(
        plan, open_sensor(plan.sensor), OfflineOutput(48_000, "Rendering.", sound.append), data=tmp_path
    ) as sitting:
        for at_s, wish in ((30.0, Act(SOFTEN)), (36.0, Undo()), (42.0, Touch("density", 0.9))):
            sitting.desk.put(Ask(wish, Hand.THERAPIST, due_s=at_s))
        sitting.run()
    with Store(tmp_path) as store:
        record = store.read(sitting.id)
    assert {sent.command.target for sent in record.commands if sent.command.kind == FORGET}
    again = np.concatenate(list(Rendition.of(record).portions()))
    assert np.array_equal(again, np.concatenate(sound)[: len(again)])
