"""A second player is told of the first; a dead one, or one elsewhere, is nobody."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from engine.cli.players import Player, among
from tests.calando import calando, start


def test_a_second_player_is_told_what_it_shares_with_the_first(tmp_path: Path) -> None:
    journal, folder = tmp_path / "data", tmp_path / "runtime"
    first = Player.here("card", journal)
    with among(first, folder) as said:
        assert said == ""
        for device, kept, words in (
            ("card", journal, "on the same sound device and into the same journal"),
            ("card", tmp_path, "on the same sound device;"),
            (None, tmp_path / "." / "data", "is playing into the same journal;"),
            ("other", tmp_path, ""),
            (None, tmp_path, ""),
        ):
            second = Player.here(device, kept)
            with among(Player(second.process + 1, second.device, second.journal), folder) as said:
                assert words in said
                assert (said == "") is (words == "")
                assert words == "" or f"process {first.process})" in said
        assert len(list(folder.iterdir())) == 1
    assert list(folder.iterdir()) == []
    assert folder.stat().st_mode & 0o777 == 0o700


def test_two_that_play_into_files_share_no_device(tmp_path: Path) -> None:
    with among(Player.here(None, tmp_path / "a"), tmp_path / "runtime"):
        other = Player.here(None, tmp_path / "b")
        with among(Player(1, other.device, other.journal), tmp_path / "runtime") as said:
            assert said == ""


def test_two_of_which_nothing_is_kept_share_no_journal(tmp_path: Path) -> None:
    with among(Player.here("card", None), tmp_path):
        other = Player.here("another card", None)
        with among(Player(1, other.device, other.journal), tmp_path) as said:
            assert said == ""


def test_what_a_dead_player_left_is_cleared_away_and_foreign_files_are_not(tmp_path: Path) -> None:
    dead = Player(4_000_000, *Player.here("card", tmp_path).name.split("-")[1:])
    (tmp_path / f".{dead.name}.running").touch()
    (tmp_path / ".something.running").touch()
    with among(Player.here("card", tmp_path), tmp_path) as said:
        assert said == ""
    assert [file.name for file in tmp_path.iterdir()] == [".something.running"]


def test_a_folder_that_cannot_be_had_keeps_nobody_from_playing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with among(Player.here("card", tmp_path), tmp_path / "file" / "runtime") as said:
        assert said == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_player_in_another_process_is_told_of_until_it_ends(number: int, tmp_path: Path) -> None:
    also = {"XDG_RUNTIME_DIR": str(tmp_path)}
    sitting = ("play", "--sensor", "sim", "--output", "null", "--data", "data", "--duration")
    first = start(*sitting, "60s", cwd=tmp_path, also=also)
    assert first.stdout is not None
    first.stdout.readline()
    second = calando(*sitting, "10s", "--fast", cwd=tmp_path, also=also)
    assert f"(process {first.pid}) is playing into the same journal" in second.stdout + second.stderr
    assert second.returncode == 0
    first.send_signal(number)
    first.send_signal(number)
    first.communicate(timeout=120.0)
    third = calando(*sitting, "10s", "--fast", cwd=tmp_path, also=also)
    assert "Another Calando" not in third.stdout + third.stderr
