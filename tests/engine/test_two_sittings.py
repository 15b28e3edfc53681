"""Two sittings in one process, one after the other or at once: each has the samples that it has alone."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from dsp.native import Synth
from engine.desk import Act, Ask
from engine.guide.music_state import Hand
from engine.player import OfflineOutput, Output
from engine.sitting.asked import Asked, prepared
from engine.sitting.kept import Kept, Lent
from engine.sitting.sitting import Sitting
from sensors.beat import Link, LinkChange, Measurement, SensorEvent, TimedBeat
from sensors.sensor import Sensor
from sensors.spec import open_sensor
from sensors.strap import Strap
from tests.sensors import private_bus
from tests.sensors.fake_strap import FakeStrap
from tests.sensors.strap_sitting import bluetooth, until

RATE_HZ = 48_000
A = Asked("relax", sensor="sim:rest=70,seed=5,drops=4", seed=1, duration=60.0)
B = Asked("sleep", sensor="sim:rest=88,seed=9,ectopic=0.02", seed=2, duration=60.0, turns=("focus@30s",))


def played(asked: Asked, sensor: Sensor | None = None, output: Output | None = None) -> np.ndarray:
    """The sound of a sitting that a hand touches, or nothing where `output` takes it."""
    sound: list[np.ndarray] = []
    output = output or OfflineOutput(RATE_HZ, "Rendering.", sound.append)
    with Sitting(prepared(asked), sensor or open_sensor(asked.sensor), output) as sitting:
        sitting.desk.put(Ask(Act("soften"), Hand.THERAPIST, due_s=20.0))
        sitting.run()
    return np.concatenate(sound) if sound else np.empty((0, 2), np.float32)


def at_once(*works: Callable[[], np.ndarray]) -> list[np.ndarray]:
    """What several give that run at once, each in a thread of its own, in their order."""
    given: dict[int, np.ndarray] = {}

    def do(number: int, work: Callable[[], np.ndarray]) -> None:
        given[number] = work()

    threads = [threading.Thread(target=do, args=each) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120.0)
    return [given[number] for number in range(len(works))]


@pytest.fixture(scope="module")
def alone() -> tuple[np.ndarray, np.ndarray]:
    return played(A), played(B)


def test_one_after_the_other(alone: tuple[np.ndarray, np.ndarray]) -> None:
    assert not np.array_equal(alone[0][: 10 * RATE_HZ], alone[1][: 10 * RATE_HZ])
    for asked, expected in ((B, alone[1]), (A, alone[0]), (A, alone[0])):
        assert np.array_equal(played(asked), expected)


def test_at_once_on_two_synths(alone: tuple[np.ndarray, np.ndarray]) -> None:
    for found, expected in zip(at_once(lambda: played(A), lambda: played(B)), alone, strict=True):
        assert np.array_equal(found, expected)


def test_two_one_after_the_other_on_one_output(alone: tuple[np.ndarray, np.ndarray]) -> None:
    sound: list[np.ndarray] = []
    output = OfflineOutput(RATE_HZ, "Rendering.", sound.append)
    for asked in (A, B):
        played(asked, output=output)
    assert np.array_equal(np.concatenate(sound), np.concatenate(alone))


def recorded(folder: Path) -> str:
    """A recording of ten minutes, whose rate falls."""
    file = folder / "rr.txt"
    file.write_text("\n".join(f"{700 + beat // 3}" for beat in range(720)))
    return f"replay:{file}"


def test_two_at_once_on_one_kept_recording_are_each_as_alone(tmp_path: Path) -> None:
    spec = recorded(tmp_path)
    first, second = (Asked("relax", sensor=spec, seed=seed, duration=60.0) for seed in (1, 2))
    expected = [played(first), played(second)]
    with Kept(open_sensor(spec)) as kept:
        heard = [kept.lent(), kept.lent()]
        for lent in heard:
            lent.open()  # both from the first beat on
        works = [partial(played, *each) for each in zip((first, second), heard, strict=True)]
        found = at_once(*works)
    for one, other in zip(found, expected, strict=True):
        assert np.array_equal(one, other)


class Times:
    """A sensor that beats once a second of its own time, whoever listens, and counts what is done to it."""

    label, simulated, latency_s = "times", False, 0.0

    def __init__(self) -> None:
        self.opened = self.closed = 0
        self._said = False
        self._next_s = 0.0

    def open(self) -> None:
        self.opened += 1

    def close(self) -> None:
        self.closed += 1

    def poll(self, now_s: float) -> list[SensorEvent]:
        events: list[SensorEvent] = []
        if not self._said:
            self._said = True
            events.append(LinkChange(0.0, Link.LIVE, "Beating."))
        while self._next_s <= now_s:
            events.append(TimedBeat(self._next_s, self._next_s, 1000.0))
            self._next_s += 1.0
        return events

    def hear(self, now_s: float, tempo_bpm: float, breath_per_min: float | None) -> None:
        pass


def heard(lent: Lent, until_s: float) -> list[SensorEvent]:
    lent.open()
    events = [event for tick in range(round(10 * until_s) + 1) for event in lent.poll(tick / 10)]
    lent.close()
    lent.close()
    return events


def test_a_kept_sensor_outlives_its_sittings_and_each_begins_at_zero() -> None:
    sensor = Times()
    with Kept(sensor) as kept:
        first, second = heard(kept.lent(), 3.5), heard(kept.lent(), 3.2)
        assert (sensor.opened, sensor.closed) == (1, 0)
    assert (sensor.opened, sensor.closed) == (1, 1)
    assert [event.t_s for event in first if isinstance(event, TimedBeat)] == [0.0, 1.0, 2.0, 3.0]
    # It stood at 3.5 s meanwhile, and its next beat falls half a second later.
    beats = [event for event in second if isinstance(event, TimedBeat)]
    assert [event.t_s for event in beats] == pytest.approx([0.5, 1.5, 2.5])
    assert [event.arrival_s for event in beats] == pytest.approx([0.5, 1.5, 2.5])
    assert second[0] == LinkChange(0.0, Link.LIVE, "Beating.")


def test_what_one_sitting_has_not_taken_is_no_part_of_the_next() -> None:
    with Kept(Times()) as kept:
        early, late = kept.lent(), kept.lent()
        early.open()
        late.open()
        assert len(early.poll(5.05)) == 7
        late.close()  # without having polled
        later = heard(late, 2.0)
    assert [event.t_s for event in later if isinstance(event, TimedBeat)] == pytest.approx([0.95, 1.95])


@pytest.mark.skipif(not private_bus.available(), reason="dbus-daemon is not installed")
def test_a_kept_strap_is_connected_once_for_sittings_in_turn_and_at_once() -> None:
    async def sat(lent: Lent, strap: FakeStrap, seconds: float) -> list[SensorEvent]:
        began_s = time.monotonic()
        lent.keep_time(lambda: time.monotonic() - began_s)
        lent.open()
        events: list[SensorEvent] = []
        sent_s = 0.0
        while (now_s := time.monotonic() - began_s) < seconds:
            if now_s >= sent_s:
                strap.beat(60, [1000])
                sent_s += 0.2
            events += lent.poll(now_s)
            await asyncio.sleep(0.02)
        lent.close()
        return events

    async def scene() -> None:
        strap = FakeStrap()
        async with bluetooth(strap):
            sensor = Strap()
            with Kept(sensor) as kept:
                await until(lambda: strap.beat(60, [1000]))
                first = await sat(kept.lent(), strap, 1.5)
                for _ in range(5):  # nobody listens
                    strap.beat(99, [600])
                    await asyncio.sleep(0.02)
                await asyncio.sleep(0.2)
                one, other = await asyncio.gather(
                    sat(kept.lent(), strap, 1.5), sat(kept.lent(), strap, 1.5)
                )
                assert strap.connected
                await asyncio.to_thread(sensor.close)
        assert strap.calls.count("Connect") == 1
        assert any(isinstance(event, Measurement) for event in first)
        for events in (one, other):
            assert isinstance(events[0], LinkChange)
            assert events[0].link is Link.LIVE
            beats = [event for event in events if isinstance(event, Measurement)]
            assert len(beats) >= 5
            assert {event.bpm for event in beats} == {60}
            arrivals = [event.arrival_s for event in beats]
            assert arrivals == sorted(arrivals)
            assert 0.0 <= arrivals[0] < 0.5
        assert [e.arrival_s for e in one[-3:]] == pytest.approx([e.arrival_s for e in other[-3:]], abs=0.05)

    asyncio.run(scene())


def test_a_sitting_leaves_no_thread_and_no_synth_behind() -> None:
    played(A)
    before = threading.active_count()
    for _ in range(3):
        played(A)
    assert threading.active_count() <= before
    assert Synth(RATE_HZ, 1).frame == 0


def test_synths_that_are_made_at_once_are_all_made() -> None:
    """CPython 3.11 reads no two headers of NumPy's at once (seen: a SystemError in one of two threads)."""
    made: list[Synth] = []

    def make() -> None:
        made.extend([Synth(RATE_HZ, seed) for seed in range(10)])

    threads = [threading.Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120.0)
    assert len(made) == 60
