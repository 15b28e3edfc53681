"""How files are written: whole or not at all, through no link, over no device, for their owner only."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.journal import pdf
from engine.render import SoundFile
from engine.written import Part, PlaceError, WriteError, check_place, put
from tests.calando import calando

Way = Callable[[Path, bool], None]


def by_bytes(path: Path, force: bool) -> None:
    put(path, b"RIFF", force=force)


def by_sound(path: Path, force: bool) -> None:
    with SoundFile(path, 48_000, force=force) as file:
        file.write(np.zeros((480, 2), np.float32))


WAYS = (by_bytes, by_sound)


@pytest.fixture
def umask() -> Iterator[Callable[[int], None]]:
    before = os.umask(0)
    yield lambda mask: (os.umask(mask), None)[1]
    os.umask(before)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o277])
@pytest.mark.parametrize("way", WAYS)
def test_what_tells_of_a_person_is_its_owners_whatever_the_umask(
    way: Way, mask: int, tmp_path: Path, umask: Callable[[int], None]
) -> None:
    path = tmp_path / "a.wav"
    path.touch(0o666)
    umask(mask)
    way(path, True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    put(tmp_path / "open", b"x", force=False, private=False)
    assert stat.S_IMODE((tmp_path / "open").stat().st_mode) == 0o666 & ~mask


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_no_link_is_followed(way: Way, force: bool, tmp_path: Path) -> None:
    victim, link = tmp_path / "victim", tmp_path / "a.wav"
    victim.write_bytes(b"theirs")
    for target in (victim, tmp_path / "nowhere"):
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        with pytest.raises(PlaceError, match="is a link"):
            way(link, force)
        assert link.is_symlink()
    assert victim.read_bytes() == b"theirs"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.wav", "victim"]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_nothing_but_a_file_is_replaced(way: Way, force: bool, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "folder.wav").mkdir()
    for name in ("pipe.wav", "folder.wav"):
        before = (tmp_path / name).lstat().st_mode
        with pytest.raises(PlaceError):
            way(tmp_path / name, force)
        assert (tmp_path / name).lstat().st_mode == before
    with pytest.raises(PlaceError):
        check_place(Path("/dev/null"), force=force)
    assert len(list(tmp_path.iterdir())) == 2


def test_what_came_meanwhile_is_not_replaced_unless_wished(tmp_path: Path) -> None:
    path = tmp_path / "a"
    part = Part(path, force=False)
    path.write_bytes(b"theirs")
    with pytest.raises(PlaceError, match="exists already"):
        part.place()
    assert path.read_bytes() == b"theirs"
    part = Part(path, force=True)
    path.unlink()
    path.symlink_to("elsewhere")
    with pytest.raises(PlaceError, match="link"):
        part.place()
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_the_hidden_name_cannot_be_guessed(tmp_path: Path) -> None:
    parts = [Part(tmp_path / "a", force=False) for _ in range(3)]
    names = {each.name for each in tmp_path.iterdir()}
    assert len(names) == 3
    assert all(name.startswith(".") and len(name) > 20 for name in names)
    for part in parts:
        part.discard()
        part.discard()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("way", WAYS)
def test_a_name_may_be_as_long_as_a_name_can_be(way: Way, tmp_path: Path) -> None:
    longest = tmp_path / f"{'n' * 251}.wav"
    way(longest, False)
    assert longest.stat().st_size > 0
    for name in (f"{'n' * 252}.wav", f"{'ä' * 126}.wav"):
        with pytest.raises(PlaceError, match="too long"):
            way(tmp_path / name, True)
    with pytest.raises(PlaceError):
        way(tmp_path / "a\x00b.wav", True)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_disk_without_room_is_told_and_keeps_nothing(small_disk: Path) -> None:
    (small_disk / "old.wav").write_bytes(b"old")
    (small_disk / "filler").write_bytes(b"x" * (os.statvfs(small_disk).f_bavail * 4096 - 8192))
    for way in (lambda path: put(path, b"x" * 100_000, force=True), lambda path: _long_sound(path)):
        with pytest.raises(WriteError) as told:
            way(small_disk / "old.wav")
        assert "old.wav" in str(told.value)
        assert "\n" not in str(told.value)
    assert sorted(each.name for each in small_disk.iterdir()) == ["filler", "old.wav"]
    assert (small_disk / "old.wav").read_bytes() == b"old"


def _long_sound(path: Path) -> None:
    with SoundFile(path, 48_000, force=True) as file:
        for _ in range(10):
            file.write(np.full((48_000, 2), 0.3, np.float32))


def test_a_failing_disk_is_told_at_the_end_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_number: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(WriteError, match="Input/output error"):
        put(tmp_path / "a", b"x", force=False)
    assert list(tmp_path.iterdir()) == []


def test_a_browser_is_told_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in that prints its environment where the PDF belongs."""
    program = tmp_path / "browser"
    program.write_text(
        '#!/bin/sh\nfor word; do case "$word" in --print-to-pdf=*) env > "${word#*=}";; esac; done\n'
    )
    program.chmod(0o700)
    monkeypatch.setenv("CALANDO_PASSPHRASE", "four old wooden words")
    monkeypatch.setenv("CALANDO_PASSPHRASE_FILE", "/home/hidden-words")
    seen = pdf.printed("<p>", str(program)).decode()
    assert "PATH=" in seen
    assert "wooden" not in seen
    assert "hidden-words" not in seen


def test_the_doctor_looks_where_the_journal_is(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for words, also in (
        (("--data", str(tmp_path / "file" / "data")), {}),
        ((), {"CALANDO_DATA": str(tmp_path / "file" / "data")}),
        (("--data", "n" * 300), {}),
    ):
        done = calando("doctor", *words, cwd=tmp_path, also=also)
        (line,) = [line for line in done.stdout.splitlines() if "Data folder" in line]
        assert "MEND" in line
        assert done.returncode == 1
