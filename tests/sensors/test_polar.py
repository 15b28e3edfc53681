"""Beats from a Polar strap's ECG: their moments, their intervals, and what happens at a hole."""

from __future__ import annotations

import asyncio
import time

import numpy as np
import pytest
from scipy.signal import find_peaks

from sensors.acc_chest import AccChest
from sensors.beat import CHEST_STEP_S, BadPacket, ChestMotion, TimedBeat
from sensors.ecg_beats import EcgBeats
from sensors.heart_state import HeartState
from sensors.monitor import HeartMonitor
from sensors.pmd import AccFrame, EcgFrame, decode_frame
from sensors.polar import PolarStrap
from sensors.strap_clock import StrapClock
from tests.sensors import private_bus
from tests.sensors.fake_polar import (
    ACC_SAMPLES,
    FRAME_SAMPLES,
    RATE_HZ,
    FakePolar,
    acc_frame,
    chest,
    ecg,
    frame,
)
from tests.sensors.fake_strap import FakeStrap
from tests.sensors.strap_sitting import bluetooth, sitting, until

SAMPLE_S = 1.0 / RATE_HZ
CLOCKS_APART_S = 1234.5
LEAST_DELAY_S = 0.05

needs_bus = pytest.mark.skipif(not private_bus.available(), reason="dbus-daemon is not installed")


def tall_peaks(signal, rate_hz):
    """A peak finder that owes nothing to the one that is shipped."""
    return find_peaks(signal - np.median(signal), height=500.0, distance=int(0.3 * rate_hz))[0]


def stream(beats_s, length_s: float, lost: range = range(0)) -> list[TimedBeat]:
    """The beats found in a stream whose frames arrive late by a varying delay, some of them never."""
    found: list[TimedBeat] = []
    finder = EcgBeats(tall_peaks)
    rng = np.random.default_rng(3)
    for k in range(int(length_s * RATE_HZ) // FRAME_SAMPLES):
        times_s = np.arange(k * FRAME_SAMPLES, (k + 1) * FRAME_SAMPLES) / RATE_HZ
        packet = decode_frame(frame(times_s[-1], ecg(times_s, beats_s, seed=k)))
        assert isinstance(packet, EcgFrame)
        if k not in lost:
            delay_s = LEAST_DELAY_S + rng.exponential(0.15)
            told = finder.take(packet, times_s[-1] + CLOCKS_APART_S + delay_s)
            found += [event for event in told if isinstance(event, TimedBeat)]
    return found


def test_every_beat_once_and_good_to_a_sample():
    beats_s = np.cumsum(np.random.default_rng(1).normal(0.9, 0.05, 140))
    found = stream(beats_s, 110.0)
    told_s = np.array([beat.t_s for beat in found]) - CLOCKS_APART_S - LEAST_DELAY_S
    true_s = beats_s[(beats_s > told_s[0] - 0.1) & (beats_s < told_s[-1] + 0.1)]
    assert len(told_s) == len(true_s) > 110
    settled = told_s > 30.0  # until then the promptest frame may still be to come
    assert np.abs(told_s - true_s)[settled].max() < 2 * SAMPLE_S
    rr_ms = np.array([beat.rr_ms for beat in found[1:]])
    assert found[0].rr_ms is None
    assert np.abs(rr_ms - 1000 * np.diff(true_s)).max() <= 1000 * SAMPLE_S + 0.01
    waits_s = np.array([beat.arrival_s - beat.t_s for beat in found])
    assert waits_s.min() > 0.4
    assert waits_s[settled].max() < 2.5


def test_an_interval_is_never_taken_across_lost_frames():
    beats_s = np.arange(0.5, 60.0, 0.8)
    found = stream(beats_s, 60.0, lost=range(50, 54))
    hole_s = 50 * FRAME_SAMPLES / RATE_HZ
    assert [beat.rr_ms is None for beat in found].count(True) == 2
    after = [beat for beat in found if beat.t_s - CLOCKS_APART_S > hole_s + 1.0]
    assert after[0].rr_ms is None
    assert all(abs(beat.rr_ms - 800.0) < 9.0 for beat in found if beat.rr_ms is not None)


def test_a_signal_without_beats_gives_none():
    assert stream(np.array([]), 20.0) == []


@needs_bus
def test_a_polar_strap_is_started_heard_and_stopped():
    async def scene() -> None:
        strap = FakePolar()
        async with bluetooth(strap):
            async with sitting(PolarStrap(strap.address)) as seen:
                await until(lambda: len(seen.beats) >= 6, 40.0)
                assert seen.link == "live"
                told_s = np.array([beat.t_s for beat in seen.beats]) + seen.engine_zero_s - strap.started_s
                nearest = np.abs(told_s[:, None] - strap.beats_s[None, :]).min(axis=1)
                assert nearest.max() < 0.06  # the radio and a busy machine included
                true_ms = 1000 * np.diff(strap.beats_s)
                for beat in seen.beats[1:]:
                    assert np.abs(true_ms - beat.rr_ms).min() < 2 * 1000 * SAMPLE_S
            assert [(command[0], command[1]) for command in strap.commands] == [
                (1, 0), (2, 0), (1, 2), (2, 2), (3, 0), (3, 2)
            ]  # fmt: skip
            assert strap.commands[1] == bytes.fromhex("02 00 00 01 82 00 01 01 0e 00")
            assert strap.commands[3] == bytes.fromhex("02 02 00 01 19 00 01 01 10 00 02 01 02 00")

    asyncio.run(scene())


@needs_bus
@pytest.mark.parametrize("packed", [False, True])
def test_the_chest_is_heard_breathing_beside_the_ecg(packed: bool):
    async def scene() -> None:
        strap = FakePolar()
        strap.packed = packed
        monitor = HeartMonitor()
        async with bluetooth(strap), sitting(PolarStrap(strap.address)) as seen:

            def breathing() -> HeartState | None:
                for event in seen.events:
                    monitor.feed(event)
                seen.events.clear()
                state = monitor.state(time.monotonic() - seen.engine_zero_s)
                return state if state.breath_phase is not None else None

            await until(breathing, 60.0)
            state = breathing()
            assert state is not None
            assert state.breath_phase is not None
            assert state.breath_per_min == pytest.approx(strap.breath_per_min, abs=1.0)
            strap_s = state.t_s + seen.engine_zero_s - strap.started_s
            off = (state.breath_phase - strap_s * strap.breath_per_min / 60.0 + 0.5) % 1.0 - 0.5
            assert abs(off) < 0.15
            assert monitor.bad_packets == 0

    asyncio.run(scene())


@needs_bus
def test_a_strap_that_gives_no_acceleration_gives_its_beats():
    async def scene() -> None:
        strap = FakePolar()
        strap.gives_chest = False
        async with bluetooth(strap), sitting(PolarStrap(strap.address)) as seen:
            await until(lambda: len(seen.beats) >= 3, 40.0)
        assert not any(isinstance(event, ChestMotion) for event in seen.events)
        assert [(command[0], command[1]) for command in strap.commands][-1] == (3, 0)

    asyncio.run(scene())


def motion(rate_hz: float, lost: range = range(0)) -> list[ChestMotion | BadPacket]:
    """What a chest that breathes 12 times a minute becomes, in frames of 36 samples that arrive late."""
    told: list[ChestMotion | BadPacket] = []
    taker = AccChest(StrapClock(), round(rate_hz))
    rng = np.random.default_rng(3)
    for k in range(int(60 * rate_hz) // ACC_SAMPLES):
        times_s = np.arange(k * ACC_SAMPLES, (k + 1) * ACC_SAMPLES) / rate_hz
        packet = decode_frame(acc_frame(times_s[-1], chest(times_s, 12.0, seed=k)))
        assert isinstance(packet, AccFrame)
        if k not in lost:
            told += taker.take(packet, times_s[-1] + CLOCKS_APART_S + LEAST_DELAY_S + rng.exponential(0.15))
    return told


@pytest.mark.parametrize("rate_hz", [25.0, 50.4, 99.0, 203.0])
def test_acceleration_of_any_rate_becomes_five_samples_a_second_on_our_clock(rate_hz):
    told = [event for event in motion(rate_hz) if isinstance(event, ChestMotion)]
    times_s = np.concatenate(
        [event.t_s - CHEST_STEP_S * np.arange(len(event.milli_g) - 1, -1, -1) for event in told]
    )
    settled = times_s - CLOCKS_APART_S > 30.0
    assert np.diff(times_s)[settled[1:]] == pytest.approx(CHEST_STEP_S, abs=0.05)
    milli_g = np.array([sample for event in told for sample in event.milli_g])
    expected = chest(times_s - CLOCKS_APART_S - LEAST_DELAY_S, 12.0)
    assert np.abs(milli_g - expected)[settled].max() < 8.0


def test_lost_acceleration_is_told_and_bridged_by_nothing():
    told = motion(25.0, lost=range(20, 23))
    (hole,) = [event for event in told if isinstance(event, BadPacket)]
    assert hole.why == f"{3 * ACC_SAMPLES / 25.0:.2f} s of the acceleration did not come"


@needs_bus
@pytest.mark.parametrize(
    ("strap", "words"),
    [(FakeStrap(name="Polar H9"), "use it as `ble`"), (FakePolar(), "charging")],
    ids=["no ECG", "refused"],
)
def test_a_strap_that_gives_no_ecg_says_so(strap, words):
    async def scene() -> None:
        strap.refuse = True
        async with bluetooth(strap), sitting(PolarStrap()) as seen:
            await until(lambda: any(words in change.words for change in seen.changes))

    asyncio.run(scene())
