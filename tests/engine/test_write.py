"""`calando write`: a page beside a sitting, from a pipe and from a terminal, kept as it grows."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

from engine.journal.store import Store
from tests.roomed import IN_ROOMS, playing

pytestmark = [*IN_ROOMS]

WRITE = [sys.executable, "-c", "from engine.cli.main import main; main()", "write"]


def pages(data: Path, sitting: str) -> list[tuple[str, bool, bool]]:
    with Store(data) as store:
        if not store.has(sitting):
            return []
        return [(page.words, page.shared, page.concern) for page in store.read(sitting).pages]


def in_front() -> None:
    """The child's terminal is its own."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def typed_until(ending: signal.Signals, data: Path, sitting: str) -> list[tuple[str, bool, bool]]:
    """The pages after one whose last words were typed just before `ending`; its terminal is put back."""
    own, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    with subprocess.Popen(
        [*WRITE, "paper", f"--data={data}"], stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=in_front
    ) as typing:
        seen, words = b"", f"{ending.name} at once".encode()
        while b"bring with you" not in seen:
            seen += os.read(own, 4096)
        os.write(own, words)
        while words not in seen:
            seen += os.read(own, 4096)
        typing.send_signal(ending)
        assert typing.wait(timeout=60) == 0, os.read(own, 4096)
    assert termios.tcgetattr(theirs) == before
    os.close(own)
    os.close(theirs)
    return pages(data, sitting)


def test_what_is_written_beside_a_sitting_is_kept_even_where_it_is_killed(tmp_path: Path) -> None:
    with playing("paper", data=tmp_path) as sitting:
        done = subprocess.run(
            [*WRITE, "paper", "--share", f"--data={tmp_path}"], input="Like rain.\nI want to die.\n",
            text=True, capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "Kept with the sitting." in done.stdout
        assert len(done.stdout.splitlines()) > 1  # a help line, before it
        assert ("Like rain.\nI want to die.\n", True, True) in pages(tmp_path, sitting.id)
        before = pages(tmp_path, sitting.id)
        for given, sentence in (
            (b"", "Nothing was written"),
            (b"\n \n", "Nothing was written"),
            (b"word " * 4000, "A page has 10,000 letters"),
            ("Ça".encode("latin-1"), "Kept with the sitting."),
        ):
            done = subprocess.run(
                [*WRITE, "paper", f"--data={tmp_path}"], input=given, capture_output=True, check=False,
                timeout=60,
            )  # fmt: skip
            assert sentence in (done.stdout + done.stderr).decode()
        new = [words for words, *_ in pages(tmp_path, sitting.id)[len(before) :]]
        assert new == [("word " * 4000)[:10_000], "\ufffda"]
        own, theirs = pty.openpty()
        with subprocess.Popen(
            [*WRITE, "paper", f"--data={tmp_path}"], stdin=theirs, stdout=theirs, stderr=theirs,
            preexec_fn=in_front,
        ) as typing:  # fmt: skip
            until = time.monotonic() + 60.0
            seen = b""
            while b"bring with you" not in seen and time.monotonic() < until:
                seen += os.read(own, 4096)
            os.write(own, "\tAching, q x Ü\x7f.\x0e\x0e\t".encode())
            expected = (
                "What did you bring with you today?\nAching, q x .\n"
                "Is there anything that you would like to find here?\n", False, False,
            )  # fmt: skip
            while expected not in pages(tmp_path, sitting.id) and time.monotonic() < until:
                time.sleep(0.1)
            typing.send_signal(signal.SIGKILL)
        os.close(own)
        os.close(theirs)
        assert expected in pages(tmp_path, sitting.id)
        for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            assert (f"{ending.name} at once", False, False) in typed_until(ending, tmp_path, sitting.id)
        assert sitting.plan.guide.holders() == {}
    nobody = subprocess.run(
        [*WRITE, "paper"], input="x", text=True, capture_output=True, check=False, timeout=60
    )
    assert (nobody.returncode, "Nobody plays in the room paper" in nobody.stderr) == (1, True)
