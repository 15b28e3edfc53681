"""Damaged journals and files that say nonsense: a sentence each, what is whole is read, no size trusted."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dsp.native import Synth
from engine.cli.main import run
from engine.guide.music_state import Hand
from engine.journal import imported, keeping
from engine.journal.opening import FILE
from engine.journal.record import Rating
from engine.journal.store import Store
from engine.journal.trouble import DamagedError
from tests.engine.damage import damaged, mutated
from tests.engine.kept import head, keep, played

ID, OTHER = "20260101-120000-bcdf", "20260102-120000-bcdf"

READING = (
    ("list",), ("list", "--json"), ("show", ID), ("export", ID), ("export", ID, "--format", "json"),
    ("export", ID, "--format", "midi", "-o", "x.mid", "--force"), ("report", ID, "-o", "x.html", "--force"),
)  # fmt: skip
WRITING = (("note", ID, "a word"), ("delete", ID, "--yes"), ("list",))


@pytest.fixture(scope="module", autouse=True)
def _machine_code() -> None:
    Synth()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    keep(folder, head(ID), played(60.0).moments)
    keep(folder, head(OTHER), played(60.0).moments[:50])
    with Store(folder) as store:
        keeping.noted(store, ID, Hand.THERAPIST, "said: like rain")
        keeping.rated(store, ID, Hand.LISTENER, Rating("before", 3.0, -0.5, 0.5))
        keeping.marked(store, ID, Hand.THERAPIST, "a sigh", 40.0)
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy to be damaged, in a current folder of its own."""
    shutil.copytree(whole, tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"


@pytest.mark.parametrize("seed", range(16))
def test_no_command_ends_in_a_traceback(seed: int, folder: Path) -> None:
    damaged(folder, seed)
    for words in (*READING, *WRITING):
        assert run(["sessions", *words, "--data", "data"]) in (0, 1, 2)


@pytest.mark.parametrize("first", range(0, 80, 20))
def test_no_import_does(first: int, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["sessions", "export", ID, "--format", "json", "-o", "whole.json", "--data", str(whole)]) == 0
    text = Path("whole.json").read_text()
    refused = 0
    for seed in range(first, first + 20):
        Path("x.json").write_text(mutated(text, seed), encoding="utf-8", errors="replace")
        code = run(["sessions", "import", "x.json", "--data", "data"])
        refused += code == 2
        if code == 0:
            for words in (("list",), ("export", "last"), ("report", "last", "-o", "x.html")):
                assert run(["sessions", *words, "--data", "data"]) == 0
            shutil.rmtree("data")
            Path("x.html").unlink()
    assert refused > 5


def change(folder: Path, statement: str) -> None:
    """As a bad disk might: nothing keeps wrong values out."""
    connection = sqlite3.connect(folder / FILE)
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'NOT NULL', '')")
    connection.commit()
    connection.close()
    connection = sqlite3.connect(folder / FILE)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    "wrong",
    ["rate_hz = 'x'", "rate_hz = 0", "rate_hz = NULL", "frames = -1", "frames = 1e300",
     "began_at = 'yesterday'", "began_at = NULL", "profile_table = '[]'", "profile_table = '{'",
     "usual = '{\"resting_bpm\": \"x\"}'",
     "usual = '{\"more\": 1}'",
     "guide = '{\"name\": \"x\"}'", "versions = '{\"calando\": 1}'", "ending = 'sometime'", "seed = 'x'",
     "duration_s = 9e999", "duration_s = -1", "simulated = NULL", "beats = 1.5", "client = x'07'",
     "ended_at = 'never'", "profile = x'00ff'", "quality = 'x'"],
)  # fmt: skip
def test_one_bad_sitting_is_named_and_the_others_are_listed(
    wrong: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(folder, f"UPDATE session SET {wrong} WHERE number = 1")
    assert run(["sessions", "list", "--data", "data"]) == 0
    said = capsys.readouterr()
    assert OTHER in said.out
    assert ID not in said.out
    assert " ".join(said.err.split()).count(ID) == 2  # which it is, and how it is deleted
    assert wrong.split()[0] in said.err
    assert run(["sessions", "show", ID, "--data", "data"]) == 1
    assert run(["sessions", "delete", ID, "--yes", "--data", "data"]) == 0
    capsys.readouterr()
    assert run(["sessions", "list", "--data", "data"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("table", "wrong"),
    [("event", "body = '[1e999]'"), ("event", "kind = 'x'"), ("event", "t_s = NULL"),
     ("beat", "rr_ms = 'x'"), ("beat", "label = 'x'"), ("state", "tempo_bpm = 9e999"), ("state", "stage = 7"),
     ("state", "t_s = 1e9"), ("decision", "hand = 'x'"), ("intent", "t_s = x'00'"), ("command", "a = 'x'"),
     ("command", "asked = 0.5"), ("marker", "words = NULL"), ("rating", "moment = 'during'"),
     ("note", "hand = NULL"), ("change", "at = x'31'")],
)  # fmt: skip
def test_one_bad_row_is_named_and_the_others_are_read(table: str, wrong: str, folder: Path) -> None:
    with Store(folder) as store:
        before = store.rows(1, table)
    n = before[len(before) // 2][0]
    change(folder, f"UPDATE {table} SET {wrong} WHERE session = 1 AND n = {n}")
    with Store(folder) as store:
        record = store.read(ID)
        (told,) = store.faults
        after = store.rows(1, table)
    assert after == [row for row in before if row[0] != n]
    assert told.startswith(f"A row of the sitting's {table}s cannot be read (")
    assert "\x00" not in told
    assert record.head.id == ID


def test_several_bad_rows_are_counted(folder: Path) -> None:
    change(folder, "UPDATE state SET mood = 'x' WHERE n IN (3, 5, 7)")
    with Store(folder) as store:
        assert len(store.read(ID, without=("command",)).states) > 50
    assert "and 2 others" in store.faults[0]


def test_a_damaged_sitting_is_told_apart_from_an_unknown_one(folder: Path) -> None:
    change(folder, "UPDATE session SET rate_hz = 'x' WHERE number = 1")
    with Store(folder) as store:
        for name in (ID, ID[:-2]):
            with pytest.raises(DamagedError, match=ID):
                store.find(name)
        assert store.named(ID) == (1, ID)
        assert [each.id for each in store.at_rest("client-7f", 20)] == []


def test_an_id_that_leads_elsewhere_makes_no_file(folder: Path) -> None:
    change(folder, "UPDATE session SET id = '../../x', ending = NULL WHERE number = 1")
    for _ in range(2):
        assert run(["sessions", "list", "--data", "data"]) == 0
    assert not (folder.parent.parent / ".x.running").exists()
    assert not list(folder.parent.rglob("*.running"))


def test_a_number_too_many_does_not_stop_what_is_added(folder: Path) -> None:
    change(folder, f"UPDATE note SET n = {2**63 - 1}")
    with Store(folder) as store:
        keeping.noted(store, ID, Hand.LISTENER, "one more")
        assert [note.words for note in store.read(ID).notes] == ["one more"]


SIZES: dict[str, Callable[[Path], object]] = {
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a pipe": lambda path: os.mkfifo(path),
    "a folder": lambda path: path.mkdir(),
    "nothing": lambda path: path.unlink(missing_ok=True),
    "far too much": lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_RDWR), 2**40),
    "no text": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "a name without end": lambda path: path.symlink_to(path),
}


@pytest.mark.parametrize("what", SIZES)
def test_what_is_no_file_of_a_size_is_refused_at_once(what: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    SIZES[what](path)
    with pytest.raises(imported.SittingFileError) as told:
        imported.read_text(path)
    assert str(told.value).endswith(".")


def test_what_json_alone_may_say_is_refused(whole: Path, tmp_path: Path) -> None:
    with Store(whole) as store:
        text = imported_text(store)
    with Store(tmp_path) as other:
        for old, new in (
            ('"rate_hz":48000', '"rate_hz":1e999'), ('"duration_s":60.0', '"duration_s":NaN'),
            ('"frames":', '"frames":1111111111111111111111111'), ('"seed":7', '"seed":' + "7" * 5000),
            ('"seed":7', '"seed":true, "x":[{}]'),
        ):  # fmt: skip
            assert text.count(old) == 1
            with pytest.raises(imported.SittingFileError) as told:
                imported.read_json(other, text.replace(old, new))
            assert len(str(told.value)) < 200
        assert other.heads() == []


def test_rows_that_are_counted_wrong_are_refused(whole: Path, tmp_path: Path) -> None:
    with Store(whole) as store:
        text = imported_text(store)
    with Store(tmp_path) as other:
        for n in (4, 2, -1, 3.5, None, "3"):
            sitting = json.loads(text)
            sitting["tables"]["command"]["rows"][3][0] = n
            with pytest.raises(imported.SittingFileError, match="row 3 of command is numbered"):
                imported.read_json(other, json.dumps(sitting))


def imported_text(store: Store) -> str:
    from engine.journal.export import as_json

    return as_json(store, ID)


def test_the_rows_of_a_journal_that_lost_some_are_exported_whole(folder: Path, tmp_path: Path) -> None:
    """A hole in the numbers of rows is no damage to whoever reads the export."""
    change(folder, "DELETE FROM beat WHERE session = 1 AND n % 3 = 1")
    with Store(folder) as store, Store(tmp_path / "other") as other:
        before = store.read(ID)
        record = imported.read_json(other, imported_text(store))
        assert record.beats == before.beats
        assert record == replace(before, head=record.head)
