"""Names that were made to harm: of straps, of files and in imports, wherever they are shown or kept."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.cli import main
from engine.cli.scan import scan
from engine.journal.export import as_csv, as_json, harmless
from engine.journal.imported import read_json
from engine.journal.journal import Journal
from engine.journal.record import Record
from engine.journal.store import Store
from sensors.beat import BadPacket, Link, LinkChange
from sensors.simulated import SimulatedHeart
from tests.engine.kept import head, played
from tests.sensors import private_bus
from tests.sensors.fake_strap import FakeStrap
from tests.sensors.strap_sitting import bluetooth

HOSTILE = "HRM[/]\x1b[31m\u202egpj\x07\r\n[bold]=1+1"
UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


@pytest.mark.skipif(not private_bus.available(), reason="dbus-daemon is not installed")
def test_scan_shows_every_strap_whatever_one_is_called(monkeypatch):
    monkeypatch.setattr("sensors.survey.LISTEN_S", 0.3)
    names = [HOSTILE, "HRM[/]", "[link=http://x]", "\x1b[2J", "H" * 240, "Plain"]
    straps = [FakeStrap(f"C0:FF:EE:00:00:0{k}", name) for k, name in enumerate(names)]

    async def scene(*options: str) -> str:
        async with bluetooth(*straps):
            result = await asyncio.to_thread(CliRunner().invoke, scan, ["--seconds", "1", *options])
            assert result.exit_code == 0, result.output
            return result.stdout

    shown = asyncio.run(scene())
    assert not UNSEEN.search(shown)
    assert "HRM[/]" in shown
    assert "(no name)" in shown
    for strap in straps:
        assert strap.address in shown
    found = [json.loads(line) for line in asyncio.run(scene("--json")).splitlines()]
    assert len(found) == len(names)
    assert not any(UNSEEN.search(row["name"] or "") for row in found)


@pytest.mark.parametrize("name", ["x[/]\x1b[31m.csv", "\u202egpj.csv", "[bold]no[red].txt"])
def test_a_files_name_reaches_no_terminal_as_it_is(name, tmp_path: Path, capsys):
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    for content in ("no numbers here\n", "\n".join(["900", "910"] * 40)):
        file.write_text(content)
        for options in ([], ["--json"]):
            main.run(["heart", str(file), "--seconds", "5", *options])
            told = capsys.readouterr()
            assert not UNSEEN.search(told.out + told.err), told
            assert "Traceback" not in told.err
            if name.startswith("[bold]"):
                assert "[bold]no[red]" in told.out + told.err, "brackets are letters"


class Called(SimulatedHeart):
    """A sensor of that name."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self._called = label

    @property
    def label(self) -> str:
        return self._called


ID = "20261126-120000-abcd"


def kept_with(folder: Path, called: str, words: str, **changed: object) -> str:
    """A short sitting with a sensor and link words of these letters; its export."""
    moments = [replace(each, events=()) for each in played(12.0).moments[:30]]
    moments[5] = replace(moments[5], events=(LinkChange(0.5, Link.LIVE, words), BadPacket(0.5, b"", words)))
    with Journal(folder, head(ID, **changed), Called(called), print) as journal:
        for moment in moments:
            journal.moment(moment)
    with Store(folder) as store:
        return as_json(store, ID)


def words_of(record: Record) -> set[str]:
    return {getattr(event, "words", "") or getattr(event, "why", "") for event in record.events}


def test_what_is_hostile_in_a_sitting_is_not_kept_and_its_export_is_imported_again(tmp_path: Path):
    text = kept_with(tmp_path / "a", HOSTILE, HOSTILE, sensor=f"replay:{HOSTILE}.csv", sensor_label=HOSTILE)
    assert not UNSEEN.search(text)
    assert "u001b" not in text
    with Store(tmp_path / "b") as store:
        record = read_json(store, text)
    assert record.head.sensor_label == "HRM[/]gpj [bold]=1+1"
    assert all(words.startswith("HRM[/]gpj") for words in words_of(record))


def test_an_export_of_an_earlier_version_with_such_names_is_imported_and_cleaned(tmp_path: Path):
    whole = json.loads(kept_with(tmp_path / "a", "plain", "plain words"))
    whole["session"]["sensor_label"] = HOSTILE
    for row in whole["tables"]["event"]["rows"]:
        row[-1] = row[-1].replace("plain words", "plain\\u001b[31m \u202ewords")
    with Store(tmp_path / "b") as store:
        record = read_json(store, json.dumps(whole))
        assert not UNSEEN.search(record.head.sensor_label)
        assert words_of(record) == {"plain words"}
        assert "u001b" not in as_json(store, ID)


@pytest.mark.parametrize("first", [*"=+-@\t\r|%", " =", "\uff1d"])
def test_no_spreadsheet_makes_a_formula_of_a_cell(first):
    cell = f"{first}cmd|' /C calc'!A0"
    assert harmless(cell).startswith("'")
    assert harmless(-1.5) == -1.5
    assert harmless("calm") == "calm"


def test_a_sittings_table_holds_no_formula(tmp_path: Path):
    kept_with(tmp_path, "=1+1", "x", goals="@SUM(A1)")
    with Store(tmp_path) as store:
        rows = list(csv.reader(io.StringIO(as_csv(store.read(ID)))))
    assert {row[1] for row in rows if row[0] in ("sensor", "goals")} == {"'=1+1", "'@SUM(A1)"}
    assert all(len(row) == 3 for row in rows)
