"""Files that commands write: whole or not at all, and never over another."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import click
import pytest

from engine.cli.putting import put


def test_a_file_is_written_once_and_replaced_only_where_wished(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    put(path, b"one", force=False)
    with pytest.raises(click.UsageError, match="--force"):
        put(path, b"two", force=False)
    assert path.read_bytes() == b"one"
    put(path, b"two", force=True)
    assert path.read_bytes() == b"two"
    with pytest.raises(click.UsageError, match="folder"):
        put(tmp_path, b"x", force=True)
    with pytest.raises(click.ClickException, match="none"):
        put(tmp_path / "none" / "a.txt", b"x", force=False)
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]


def test_a_disk_that_is_full_leaves_nothing_and_spoils_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"one")
    script = (
        "import signal, sys, click; from pathlib import Path; from engine.cli.putting import put\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "try: put(Path('a.txt'), b'x' * 100_000, force=True)\n"
        "except click.ClickException as failure: print(failure.message)\n"
    )
    limit = (10_000, 10_000)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit),
    )  # fmt: skip
    assert done.stdout.startswith("a.txt cannot be written")
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_bytes() == b"one"
