"""Claim: the heart pulse falls nearer to the true beats than repeating the last interval, however late the
strap is, and fades where it would not; prints how far and how loud, over real recordings.

A whole session plays each recording. A pulse counts where the synth says that it took the command in
time, at the frame that the command names. The strap is the recording in packets, one about every second
as a Polar H10 sends them, the promptest as late as the table says. Beside ours: the last interval
repeated from the newest beat as `BeatTimes` places it, and from the newest packet's arrival less the
latency. Run alone: python benchmarks/heart_pulse.py [MINUTES]
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import heart_data as data
import numpy as np
from numpy.typing import NDArray

from dsp.command import NOTE_AT_FRAME
from dsp.native import Synth
from dsp.telemetry import Applied
from engine.clock import HORIZON_S, TICK_S, tick_s
from engine.guide.course import course_of
from engine.guide.guide import Guide
from engine.music.composer import Composer
from engine.player import OfflineOutput
from engine.session import Moment, Session
from engine.watch import at_once
from profiles.load import load
from profiles.schema import Pulse
from sensors.beat import RR_TICKS_PER_S, Link, LinkChange, Measurement, SensorEvent
from sensors.beat_times import BeatTimes

RATE_HZ = 48_000
LATENCIES_S = (0.4, 1.0, 2.6)
PACKET_S, PACKET_WOBBLE_S = 1.0, 0.045
"""Polar H10: packets follow each other by 0.945 to 1.035 s in steps of 45 ms (rr_polar_h10_rest)."""
SETTLE_S = 60.0
"""Left out at the start: the fade-in, and half a minute of learning."""
NEAR = 0.25
"""A pulse belongs to a beat when it lies within this share of the beat's own interval."""

RULES = ("ours", "placed", "packet")

Times = NDArray[np.float64]
Piece = tuple[Times, Times | None]
"""Beats of one recording in seconds, and when each was told, less the strap's latency, or None."""


class PacketStrap:
    """A recording as a strap tells it. `arrivals_s`: when each beat came, where that was recorded."""

    simulated = False
    label = "recording, in packets"

    def __init__(self, beats_s: Times, latency_s: float, arrivals_s: Times | None = None) -> None:
        self.latency_s = latency_s
        ticks = np.diff(np.round(beats_s * RR_TICKS_PER_S)).astype(int)
        dues = _packets(beats_s) if arrivals_s is None else np.round(arrivals_s, 2)
        self._events: list[SensorEvent] = [LinkChange(0.0, Link.LIVE, "Hearing a recording.")]
        for due in np.unique(dues[1:]):
            rr = tuple(int(tick) for tick in ticks[dues[1:] == due] if tick < 0xFFFF)
            self._events.append(Measurement(float(due) + latency_s, 60, rr))
        self.packets = [event for event in self._events if isinstance(event, Measurement)]
        self._next = 0

    def open(self) -> None: ...

    def close(self) -> None: ...

    def hear(self, now_s: float, tempo_bpm: float, breath_per_min: float | None) -> None: ...

    def poll(self, now_s: float) -> Sequence[SensorEvent]:
        first = self._next
        while self._next < len(self._events) and self._events[self._next].arrival_s <= now_s:
            self._next += 1
        return self._events[first : self._next]


def _packets(beats_s: Times) -> Times:
    """The moment of the packet that takes each beat along."""
    rng = random.Random(1)
    moments = [rng.random()]
    while moments[-1] < beats_s[-1]:
        moments.append(moments[-1] + PACKET_S + rng.choice((-1, 0, 0, 1)) * PACKET_WOBBLE_S)
    return np.array(moments)[np.searchsorted(moments, beats_s)]


@dataclass
class Onsets:
    """Listens to a session for the heart pulses that the synth says it took, and took in time."""

    times_s: list[float] = field(default_factory=list[float])
    levels: list[float] = field(default_factory=list[float])
    _sent: int = 0
    _waiting: dict[int, tuple[float, float]] = field(default_factory=dict[int, tuple[float, float]])

    def moment(self, moment: Moment) -> None:
        for command in moment.commands:
            if command.kind == NOTE_AT_FRAME:
                self._waiting[self._sent] = (command.beat, command.b)
            self._sent += 1
        for news in moment.news:
            if isinstance(news, Applied) and news.sequence in self._waiting:
                frame, level = self._waiting.pop(news.sequence)
                self.times_s.append(max(frame, news.frame) / RATE_HZ)
                self.levels.append(level)


def played(beats_s: Times, latency_s: float, arrivals_s: Times | None = None) -> Onsets:
    """A session over a recording, with nothing in its palette but the pulse."""
    profile = load("ground")
    bare = {"heart": profile.palette["heart"], "drone": profile.palette["drone"]}
    profile = replace(profile, pulse=Pulse("on the beat", 1.0), palette=bare)
    onsets, length_s = Onsets(), float(beats_s[-1])
    Session(
        profile, PacketStrap(beats_s, latency_s, arrivals_s), Guide(profile, duration_s=length_s),
        Composer(profile, 1), Synth(RATE_HZ, 1), OfflineOutput(RATE_HZ, "Rendering."), at_once(onsets),
    ).run()  # fmt: skip
    return onsets


def repeated(beats_s: Times, latency_s: float, arrivals_s: Times | None = None, *, placed: bool) -> Times:
    """Pulses that repeat the last interval, sent as far ahead as the session sends its own."""
    packets = PacketStrap(beats_s, latency_s, arrivals_s).packets
    pulses: list[float] = []
    at, last_s, times = 0, -1.0, BeatTimes()
    newest_s = rr_s = 0.0
    for k in range(int(beats_s[-1] / TICK_S)):
        now_s = tick_s(k)
        while at < len(packets) and packets[at].arrival_s <= now_s:
            if packets[at].rr_ticks:
                newest_s = packets[at].arrival_s - latency_s
                beats = times.place(newest_s, [tick / RR_TICKS_PER_S for tick in packets[at].rr_ticks])
                newest_s = beats[-1].t_s if placed else newest_s
                rr_s = packets[at].rr_ticks[-1] / RR_TICKS_PER_S
            at += 1
        if rr_s:
            due_s = newest_s + rr_s * np.ceil((now_s + HORIZON_S - newest_s) / rr_s)
            if due_s < now_s + HORIZON_S + TICK_S and due_s - last_s > 0.5 * rr_s:
                pulses.append(due_s)
                last_s = due_s
    return np.array(pulses)


@dataclass(frozen=True, slots=True)
class Tally:
    """One recording's pulses against its beats."""

    errors_s: Times
    shares: Times
    """The errors as shares of the beat's RR."""
    levels: Times
    beats: int
    without: int
    """Beats that no pulse belongs to."""
    false: NDArray[np.bool_]
    """Of each pulse, whether it belongs to no beat, or is the second of one."""


def against(beats_s: Times, pulses_s: Times, levels: Times) -> Tally:
    """Count what lies between the settling and the guide's last fade."""
    until_s = float(beats_s[-1]) - course_of(load("ground"), float(beats_s[-1])).fade_out_s
    rr = np.diff(beats_s, prepend=2 * beats_s[0] - beats_s[1])
    counted = (pulses_s > SETTLE_S) & (pulses_s < until_s)
    pulses, levels = pulses_s[counted], levels[counted]
    nearest = np.abs(pulses[:, None] - beats_s[None, :]).argmin(axis=1)
    errors = np.abs(pulses - beats_s[nearest])
    shares = errors / rr[nearest]
    taken: set[int] = set()
    false = np.ones(pulses.size, np.bool_)
    for i in np.argsort(shares):
        if shares[i] < NEAR and nearest[i] not in taken:
            taken.add(int(nearest[i]))
            false[i] = False
    beats = np.flatnonzero((beats_s > SETTLE_S) & (beats_s < until_s))
    without = sum(int(k) not in taken for k in beats)
    return Tally(errors, shares, levels, beats.size, without, false)


def recordings(minutes: float) -> dict[str, list[Piece]]:
    """Beat times from 0 on, and arrivals where recorded, by kind; at most `minutes` of each recording."""

    def beats(rr_ms: Times, skip_s: float = 0.0) -> Piece:
        t = np.concatenate([[0.3], 0.3 + np.cumsum(rr_ms) / 1000.0])
        t = t[t >= skip_s] - skip_s + 0.3
        return t[t < 60.0 * minutes], None

    nights = 2 * 3600.0
    day = [beats(np.loadtxt(p), nights) for p in sorted((data.DATA / "rr_healthy_24h").glob("*.txt"))]
    folder = data.DATA / "rr_nsr2db_24h"
    normal = [
        beats(1000.0 * np.diff(data.annotated_beats(p, 128.0)[0]), nights)
        for p in sorted(folder.glob("*.ecg"))
    ]
    hrm = np.loadtxt(data.DATA / "rr_polar_hrm" / "rest_rri.txt")
    return {
        "polar_h10_rest": [_received(*data.polar_rest())],
        "polar_hrm_rest": [beats(hrm)],
        "gudb sitting": [beats(rr) for name, rr in data.gudb().items() if "sitting" in name],
        "paced breathing": [beats(rr) for rr in data.paced().values()],
        "nsr2db": normal,
        "healthy_24h": day,
    }


def _received(arrivals_s: Times, rr_ms: Times) -> tuple[Times, Times]:
    """True beats and arrivals, without the strap's own latency, of a recording with reception times.

    Its sum of RR runs fast against the clock that received it: the promptest arrivals of each two
    minutes lie on a line, which tells by how much.
    """
    t = np.cumsum(rr_ms) / 1000.0
    late = arrivals_s - t
    prompt = np.array([k + late[k : k + 120].argmin() for k in range(60, late.size - 60, 60)])
    slope, at_0 = np.polyfit(t[prompt], late[prompt], 1)
    beats_s = t + slope * t + at_0
    beats_s += min(0.0, float((arrivals_s - beats_s)[30:].min()))
    shift = 0.3 - beats_s[0]
    return beats_s + shift, np.maximum(arrivals_s, beats_s) + shift


def measure(minutes: float) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for kind, pieces in recordings(minutes).items():
        for latency_s in LATENCIES_S:
            for rule in RULES:
                tallies: list[Tally] = []
                for beats_s, arrivals_s in pieces:
                    if rule == "ours":
                        onsets = played(beats_s, latency_s, arrivals_s)
                        pulses, levels = np.array(onsets.times_s), np.array(onsets.levels)
                    else:
                        pulses = repeated(beats_s, latency_s, arrivals_s, placed=rule == "placed")
                        levels = np.ones(pulses.size)
                    tallies.append(against(beats_s, pulses, levels))
                rows.append({"recordings": kind, "latency s": latency_s, "rule": rule, **_figures(tallies)})
    return rows


def _figures(tallies: list[Tally]) -> dict[str, object]:
    errors = 1000.0 * np.concatenate([tally.errors_s for tally in tallies])
    shares = 100.0 * np.concatenate([tally.shares for tally in tallies])
    levels = np.concatenate([tally.levels for tally in tallies])
    false = np.concatenate([tally.false for tally in tallies])
    beats = sum(tally.beats for tally in tallies)
    ms, percent = (np.percentile(x, (50, 90, 99)) for x in (errors, shares))
    return {
        "beats": beats,
        "median, 90, 99 % ms": " ".join(f"{x:.0f}" for x in ms),
        "% of RR": " ".join(f"{x:.0f}" for x in percent),
        "no pulse %": 100.0 * sum(tally.without for tally in tallies) / beats,
        "false %": 100.0 * float(false.mean()),
        "by loudness %": 100.0 * float(levels[false].sum() / levels.sum()),
        "level": float(levels.mean()),
    }


def fading(latency_s: float) -> list[dict[str, object]]:
    """How loud the pulse is a beat, 0 to 1, where a heart cannot be foretold, and when a link is lost."""
    steady, _ = recordings(10.0)["healthy_24h"][0]
    hole = steady[(steady < 240.0) | (steady > 270.0)]
    mitdb = data.mitdb()
    t, _, rhythms = mitdb["202"]
    fibrillation = t[(rhythms == "(AFIB") & (t > 1570.0)]
    scenes = [("a steady heart", steady, steady, SETTLE_S, 400.0)]
    for what, from_s, until_s in (("first 5 s", 0, 5), ("5 to 30 s", 5, 30), ("10 to 70 s after", 40, 100)):
        scenes.append((f"30 s of it lost: {what}", hole, steady, 240.0 + from_s, 240.0 + until_s))
    for name, words in (("118", "5 % early beats"), ("209", "13 % early beats"), ("200", "33 % early beats")):
        beats_s = mitdb[name][0][:800]
        scenes.append((f"{words} (mitdb {name})", beats_s, beats_s, SETTLE_S, 400.0))
    beats_s = fibrillation - fibrillation[0] + 0.3
    scenes.append(("fibrillation (mitdb 202)", beats_s, beats_s, SETTLE_S, 190.0))
    rows: list[dict[str, object]] = []
    for what, told_s, beats_s, from_s, until_s in scenes:
        onsets = played(told_s, latency_s)
        times, levels = np.array(onsets.times_s), np.array(onsets.levels)
        beats = int(((beats_s > from_s) & (beats_s < until_s)).sum())
        inside = (times > from_s) & (times < until_s)
        loudness = float(levels[inside].sum()) / beats
        rows.append({"where": what, "beats": beats, "pulses": int(inside.sum()), "loudness a beat": loudness})
    return rows


if __name__ == "__main__":
    figures = measure(float(sys.argv[1]) if len(sys.argv) > 1 else 10.0)
    data.show("Heart pulse against true beats; false pulses counted, and by their loudness", figures)
    faded = fading(1.0)
    data.show("Loudness of the pulse, 0 to 1, at a latency of 1 s", faded)
    data.save("heart_pulse", {"against beats": figures, "fading": faded})
