"""Rooms for tests: sittings played faster than in life, or step by step, in a runtime folder of their own."""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from engine.along import Along
from engine.door.door import Door
from engine.player import OfflineOutput
from engine.sitting.asked import Asked, prepared
from engine.sitting.sitting import Sitting
from sensors.spec import open_sensor

RATE_HZ = 48_000

PATIENCE_S = 300.0
"""How long anything may take on a machine that has much else to do."""


@contextmanager
def runtime_of_its_own() -> Iterator[Path]:
    """A folder for XDG_RUNTIME_DIR. A socket's path is short; pytest's are long."""
    folder = Path(tempfile.mkdtemp(prefix="calando-", dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Such a folder, which a test's rooms are in; tests/engine/conftest.py makes it known there."""
    with runtime_of_its_own() as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
        yield folder


IN_ROOMS = (
    pytest.mark.usefixtures("runtime"),
    pytest.mark.skipif(sys.platform == "win32", reason="rooms need Unix sockets"),
)
"""Marks of a test file whose sittings are in rooms."""


class Slowly(OfflineOutput):
    """Renders some times as fast as it plays, so that others have time to come and go."""

    def __init__(self, times: float = 8.0, keep: Callable[[np.ndarray], object] | None = None) -> None:
        super().__init__(RATE_HZ, "Rendering.", keep)
        self._pause_s = 0.1 / times

    def advance(self, until_frame: int) -> None:
        super().advance(until_frame)
        time.sleep(self._pause_s)


class Stepwise(OfflineOutput):
    """Renders a tick each time that it may, so that a sitting lasts as long as what is done to it."""

    def __init__(self, sound: list[np.ndarray]) -> None:
        super().__init__(RATE_HZ, "Rendering.", sound.append)
        self._may = threading.Semaphore(0)

    def advance(self, until_frame: int) -> None:
        assert self._may.acquire(timeout=PATIENCE_S)
        super().advance(until_frame)

    def go_on(self, ticks: int) -> None:
        self._may.release(ticks)


STEPWISE_S = 40.0
TICKS = 2 * round(STEPWISE_S * 10)
"""Enough for all of such a sitting and its last fade."""


@contextmanager
def playing(
    room: str, output: OfflineOutput | None = None, data: Path | None = None, client: str | None = None,
    heart: str = "sim:seed=5", along: Along | None = None,
) -> Iterator[Sitting]:  # fmt: skip
    """A sitting in `room`, played in a thread and stopped when the block ends; a stepwise one lasts
    STEPWISE_S and is then played to its end."""
    seconds = STEPWISE_S if isinstance(output, Stepwise) else 4 * 3600.0
    asked = Asked("relax", sensor=heart, seed=1, duration=seconds, client=client, data=data)
    plan, sensor = prepared(asked), open_sensor(heart)
    with Sitting(plan, sensor, output or Slowly(), data=data, along=along) as sitting, Door(room) as door:
        door.admit(sitting)

        def to_its_end() -> None:
            sitting.run()
            sitting.watchers.close()
            door.dismiss()

        thread = threading.Thread(target=to_its_end)
        thread.start()
        try:
            yield sitting
        finally:
            if isinstance(output, Stepwise):
                output.go_on(TICKS)
            else:
                sitting.stop()
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
