"""What a watch told is kept a client, sealed, shown, used as a first guess, and forgotten."""

from __future__ import annotations

import json
import random
import sqlite3
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from engine.cli.main import run
from engine.guide.arms import Arm
from engine.guide.conductor import Conductor
from engine.guide.course import course_of
from engine.guide.target import Usual, aim
from engine.journal import heads
from engine.journal.earlier import beside_earlier
from engine.journal.expiry import KEEP_VARIABLE, expire
from engine.journal.opening import FILE
from engine.journal.pasts import UNREADABLE
from engine.journal.record import Figures
from engine.journal.report import page
from engine.journal.store import Store
from engine.past.month import Kept
from engine.past.reading import Figure
from engine.sitting.usual import usual_of
from profiles.load import load
from tests.engine.exports import EXPORTS, LAST, RESTING_BPM, RMSSD_MS, mutated
from tests.engine.kept import head, keep, played

ID = "20991126-120000-bcdf"
PASSPHRASE = "four old wooden words"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the journal is, and beside it an export of a ring whose last day is yesterday."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CALANDO_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("CALANDO_PASSPHRASE", raising=False)
    text = EXPORTS["Oura"][1]().decode()
    for ago in range(40):  # up to yesterday, whenever this is run
        text = text.replace(str(LAST - timedelta(days=ago)), f"day {ago}")
    for ago in reversed(range(40)):
        text = text.replace(f'day {ago}"', f'{date.today() - timedelta(days=1 + ago)}"')
    (tmp_path / "oura.json").write_text(text)
    return tmp_path / "data"


def calls(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert run(["usual", *words]) == code
    told = capsys.readouterr()
    return told.out if code == 0 else told.err


def kept(bpm: float, source: str = "Garmin", last: date | None = None) -> Kept:
    until = last or date.today()
    return Kept(bpm, 30, str(until - timedelta(days=29)), str(until), source, "", "")


def put(folder: Path, client: str | None, bpm: float = 50.0, at: str = "2026-11-27T10:00:00+00:00") -> None:
    with Store(folder) as store, store.transaction():
        store.pasts.put(client, {Figure.RESTING: kept(bpm)}, at)


def test_import_show_and_forget(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = calls(capsys, "import", "oura.json", "--client", "ada")
    assert said.startswith("Your ring's month: 58 beats a minute at night, RMSSD 44 ms at night (Oura, ")
    assert "Each is the middle of 30 days." in said
    shown = calls(capsys, "show", "--client", "ada")
    assert "58 beats a minute at night by your ring: the middle of 30 days" in shown
    assert "begins by 58, until your sittings know" in shown
    whole = json.loads(calls(capsys, "show", "--client", "ada", "--json"))
    assert whole["figures"]["resting"]["value"] == RESTING_BPM
    assert whole["figures"]["rmssd"]["value"] == RMSSD_MS
    assert set(whole["figures"]) == {"resting", "rmssd"}
    assert "Nothing of otto" in calls(capsys, "show", "--client", "otto", code=2)
    assert "Forgotten" in calls(capsys, "forget", "--client", "ada", "--yes")
    assert "Nothing of ada" in calls(capsys, "show", "--client", "ada", code=2)
    assert "Nothing that a watch told of ada" in calls(capsys, "forget", "--client", "ada", "--yes", code=2)
    assert b"Oura" not in (folder / FILE).read_bytes()


def test_a_second_import_takes_the_place_of_its_like_and_leaves_the_rest(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls(capsys, "import", "oura.json")
    text = (folder.parent / "oura.json").read_text()
    (folder.parent / "second.json").write_text(text.replace("average_hrv", "x").replace(": 58.0", ": 60.0"))
    said = calls(capsys, "import", "second.json")
    assert "It takes the place of: your ring's month: 58 beats a minute" in said
    assert "Kept from before: your ring's month: RMSSD 44 ms" in said
    with Store(folder) as store:
        assert len(store.pasts.all()) == 1


def test_a_refusal_leaves_the_journal_as_it_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calls(capsys, "import", "oura.json", "--client", "ada")
    before = (folder / FILE).read_bytes()
    good = (folder.parent / "oura.json").read_bytes()
    refused = 0
    for seed in range(40):
        (folder.parent / "x.json").write_bytes(mutated(good, random.Random(seed))[: 3000 + seed])
        code = run(["usual", "import", "x.json", "--client", "ada"])
        told = capsys.readouterr()
        assert code == 2
        assert told.err.startswith("x.json cannot be read: ")
        assert told.err.count("\n") == 1
        refused += 1
    assert refused == 40
    assert (folder / FILE).read_bytes() == before
    assert "A client code is" in calls(capsys, "import", "oura.json", "--client", "\t", code=2)


def test_it_is_sealed_with_the_rest(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls(capsys, "import", "oura.json", "--client", "Xylo-ada")
    with Store(folder) as store:
        store.reseal(PASSPHRASE)
    raw = (folder / FILE).read_bytes()
    assert b"Xylo-ada" not in raw
    assert b"Oura" not in raw
    assert "sealed" in calls(capsys, "show", "--client", "Xylo-ada", code=1)
    assert usual_of(folder, "ble", "Xylo-ada")[0].watch_bpm is None
    monkeypatch.setenv("CALANDO_PASSPHRASE", PASSPHRASE)
    assert "58 beats" in calls(capsys, "show", "--client", "Xylo-ada")
    calls(capsys, "import", "oura.json", "--client", "Xylo-otto")
    assert b"Xylo-otto" not in (folder / FILE).read_bytes()
    assert usual_of(folder, "ble", "Xylo-otto")[0].watch_bpm == RESTING_BPM
    with Store(folder) as store:
        store.unlock(PASSPHRASE)
        store.reseal(None)
        assert {each.client for each in store.pasts.all()} == {"Xylo-ada", "Xylo-otto"}


def test_it_goes_with_the_listener_and_with_age(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(folder, head(ID, client="ada"), played(60.0).moments[:100])
    put(folder, "ada")
    put(folder, "otto")
    put(folder, None, at="2020-01-01T10:00:00+00:00")
    assert run(["sessions", "delete", "--client", "ada", "--yes"]) == 0
    with Store(folder) as store:
        assert [each.client for each in store.pasts.all()] == ["otto", None]
        monkeypatch.setenv(KEEP_VARIABLE, "1y")
        assert expire(store) == ["Removed, as older than 1y: what a watch told of 1 listener."]
        assert [each.client for each in store.pasts.all()] == ["otto"]
    assert run(["sessions", "delete", "--client", "otto", "--yes"]) == 0  # who never sat
    put(folder, "eve", at="2020-01-01T10:00:00+00:00")
    assert run(["sessions", "expire", "--keep", "1y", "--yes"]) == 0
    put(folder, "eve")
    put(folder, "damaged")
    connection = sqlite3.connect(folder / FILE)
    connection.execute("UPDATE past SET figures = '{' WHERE client = 'damaged'")
    connection.commit()
    connection.close()
    assert run(["sessions", "delete", "--all", "--yes"]) == 0
    with Store(folder) as store:
        assert store.pasts.numbers() == []


def test_what_is_damaged_in_the_journal_is_no_ones(folder: Path) -> None:
    put(folder, "ada")
    connection = sqlite3.connect(folder / FILE)
    for figures in (
        "",
        "{",
        "[]",
        "7",
        '{"resting": {}}',
        '{"sdnn": {}}',
        "NaN",
        '{"resting": {"value": 1}}',
    ):
        connection.execute("UPDATE past SET figures = ?", (figures,))
        connection.commit()
        with Store(folder) as store:
            past = store.pasts.of("ada")
            assert past is not None or store.faults == [UNREADABLE]
        assert past is None or not past.figures
    connection.close()
    assert usual_of(folder, "ble", "ada")[0] == Usual()


def test_it_is_the_guess_until_sittings_know(folder: Path) -> None:
    put(folder, "ada", 58.0)
    known, said = usual_of(folder, "ble", "ada")
    assert (known.watch_bpm, known.resting_bpm, said) == (58.0, None, None)
    assert usual_of(folder, "ble", None)[0].watch_bpm is None
    assert usual_of(folder, "sim", "ada")[0].watch_bpm is None
    with Store(folder) as store, store.transaction():
        store.pasts.put(
            "ada", {Figure.RESTING: kept(58.0, last=date.today() - timedelta(days=366))}, "2026-01-01"
        )
    assert usual_of(folder, "ble", "ada")[0].watch_bpm is None


def test_the_guide_aims_at_the_watchs_rate_and_not_below_until_it_knows_better() -> None:
    relax = load("relax")
    found = aim(relax, None, Usual(watch_bpm=58.0), 80.0)
    assert (found.bpm, found.why) == (58.0, "the resting rate of your device's month")
    assert aim(relax, None, Usual(watch_bpm=58.0), 55.0).bpm == 55.0  # never above the start
    own = Usual(watch_bpm=58.0, resting_bpm=70.0)
    assert aim(relax, None, own, 80.0) == aim(relax, None, replace(own, watch_bpm=None), 80.0)
    up = aim(load("energise"), None, Usual(watch_bpm=60.0), 62.0)
    assert up.bpm == pytest.approx(69.0)
    assert up.why.endswith("plus 15 %")


def test_the_first_tempo_is_the_watchs_where_nothing_else_is_known() -> None:
    def first(usual: Usual, hr: float | None = None) -> float:
        profile = load("relax")
        conductor = Conductor(profile, Arm.GOVERNED, course_of(profile, 600.0), None, usual, lambda *_: None)
        conductor.begin(hr)
        return conductor.tempo.bpm

    assert first(Usual(watch_bpm=61.0)) == pytest.approx(61.0)
    assert first(Usual(watch_bpm=61.0, resting_bpm=66.0)) == pytest.approx(66.0)
    assert first(Usual(watch_bpm=61.0), 70.0) == pytest.approx(70.0)


def test_a_sitting_keeps_what_it_began_by_and_its_report_says_the_month(folder: Path) -> None:
    began = replace(head(ID, client="ada"), simulated=False, sensor="ble", usual=Usual(watch_bpm=58.0))
    assert heads.head_of({**heads.head_columns(began)}).usual.watch_bpm == 58.0
    keep(folder, began, played(60.0).moments[:100])
    put(folder, "ada", 58.0)
    with Store(folder) as store:
        record = store.read(ID)
        real = replace(record, head=replace(record.head, simulated=False, sensor="ble"))
        shown = page(beside_earlier(store, real))
        assert "Your watch&#x27;s month: 58 beats a minute at rest (Garmin, " in shown
        for nobody in (
            replace(real.head, simulated=True), replace(real.head, client=None),
            replace(real.head, began_at="2001-01-01T10:00:00+00:00"),
        ):  # fmt: skip
            assert "month:" not in page(beside_earlier(store, replace(real, head=nobody)))


def test_no_figure_of_a_watch_is_counted_among_sittings(folder: Path) -> None:
    for day in range(3):
        calm = Figures(resting_bpm=66.0 + day, quality=1.0, beats=60)
        keep(folder, replace(head(f"2099112{day}-120000-bcdf", client="ada"), simulated=False, sensor="ble"),
             played(60.0).moments[:100])  # fmt: skip
        with Store(folder) as store, store.transaction():
            number, _ = store.find(f"2099112{day}-120000-bcdf")
            store.end(number, "complete", "2099-11-26T12:00:00+00:00", calm)
            store._connection.execute("UPDATE session SET simulated = 0, sensor = 'ble'")  # pyright: ignore[reportPrivateUsage]
    put(folder, "ada", 50.0)
    known, _ = usual_of(folder, "ble", "ada")
    assert (known.resting_bpm, known.watch_bpm) == (67.0, 50.0)
