"""The command line where standard streams are closed, full, foreign or answer nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.calando import COMMAND, environment, start

SITTING = ("play", "--sensor", "sim", "--fast", "--output", "null", "--duration", "20s", "--data", "kept")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a shell opens and closes the streams")


def through(
    shell: str, *arguments: str, cwd: Path, also: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run calando with its streams as the shell's words after it say."""
    return subprocess.run(
        ["sh", "-c", f'"$0" "$@" {shell}', COMMAND, *arguments],
        cwd=cwd, env=environment(also), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=600.0, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_sitting_is_kept_without_standard_streams(closed: str, tmp_path: Path) -> None:
    assert through(closed, *SITTING, cwd=tmp_path).returncode == 0
    listed = through("", "sessions", "list", "--each", "--data", "kept", cwd=tmp_path)
    assert "complete" in listed.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("arguments", [("profiles", "list"), (*SITTING, "--json")])
def test_an_output_without_room_is_told_in_one_sentence(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = through(">/dev/full", *arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("Standard output cannot be written")


def test_what_an_output_has_no_letters_for_is_replaced(tmp_path: Path) -> None:
    assert through("", *SITTING, "--client", "Zoë", cwd=tmp_path).returncode == 0
    old = {"PYTHONIOENCODING": "ascii"}
    listed = through("", "sessions", "list", "--each", "--data", "kept", cwd=tmp_path, also=old)
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "Zo?" in listed.stdout


@pytest.mark.parametrize(
    "arguments",
    [(*SITTING, "--feel", b"tired \xe9"), ("heart", b"caf\xe9.txt"), ("sessions", "show", b"\xe9")],
)
def test_what_is_no_text_is_told_before_anything_begins(
    arguments: tuple[str | bytes, ...], tmp_path: Path
) -> None:
    done = subprocess.run([COMMAND, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "UTF-8" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_sitting_is_kept_in_a_folder_whose_name_is_no_text(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    sitting = [*SITTING[:5], "file:piece.flac", *SITTING[6:]]
    assert through("", *sitting, cwd=folder).returncode == 0
    assert (folder / "piece.flac").exists()
    assert "complete" in through("", "sessions", "list", "--each", "--data", "kept", cwd=folder).stdout


@pytest.mark.parametrize("answers", ["<&-", "</dev/null"])
def test_where_nobody_answers_the_mend_is_told(answers: str, tmp_path: Path) -> None:
    assert through("", *SITTING, cwd=tmp_path).returncode == 0
    for arguments, mend in (
        (("sessions", "delete", "last", "--data", "kept"), "--yes"),
        (("sessions", "rate", "last", "after", "--data", "kept"), "command line"),
        ((*SITTING, "--rate"), "command line"),
    ):
        done = through(answers, *arguments, cwd=tmp_path)
        assert done.returncode == 2
        assert mend in done.stderr.splitlines()[-1]
    kept = through("", "sessions", "list", "--each", "--data", "kept", cwd=tmp_path).stdout
    assert kept.count("complete") == 1


def test_a_sitting_that_nobody_rates_afterwards_is_kept_and_said_to_be(tmp_path: Path) -> None:
    done = through("</dev/null", *SITTING, "--rate", "--rate-before", "4", cwd=tmp_path)
    assert done.returncode == 0
    assert "is kept." in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("fast", [True, False])
def test_whoever_stops_reading_ends_nothing_but_what_is_read(fast: bool, tmp_path: Path) -> None:
    also = ["--fast"] if fast else []
    sitting = start(
        "play", "--sensor", "sim", "--output", "null", "--data", "kept", "--json", "--duration", "10s", *also,
        cwd=tmp_path,
    )  # fmt: skip
    assert sitting.stdout is not None
    assert sitting.stdout.readline()
    sitting.stdout.close()
    assert sitting.stderr is not None
    err = sitting.stderr.read()
    sitting.stderr.close()
    assert (sitting.wait(120.0), err) == (0, "")
    listed = through("", "sessions", "list", "--each", "--data", "kept", cwd=tmp_path)
    assert "complete" in listed.stdout
