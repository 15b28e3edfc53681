"""A trial in the journal: what is laid down, what nobody sees before the end, and what is told then."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from engine.guide.music_state import Hand
from engine.journal.blind import blind_arm
from engine.journal.ending import broke_off, close_interrupted
from engine.journal.export import as_json
from engine.journal.keeping import rated
from engine.journal.opening import FILE
from engine.journal.record import Rating
from engine.journal.store import Store
from engine.journal.trouble import BlindError, JournalError
from engine.trial import register, words
from engine.trial.estimate import SPREAD, estimate
from engine.trial.page import page
from engine.trial.plan import Plan, PlanError
from engine.trial.register import TrialError
from engine.trial.sat import NOT_KEPT, points, sat
from tests.engine.kept import head, keep, played

TELLING = ("governed", "open-loop", "stall", "arrive", "leading", "meeting the heart")
"""Words that would tell how a sitting was led."""


def begun(folder: Path, **changed: object) -> register.Trial:
    values: dict = {"name": "evening", "sittings": 4, "block": 2, "washout_s": 0.0, "sensor": "sim"}
    with Store(folder) as store:
        return register.begin(store, Plan(**(values | changed)), seed=1)


def sit(folder: Path, number: int, seconds: float = 60.0, calm: tuple[float, float] | None = None) -> str:
    """Keep a sitting of the trial; rated before and after where asked."""
    name = f"sitting-{number}"
    keep(folder, head(name, arm=blind_arm("evening", number), duration_s=60.0), played(seconds).moments)
    if calm is not None:
        with Store(folder) as store:
            for when, value in zip(("before", "after"), calm, strict=True):
                rated(store, name, Hand.LISTENER, Rating(when, value))  # type: ignore[arg-type]
    return name


def test_every_block_holds_both_ways_equally_often_in_an_order_that_the_seed_draws() -> None:
    plan = Plan("x", sittings=40, block=4)
    order = plan.order(3)
    for first in range(0, 40, 4):
        assert Counter(order[first : first + 4]) == Counter({"governed": 2, "open-loop": 2})
    assert plan.order(3) == order
    firsts = Counter(plan.order(seed)[0] for seed in range(400))
    assert 160 < firsts["governed"] < 240


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"name": "Two words"}, "'Two words'"),
        ({"arms": ("governed", "governed")}, "governed, governed"),
        ({"arms": ("governed", "yoked")}, "yoked"),
        ({"sittings": 10}, "10"),
        ({"sittings": 0}, "0"),
        ({"block": 3}, "3"),
        ({"washout_s": -1.0}, "0 hours"),
        ({"outcome": "mood"}, "heart or calm"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_sentence(changed: dict, word: str) -> None:
    with pytest.raises(PlanError, match=r".*") as wrong:
        Plan(**({"name": "x"} | changed))
    assert word in str(wrong.value)
    assert str(wrong.value).count(". ") == 0


def test_nothing_in_the_file_tells_how_a_sitting_was_led_before_the_end(tmp_path: Path) -> None:
    begun(tmp_path, arms=("paced", "follow"))
    sit(tmp_path, 1)
    connection = sqlite3.connect(tmp_path / FILE)
    dumped = "\n".join(connection.iterdump()).lower()
    for row in connection.execute("SELECT salt, allocation FROM trial"):
        assert not any(arm in str(row) for arm in ("paced", "follow"))
    counts = {
        table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("state", "decision", "command", "beat", "hidden")
    }
    connection.close()
    assert counts["state"] == counts["decision"] == counts["command"] == 0
    assert counts["beat"] > 50  # the heart is not hidden: it tells nothing
    assert counts["hidden"] > 0
    assert not any(word in dumped for word in TELLING)
    assert dumped.count("paced") == 1  # in the plan, which names both


def test_a_blind_sitting_is_not_read_and_its_outcome_is_measured_all_the_same(tmp_path: Path) -> None:
    trial = begun(tmp_path, outcome="calm")
    name = sit(tmp_path, 1, calm=(4.0, 7.0))
    with Store(tmp_path) as store:
        for read in (store.read, store.in_sight, lambda name: as_json(store, name)):
            with pytest.raises(BlindError, match="has not ended"):
                read(name)
        (only,) = sat(store, trial)
        assert (only.value, only.counts, only.cut_short) == (3.0, True, False)
        number, found = store.find(name)
        assert found.blind
        assert found.figures.beats > 50  # made from states that are out of sight
        assert len(store.rows(number, "state")) > 50


def test_at_the_end_the_record_is_what_it_would_have_been_in_sight(tmp_path: Path) -> None:
    keep(tmp_path / "open", head("sitting-1"), played(60.0).moments)
    trial = begun(tmp_path / "blind")
    sit(tmp_path / "blind", 1)
    with Store(tmp_path / "open") as store:
        plain = store.read("sitting-1")
    with Store(tmp_path / "blind") as store:
        ended = register.end(store, trial, "opens")
        opened = store.read("sitting-1")
        order = register.allocation_of(ended).order
        assert opened.head.arm == f"{order[0]}, trial:evening/1"
        assert not opened.head.blind
        assert opened.states == plain.states
        assert opened.decisions == plain.decisions
        assert opened.commands == plain.commands
        assert ended.row.preference == "opens"
        with pytest.raises(TrialError, match="ended already"):
            register.end(store, ended)
    connection = sqlite3.connect(tmp_path / "blind" / FILE)
    assert connection.execute("SELECT count(*) FROM hidden").fetchone() == (0,)
    connection.close()


def test_the_order_is_the_one_that_was_told_at_the_beginning_or_it_is_refused(tmp_path: Path) -> None:
    trial = begun(tmp_path)
    allocation = register.allocation_of(trial)
    hashed = " ".join((allocation.nonce, *allocation.order))
    assert hashlib.sha256(hashed.encode()).hexdigest() == trial.row.commitment
    assert allocation.order == trial.plan.order(1)
    other = register.Allocation(("follow", *allocation.order[1:]), allocation.seed, allocation.nonce)
    connection = sqlite3.connect(tmp_path / FILE)
    connection.execute("UPDATE trial SET commitment = ?", (other.commitment,))
    connection.commit()
    connection.close()
    with Store(tmp_path) as store, pytest.raises(TrialError, match="not those that were drawn"):
        register.next_sitting(store, register.found(store, "evening"))


def test_two_trials_drawn_alike_do_not_look_alike(tmp_path: Path) -> None:
    one, other = begun(tmp_path), begun(tmp_path, name="morning")
    assert register.allocation_of(one).order == register.allocation_of(other).order
    assert one.row.allocation != other.row.allocation
    assert one.row.commitment != other.row.commitment


def test_a_sitting_may_begin_when_the_time_between_two_is_over_and_none_is_being_played(
    tmp_path: Path,
) -> None:
    trial = begun(tmp_path, washout_s=3600.0)
    sit(tmp_path, 1)
    with Store(tmp_path) as store:
        with pytest.raises(TrialError, match="may begin from"):
            register.next_sitting(store, trial)
        (kept,) = register.heads_of(store, trial).values()
        later_s = register.free_from_s(trial, [kept])
        assert register.next_sitting(store, trial, later_s)[0] == 2
        with store.transaction():
            store.begin(head("sitting-2", arm=blind_arm("evening", 2)))
        for act in (lambda: register.next_sitting(store, trial, later_s), lambda: register.end(store, trial)):
            with pytest.raises(TrialError, match="is being played"):
                act()


def test_a_sitting_that_took_place_is_not_played_again_though_its_record_is_gone(tmp_path: Path) -> None:
    trial = begun(tmp_path, outcome="calm")
    with Store(tmp_path) as store:
        register.took_place(store, trial, 2)
        trial = register.found(store, None)
        assert register.next_sitting(store, trial)[0] == 3
        assert [each.why for each in sat(store, trial)] == [NOT_KEPT, NOT_KEPT]
        register.took_place(store, trial, 4)
        with pytest.raises(TrialError, match="All 4 sittings"):
            register.next_sitting(store, register.found(store, None))


def test_what_becomes_of_a_sitting_that_is_cut_short_was_laid_down_before(tmp_path: Path) -> None:
    for rule, counts in (("count", True), ("leave-out", False)):
        folder = tmp_path / rule
        trial = begun(folder, outcome="calm", cut_short=rule)
        sit(folder, 1, seconds=40.0, calm=(4.0, 5.0))
        sit(folder, 2, calm=(4.0, 5.0))
        sit(folder, 3)
        with Store(folder) as store:
            first, second, third = sat(store, trial)
        assert (first.cut_short, first.counts) == (True, counts)
        assert second.counts
        assert third.why == "not rated before and after"


def test_a_sitting_that_broke_off_keeps_its_secret_and_its_place(tmp_path: Path) -> None:
    trial = begun(tmp_path, outcome="calm")
    with Store(tmp_path) as store:
        with store.transaction():
            store.begin(head("sitting-1", arm=blind_arm("evening", 1)))
        (told,) = [broke_off(each, tmp_path) for each in close_interrupted(store)]
        assert "when its trial ends" in told
        assert "report" not in told
        (only,) = sat(store, trial)
        assert only.cut_short
        assert register.next_sitting(store, trial)[0] == 2


def test_a_heart_that_was_heard_too_shortly_has_no_fall(tmp_path: Path) -> None:
    trial = begun(tmp_path)
    sit(tmp_path, 1)
    with Store(tmp_path) as store:
        assert [each.why for each in sat(store, trial)] == ["shorter than 5 minutes"]


def test_simulated_sittings_do_not_count_among_real_ones(tmp_path: Path) -> None:
    trial = begun(tmp_path, outcome="calm")
    sit(tmp_path, 1, calm=(4.0, 5.0))
    with Store(tmp_path) as store:
        assert [each.counts for each in sat(store, trial)] == [True]
        with store.transaction():
            number = store.begin(head("sitting-2", arm=blind_arm("evening", 2), simulated=False))
        for when, value in (("before", 3.0), ("after", 6.0)):
            rated(store, "sitting-2", Hand.LISTENER, Rating(when, value))  # type: ignore[arg-type]
        with store.transaction():
            store.end(number, "complete", "2026-11-26T12:00:00+00:00", head("x").figures)
        first, second = sat(store, trial)
    assert "SIMULATED" in first.why
    assert second.counts


def test_a_sealed_journal_hides_whose_trial_it_is_and_is_not_sealed_in_the_midst_of_one(
    tmp_path: Path,
) -> None:
    with Store(tmp_path) as store:
        store.reseal("a long passphrase that nobody guesses")
    with Store(tmp_path) as store:
        store.unlock("a long passphrase that nobody guesses")
        plan = Plan("evening", sittings=4, washout_s=0.0, client="client-7f", outcome="calm")
        register.begin(store, plan, 1)
    sit(tmp_path, 1)  # by a process that was not given the passphrase
    connection = sqlite3.connect(tmp_path / FILE)
    assert "client-7f" not in "\n".join(connection.iterdump())
    connection.close()
    with Store(tmp_path) as store:
        store.unlock("a long passphrase that nobody guesses")
        trial = register.found(store, None)
        assert trial.plan.client == "client-7f"
        with pytest.raises(JournalError, match="end it first"):
            store.reseal("another passphrase, also long")
        register.end(store, trial)
        assert store.read("sitting-1").decisions
        store.reseal("another passphrase, also long")
        assert register.found(store, None).plan.client == "client-7f"


def test_a_deleted_sitting_leaves_nothing_and_a_deleted_trial_leaves_its_sittings(tmp_path: Path) -> None:
    from engine.journal.forgetting import deleted

    trial = begun(tmp_path)
    sit(tmp_path, 1)
    sit(tmp_path, 2)
    with Store(tmp_path) as store:
        deleted(store, "sitting-1")
        assert next(each.why for each in sat(store, trial)) == NOT_KEPT
        register.delete(store, trial)
        with pytest.raises(TrialError, match="No trial"):
            register.found(store, None)
        assert store.read("sitting-2").states


def ended(folder: Path, calms: list[tuple[float, float]]) -> tuple[register.Trial, str, dict]:
    trial = begun(folder, outcome="calm", sittings=len(calms))
    for number, calm in enumerate(calms, 1):
        sit(folder, number, calm=calm)
    with Store(folder) as store:
        trial = register.end(store, trial, "darkens")
        sittings = sat(store, trial)
        found = estimate(points(trial, sittings), SPREAD["calm"])
    return trial, page(trial, sittings, found), {"sittings": sittings, "found": found}


def test_the_page_says_what_cannot_be_told_yet_and_names_no_illness(tmp_path: Path) -> None:
    trial, html, all_of = ended(tmp_path, [(4.0, 6.0), (3.0, 6.0), (5.0, 6.0), (4.0, 5.0)])
    assert "Four sittings: cannot be told yet" in html
    assert html.count("<svg") == 2
    for said in (*words.rules(trial.plan), words.QUESTION, trial.row.commitment, "SIMULATED"):
        assert said.replace("'", "&#x27;") in html
    for forbidden in ("treat", "therapy", "patient", "disease", "anxiety", "significant", "fail", "should"):
        assert forbidden not in html.lower().split("<body>")[1]
    found = all_of["found"]
    assert found is not None
    assert f"{found.spread:.1f} points" in words.patience(trial.plan, found)


def test_a_difference_is_told_with_its_ends_and_which_way_did_more() -> None:
    from engine.trial.estimate import Estimate

    plan = Plan("x")
    sure = Estimate(-2.1, -3.9, -0.4, 0.01, 2.8, ((-5.0, 0.0), (0.0, 0.1)))
    said = words.told(plan, sure)
    assert said.startswith("When the music was led by the clock, your heart fell 2.1 beats a minute more")
    assert "between 0.4 and 3.9" in said
    alike = Estimate(0.1, -0.6, 0.8, 0.6, 2.8, ((-1.0, 0.0), (1.0, 0.1)))
    assert "do the same" in words.told(plan, alike)
    open_ended = Estimate(0.5, -3.1, 4.2, 0.6, 2.8, ((-5.0, 0.0), (5.0, 0.1)))
    assert "cannot be told yet" in words.told(plan, open_ended)
    assert "−3.1 and +4.2" in words.told(plan, open_ended)


def test_a_plan_is_read_back_from_the_journal_as_it_was_laid_down(tmp_path: Path) -> None:
    plan = Plan(
        "x", ("open-loop", "paced"), 8, 2, 3600.0, "calm", "leave-out", "sleep", "sim", 600.0, 60.0, "c-1"
    )  # fmt: skip
    assert Plan.from_table(json.loads(json.dumps(plan.as_table()))) == plan
    with pytest.raises(PlanError):
        Plan.from_table({"name": "x"})
    with Store(tmp_path) as store:
        assert register.begin(store, plan).plan == plan
        with pytest.raises(TrialError, match="already"):
            register.begin(store, plan)
