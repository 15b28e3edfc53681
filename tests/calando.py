"""The installed `calando` command as tests start it: a process of its own, in folders of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

COMMAND = str(Path(sys.executable).with_name("calando"))


def environment(also: dict[str, str] | None = None) -> dict[str, str]:
    """Leads to no sound server unless `also` does."""
    return {**os.environ, "JACK_DEFAULT_SERVER": "calando-no-such-server", **(also or {})}


def calando(
    *arguments: str, cwd: Path, timeout_s: float = 600.0, answers: str = "",
    also: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:  # fmt: skip
    """Run it to its end; `answers` is what is typed."""
    return subprocess.run(
        [COMMAND, *arguments],
        cwd=cwd,
        env=environment(also),
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
