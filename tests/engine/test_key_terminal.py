"""Standard input key by key, in a pseudo-terminal of a process of its own."""

from __future__ import annotations

import os
import pty
import select
import sys
import termios
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")

READER = """
import sys, time
from engine.cli.keys import Terminal
terminal = Terminal()
terminal.open()
print("open", terminal.opened, flush=True)
while "." not in (typed := terminal.pressed()):
    if typed:
        print(ascii(typed), flush=True)
    time.sleep(0.02)
print("dot", flush=True)
time.sleep(1.0)
terminal.close()
print("closed", terminal.opened, flush=True)
sys.stdin.read(1)
"""


def test_keys_are_read_one_by_one_without_echo_and_nothing_typed_is_left_for_the_shell() -> None:
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(Path(__file__).parents[2])
        os.execv(sys.executable, [sys.executable, "-c", READER])
    shown = ""

    def see(words: str) -> None:
        nonlocal shown
        until = time.monotonic() + 30.0
        while words not in shown:
            assert select.select([terminal], [], [], until - time.monotonic())[0], shown
            shown += os.read(terminal, 4096).decode()

    see("open True")
    for typed, heard in (
        (b"A", "'a'"), (b"\x1b[A", None), (b"\x1b[1~3", None), ("é".encode(), "'\\xe9'"),
        (b"\xc3", None), (b"\xbc", "'\\xfc'"),
    ):  # fmt: skip
        os.write(terminal, typed)
        if heard is not None:
            see(heard)
        time.sleep(0.1)
    assert "[A" not in shown  # no echo, and no key
    assert "3" not in shown
    before = termios.tcgetattr(terminal)
    before[3] |= termios.ICANON | termios.ECHO  # as a shell does while a program is stopped
    termios.tcsetattr(terminal, termios.TCSANOW, before)
    time.sleep(0.2)
    os.write(terminal, b"z")
    see("'z'")
    os.write(terminal, b".")
    see("dot")
    os.write(terminal, b"rm everything\n")
    see("closed False")
    assert termios.tcgetattr(terminal)[3] & termios.ICANON
    assert "'r" not in shown
    assert not select.select([terminal], [], [], 0.3)[0]
    assert os.waitpid(process, os.WNOHANG) == (0, 0)  # still waits: what was typed before is gone
    os.write(terminal, b"\n")
    os.waitpid(process, 0)
    os.close(terminal)
