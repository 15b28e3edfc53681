"""Sound files: whole or not there at all, read back by an independent tool."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.render import KINDS, SoundFile
from engine.written import PlaceError, WriteError

RATE_HZ = 48_000


def tone(seconds: float) -> np.ndarray:
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    left, right = 0.5 * np.sin(2 * np.pi * 440.0 * t), 0.25 * np.cos(2 * np.pi * 220.0 * t)
    return np.column_stack([left, right]).astype(np.float32)


@pytest.mark.parametrize("suffix", [*KINDS, ".WAV", ".Flac"])
def test_what_was_written_is_read_back(suffix: str, tmp_path: Path) -> None:
    sound = tone(1.0)
    with SoundFile(tmp_path / f"piece{suffix}", RATE_HZ) as file:
        for start in range(0, len(sound), 4800):
            file.write(sound[start : start + 4800])
        assert not (tmp_path / f"piece{suffix}").exists()
    read, rate_hz = soundfile.read(tmp_path / f"piece{suffix}")
    assert rate_hz == RATE_HZ
    assert read.shape == sound.shape
    tolerance = 0.05 if suffix == ".ogg" else 2.0**-23
    assert np.max(np.abs(read - sound)) <= tolerance
    assert [path.name for path in tmp_path.iterdir()] == [f"piece{suffix}"]


def test_a_file_without_sound_is_not_kept(tmp_path: Path) -> None:
    with SoundFile(tmp_path / "piece.wav", RATE_HZ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_file_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), SoundFile(tmp_path / "piece.wav", RATE_HZ) as file:
        file.write(tone(0.1))
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_replacement_keeps_the_old_file(tmp_path: Path) -> None:
    old = tmp_path / "piece.wav"
    old.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), SoundFile(old, RATE_HZ, force=True) as file:
        file.write(tone(0.1))
        raise KeyboardInterrupt
    assert old.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [old]


def test_targets_that_may_not_be(tmp_path: Path) -> None:
    there = tmp_path / "there.wav"
    there.touch()
    (tmp_path / "folder.wav").mkdir()
    names = ("there.wav", "folder.wav", "x.mp3", "away/x.wav", "there.wav/x.wav")
    for path in (tmp_path / name for name in names):
        with pytest.raises(PlaceError):
            SoundFile(path, RATE_HZ)


def test_a_folder_that_takes_no_files() -> None:
    with pytest.raises(WriteError, match=r"/proc/piece\.wav cannot be written"):
        SoundFile(Path("/proc/piece.wav"), RATE_HZ)


@pytest.fixture
def _full_disk() -> Iterator[None]:
    """No file may grow beyond a megabyte; the system answers as it does where the disk is full."""
    resource = pytest.importorskip("resource", reason="no limits on file size here")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("_full_disk")
@pytest.mark.parametrize("suffix", KINDS)
def test_a_full_disk_is_told_and_leaves_nothing(suffix: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).uniform(-1.0, 1.0, (RATE_HZ, 2)).astype(np.float32)
    with pytest.raises(WriteError, match="piece"), SoundFile(tmp_path / f"piece{suffix}", RATE_HZ) as file:
        for _ in range(100):
            file.write(noise)
    assert list(tmp_path.iterdir()) == []
