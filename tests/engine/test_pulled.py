"""A sensor that is flooded, pulled out in mid-sitting and plugged in again: the music goes on throughout."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.door.messages import State
from engine.door.visit import Visit
from tests.roomed import IN_ROOMS, PATIENCE_S, RATE_HZ, Slowly, playing
from tests.sensors.attached_devices import PulseSensor

pytestmark = [pytest.mark.live, *IN_ROOMS]


def seen(visit: Visit, holds: Callable[[dict], bool]) -> dict:
    end_s = time.monotonic() + PATIENCE_S
    for message in visit.messages(PATIENCE_S):
        if isinstance(message, State) and holds(dict(message.snapshot)):
            return dict(message.snapshot)
        assert time.monotonic() < end_s
    raise AssertionError("the sitting is over")


def test_a_pulse_sensor_comes_and_goes_and_the_music_stays(tmp_path: Path) -> None:
    pytest.importorskip("serial")
    pytest.importorskip("heartpy")
    finger, sound = PulseSensor(tmp_path / "ttyACM0"), list[np.ndarray]()
    finger.plug()
    with (
        playing("cup", Slowly(1.0, sound.append), heart=f"serial:{finger.path}"),
        Visit("cup", "test") as visit,
    ):
        live = seen(visit, lambda told: told["link"] == "live" and told["hr_bpm"] is not None)
        assert 60.0 < live["hr_bpm"] < 75.0
        sent = sum(finger.flood(b"\xfe\x00nonsense," * 400) for _ in range(500))
        assert sent > 4000
        finger.pull()
        gone = seen(visit, lambda told: told["link"] == "reconnecting")
        assert "plug" in gone["link_words"]
        still = seen(visit, lambda told: told["t"] > gone["t"] + 3.0)
        assert still["lufs_s"] > -60.0
        finger.plug()
        back = seen(visit, lambda told: told["link"] == "live")
        assert back["t"] > still["t"]
        finger.pull()
    heard = np.concatenate(sound)[10 * RATE_HZ : int(back["t"]) * RATE_HZ]
    seconds = heard[: heard.shape[0] // RATE_HZ * RATE_HZ].reshape(-1, RATE_HZ * 2)
    assert np.all(np.sqrt(np.mean(seconds**2, axis=1)) > 1e-4)  # no second of it is silent
