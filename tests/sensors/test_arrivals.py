"""Arrivals are stamped when they arrive: a control thread that was held up makes no beat older than it is."""

from __future__ import annotations

import asyncio
import time

import pytest

from dsp.native import Synth
from engine.guide.guide import Guide
from engine.music.composer import Composer
from engine.player import OfflineOutput
from engine.session import Moment, Session
from engine.watch import at_once
from profiles.load import load
from sensors.arrivals import Arrivals
from sensors.automatic import AutomaticSensor
from sensors.beat import Link, LinkChange, Measurement, TimedBeat
from sensors.strap import Strap
from tests.sensors import private_bus
from tests.sensors.fake_strap import FakeStrap
from tests.sensors.strap_sitting import bluetooth, until

needs_bus = pytest.mark.skipif(not private_bus.available(), reason="dbus-daemon is not installed")


class EngineTime:
    """Runs with the monotonic clock, from an origin that a test may move."""

    def __init__(self, now_s: float) -> None:
        self.zero_s = time.monotonic() - now_s

    def __call__(self) -> float:
        return time.monotonic() - self.zero_s


def test_what_arrives_during_a_late_tick_waits_for_the_tick_it_belongs_to() -> None:
    arrivals = Arrivals()
    arrivals.keep_time(EngineTime(100.7))  # the tick of 100.0 s is polled 0.7 s late
    arrivals.put(Measurement(time.monotonic() - 0.75, 60, (1000,)))
    arrivals.put(TimedBeat(time.monotonic(), time.monotonic() - 0.2, 1000.0))
    assert [event.arrival_s for event in arrivals.due(100.0)] == pytest.approx([99.95], abs=0.02)
    assert arrivals.due(100.6) == []
    (beat,) = arrivals.due(100.8)
    assert isinstance(beat, TimedBeat)
    assert (beat.arrival_s, beat.t_s) == pytest.approx((100.7, 100.5), abs=0.02)


def test_stamps_never_run_backwards_where_engine_time_does() -> None:
    arrivals, clock = Arrivals(), EngineTime(50.0)
    arrivals.keep_time(clock)
    arrivals.put(LinkChange(time.monotonic(), Link.LIVE, "first"))
    clock.zero_s += 0.04  # a period of the sound card
    arrivals.put(LinkChange(time.monotonic(), Link.LIVE, "second"))
    first, second = arrivals.due(51.0)
    assert first.arrival_s <= second.arrival_s < 50.05


def test_without_a_clock_the_poll_is_taken_to_be_prompt() -> None:
    arrivals = Arrivals()
    arrivals.put(LinkChange(time.monotonic() - 0.5, Link.LIVE, "told"))
    (event,) = arrivals.due(10.0)
    assert event.arrival_s == pytest.approx(9.5, abs=0.02)


class HeldUp:
    """A listener that holds the control thread up once, as a busy machine does, and ends the sitting."""

    def __init__(self, at_s: float, for_s: float, end_s: float) -> None:
        self.at_s, self.for_s, self.end_s = at_s, for_s, end_s
        self.session: Session | None = None
        self.moments: list[Moment] = []

    def moment(self, moment: Moment) -> None:
        self.moments.append(moment)
        if self.for_s and moment.t_s >= self.at_s:
            time.sleep(self.for_s)
            self.for_s = 0.0
        if moment.t_s >= self.end_s:
            assert self.session is not None
            self.session.end()
            self.session.end()


def sitting_of(sensor, listener: HeldUp, output: OfflineOutput) -> Session:
    profile = load("relax")
    listener.session = Session(
        profile, sensor, Guide(profile, duration_s=300.0), Composer(profile, 1), Synth(48_000, 1), output,
        at_once(listener),
    )  # fmt: skip
    return listener.session


@needs_bus
def test_a_stalled_tick_stamps_no_beat_early() -> None:
    async def scene() -> tuple[list[float], list[Measurement]]:
        strap = FakeStrap()
        output = OfflineOutput(48_000, "In step.", in_step=True)
        listener = HeldUp(at_s=3.0, for_s=0.7, end_s=6.0)
        sent_s: list[float] = []
        async with bluetooth(strap):
            playing = asyncio.ensure_future(asyncio.to_thread(sitting_of(Strap(), listener, output).run))
            await until(lambda: strap.beat(60, [999]))
            ticks = 1000
            while not playing.done():
                await asyncio.sleep(0.1)
                ticks += 1
                if strap.beat(60, [ticks]):
                    sent_s.append(output.now_s())
            await playing
        heard = [event for moment in listener.moments for event in moment.events]
        return sent_s, [event for event in heard if isinstance(event, Measurement)]

    sent_s, heard = asyncio.run(scene())
    stamps = {event.rr_ticks[0] - 1001: event.arrival_s for event in heard if event.rr_ticks[0] > 1000}
    early = {sent: stamps[k] - sent for k, sent in enumerate(sent_s) if k in stamps}
    assert len([sent for sent in early if 3.0 < sent < 3.7]) >= 3, "some fell into the stall"
    assert all(-0.05 < late < 0.3 for late in early.values()), early


def test_auto_tells_why_the_heart_is_simulated_and_says_so_in_every_state() -> None:
    class Away(Strap):
        """Bluetooth is away: told at the first poll."""

        def open(self) -> None: ...

        def poll(self, now_s: float) -> list[LinkChange]:
            return [LinkChange(now_s, Link.UNAVAILABLE, "Bluetooth is switched off. Switch it on.")]

    listener = HeldUp(at_s=0.0, for_s=0.0, end_s=8.0)
    sitting_of(AutomaticSensor(Away()), listener, OfflineOutput(48_000, "Rendering.")).run()
    assert all(moment.heart.simulated for moment in listener.moments)
    last = listener.moments[-1].heart
    assert last.words.startswith("Bluetooth is switched off. Switch it on. So a SIMULATED heart plays")
    assert last.hr_bpm is not None


def test_auto_without_a_strap_says_so_after_its_search() -> None:
    class Searching(Strap):
        def open(self) -> None: ...

        def poll(self, now_s: float) -> list[LinkChange]:
            return [LinkChange(now_s, Link.SEARCHING, "Looking for a strap.")] if now_s == 0.0 else []

    listener = HeldUp(at_s=0.0, for_s=0.0, end_s=9.0)
    sitting_of(AutomaticSensor(Searching()), listener, OfflineOutput(48_000, "Rendering.")).run()
    simulated = [moment.heart.simulated for moment in listener.moments]
    assert simulated.index(True) == pytest.approx(60, abs=2), "six seconds of search"
    assert all(simulated[62:])
    assert "No strap was heard" in listener.moments[-1].heart.words
