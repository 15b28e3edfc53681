"""The idle program that tells how busy a machine is: it waits where others take the processor."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from tests.idle_worker import BUSY, IdleWorker, watched

pytestmark = pytest.mark.skipif(
    not (sys.platform.startswith("linux") and shutil.which("gcc")), reason="Linux and gcc are needed"
)


def spin() -> None:
    while True:
        pass


def test_it_waits_where_others_take_its_processor(tmp_path: Path) -> None:
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})  # children inherit it
    context = multiprocessing.get_context("spawn")
    busy = [context.Process(target=spin, daemon=True) for _ in range(6)]
    try:
        for process in busy:
            process.start()
        with watched(tmp_path) as worker:
            end_s = time.monotonic() + 20.0
            while not worker.words and time.monotonic() < end_s:
                time.sleep(0.1)
            assert worker.slowness() >= BUSY
            assert worker.words.startswith("The machine was too busy")
    finally:
        os.sched_setaffinity(0, allowed)
        for process in busy:
            process.kill()
            process.join()


def test_a_machine_that_is_not_busy_excuses_nothing() -> None:
    worker = IdleWorker()
    for _ in range(60):
        worker.heard(1.1)
    assert worker.words == ""
    assert worker.slowness() == pytest.approx(1.1)
    assert IdleWorker().slowness() == 1.0
