"""How busy this machine is, told by an idle program in C that runs beside the live tests.

Where a test in step with the wall clock fails, its report says what that program had to wait in the same
minute. A failure stays a failure: nothing passes, and nothing is skipped, because a machine was busy.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "benchmarks" / "realtime" / "idle_worker.c"

BUSY = 2.5
"""Times as long as on an idle machine: from here on a machine counts as too busy for promises in seconds."""

LATELY_S, MINUTE_S = 10.0, 60.0


class IdleWorker:
    """What the program has said: `slowness` is how many times as long its work took, 1 or more."""

    def __init__(self) -> None:
        self._said: deque[tuple[float, float]] = deque(maxlen=600)

    def heard(self, ratio: float) -> None:
        self._said.append((time.monotonic(), ratio))

    def slowness(self, within_s: float = LATELY_S) -> float:
        """The worst of late; 1 where there is no such program."""
        since_s = time.monotonic() - within_s
        return max((ratio for at_s, ratio in list(self._said) if at_s >= since_s), default=1.0)

    @property
    def words(self) -> str:
        """That the machine was too busy; empty where it was not."""
        slowness = self.slowness(MINUTE_S)
        if slowness < BUSY:
            return ""
        return (
            f"The machine was too busy: in the same minute an idle program in C waited {slowness:.1f} times "
            "as long for a processor as it had work."
        )


@contextmanager
def watched(folder: Path) -> Iterator[IdleWorker]:
    """The program for as long as the block lasts; without a compiler nobody watches."""
    worker = IdleWorker()
    if not shutil.which("gcc"):
        yield worker
        return
    program = folder / "idle_worker"
    subprocess.run(["gcc", "-O2", str(SOURCE), "-o", str(program)], check=True)
    running = subprocess.Popen([str(program)], stdout=subprocess.PIPE, text=True)

    def read() -> None:
        assert running.stdout is not None
        for line in running.stdout:
            worker.heard(float(line))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield worker
    finally:
        running.kill()
        running.wait()
        reader.join()
        assert running.stdout is not None
        running.stdout.close()
