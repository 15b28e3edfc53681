"""Packets as straps send them, and as none should: never an exception, never a beat that has not fallen."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsp.native import Synth
from engine.guide.guide import Guide
from engine.music.composer import Composer
from engine.player import OfflineOutput
from engine.session import Moment, Session
from engine.watch import at_once
from profiles.load import load
from sensors.beat import Link, LinkChange, SensorEvent, TimedBeat
from sensors.monitor import HeartMonitor
from sensors.strap import Strap

Packet = tuple[float, bytes]
"""When it arrives, seconds, and its bytes."""


def read(packets: Iterable[Packet]) -> list[SensorEvent]:
    """As a strap's link makes events of notifications."""
    strap = Strap()
    return [event for arrival_s, raw in packets for event in strap._read(arrival_s, raw)]


def every_second(raw: str, count: int, from_s: float = 1.0) -> list[Packet]:
    return [(from_s + k, bytes.fromhex(raw)) for k in range(count)]


def fed(events: Iterable[SensorEvent], latency_s: float = 0.0) -> HeartMonitor:
    """A monitor that was asked for everything after each event; no beat may lie later than its arrival."""
    monitor = HeartMonitor()
    for event in events:
        monitor.feed(event, latency_s)
        state = monitor.state(event.arrival_s)
        monitor.expect(event.arrival_s, event.arrival_s + 5.0)
        for beat in monitor.take_labelled():
            assert beat.t_s <= event.arrival_s
        assert state.last_beat_s is None or state.last_beat_s <= event.arrival_s
    return monitor


def measured(rr_s: Sequence[float], delay_s: float = 0.3) -> list[Packet]:
    """One packet a second with the beats that fell since the one before."""
    falls = list(accumulate(rr_s))
    packets: list[Packet] = []
    for second in range(1, round(falls[-1]) + 2):
        slots = [
            round(1024 * rr).to_bytes(2, "little")
            for rr, t in zip(rr_s, falls, strict=True)
            if second - 1 < t <= second
        ]
        if slots:
            packets.append((second + delay_s, b"\x10\x43" + b"".join(slots)))
    return packets


def heart(beats: int, mean_s: float, seed: int) -> list[float]:
    rng = random.Random(seed)
    return [mean_s + rng.gauss(0.0, 0.03) for _ in range(beats)]


def test_slots_that_are_not_used_hold_no_interval() -> None:
    monitor = fed(read([(1.0, bytes.fromhex("10 43 80 03 00 00 00 00 00 00"))]))
    monitor.finish()
    assert [beat.rr_ms for beat in monitor.take_labelled()] == [875.0]


@pytest.mark.parametrize(
    "raw",
    [
        "10 43 00 00",
        "10 43 00 00 00 00 00 00",
        "10 43 00 00 00 00 00 00 00 00 00 00",
        "10 43 ff ff",
        "10 43 ff ff 00 00 ff ff",
        "10 43 fe ff",
        "10 43 ff 7f",
        "10 43 01 28",  # 10.001 s
    ],
)
def test_a_packet_whose_slots_hold_nothing_is_a_rate_and_no_beat(raw: str) -> None:
    monitor = fed(read(every_second(raw, 8)))
    state = monitor.state(8.0)
    assert (state.beats, state.quality) == (0, 0.0)
    assert state.hr_bpm == pytest.approx(67.0)


@pytest.mark.parametrize("raw", ["10 43 00 00 00 00", "10 43 ff ff", "10 43 01 00", "10 43 01 00 ff ff"])
@pytest.mark.parametrize("at", [0, 1, 20])
def test_bad_slots_among_good_ones_change_little(raw: str, at: int) -> None:
    packets = measured(heart(60, 0.9, seed=1))
    packets[at:at] = [(packets[at][0] - 0.01, bytes.fromhex(raw))] * 3
    monitor = fed(read(packets))
    state = monitor.state(packets[-1][0])
    assert state.beats == 60
    assert state.hr_bpm == pytest.approx(66.7, abs=2.0)


def test_an_interval_too_short_to_be_one_takes_its_time_and_is_no_beat() -> None:
    """A detection twice, 60 ms apart, once in every ten beats."""
    rr_s = [x for k in range(12) for x in [*heart(9, 0.9, seed=k), 0.06, 0.84]]
    monitor = fed(read(measured(rr_s)))
    monitor.finish()
    labelled = monitor.take_labelled()
    beats = labelled or []
    state = monitor.state(sum(rr_s) + 0.5)
    assert state.beats == 120
    assert state.last_beat_s == pytest.approx(sum(rr_s) + 0.3, abs=0.8)
    assert not any(beat.rr_ms is not None and beat.rr_ms < 100 for beat in beats)


@pytest.mark.parametrize("delay_s", [0.2, 0.45])
@pytest.mark.parametrize("mean_s", [0.8, 0.875, 1.1])
@pytest.mark.parametrize(("times", "most"), [(2, 100), (3, 104)])
def test_beats_that_are_told_again_are_taken_once(
    delay_s: float, mean_s: float, times: int, most: int
) -> None:
    """Three times: from when that is known."""
    rr_s = heart(100, mean_s, seed=3)
    once = measured(rr_s)
    again = sorted((t + k * delay_s, raw) for t, raw in once for k in range(times))
    monitor = fed(read(again))
    state = monitor.state(again[-1][0])
    assert 100 <= state.beats <= most
    assert state.hr_bpm == pytest.approx(60.0 / mean_s, abs=2.0)
    assert state.quality > 0.9


def test_the_same_packet_for_ever_told_again_is_taken_once() -> None:
    packets = every_second("10 43 80 03", 60)
    again = sorted(packets + [(t + 0.45, raw) for t, raw in packets])
    assert fed(read(again)).state(61.0).beats == 60
    assert fed(read(packets)).state(61.0).beats == 60, "and one that is told once is taken as often"


def test_packets_that_overlap_are_taken_once_after_some_seconds() -> None:
    """Each packet tells the last interval of the one before it again."""
    rr_s = heart(100, 0.95, seed=4)
    falls = list(accumulate(rr_s))
    ticks = [round(1024 * rr).to_bytes(2, "little") for rr in rr_s]
    packets = [(falls[k] + 0.3, b"\x10\x43" + ticks[k - 1] + ticks[k]) for k in range(1, 100)]
    assert 100 <= fed(read(packets)).state(falls[-1] + 1.0).beats <= 104


def test_a_sum_that_outruns_the_clock_is_held_back_and_costs_quality() -> None:
    """Twice as much time as passes, and no interval is another's repetition."""
    slots = [round(1024 * rr).to_bytes(2, "little") for rr in heart(180, 1.0, seed=5)]
    packets = [(float(k), b"\x10\x43" + b"".join(slots[2 * k - 2 : 2 * k])) for k in range(1, 91)]
    state = fed(read(packets)).state(90.0)
    assert state.beats < 100
    assert state.rmssd_ms is None
    assert state.quality < 0.2


def test_a_rate_that_no_heart_has_makes_no_figure() -> None:
    packets = [(float(k), b"\x10\xff" + (154).to_bytes(2, "little") * 6) for k in range(1, 120)]
    state = fed(read(packets)).state(119.0)
    assert (state.hr_bpm, state.rmssd_ms) == (None, None)
    assert state.quality < 0.1


def test_intervals_and_then_a_rate_alone_show_the_rate_again() -> None:
    packets = measured(heart(30, 1.0, seed=6))
    end_s = packets[-1][0]
    events = read(packets + every_second("00 48", 40, from_s=end_s + 1.0))
    monitor = HeartMonitor()
    rates: list[float | None] = []
    for event in events:
        monitor.feed(event)
        rates.append(monitor.state(event.arrival_s).hr_bpm)
    assert None not in rates[6:], "nothing is missing in between"
    assert rates[-1] == pytest.approx(72.0, abs=1.5)
    state = monitor.state(events[-1].arrival_s)
    assert state.link is Link.LIVE
    assert "no beats" in state.words
    for event in read([(t + events[-1].arrival_s, raw) for t, raw in measured(heart(40, 0.8, seed=7))]):
        monitor.feed(event)
    assert monitor.state(event.arrival_s).hr_bpm == pytest.approx(75.0, abs=2.0)
    assert "no beats" not in monitor.state(event.arrival_s).words


def test_what_was_held_up_is_no_repetition() -> None:
    """Nothing for four seconds and then all of it at once, as a phone does that sleeps."""
    once = measured(heart(120, 0.85, seed=8))
    held = [(max(t, 20.0 * (t // 20.0) + 4.0), raw) for t, raw in once]
    state = fed(read(held)).state(held[-1][0])
    assert state.beats >= 95
    assert state.quality > 0.75


FLAGS = st.sampled_from([0x00, 0x04, 0x06, 0x10, 0x14, 0x16, 0x11, 0x18, 0x1F, 0xF0])
SLOT = st.sampled_from([0, 1, 2, 0x7FFF, 0xFFFE, 0xFFFF]) | st.integers(200, 2000) | st.integers(0, 0xFFFF)


def notification(flags: int, bpm: int, slots: Sequence[int]) -> bytes:
    return bytes([flags, bpm]) + b"".join(slot.to_bytes(2, "little") for slot in slots)


NOTIFICATION = st.binary(max_size=20) | st.builds(
    notification, FLAGS, st.integers(0, 255), st.lists(SLOT, max_size=9)
)
GAP_S = st.one_of(st.sampled_from([0.0, 0.001, 0.45, 1.0]), st.floats(0.0, 15.0))
STREAM = st.lists(st.tuples(GAP_S, NOTIFICATION, st.integers(1, 4)), max_size=40)
"""Silences before a notification, the notification, and how often it is told."""


def arriving(stream: Sequence[tuple[float, bytes, int]]) -> list[Packet]:
    times = accumulate(gap_s for gap_s, _, _ in stream)
    return [(t, raw) for t, (_, raw, often) in zip(times, stream, strict=True) for _ in range(often)]


@settings(max_examples=300, deadline=None)
@given(STREAM, st.floats(0.0, 3.0))
def test_any_stream_of_notifications_is_taken_without_a_beat_to_come(stream, latency_s) -> None:
    fed(read(arriving(stream)), latency_s)


REAL = st.floats(allow_nan=True, allow_infinity=True)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(GAP_S, REAL, st.none() | REAL), max_size=40))
def test_any_stream_of_timed_beats_is_taken_without_a_beat_to_come(beats) -> None:
    t_s, events = 0.0, []
    for gap_s, at_s, rr_ms in beats:
        t_s += gap_s
        events.append(TimedBeat(t_s, at_s, rr_ms))
    fed(events)


class Told:
    """A sensor that tells what it was given when its time has come."""

    label, simulated, latency_s = "told", False, 0.0

    def __init__(self, events: Iterable[SensorEvent]) -> None:
        self._waiting = list(events)

    def open(self) -> None: ...

    def close(self) -> None: ...

    def hear(self, now_s: float, tempo_bpm: float, breath_per_min: float | None) -> None: ...

    def poll(self, now_s: float) -> list[SensorEvent]:
        due = [event for event in self._waiting if event.arrival_s <= now_s]
        self._waiting = self._waiting[len(due) :]
        return due


class Sitting:
    """A session of twelve seconds over what a sensor tells; raises what the session raises."""

    def __init__(self, events: Iterable[SensorEvent]) -> None:
        profile = load("relax")
        self.moments: list[Moment] = []
        self._session = Session(
            profile, Told(events), Guide(profile, duration_s=300.0), Composer(profile, 1), Synth(48_000, 1),
            OfflineOutput(48_000, "Rendering."), at_once(self),
        )  # fmt: skip
        self._session.run()
        assert self.moments[-1].t_s > 12.0
        for moment in self.moments:
            assert all(beat.t_s <= moment.t_s for beat in moment.beats)

    def moment(self, moment: Moment) -> None:
        self.moments.append(moment)
        if moment.t_s > 12.0:
            self._session.end()
            self._session.end()


@settings(max_examples=10, deadline=None)
@given(STREAM)
def test_any_stream_of_notifications_leaves_a_sitting_playing(stream) -> None:
    packets = [(t % 11.0, raw) for t, raw in arriving(stream)]
    Sitting([LinkChange(0.0, Link.LIVE, "Hearing."), *read(sorted(packets))])


@pytest.mark.parametrize(
    "packets",
    [
        every_second("10 43 00 00", 8),
        [(1.0, bytes.fromhex("10 43" + 5 * "00 00"))],
        every_second("10 43 00 00 00 00 00 00", 1) + every_second("10 43 80 03", 8, from_s=2.0),
        every_second("10 43 ff ff", 8),
    ],
)
def test_no_packet_ends_a_sitting(packets) -> None:
    assert Sitting(read(packets)).moments[-1].t_s > 12.0
