"""After a visit nothing of it is left in memory, not even in what Python, NumPy and libc keep for later."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.kiosk.process import WIPED
from tests.program import program

for name in ("jack_dummy", "kiosk_rig"):  # which it imports
    program(name)
privacy = program("kiosk_privacy")

pytestmark = pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="Linux shows memory as a file")

CHILD = f"""
import sys
import threading
import numpy as np
from engine.kiosk.forgetting import forget
ticks = [{", ".join(map(str, privacy.PLANTED_TICKS))}]
kept = []
def visit():
    intervals = [tick * 1000 / 1024 for tick in ticks]
    together, longer = np.array(intervals), np.array((60 * intervals)[:-1])
    kept.append([[tick * 1000 / 1024 for tick in ticks] for _ in range(100)])
for where in (visit, threading.Thread(target=visit).start):
    where()
while threading.active_count() > 1 or len(kept) < 2:
    pass
kept.clear()
print("given back", flush=True)
sys.stdin.readline()
forget()
print("forgotten", flush=True)
sys.stdin.readline()
"""


def test_what_was_given_back_is_overwritten() -> None:
    environment = os.environ | WIPED | {"PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", CHILD]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == "given back\n"
        before = privacy.scan_memory(child.pid)
        child.stdin.write("\n")
        child.stdin.flush()
        assert child.stdout.readline() == "forgotten\n"
        after = privacy.scan_memory(child.pid)
        child.stdin.close()
    assert {"ms, 64 bit", "one, ms"} <= set(before)
    assert after == []
