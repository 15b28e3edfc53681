"""`calando heart` without a terminal: what it waits for is said once, a wait in vain ends with its reason."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from engine.cli import heart, waiting
from engine.cli.waiting import AWAY_S, Waiting
from sensors.beat import Link
from sensors.heart_state import HeartState
from tests.sensors import private_bus
from tests.sensors.fake_strap import FakeStrap
from tests.sensors.strap_sitting import bluetooth

NO_BUS = {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nowhere/bus"}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from engine.cli.main import main; main()", "heart", *arguments],
        env=os.environ | environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_bluetooth_that_is_away_is_said_once_and_is_the_reason_at_the_end(options):
    told = run("ble", "--seconds", "3", *options, **NO_BUS)
    assert told.returncode == 1
    first, last = told.stderr.splitlines()
    assert "message bus" in first
    assert last.startswith("No heart was heard.")
    assert "message bus" in last
    if options:
        assert json.loads(told.stdout.splitlines()[-1])["beats"] == 0


def test_it_does_not_wait_for_ever_where_nobody_sees_why(monkeypatch):
    monkeypatch.setattr(waiting, "AWAY_S", 2.0)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", NO_BUS["DBUS_SYSTEM_BUS_ADDRESS"])
    from click.testing import CliRunner

    began_s = time.monotonic()
    result = CliRunner().invoke(heart.heart, ["ble", "--json"])
    assert result.exit_code == 1
    assert 1.5 < time.monotonic() - began_s < 10.0


def test_stopped_by_a_signal_it_tells_why_there_is_nothing():
    process = subprocess.Popen(
        [sys.executable, "-c", "from engine.cli.main import main; main()", "heart", "ble", "--json"],
        env=os.environ | NO_BUS, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    assert "message bus" in process.stderr.readline(), "before anything is asked of it"
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=120)
    assert process.returncode == 1
    assert rest.startswith("No heart was heard.")


@pytest.mark.skipif(not private_bus.available(), reason="dbus-daemon is not installed")
def test_a_strap_that_is_heard_is_waited_for_in_one_sentence():
    async def scene() -> subprocess.CompletedProcess[str]:
        strap = FakeStrap()
        async with bluetooth(strap):
            listening = asyncio.ensure_future(asyncio.to_thread(run, "ble", "--json", "--seconds", "8"))
            while not listening.done():
                await asyncio.sleep(0.5)
                strap.beat(60, [512])
            return await listening

    told = asyncio.run(scene())
    assert told.returncode == 0, told.stderr
    assert len(told.stderr.splitlines()) == 1
    assert json.loads(told.stdout.splitlines()[-1])["beats"] > 3


def test_a_simulated_heart_in_place_of_a_strap_is_said(capsys):
    follower = Waiting(seen=False)
    words = "Bluetooth is switched off. So a SIMULATED heart plays: nobody is measured."
    for t_s in (1.0, 2.0, 3.0):
        assert follower.worth(HeartState(t_s, link=Link.LIVE, words=words, simulated=True, beats=3))
    assert " ".join(capsys.readouterr().err.split()) == words


def test_a_view_shows_the_words_itself_and_is_waited_with(capsys):
    follower = Waiting(seen=True)
    for t_s in (0.0, AWAY_S + 1.0):
        assert follower.worth(HeartState(t_s, link=Link.UNAVAILABLE, words="Bluetooth is switched off."))
    assert capsys.readouterr().err == ""


def test_a_search_goes_on_and_starts_no_clock(capsys):
    follower = Waiting(seen=False)
    for t_s in range(0, 1000, 10):
        assert follower.worth(HeartState(float(t_s), link=Link.SEARCHING, words="Looking for a strap."))
    assert capsys.readouterr().err.count("Looking") == 1
