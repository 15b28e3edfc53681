"""The installed `calando` command as tests start it: a process of its own, in folders of its own."""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

COMMAND = str(Path(sys.executable).with_name("calando"))
ROOT = Path(__file__).parents[1]

AT_START = ("PYTHON", "LC_", "LANG")
"""How variables begin that an interpreter reads when it starts, so that another value takes another start."""


def environment(also: dict[str, str] | None = None) -> dict[str, str]:
    """Leads to no sound server unless `also` does."""
    return {**os.environ, "JACK_DEFAULT_SERVER": "calando-no-such-server", **(also or {})}


def calando(
    *arguments: str, cwd: Path, timeout_s: float = 600.0, answers: str = "",
    also: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:  # fmt: skip
    """Run it to its end; `answers` is what is typed. It begins in the starter wherever that shows no less."""
    lent = environment(also)
    if hasattr(os, "pidfd_open") and _at_start(lent) == _at_start(dict(os.environ)):
        return _forked(list(arguments), cwd, timeout_s, answers, lent)
    return subprocess.run(
        [COMMAND, *arguments],
        cwd=cwd,
        env=lent,
        input=answers,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def start(*arguments: str, cwd: Path, also: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """Start it and go on; read its standard output line by line."""
    return subprocess.Popen(
        [COMMAND, *arguments],
        cwd=cwd,
        env=environment(also),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _at_start(lent: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in lent.items() if name.startswith(AT_START)}


def _forked(
    arguments: list[str], cwd: Path, timeout_s: float, answers: str, lent: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """As subprocess.run, by tests/starter.py."""
    asked = json.dumps({"arguments": arguments, "folder": str(cwd), "environment": lent}).encode()
    with (
        tempfile.TemporaryFile("w+") as typed, tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):  # fmt: skip
        typed.write(answers)
        typed.seek(0)
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                given = [each.fileno() for each in (typed, out, err, theirs)]
                socket.send_fds(_starter(_tuple(_at_start(lent))), [asked], given)
            ours.settimeout(timeout_s)
            try:
                code = ours.recv(16)
            except TimeoutError as late:
                raise subprocess.TimeoutExpired([COMMAND, *arguments], timeout_s) from late
        assert code, "the starter has died"
        said: list[str] = []
        for stream in (out, err):
            stream.seek(0)
            said.append(stream.read().decode())
    return subprocess.CompletedProcess([COMMAND, *arguments], int(code), *said)


def _tuple(values: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(values.items()))


@cache
def _starter(_began_with: tuple[tuple[str, str], ...]) -> socket.socket:
    """Where to ask one; it ends when nobody holds this any more."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        starter = subprocess.Popen(
            [sys.executable, "-m", "tests.starter", str(theirs.fileno())], cwd=ROOT,
            stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()],
        )  # fmt: skip

    def end() -> None:
        ours.close()
        starter.wait()

    atexit.register(end)
    return ours
