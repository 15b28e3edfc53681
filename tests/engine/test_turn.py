"""A sitting that turns to another profile: nothing jumps, the record says so, it is heard again."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from dsp.command import NOTE_AT_BEAT
from dsp.score import INSTRUMENTS
from engine.desk import Ask, Turn
from engine.guide.conductor import FREE_START_S
from engine.guide.guide import Guide
from engine.guide.music_state import Hand
from engine.guide.outputs import AT_HAND_S
from engine.guide.tempo import HARD_SHARE_PER_MIN
from engine.journal.rendition import Rendition
from engine.journal.store import Store
from engine.music.composer import TEMPO_STEP
from engine.music.controls import TURN_S
from engine.session import Moment
from profiles.load import load
from sensors.simulated import SimulatedListener
from tests.calando import calando
from tests.engine.kept import RATE_HZ, Played, head, keep, offline

AT_S, LENGTH_S = 90.0, 200.0
PAIRS = [("relax", "sleep"), ("relax", "energise"), ("energise", "sleep"), ("focus", "grief")]
ID = "20260101-120000-bcdf"


@cache
def turned(first: str, second: str) -> Played:
    moments: list[Moment] = []
    sound: list[np.ndarray] = []

    class Hands:
        def moment(self, moment: Moment) -> None:
            moments.append(moment)
            if moment.t_s == AT_S:
                session.desk.put(Ask(Turn(load(second)), Hand.THERAPIST))

    session = offline(load(first), SimulatedListener(seed=5), LENGTH_S, sound.append, Hands())
    session.run()
    return Played(moments, np.concatenate(sound))


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_everything_glides_into_the_other_profiles_ranges(first: str, second: str) -> None:
    moments = turned(first, second).moments
    before, after = load(first), load(second)
    levels = [
        m.music.loudness_db + (before if m.t_s <= AT_S + 0.05 else after).master.level_db for m in moments
    ]
    for a, b, low, high in zip(moments, moments[1:], levels, levels[1:], strict=False):
        if a.t_s > FREE_START_S + AT_HAND_S:  # where the heart is met it goes as quickly as by hand
            assert abs(b.music.density - a.music.density) < 0.02
            assert abs(b.music.brightness - a.music.brightness) < 0.01
        assert abs(b.music.breath_guide_per_min - a.music.breath_guide_per_min) < 0.02
        if 30.0 < a.t_s < LENGTH_S - 40.0:
            assert abs(high - low) < 0.35
    settled = [moment for moment in moments if AT_S + 60.0 < moment.t_s < LENGTH_S - 32.0]
    low, high = after.ranges.density
    assert all(low - 0.01 <= moment.music.density <= high + 0.01 for moment in settled)
    low, high = after.ranges.brightness
    assert all(low - 0.01 <= moment.music.brightness <= high + 0.01 for moment in settled)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_the_tempo_keeps_its_limits(first: str, second: str) -> None:
    tempos = [moment.tempo_bpm for moment in turned(first, second).moments if moment.t_s > 60.0]
    for a, b in pairwise(tempos):
        assert abs(b / a - 1.0) <= TEMPO_STEP + 1e-9
    for a, b in zip(tempos, tempos[600:], strict=False):
        assert abs(b / a - 1.0) <= HARD_SHARE_PER_MIN


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_the_other_palette_takes_over(first: str, second: str) -> None:
    moments = turned(first, second).moments
    gone = set(load(first).palette) - set(load(second).palette)
    for moment in moments:
        for command in moment.commands:
            if command.kind == NOTE_AT_BEAT and moment.t_s > AT_S + 15.0:
                assert INSTRUMENTS[command.target] not in gone
                assert INSTRUMENTS[command.target] in load(second).palette
    late = [c for m in moments if m.t_s > AT_S + 25.0 for c in m.commands if c.kind == NOTE_AT_BEAT]
    assert len({command.target for command in late}) > 2


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_no_click_and_no_hole(first: str, second: str) -> None:
    sound = turned(first, second).sound[round((AT_S - 2.0) * RATE_HZ) : round((AT_S + 40.0) * RATE_HZ)]
    power = np.convolve((sound**2).mean(axis=1)[:: RATE_HZ // 1000], np.ones(400) / 400, "valid")
    level_db = 10.0 * np.log10(power + 1e-12)
    assert level_db.min() > -60.0
    steps = np.abs(np.diff(level_db[::100]))  # a tenth of a second
    assert steps.max() < 6.0
    assert TURN_S > 5.0


@pytest.mark.parametrize(("first", "second"), PAIRS[:2])
def test_it_is_in_the_record_and_heard_again(tmp_path: Path, first: str, second: str) -> None:
    then = turned(first, second)
    keep(tmp_path, head(ID), then.moments)
    with Store(tmp_path) as store:
        record = store.read(ID)
    (intent,) = [intent for intent in record.intents if intent.parameter == "profile"]
    assert (intent.hand, intent.t_s) == (Hand.THERAPIST, pytest.approx(AT_S + 0.1))
    (decision,) = [each for each in record.decisions if each.parameter == "profile"]
    assert (decision.hand, decision.value) == (Hand.THERAPIST, second)
    assert np.array_equal(np.concatenate(list(Rendition.of(record).portions())), then.sound)


def test_the_same_profile_and_the_end_change_nothing() -> None:
    relax, sleep = load("relax"), load("sleep")
    guide = Guide(relax, duration_s=100.0)
    assert not guide.turn_to(load("relax"), Hand.LISTENER)
    assert guide.turn_to(sleep, Hand.LISTENER)
    assert guide.profile == sleep


def test_the_command(tmp_path: Path) -> None:
    sim = ("--sensor", "sim", "--fast", "--duration", "60s", "--output", "file:a.wav", "--data", "data")
    done = calando("play", *sim, "--then", "sleep@30s", "--then", "grief@20s", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.index("turns to Grief") < done.stdout.index("turns to Sleep")
    assert calando("render", "last", "-o", "b.wav", "--data", "data", cwd=tmp_path).returncode == 0
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    for wrong in ("sleep", "sleep@", "@10m", "bliss@10m", "sleep@soon"):
        done = calando("play", *sim, "--force", "--then", wrong, cwd=tmp_path)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
