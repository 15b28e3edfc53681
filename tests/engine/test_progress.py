"""Who sat how often, a listener over weeks, and what is usual by the sittings that are theirs today."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from html import escape
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.guide.music_state import Hand
from engine.guide.target import Usual
from engine.journal import forgetting, keeping, rows
from engine.journal.earlier import usual_before
from engine.journal.progress import drawn, joined, page, progress_of, told
from engine.journal.record import Figures, Rating
from engine.journal.store import Store
from tests.calando import calando
from tests.engine.kept import head

PASSPHRASE = "nine green bottles hum"
DAY_S = 86_400.0
BEGAN = datetime(2026, 8, 3, 20, 0).astimezone()


def sat(store: Store, day: int, client: str | None, bpm: float | None, **changed: object) -> str:
    """Keep a sitting of that day; returns its id."""
    at = (BEGAN + timedelta(days=day)).isoformat(timespec="seconds")
    given: dict = {"client": client, "began_at": at, "simulated": False, "sensor": "ble"} | changed
    quality = given.pop("quality", 0.95)
    session_id = f"20260803-{day:06d}-bcdf"
    with store.transaction():
        number = store.begin(head(session_id, **given))
        store.end(number, "complete", at, Figures(bpm, 9.0, 40.0, quality, 1000))
        store.add(number, "rating", [rows.rating_row(Rating("before", 3.0, 0.0, None, at, Hand.LISTENER))])
    return session_id


def colours(picture: bytes) -> set[tuple[int, int, int]]:
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).reshape(-1, 3)
    return {(int(r), int(g), int(b)) for r, g, b in np.unique(pixels, axis=0)}


def test_sittings_that_are_weeks_apart_are_not_joined() -> None:
    points = [(day * DAY_S, 60.0) for day in (0, 7, 14, 30, 37)]
    assert [len(run) for run in joined(points)] == [3, 2]
    assert joined([]) == []


def test_a_sitting_that_was_hardly_heard_is_pale_and_simulated_ones_are_left_out(tmp_path: Path) -> None:
    heart = (0xB5, 0x52, 0x4D)
    with Store(tmp_path) as store:
        sat(store, 0, "k-1", 62.0, quality=0.3)
        sat(store, 1, "k-1", 99.0, simulated=True)
        sat(store, 2, "k-2", 98.0)
        found = progress_of(store, "k-1")
        assert ([each.head.figures.resting_bpm for each in found.sittings], found.simulated) == ([62.0], 1)
        assert found.sittings[0].pale
        assert heart not in colours(drawn(found))
        sat(store, 3, "k-1", 61.0)
        assert heart in colours(drawn(progress_of(store, "k-1")))


def test_a_course_is_told_once_there_is_enough_of_it_and_its_gaps_too(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        for day in (0, 2, 5):
            sat(store, day, "k-1", 66.0 - day)
        few = told(progress_of(store, "k-1"))
        assert "Heart at its calmest: cannot be told yet, from 3 of 5 sittings." in few
        for day in (30, 33, 36):
            sat(store, day, "k-1", 60.0, usual=Usual(pace_per_min=5.5))
        found = progress_of(store, "k-1")
        said = told(found)
        assert said[0].startswith("6 sittings from 3 August 2026 to 8 September 2026, ")
        assert "More than 10 days lie between two of them once; nothing is known of these." in said
        ends = "64.0 at first, 60.0 of late (beats a minute, medians of 3 of 6)"
        assert f"Heart at its calmest: {ends}." in said
        assert "Own pace of breath, as it was known then: cannot be told yet, from 3 of 5 sittings." in said
        assert not any(word in " ".join(said).lower() for word in ("streak", "score", "goal", "well done"))
        html = page(found)
        assert all(f"<p>{escape(sentence)}</p>" in html for sentence in said)
        assert "data:image/png;base64," in html


def test_a_listener_of_whom_nothing_was_earned_is_drawn_too(tmp_path: Path) -> None:
    with Store(tmp_path) as store, store.transaction():
        store.begin(head("20260803-000000-bcdf", client="k-1", simulated=False))
    with Store(tmp_path) as store:
        assert drawn(progress_of(store, "k-1")).startswith(b"\x89PNG")


@pytest.mark.parametrize("sealed", [False, True])
def test_what_is_usual_follows_a_sitting_that_is_given_to_another(tmp_path: Path, sealed: bool) -> None:
    with Store(tmp_path) as store:
        theirs = [sat(store, day, "k-1", bpm) for day, bpm in enumerate((60.0, 62.0, 64.0))]
        if sealed:
            store.reseal(PASSPHRASE)
    with Store(tmp_path) as store:  # posted: kept without the passphrase
        last = sat(store, 9, "k-1", 70.0, usual=Usual(62.0, None, None, 3))
    with Store(tmp_path) as store:
        if sealed:
            store.unlock(PASSPHRASE)
        known = store.find(last)[1]
        assert usual_before(store, known).resting_bpm == 62.0
        assert usual_before(store, store.find(theirs[2])[1]) == Usual(sittings=2)
        keeping.reassigned(store, theirs[0], Hand.THERAPIST, "k-2")
        assert usual_before(store, known) == Usual(sittings=2)
        assert known.usual.resting_bpm == 62.0
        keeping.reassigned(store, theirs[0], Hand.THERAPIST, "k-1")
        sat(store, 8, "k-1", 50.0, simulated=True)
        sat(store, 12, "k-1", 50.0)
        assert usual_before(store, known).resting_bpm == 62.0


@pytest.mark.parametrize("sealed", [False, True])
def test_the_commands(tmp_path: Path, sealed: bool) -> None:
    also = {"CALANDO_PASSPHRASE": PASSPHRASE} if sealed else None

    def sessions(*words: str) -> str:
        done = calando("sessions", *words, "--data", "data", cwd=tmp_path, also=also)
        assert done.returncode == 0, done.stderr
        return done.stdout

    with Store(tmp_path / "data") as store:
        for day, bpm in enumerate((60.0, 62.0, 64.0, 61.0)):
            name = sat(store, day, "k-1", bpm)
        sat(store, 5, "k-2", None)
        sat(store, 6, None, 58.0)
        sat(store, 7, "k-1", 99.0, simulated=True)
        if sealed:
            store.reseal(PASSPHRASE)
    listed = [line.split("  ") for line in sessions("list").splitlines()[1:]]
    told = [[cell.strip() for cell in line if cell.strip()] for line in listed]
    assert [(line[0], line[1]) for line in told] == [("k-1", "5"), ("(no code)", "1"), ("k-2", "1")]
    assert told[0][-2:] == ["61 bpm", "1 SIMULATED"]
    assert len(sessions("list", "--each").splitlines()) == 8
    assert len(sessions("list", "--client", "k-1").splitlines()) == 6
    assert len(sessions("list", "--json").splitlines()) == 7
    assert "your usual: 62.0" in sessions("show", name)
    sessions("report", name, "-o", "page.html")
    assert "62" in (tmp_path / "page.html").read_text()
    sessions("progress", "k-1")
    picture = tmp_path / "calando-k-1.png"
    assert picture.stat().st_mode & 0o777 == 0o600
    with Store(tmp_path / "data") as store:
        if sealed:
            store.unlock(PASSPHRASE)
        assert picture in forgetting.doomed(store, name).made
    for words in (("progress", "k-1"), ("progress", "nobody"), ("progress", "k-1", "-o", "x.txt")):
        done = calando("sessions", *words, "--data", "data", cwd=tmp_path, also=also)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
