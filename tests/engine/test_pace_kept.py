"""Searches for a pace in the journal: stopped and gone on with, sealed, each listener's own, used by the
next."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from engine.guide.music_state import Decision, Hand, MusicState, Stage
from engine.journal import rows
from engine.journal.record import Head, State
from engine.journal.store import Store
from engine.pace.page import page
from engine.pace.protocol import OPEN_S, PACES_PER_MIN
from engine.pace.search import Search, own_pace, searches
from engine.sitting.asked import Asked, prepared
from engine.sitting.usual import usual_of
from sensors.artefacts import Label, LabelledBeat
from sensors.heart_state import HeartState
from tests.calando import calando
from tests.engine.kept import head
from tests.engine.test_pace import bell, search

FIRST = "2026-11-20T10:00:00+00:00"
WHOLE = "paces:6.5,6,5.5,5,4.5"


def sat(session_id: str, arm: str = WHOLE, began_at: str = FIRST, **changed: object) -> Head:
    values: dict[str, object] = {"arm": arm, "began_at": began_at, "simulated": False, "client": "c-1"}
    return replace(head(session_id), **(values | {"ended_at": began_at, "ending": "complete"} | changed))


def kept(store: Store, of: Head, own: float, paces: tuple[float, ...] = PACES_PER_MIN, seed: int = 1) -> None:
    """Keep a search of a heart whose own pace is `own`, of which only `paces` were led."""
    found = search(bell(own), seed=seed)
    led = [each for each in found.led if each.per_min in paces]
    with store.transaction():
        number = store.begin(of)
        beats = [LabelledBeat(float(t_s), float(rr), Label.NORMAL, True) for t_s, rr in found.beats]
        store.add(number, "beat", [rows.beat_row(beat) for beat in beats])
        states = [
            State(
                float(t_s), HeartState(float(t_s), 66.0, breath_phase=float(phase)),
                MusicState(float(t_s), Stage.GUIDE, 60.0, 0.3, 0.3, -4.0, pace.per_min, 2.0, 0.0),
                60.0, 0.0, -24.0, -24.0, -6.0, 0,
            )
            for pace in led
            for t_s, phase in found.own[::4]
            if pace.from_s <= t_s <= pace.until_s
        ]  # fmt: skip
        store.add(number, "state", [rows.state_row(state) for state in states])
        turns = [(each.from_s, each.per_min) for each in led] + [(each.until_s, None) for each in led]
        decisions = [
            Decision(t_s, Hand.PROFILE, "pace", value, "a pace")
            for t_s, value in sorted(turns, key=lambda turn: (turn[0], turn[1] is not None))
        ]
        store.add(number, "decision", [rows.decision_row(each) for each in decisions])


def test_what_is_kept_tells_the_pace_and_the_next_sitting_is_led_to_it(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        kept(store, sat("20261120-1000"), 5.0)
        (found,) = searches(store, "c-1", simulated=False)
        assert found.estimate.own_per_min == pytest.approx(5.0, abs=0.5)
        assert found.left == ()
        assert own_pace(store, "c-1") == found.estimate.own_per_min
        assert own_pace(store, "c-2") is None
        assert own_pace(store, None) is None
    usual, remark = usual_of(tmp_path, "ble", "c-1")
    assert (usual.pace_per_min, remark) == (found.estimate.own_per_min, None)
    assert usual_of(tmp_path, "sim", "c-1")[0].pace_per_min is None
    plan = prepared(Asked("breathe", sensor="ble", client="c-1", data=tmp_path))
    assert plan.usual.pace_per_min == usual.pace_per_min


def test_a_search_that_was_stopped_is_gone_on_with_and_told_as_one(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        kept(store, sat("20261120-1000"), 5.5, (6.5, 6.0))
        (first,) = searches(store, "c-1", simulated=False)
        assert (first.left, first.estimate.told) == ((5.5, 5.0, 4.5), False)
        began_s = datetime.fromisoformat(FIRST).timestamp()
        assert first.open_at(began_s + 60.0)
        assert not first.open_at(began_s + OPEN_S + 1.0)
        kept(store, sat("20261120-1100", "paces:5.5,5,4.5"), 5.5, (5.5, 5.0, 4.5))
        (whole,) = searches(store, "c-1", simulated=False)
        assert [each.id for each in whole.heads] == ["20261120-1000", "20261120-1100"]
        assert whole.left == ()
        assert not whole.open_at(began_s + 60.0)
        assert whole.estimate.best_per_min == pytest.approx(5.5, abs=0.5)
        kept(store, sat("20261127-1000", began_at="2026-11-27T10:00:00+00:00"), 5.0)
        assert [len(each.heads) for each in searches(store, "c-1", simulated=False)] == [2, 1]


def test_nothing_measured_is_nothing_to_go_on_with(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        kept(store, sat("20261120-1000"), 5.5, ())
        (found,) = searches(store, "c-1", simulated=False)
    assert found.swings == ()
    assert not found.open_at(datetime.fromisoformat(FIRST).timestamp() + 60.0)


def test_a_simulated_heart_is_nobodys_pace(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        kept(store, sat("20261120-1000", simulated=True), 5.0)
        assert own_pace(store, "c-1") is None
        assert len(searches(store, "c-1", simulated=True)) == 1


def test_a_search_that_could_not_tell_leaves_the_one_before_in_place(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        kept(store, sat("20261120-1000"), 5.0)
        before = own_pace(store, "c-1")
        kept(store, sat("20261121-1000"), 5.0, (6.5,))
        assert own_pace(store, "c-1") == before
        assert before is not None


def test_a_sealed_journal_tells_no_pace_without_its_passphrase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CALANDO_PASSPHRASE", raising=False)
    with Store(tmp_path) as store:
        kept(store, sat("20261120-1000"), 5.0)
        store.reseal("a quiet harbour at night")
    usual, remark = usual_of(tmp_path, "ble", "c-1")
    assert usual.pace_per_min is None
    assert "sealed" in (remark or "")
    with Store(tmp_path) as store:
        store.unlock("a quiet harbour at night")
        assert own_pace(store, "c-1") == pytest.approx(5.0, abs=0.5)


def test_deleting_the_sitting_takes_the_pace_with_it(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        kept(store, sat("20261120-1000"), 5.0)
        number, _ = store.named("20261120-1000")
        with store.transaction():
            store.delete(number)
        assert own_pace(store, "c-1") is None


def whole_page(tmp_path: Path, count: int) -> tuple[str, list[Search]]:
    with Store(tmp_path) as store:
        for n in range(count):
            kept(store, sat(f"2026112{n}-1000", began_at=f"2026-11-2{n}T10:00:00+00:00"), 5.5, seed=n)
        found = searches(store, "c-1", simulated=False)
    return page(found, "c-1"), found


def test_the_page_tells_each_pace_and_the_weeks(tmp_path: Path) -> None:
    drawn, found = whole_page(tmp_path, 3)
    assert drawn.count("<svg") == 4
    assert drawn.count("<tr>") == 1 + len(PACES_PER_MIN)
    assert f"{found[-1].swings[0].width_bpm:.1f}" in drawn
    assert "atrial fibrillation" in drawn
    assert "SIMULATED" not in drawn
    assert drawn.count("2 days later") == 2


def test_the_page_of_one_search_has_no_weeks(tmp_path: Path) -> None:
    drawn, _ = whole_page(tmp_path, 1)
    assert drawn.count("<svg") == 2
    assert "Over the weeks" not in drawn


def test_show_writes_the_page_and_the_same_in_json(tmp_path: Path) -> None:
    with Store(tmp_path / "data") as store:
        kept(store, sat("20261120-1000"), 5.0)
    made = calando("pace", "show", "--client", "c-1", "--data", "data", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "breaths a minute" in made.stdout
    assert (tmp_path / "calando-pace-c-1.html").read_text().startswith("<!DOCTYPE html>")
    plain = calando("pace", "show", "--client", "c-1", "--json", "--data", "data", cwd=tmp_path)
    told = json.loads(plain.stdout)
    assert len(told["searches"][0]["paces"]) == len(PACES_PER_MIN)
    again = calando("pace", "show", "--client", "c-1", "--data", "data", cwd=tmp_path)
    assert again.returncode == 2
    none = calando("pace", "show", "--data", "data", cwd=tmp_path)
    assert (none.returncode, "No search for a pace" in none.stderr) == (2, True)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--sensor", "auto"), "known beforehand"),
        (("--sensor", "ble", "--fast"), "cannot be hurried"),
        (("--sensor", "sim", "--profile", "nosuch", "--yes"), "nosuch"),
        (("--sensor", "sim:resonance=2", "--yes", "--fast", "--output", "null"), "between 3.5 and 8"),
        (("--sensor", "sim", "--fast", "--output", "null"), "use --yes"),
        (("--sensor", "sim", "--client", "", "--yes"), "client code"),
        (("show", "-o", "page.txt"), "end it in .html"),
    ],
)
def test_a_wrong_call_is_told_in_a_sentence_and_plays_nothing(
    tmp_path: Path, flags: tuple[str, ...], said: str
) -> None:
    done = calando("pace", *flags, *(() if flags[0] == "show" else ("--no-record",)), cwd=tmp_path)
    assert done.returncode == 2, done.stdout
    assert said in done.stderr
    assert not any(tmp_path.iterdir())


def test_the_cautions_stand_before_the_question(tmp_path: Path) -> None:
    done = calando("pace", "--sensor", "sim", "--fast", "--output", "null", "--no-record", cwd=tmp_path)
    assert "atrial fibrillation" in done.stdout
    assert "dizzy" in done.stdout
    assert "pacemaker" in done.stdout


def test_a_whole_search_of_a_simulated_heart_is_played_told_and_kept(tmp_path: Path) -> None:
    done = calando(
        "pace", "--sensor", "sim:resonance=5.5,in_step=1,rsa=60,noise=3,baro=4,seed=3", "--fast", "--yes",
        "--output", "null", "--data", "data", "--seed", "1", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Pace 5 of 5: 4.5 breaths a minute." in done.stdout
    assert "This SIMULATED heart's own pace is about" in done.stdout
    told = json.loads(calando("pace", "show", "--simulated", "--json", "--data", "data", cwd=tmp_path).stdout)
    (found,) = told["searches"]
    assert abs(found["own_per_min"] - 5.5) <= 0.5
    assert all(each["in_step"] > 0.7 and not each["why"] for each in found["paces"])
