"""From events to HeartState: beat times, holes, links, irregular signals, simulated hearts."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from sensors.beat import BadPacket, Link, LinkChange, Measurement, TimedBeat
from sensors.beat_times import BeatTimes
from sensors.monitor import HeartMonitor
from sensors.simulated import SimulatedHeart, SimulatedListener


def run(heart: SimulatedHeart, seconds: float, every: float = 0.5) -> tuple[HeartMonitor, list]:
    monitor = HeartMonitor(simulated=True)
    beats = []
    for k in range(1, round(seconds / every) + 1):
        for event in heart.poll(k * every):
            monitor.feed(event)
        beats += monitor.take_labelled()
    return monitor, beats


def test_a_simulated_heart_is_read_back() -> None:
    heart = SimulatedHeart(SimulatedListener(rest=66, breath=13, drift=0.0, breath_jitter=0.0, seed=4))
    monitor, beats = run(heart, 300)
    state = monitor.state(300)
    assert state.hr_bpm == pytest.approx(66, abs=1.5)
    assert state.breath_per_min == pytest.approx(13, abs=0.5)
    assert state.breath_confidence >= 0.5
    assert state.quality > 0.95
    assert state.rmssd_ms is not None
    assert state.sdnn_ms is not None
    assert state.simulated
    assert {str(beat.label) for beat in beats} == {"normal"}
    truth = [beat.t_s for beat in heart.truth]
    late = [min(abs(beat.t_s - t - heart.listener.latency) for t in truth) for beat in beats[60:]]
    assert max(late) < 0.2


@pytest.mark.parametrize("every", [0.1, 0.7, 5.0])
def test_polling_does_not_change_a_simulated_heart(every: float) -> None:
    def told(step: float) -> list:
        heart = SimulatedHeart(SimulatedListener(seed=9, ectopic=0.03, missed=0.02, drops=30, off=30))
        events = []
        t = 0.0
        while t < 299.9:
            t += step
            heart.hear(t, 60.0, 6.0)
            events += heart.poll(min(t, 300.0))
        return events

    assert told(every)[:200] == told(1.0)[:200]


def test_couplings_pull_heart_and_breath_towards_the_music() -> None:
    heart = SimulatedHeart(SimulatedListener(rest=80, coupling=0.5, breath_coupling=1.0, drift=0, seed=2))
    for k in range(1, 1201):
        heart.hear(float(k), 54.0, 7.0)  # three quarters of 72 beats a minute
    assert heart.truth[-1].rate_bpm == pytest.approx(76, abs=0.5)
    assert heart.truth[-1].breath_per_min < 9


def test_faults_are_found_in_the_labels() -> None:
    heart = SimulatedHeart(SimulatedListener(seed=5, missed=0.01, extra=0.01, ectopic=0.01, displaced=0.01))
    _, beats = run(heart, 1800)
    marked = [beat for beat in beats if beat.label not in ("normal", "gap")]
    faults = [beat for beat in heart.truth if beat.fault]
    near = [any(abs(m.t_s - f.t_s - 0.4) < 2.5 for m in marked) for f in faults if 10 < f.t_s < 1790]
    assert sum(near) >= 0.98 * len(near)


def test_two_equal_intervals_in_one_packet_are_two_beats() -> None:
    monitor = HeartMonitor()
    monitor.feed(Measurement(2.0, 60, (1024, 1024)))
    monitor.feed(Measurement(3.0, 60, (1024,)))
    assert monitor.state(3.0).beats == 3


def test_late_bunched_packets_do_not_bend_beat_times() -> None:
    rng = random.Random(3)
    times = BeatTimes()
    placed, t, held = [], 0.0, []
    for i in range(300):
        t += 0.9
        held.append(0.9)
        if rng.random() < 0.6 or i == 299:
            placed += times.place(t + 0.4 + rng.random(), held)
            held = []
    gaps = [b.t_s - a.t_s for a, b in pairwise(placed[100:])]
    assert not any(beat.after_hole for beat in placed)
    assert len(placed) == 300
    assert max(abs(gap - 0.9) for gap in gaps) < 0.1


def test_a_hole_is_flagged_and_the_clock_pinned_anew() -> None:
    times = BeatTimes()
    for k in range(60):
        times.place(1.0 + k, [1.0])
    (beat,) = times.place(95.0, [1.0])
    assert beat.after_hole
    assert beat.t_s == pytest.approx(95.0, abs=1.0)


def test_no_contact_is_said_and_its_beats_are_not_believed() -> None:
    monitor = HeartMonitor()
    monitor.feed(LinkChange(0.0, Link.LIVE, "Hearing a strap."))
    monitor.feed(Measurement(1.0, 60, (1024,), contact=True))
    monitor.feed(Measurement(2.0, 60, (700,), contact=False))
    state = monitor.state(2.0)
    assert state.link is Link.NO_CONTACT
    assert "electrodes" in state.words
    assert state.beats == 1


def test_silence_takes_figures_away_and_bad_packets_are_counted() -> None:
    heart = SimulatedHeart(SimulatedListener(seed=1))
    monitor, _ = run(heart, 200)
    monitor.feed(BadPacket(200.0, b"\x00", "too short"))
    assert monitor.bad_packets == 1
    later = monitor.state(240.0)
    assert (later.hr_bpm, later.rmssd_ms, later.sdnn_ms, later.breath_per_min) == (None, None, None, None)
    assert later.quality < monitor.state(200.0).quality


@pytest.mark.parametrize("rhythm", ["chaotic", "bigeminal"])
def test_a_sustained_irregular_signal_is_named_plainly_and_figures_are_refused(rhythm: str) -> None:
    rng = random.Random(2)
    monitor = HeartMonitor()
    monitor.feed(LinkChange(0.0, Link.LIVE, "Hearing a strap."))
    t = 0.0
    for i in range(300):
        rr = rng.uniform(450, 1050) if rhythm == "chaotic" else (520 if i % 2 else 1040) + rng.gauss(0, 12)
        t += rr / 1000
        monitor.feed(TimedBeat(t, t, rr))
    state = monitor.state(t)
    assert state.irregular
    assert state.words.startswith("Irregular signal")
    assert state.quality <= 0.4
    assert (state.rmssd_ms, state.sdnn_ms) == (None, None)
    assert state.hr_bpm is not None


def test_the_state_does_not_depend_on_how_often_it_is_asked() -> None:
    def last(every: int):
        heart = SimulatedHeart(SimulatedListener(seed=8, ectopic=0.01))
        monitor = HeartMonitor()
        for k in range(1, 1801):
            for event in heart.poll(k * 0.1):
                monitor.feed(event)
            if k % every == 0:
                state = monitor.state(k * 0.1)
        return state

    assert last(1) == last(1800)


def test_what_a_strap_says_of_itself_stays_while_it_is_heard() -> None:
    said = "Hearing Strap. Its battery is at 9 %: change it soon."
    monitor = HeartMonitor()
    monitor.feed(LinkChange(0.0, Link.LIVE, said))
    for second, ticks in enumerate([(), (), (900,), (900,), (), (900,)], 1):
        monitor.feed(Measurement(float(second), 68, ticks, True, None, b""))
        assert monitor.state(float(second)).words == said


def test_a_sensor_that_only_sends_a_rate_is_named_once_that_is_sure() -> None:
    monitor = HeartMonitor()
    words: list[str] = []
    for second in range(1, 11):
        monitor.feed(Measurement(float(second), 68, (), True, None, b""))
        words.append(monitor.state(float(second)).words)
    assert "no beats" not in words[1]
    assert "no beats" in words[-1]
    monitor.feed(Measurement(11.0, 68, (900,), True, None, b""))
    assert "no beats" not in monitor.state(11.0).words
