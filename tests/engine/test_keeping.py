"""What people add to a sitting afterwards or while it is played: kept with who and when, carried, erased."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.guide.music_state import Hand
from engine.journal import export, forgetting, imported, keeping
from engine.journal.record import Rating
from engine.journal.store import FILE, Store
from tests.calando import calando
from tests.engine.kept import head, journal, keep, played

ID = "20260101-120000-bcdf"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    keep(tmp_path, head(ID, goals=None, consent=None), played(60.0).moments)
    with Store(tmp_path) as opened:
        keeping.noted(opened, ID, Hand.THERAPIST, "said: like Xylophon rain\nand slept")
        keeping.rated(opened, ID, Hand.LISTENER, Rating("before", 3.0, -0.5, 0.5))
        keeping.rated(opened, ID, Hand.LISTENER, Rating("after", 6.0))
        keeping.rated(opened, ID, Hand.THERAPIST, Rating("after", 7.0))
        keeping.goals_set(opened, ID, Hand.LISTENER, "to Xylophon sleep")
        keeping.consented(opened, ID, Hand.LISTENER, True)
        keeping.marked(opened, ID, Hand.THERAPIST, "the Xylophon sigh", 40.0)
        keeping.marked(opened, ID, Hand.LISTENER, "a yawn", 20.0)
        yield opened


def test_everything_says_who_and_when(store: Store) -> None:
    record = store.read(ID)
    assert (record.head.goals, record.head.consent) == ("to Xylophon sleep", True)
    assert [(note.hand, note.words) for note in record.notes] == [
        (Hand.THERAPIST, "said: like Xylophon rain\nand slept")
    ]
    assert [(r.when, r.calm, r.hand) for r in record.ratings] == [
        ("before", 3.0, Hand.LISTENER), ("after", 6.0, Hand.LISTENER), ("after", 7.0, Hand.THERAPIST),
    ]  # fmt: skip
    assert [(m.t_s, m.hand) for m in record.markers] == [(20.0, Hand.LISTENER), (40.0, Hand.THERAPIST)]
    assert [(c.hand, c.words) for c in record.changes] == [
        (Hand.LISTENER, "goals written down: to Xylophon sleep"),
        (Hand.LISTENER, "consent given"),
        (Hand.THERAPIST, "marked at 0:40"),
        (Hand.LISTENER, "marked at 0:20"),
    ]
    began = record.head.began_at
    assert all(each.at is not None and each.at >= began for each in (*record.ratings, *record.notes))


def test_it_travels_as_json_and_is_gone_when_deleted(store: Store) -> None:
    before, text = store.read(ID), export.as_json(store, ID)
    assert b"Xylophon" in (store.path.read_bytes() + _log(store))
    forgetting.deleted(store, ID)
    assert b"Xylophon" not in (store.path.read_bytes() + _log(store))
    imported.read_json(store, text)
    assert store.read(ID) == before
    assert "calm_after,7.0" in export.as_csv(before)


def _log(store: Store) -> bytes:
    log = store.folder / f"{FILE}-wal"
    return log.read_bytes() if log.exists() else b""


def test_a_file_of_the_first_version_is_read(store: Store) -> None:
    whole = json.loads(export.as_json(store, ID))
    whole["version"] = 1
    ratings = whole["tables"]["rating"]
    ratings["columns"] = ratings["columns"][:-2]
    ratings["rows"] = [row[:-2] for row in ratings["rows"]]
    forgetting.deleted(store, ID)
    read = imported.read_json(store, json.dumps(whole))
    assert [(r.calm, r.at, r.hand) for r in read.ratings] == [(calm, None, None) for calm in (3.0, 6.0, 7.0)]


@pytest.mark.parametrize(
    "rating",
    [Rating("after"), Rating("after", 11.0), Rating("after", -1.0), Rating("after", float("nan")),
     Rating("after", 5.0, 1.5), Rating("after", 5.0, 0.0, float("inf"))],
)  # fmt: skip
def test_no_rating_beyond_its_range(store: Store, rating: Rating) -> None:
    before = store.read(ID)
    with pytest.raises(keeping.KeepingError):
        keeping.rated(store, ID, Hand.LISTENER, rating)
    assert store.read(ID) == before


@pytest.mark.parametrize("words", ["", "  \n", "a\x00b", "x" * 10_001])
def test_no_words_that_say_nothing(store: Store, words: str) -> None:
    before = store.read(ID)
    for change in (keeping.noted, keeping.goals_set):
        with pytest.raises(keeping.KeepingError):
            change(store, ID, Hand.LISTENER, words)
    with pytest.raises(keeping.KeepingError):
        keeping.marked(store, ID, Hand.LISTENER, words, 3.0)
    assert store.read(ID) == before


def test_no_moment_that_was_not(store: Store) -> None:
    for at_s in (None, -1.0, 1e6, float("nan")):
        with pytest.raises(keeping.KeepingError):
            keeping.marked(store, ID, Hand.LISTENER, "here", at_s)


def test_a_running_sitting_is_marked_now_and_keeps_its_own_rows(tmp_path: Path) -> None:
    """Two writers, each in its own transactions."""
    moments = played(60.0).moments
    with journal(tmp_path, head(ID), print) as kept:
        for moment in moments[:200]:
            kept.moment(moment)
        kept.mark(1.0, Hand.THERAPIST, "the first")
        with Store(tmp_path) as store:
            until_known(store)
            at_s = keeping.marked(store, ID, Hand.LISTENER, "now")
        kept.mark(19.9, Hand.THERAPIST, "the last")
        for moment in moments[200:]:
            kept.moment(moment)
    assert 0.0 < at_s <= 20.0
    with Store(tmp_path) as store:
        record = store.read(ID)
        assert [row[-1] for _, row in store.rows(1, "marker")] == ["the first", "now", "the last"]
    assert {marker.words for marker in record.markers} == {"the first", "now", "the last"}
    assert record.head.ending == "complete"


def until_known(store: Store) -> None:
    for _ in range(100):
        if store.has(ID) and store.find(ID)[1].frames > 0:
            return
        time.sleep(0.05)
    pytest.fail("the journal was not written")


def test_the_commands(tmp_path: Path) -> None:
    def sessions(*words: str, answers: str = "") -> subprocess.CompletedProcess[str]:
        return calando("sessions", *words, "--data", "data", cwd=tmp_path, answers=answers)

    said = ("--goal", "to rest", "--consent", "--rate-before", "4,3.75,7.5", "--client", "k-12")
    sim = ("--sensor", "sim", "--fast", "--duration", "15s", "--output", "null", "--data", "data")
    assert calando("play", *sim, *said, cwd=tmp_path).returncode == 0
    assert sessions("note", "last", "said: like rain").returncode == 0
    assert sessions("mark", "last", "a sigh", "--at", "0:07", "--by", "listener").returncode == 0
    assert sessions("rate", "last", "after", answers="11\n8\n\n2.5\n").returncode == 0
    assert sessions("consent", "last", "yes").returncode == 0
    assert sessions("goal", "last", "to sleep").returncode == 0
    shown = sessions("show", "last").stdout
    for words in (
        "before       calm 4 of 10, pleasant 3.8 of 10, awake 7.5 of 10 (listener",
        "after        calm 8 of 10, awake 2.5 of 10 (therapist",
        "0:07 marked by the listener: a sigh",
        "said: like rain (therapist",
        "consent      given",
        "goals        to sleep",
    ):
        assert words in shown
    for wrong in (
        ("rate", "last", "after", "--calm", "12"), ("rate", "last", "after", "--calm", "nan"),
        ("note", "last", " "), ("mark", "last", "x"), ("mark", "last", "x", "--at", "59:00"),
        ("mark", "last", "x", "--at", "soon"), ("note", "nobody", "x"), ("consent", "last", "perhaps"),
    ):  # fmt: skip
        done = sessions(*wrong)
        assert (done.returncode, done.stderr.count("\n"), done.stdout) == (2, 1, "")
    assert sessions("show", "last").stdout == shown
    for words in (("export", "last", "-o", "a.csv"), ("export", "last", "--format", "json", "-o", "a.json"),
                  ("export", "last", "--format", "midi", "-o", "a.mid"), ("report", "last", "-o", "a.html")):
        assert sessions(*words).returncode == 0
        assert (tmp_path / words[-1]).stat().st_mode & 0o777 == 0o600


def test_the_listener_is_asked_before_and_after(tmp_path: Path) -> None:
    sim = ("--sensor", "sim", "--fast", "--duration", "15s", "--output", "null", "--data", "data", "--rate")
    assert calando("play", *sim, cwd=tmp_path, answers="3\n2.5\n7.5\n7\n\n\n").returncode == 0
    with Store(tmp_path / "data") as store:
        ratings = store.read("last").ratings
    assert [(r.when, r.calm, r.valence, r.arousal) for r in ratings] == [
        ("before", 3.0, -0.5, 0.5), ("after", 7.0, None, None),
    ]  # fmt: skip
    assert all(rating.hand is Hand.LISTENER for rating in ratings)
