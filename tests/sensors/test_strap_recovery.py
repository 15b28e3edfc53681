"""The strap client as its own process, against the stand-in BlueZ: it survives what happens in the field."""

from __future__ import annotations

import asyncio

import pytest

from tests.sensors import private_bus
from tests.sensors.strap_scenarios import MALFORMED, SCENARIOS, Outcome, play_all

pytestmark = pytest.mark.skipif(not private_bus.available(), reason="dbus-daemon is not installed")

LIVE_AGAIN_S = 15.0

TOLD = {
    "out_of_range_and_back": "out of reach",
    "notifications_stop_silently": "fallen silent",
    "connection_aborted": "cannot be connected to",
    "connection_hangs": "does not answer",
    "services_never_resolve": "does not answer",
    "adapter_off_and_on": "Bluetooth is switched off",
    "adapter_absent_at_start": "no Bluetooth adapter",
    "bluetoothd_stopped": "Bluetooth service is not running",
    "bus_gone": "message bus",
}
"""What the listener must be told while it lasts."""


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    return asyncio.run(play_all())


@pytest.mark.parametrize("name", [scenario.__name__ for scenario in SCENARIOS])
def test_live_again_and_every_beat_counted_once(outcomes, name):
    outcome = outcomes[name]
    assert outcome.recovery_s < LIVE_AGAIN_S
    assert len(outcome.delivered) >= 5
    assert outcome.heard == outcome.delivered
    assert outcome.links[-1] == "live"
    assert outcome.complaints == "", "nothing may be written to standard error"


@pytest.mark.parametrize("name", TOLD)
def test_the_listener_is_told_why(outcomes, name):
    assert any(TOLD[name] in words for words in outcomes[name].words), outcomes[name].words


def test_malformed_packets_are_counted_and_change_nothing(outcomes):
    outcome = outcomes["malformed_packets"]
    assert outcome.bad_packets == tuple(payload.hex() for payload in MALFORMED)
    assert outcome.links == ("searching", "connecting", "waiting for beats", "live")


def test_the_neighbours_strap_is_never_taken(outcomes):
    assert not any("Neighbour" in words for words in outcomes["two_straps_in_the_room"].words)
