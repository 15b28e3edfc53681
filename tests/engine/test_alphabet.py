"""What the numbers of a sitting's commands stand for, when instruments come and go."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dsp import command
from dsp.score import Note, Ramp
from engine.journal import alphabet, rows
from engine.journal.alphabet import FIRST, TODAY, Alphabet, alphabet_of
from engine.journal.export import as_json
from engine.journal.imported import SittingFileError, read_json
from engine.journal.record import SentCommand
from engine.journal.store import Store
from tests.engine.kept import head, keep, played

ID = "20260101-120000-aaaa"
ASKED = [
    command.note(Note(1.0, 2.0, "kit", 38.0)),
    command.note_at_frame(Note(0.0, 2.0, "heart", 36.0), 48000),
    command.ramp(Ramp("wind", "reverb", 0.5, 1.0)),
    command.ramp(Ramp("master", "echo_s", 0.4, 1.0)),
    command.tempo(70.0),
    command.fade(0.0, 1.0),
]


def kept(folder: Path, numbered_by: Alphabet = TODAY) -> None:
    """A sitting with these commands."""
    with Store(folder) as store, store.transaction():
        number = store.begin(head(ID, alphabet=numbered_by, ending="complete", ended_at="2026-01-01"))
        sent = [SentCommand(n, asked, 0) for n, asked in enumerate(ASKED)]
        store.add(number, "command", [rows.command_row(each) for each in sent])


@pytest.fixture
def harp_in_front(monkeypatch: pytest.MonkeyPatch) -> Alphabet:
    """The tables of a later Calando, in which every number means something else."""
    later = Alphabet(("harp", *TODAY.instruments), ("air", *TODAY.channel), ("glow", *TODAY.master))
    for module in (alphabet, rows):
        monkeypatch.setattr(module, "TODAY", later)
    return later


def test_the_first_alphabet_is_still_the_one_of_today_or_its_beginning() -> None:
    assert TODAY.instruments[: len(FIRST.instruments)] == FIRST.instruments
    assert [command.parameter_index(*name.split(".")) for name in TODAY.parameters] == list(
        range(len(TODAY.parameters))
    )


def test_commands_are_read_as_they_were_written(tmp_path: Path) -> None:
    kept(tmp_path)
    with Store(tmp_path) as store:
        assert [each.command for each in store.read(ID).commands] == ASKED


def test_an_old_sitting_means_the_same_when_the_tables_have_grown(
    tmp_path: Path, harp_in_front: Alphabet
) -> None:
    kept(tmp_path)
    with Store(tmp_path) as store:
        found = [each.command for each in store.read(ID).commands]
    assert [harp_in_front.instruments[each.target] for each in found[:2]] == ["kit", "heart"]
    assert [harp_in_front.parameters[each.target] for each in found[2:4]] == ["wind.reverb", "master.echo_s"]
    assert found[4:] == ASKED[4:]
    assert [replace(each, target=0) for each in found] == [replace(each, target=0) for each in ASKED]


@pytest.mark.usefixtures("harp_in_front")
def test_so_does_one_from_before_names_were_kept(tmp_path: Path) -> None:
    kept(tmp_path)
    with Store(tmp_path) as store, store.transaction():
        store._connection.execute("UPDATE session SET alphabet = NULL")
        record = store.read(ID)
    assert record.head.alphabet == FIRST
    assert record.commands[0].command.target == FIRST.instruments.index("kit") + 1


def test_what_has_gone_changes_nothing_and_the_rest_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(tmp_path)
    left = tuple(name for name in TODAY.instruments[1:] if name != "kit")
    for module in (alphabet, rows):
        monkeypatch.setattr(module, "TODAY", replace(TODAY, instruments=left))
    with Store(tmp_path) as store:
        found = store.read(ID).commands
    assert [each.dropped for each in found] == [True, False, False, False, False, False]
    assert found[1].command.target == TODAY.instruments.index("heart") - 1


def test_the_names_go_with_an_export(tmp_path: Path, harp_in_front: Alphabet) -> None:
    kept(tmp_path / "a")
    with Store(tmp_path / "a") as store:
        text, record = as_json(store, ID), store.read(ID)
    with Store(tmp_path / "b") as store:
        assert read_json(store, text) == record == store.read(ID)
    assert record.commands[0].command.target == harp_in_front.instruments.index("kit")


@pytest.mark.parametrize("wrong", [[], {}, {"instruments": []}, {**TODAY.columns(), "master": 1}, "pad"])
def test_an_alphabet_that_is_none_is_refused(tmp_path: Path, wrong: object) -> None:
    with pytest.raises(ValueError, match="alphabet"):
        alphabet_of(wrong)
    kept(tmp_path / "a")
    with Store(tmp_path / "a") as store:
        whole = json.loads(as_json(store, ID))
    whole["session"]["alphabet"] = json.dumps(wrong)
    with Store(tmp_path / "b") as store, pytest.raises(SittingFileError, match="alphabet"):
        read_json(store, json.dumps(whole))


def test_a_sitting_keeps_how_many_notes_were_left_out(tmp_path: Path) -> None:
    moments = played(60.0).moments[:30]
    losses = replace(moments[0].losses, missed_notes=3, late_notes=2)
    keep(tmp_path, head(ID), [*moments, replace(played(60.0).moments[30], losses=losses)])
    with Store(tmp_path) as store:
        states = store.read(ID).states
    assert (states[0].missed_notes, states[0].late_notes) == (0, 0)
    assert (states[-1].missed_notes, states[-1].late_notes) == (3, 2)
