"""A strap that a tablet passes on: each packet keeps its own moment, whatever the way does to it."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import pytest

from sensors.beat import BadPacket, Link, LinkChange, Measurement, SensorEvent
from sensors.relay import SILENCE_S, Passed, Relay, pass_on
from sensors.spec import SensorSpecError, open_sensor, waits

pytestmark = pytest.mark.skipif(os.name != "posix", reason="rooms need Unix sockets")

BEAT = "103c0004"
"""60 a minute and one interval of a second."""


def datagram(at_s: float, raw: str = BEAT, by: str = "tablet-1", strap: str = "Polar H10 A1B2") -> bytes:
    return json.dumps(asdict(Passed(by, strap, [(at_s, raw)]))).encode()


@pytest.fixture
def relay() -> Relay:
    made = Relay(Path("/nowhere"))
    made.keep_time(time.monotonic)
    return made


def events(relay: Relay) -> list[SensorEvent]:
    return list(relay.poll(time.monotonic() + 1e6))


def measured(relay: Relay) -> list[float]:
    return [each.arrival_s for each in events(relay) if isinstance(each, Measurement)]


def test_packets_that_were_held_up_on_the_way_keep_their_own_moments(relay: Relay) -> None:
    now_s = time.monotonic()
    tablet_s = 7_000.0 - now_s  # its clock began elsewhere
    for second, held_up_s in enumerate((0.05, 0.9, 0.05, 3.0, 2.0, 1.0, 0.05)):
        relay.take(datagram(now_s + second + tablet_s), now_s + second + held_up_s)
    heard = measured(relay)
    # Between the readings of two clocks a thread may wait: what is held up here is held up far longer.
    assert [later - earlier for earlier, later in pairwise(heard)] == pytest.approx([1.0] * 6, abs=0.02)
    assert heard[0] == pytest.approx(now_s + 0.05, abs=0.02)


def test_what_waited_for_the_way_and_came_at_once_keeps_its_moments_too(relay: Relay) -> None:
    now_s = time.monotonic()
    waited = [(float(second), BEAT) for second in (3, 1, 2, 4)]
    relay.take(json.dumps(asdict(Passed("tablet-1", "H10", waited))).encode(), now_s)
    assert measured(relay) == pytest.approx([now_s - 3.0, now_s - 2.0, now_s - 1.0, now_s], abs=0.02)


def test_what_is_sent_again_is_heard_once_and_a_clock_that_begins_anew_is_a_new_link(relay: Relay) -> None:
    now_s = time.monotonic()
    for at_s in (10.0, 11.0, 11.0, 10.0, 12.0):
        relay.take(datagram(at_s), now_s + at_s)
    assert len(measured(relay)) == 3
    relay.take(datagram(1.0, by="tablet-2"), now_s + 12.0 + SILENCE_S + 1.0)
    assert len(measured(relay)) == 1


def test_one_strap_is_heard_at_a_time(relay: Relay) -> None:
    now_s = time.monotonic()
    relay.take(datagram(10.0), now_s)
    relay.take(datagram(10.5, by="tablet-2", strap="Another"), now_s + 0.5)
    assert len(measured(relay)) == 1
    assert relay.label == "Polar H10 A1B2 by a tablet"
    assert relay.latency_s > 1.0  # what is known of that model
    relay.take(datagram(20.0, by="tablet-2", strap="Another"), now_s + SILENCE_S + 1.0)
    assert relay.label == "Another by a tablet"


@pytest.mark.parametrize(
    "bad", [b"", b"{", b"[]", b"null", b'{"by":"x"}', datagram(1.0, "zz"), datagram(1.0, "")]
)
def test_what_is_no_packet_is_told_and_harms_nothing(relay: Relay, bad: bytes) -> None:
    relay.take(bad, time.monotonic())
    assert [type(each) for each in events(relay)] == [BadPacket]
    relay.take(datagram(2.0), time.monotonic())
    assert len(measured(relay)) == 1


def test_a_stamp_that_is_no_time_is_not_heard(relay: Relay) -> None:
    for at_s in (float("nan"), float("inf"), float("-inf")):
        relay.take(datagram(at_s), time.monotonic())
    assert measured(relay) == []


@pytest.fixture
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="calando-", dir="/tmp") as folder:
        yield Path(folder) / "one.beats"


def test_it_hears_at_its_socket_says_how_it_stands_and_leaves_nothing(place: Path) -> None:
    place.touch()  # of one that was killed
    sensor = open_sensor(f"relay:{place}")
    assert isinstance(sensor, Relay)
    sensor.open()
    sensor.open()
    assert place.stat().st_mode & 0o777 == 0o600
    pass_on(place, Passed("tablet-1", "H10", [(5.0, BEAT)]))
    pass_on(place, Passed("tablet-1", "H10", [(6.0, "06400004")]))
    pass_on(place, Passed("tablet-1", "H10", [(7.0, "04000000")]))
    seen: list[SensorEvent] = []
    end_s = time.monotonic() + 120.0
    while sum(isinstance(each, Measurement) for each in seen) < 3 and time.monotonic() < end_s:
        seen += sensor.poll(time.monotonic())
        time.sleep(0.01)
    seen += sensor.poll(time.monotonic())
    assert [each.link for each in seen if isinstance(each, LinkChange)] == [
        Link.SEARCHING, Link.LIVE, Link.NO_CONTACT,
    ]  # fmt: skip
    sensor.close()
    sensor.close()
    assert not place.exists()
    with pytest.raises(OSError, match="No such file"):
        pass_on(place, Passed("tablet-1", "H10", [(8.0, BEAT)]))


def test_without_a_room_it_is_refused_and_it_waits_as_a_strap_does() -> None:
    with pytest.raises(SensorSpecError, match="--room"):
        open_sensor("relay:")
    with pytest.raises(SensorSpecError, match="--room"):
        open_sensor("relay:beside.sock")
    assert waits("relay:")
