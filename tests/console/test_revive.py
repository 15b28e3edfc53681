"""A server that is killed comes back by itself; one that is told to go leaves nothing behind."""

from __future__ import annotations

import http.client
import os
import signal
import sys
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the console's packages are not installed: pip install 'calando[live]'")

from tests.console.served import PATIENCE_S, Console, Script, served, until

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc tells who serves")


def serving(console: Console) -> int:
    """The process that serves, a child of the command's."""
    own = console.process.pid
    (child,) = Path(f"/proc/{own}/task/{own}/children").read_text().split()
    return int(child)


def gone(pid: int) -> bool:
    """Whether a process has ended; whoever adopts it may not have buried it yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def serves(script: Script) -> bool:
    """Whether somebody answers who knows this device."""
    try:
        return script.ask("GET", "/api/me")[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def test_a_server_that_is_killed_is_back_on_its_port_and_knows_its_devices(data: Path) -> None:
    with served(data) as console:
        script = console.script()
        for _ in range(2):
            killed = serving(console)
            os.kill(killed, signal.SIGKILL)
            until(lambda: serves(script), "it serves again")
            assert serving(console) != killed
        stdout = console.process.stdout
        assert stdout is not None
        assert "ended by SIGKILL" in stdout.readline()
        assert "/#code=" in stdout.readline()


def test_the_code_of_a_server_that_was_killed_lets_nobody_in(data: Path) -> None:
    with served(data) as console:
        script = console.script()
        os.kill(serving(console), signal.SIGKILL)
        until(lambda: serves(script), "it serves again")
        assert script.ask("POST", "/api/pair", {"code": console.code, "name": "late"})[0] == 403


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_told_to_go_it_goes_as_a_whole(data: Path, how: signal.Signals) -> None:
    with served(data) as console:
        child = serving(console)
        console.process.send_signal(how)
        assert console.process.wait(PATIENCE_S) == 0
        until(lambda: gone(child), "who served has gone")


def test_it_never_outlives_its_command(data: Path) -> None:
    with served(data) as console:
        child = serving(console)
        console.kill()
        until(lambda: gone(child), "who served has gone")
