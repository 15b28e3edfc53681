"""Holds the interpreter of every Python process that has this folder on its path, once a file is there.

Python imports a module of this name by itself as it starts. CALANDO_HELD names the file.
"""

from __future__ import annotations

import ctypes
import os
import threading
import time
from pathlib import Path

HELD_S, OF_S, LOOK_S = 1.9, 2.0, 0.05
"""For so long of every so long nothing of the interpreter's can run."""


def _hold(asked: Path) -> None:
    while not asked.exists():
        time.sleep(LOOK_S)
    sleep = ctypes.PyDLL(None).usleep  # a PyDLL call keeps the GIL
    while True:
        sleep(int(HELD_S * 1e6))
        time.sleep(OF_S - HELD_S)


if "CALANDO_HELD" in os.environ:
    threading.Thread(target=_hold, args=(Path(os.environ["CALANDO_HELD"]),), daemon=True).start()
